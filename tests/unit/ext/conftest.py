"""Installs packages for a test, without network: real metadata and modules on the import path."""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

Install: TypeAlias = Callable[..., Path]

PLUGIN = Path(__file__).parent / "plugin_dist"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package: ``install("acme", {"aiodubbo.x": {"name": "module:attribute"}}, module="source")``."""
    before = set(sys.modules)

    def add(name: str, entry_points: Mapping[str, Mapping[str, str]], version: str = "1.0", **modules: str) -> Path:
        site = tmp_path / f"site-{name}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        sections = (f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in names.items()) for group, names in entry_points.items())
        (info / "entry_points.txt").write_text("\n".join(sections))
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(site)
        return site

    yield add
    for module in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[module], "__file__", "")):
            del sys.modules[module]


@pytest.fixture
def acme(install: Install) -> None:
    """The plug-in of ``plugin_dist``, installed."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    site = install(project["name"], project["entry-points"], project["version"])
    shutil.copy(PLUGIN / "acme_dubbo.py", site)
