"""What importing pulls in, and what it does: nothing that the importer did not ask for."""

from __future__ import annotations

import pytest

from .isolation import run

IO_MODULES = ["asyncio", "socket", "ssl", "select", "selectors", "threading", "_socket", "_ssl", "subprocess", "random"]

OPTIONAL = ["click", "rich", "uvloop", "attrs", "attr", "pydantic", "msgspec", "yaml", "kazoo", "redis", "grpc", "aiodubbo_native"]


def test_url_and_wire_load_no_io() -> None:
    """Also indirectly, by way of the standard library."""
    answer = run(
        f"""
names = import_all("aiodubbo.url", "aiodubbo.wire")
answer = [len(names), sorted(set(loaded()) & set({IO_MODULES}))]
"""
    )
    modules, forbidden = answer
    assert modules > 20
    assert forbidden == []


@pytest.mark.parametrize("module", ["aiodubbo", "aiodubbo.url", "aiodubbo.wire", "aiodubbo.errors"])
def test_a_package_loads_nothing_of_the_layers_above(module: str) -> None:
    answer = run(
        f"import importlib; importlib.import_module({module!r}); answer = [name for name in loaded() if name.startswith('aiodubbo')]"
    )
    assert set(answer) <= {"aiodubbo", module}


NEED_SOME = (
    "aiodubbo.cli",
    "aiodubbo.__main__",
    "aiodubbo.clients.zookeeper",
    "aiodubbo.registry.zookeeper",
    "aiodubbo.config_center.zookeeper",
    "aiodubbo.clients.redis",
    "aiodubbo.clients.redis_cluster",
    "aiodubbo.clients.redis_servers",
    "aiodubbo.registry.redis",
)
"""Modules that are useless without an optional package, and say so when they are imported without it."""


def test_importing_everything_needs_no_optional_package() -> None:
    """The interpreter of this test has none."""
    answer = run(
        f"""
names = import_all("aiodubbo", leave_out={NEED_SOME})
answer = [len(names), [name for name in loaded() if name.partition(".")[0] in {OPTIONAL}]]
"""
    )
    modules, optional = answer
    assert modules > 80
    assert optional == []


@pytest.mark.parametrize("name", ["zookeeper", "redis"])
def test_a_registry_without_its_package_says_what_to_install(name: str) -> None:
    answer = run(
        f"""
import importlib
from aiodubbo.errors import MissingDependencyError
try:
    importlib.import_module("aiodubbo.registry.{name}")
except MissingDependencyError as error:
    answer = str(error)
"""
    )
    assert answer.endswith(f"pip install 'aiodubbo[{name}]'")


def test_importing_everything_does_nothing() -> None:
    """No thread, no child, no logging set-up, no event loop, no signal handler, no warning filter."""
    answer = run(
        f"""
leave_out = {NEED_SOME}
"""
        """
import logging, signal, threading, warnings
signals = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
filters = list(warnings.filters)
import_all("aiodubbo", leave_out=leave_out)
import aiodubbo
for name in aiodubbo.__all__:
    getattr(aiodubbo, name)
loggers = [logging.getLogger(name) for name in logging.Logger.manager.loggerDict if name.startswith("aiodubbo")]
answer = {
    "threads": [thread.name for thread in threading.enumerate()],
    "root handlers": len(logging.getLogger().handlers),
    "own handlers": sum(len(logger.handlers) for logger in loggers),
    "own levels": sum(logger.level for logger in loggers),
    "loggers": len(loggers) > 5,
    "signals": signals == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)],
    "filters": filters == list(warnings.filters),
}
"""
    )
    assert answer == {
        "threads": ["MainThread"],
        "root handlers": 0,
        "own handlers": 0,
        "own levels": 0,
        "loggers": True,
        "signals": True,
        "filters": True,
    }


def test_public_names_are_loaded_when_they_are_used() -> None:
    answer = run(
        """
import aiodubbo
first = [name for name in loaded() if name.startswith("aiodubbo.")]
aiodubbo.URL
later = ["aiodubbo.url.url" in sys.modules, "aiodubbo.bootstrap.application" in sys.modules]
answer = [first, *later, sorted(set(aiodubbo.__all__) - set(dir(aiodubbo)))]
"""
    )
    assert answer == [[], True, False, []]


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    answer = run(
        """
import aiodubbo
try:
    aiodubbo.no_such_name
except AttributeError as error:
    answer = str(error)
"""
    )
    assert answer == "module 'aiodubbo' has no attribute 'no_such_name'"
