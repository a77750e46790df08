"""A pytest plugin, ``-p tests.recording.plugin``, which must come before the package is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from . import recorder
from .recorder import entered, seen

if TYPE_CHECKING:
    from collections.abc import Generator

_shared: dict[str, tuple[set[str], set[str]]] = {}
"""What fixtures of whole test modules executed and entered, by test module: it counts for each of their tests."""

recorder.install()


def pytest_configure() -> None:
    """Have child processes recorded as well."""
    os.environ.setdefault(recorder.FOLDER, str(recorder.ROOT / ".cache" / "evidence"))
    site = str(recorder.ROOT / "tests" / "recording" / "site")
    if site not in os.environ.get("PYTHONPATH", ""):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (site, os.environ.get("PYTHONPATH"))))


def _file(node: pytest.Item | pytest.Collector) -> str:
    return node.nodeid.partition("::")[0]


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Keep apart what belongs to more than one test."""
    if fixturedef.scope == "function":
        return (yield)
    before_seen, before_entered = set(seen), set(entered)
    seen.clear()
    entered.clear()
    try:
        return (yield)
    finally:
        modules, entries = _shared.setdefault(_file(request.node), (set(), set()))
        modules |= seen
        entries |= entered
        seen.update(before_seen)
        entered.update(before_entered)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Record one test that cites a requirement."""
    seen.clear()
    entered.clear()
    outcome = yield
    requirements = [str(mark.args[0]) for mark in item.iter_markers("spec") if mark.args]
    if requirements:
        modules, entries = _shared.get(_file(item), (set(), set()))
        recorder.write(item.nodeid, requirements, seen | modules, entered | entries)
    return outcome
