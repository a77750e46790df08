"""Rules of the house about names, tests and entry points."""

from __future__ import annotations

import tomllib
from importlib import metadata
from typing import Any

import pytest

from .isolation import ROOT, SOURCES

PACKAGE = SOURCES / "aiodubbo"
UNIT = ROOT / "tests" / "unit"

NOTHING_TO_RUN = {
    "rpc/abc.py": "contracts only; each implementation is checked against them by mypy",
    "wire/hessian2/abc.py": "contracts only; each implementation is checked against them by mypy",
    "rpc/points.py": "a list of extension points; test_every_entry_point_loads goes through it",
    "java/types.py": "annotations only; test_annotations.py goes through them",
    "java/markers.py": "values that annotations carry; test_annotations.py and test_model.py read them",
}

COVERED_BY: dict[str, str] = {}


def _modules() -> list[str]:
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))


def test_every_module_has_its_tests() -> None:
    """Its own test module in the mirror of src, or a named one elsewhere that was written for it."""
    without = []
    for module in _modules():
        folder, _, name = module.rpartition("/")
        if not (UNIT / folder / f"test_{name}").exists() and module not in NOTHING_TO_RUN and module not in COVERED_BY:
            without.append(module)
    assert without == []


def test_the_exceptions_are_still_needed() -> None:
    modules = set(_modules())
    for module in [*NOTHING_TO_RUN, *COVERED_BY]:
        folder, _, name = module.rpartition("/")
        assert module in modules, f"{module} is gone"
        assert not (UNIT / folder / f"test_{name}").exists(), f"{module} has a test module of its own now"
    for module, test in COVERED_BY.items():
        assert (ROOT / "tests" / test).exists(), f"{module} is said to be covered by tests/{test}, which is not there"


def test_a_thing_lives_beside_its_owner() -> None:
    names = {part for path in PACKAGE.rglob("*") for part in (path.stem, path.name)}
    assert names.isdisjoint({"utils", "util", "common", "constants", "helpers", "misc"})


def test_modules_stay_readable() -> None:
    """A module that grows beyond this has two subjects."""
    lengths = {module: len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) for module in _modules()}
    assert {module: length for module, length in lengths.items() if length > 560} == {}


def _project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def _declared() -> list[tuple[str, str]]:
    project = _project()["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    return [(group, name) for group, entries in groups.items() for name in entries]


@pytest.mark.parametrize(("group", "name"), _declared())
def test_every_entry_point_loads(group: str, name: str) -> None:
    """What pyproject.toml declares is what is installed, and it can be imported."""
    found = [entry for entry in metadata.entry_points(group=group, name=name) if entry.dist is not None and entry.dist.name == "aiodubbo"]
    assert len(found) == 1, f"{group}: {name} is not installed once; run `make setup`"
    assert callable(found[0].load())


@pytest.mark.spec("SPI-22", "every group of entry points is an extension point, and the reverse")
def test_extension_points_and_entry_points_are_the_same() -> None:
    from aiodubbo.ext.point import ExtensionPoint
    from aiodubbo.rpc import points

    groups = {point.group for point in vars(points).values() if isinstance(point, ExtensionPoint)}
    assert groups == set(_project()["project"]["entry-points"])


def test_the_version_is_told_once() -> None:
    import aiodubbo

    assert aiodubbo.__version__ == _project()["project"]["version"] == metadata.version("aiodubbo")
