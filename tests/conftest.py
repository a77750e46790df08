"""Settings of every test: coroutine tests, blocking calls in the loop, no sockets in unit tests, no leaked tasks."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
import uvloop  # keeps the socket class that it finds when it is imported: it must not be the guarded one
from blockbuster import blockbuster_ctx
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

from aiodubbo.java.types import JavaType

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes says more about what else the machine does; pytest limits each test.
settings.register_profile("aiodubbo", deadline=None)
settings.load_profile("aiodubbo")

_LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
_LOOP = _LOOPS[os.environ.get("AIODUBBO_TEST_LOOP", "asyncio")]
"""The event loop of coroutine tests; CI runs them on both."""

_WITHOUT_SOCKETS = ("unit", "property", "golden", "component", "architecture")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names of cases that are the same in every process: a type goes by its Java name, not by what it holds in memory."""
    return val.name if isinstance(val, JavaType) else None


@pytest.fixture(autouse=True)
def _sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Only suites that say so may open sockets; the socket pair inside an event loop is a Unix one and allowed."""
    suite = request.path.relative_to(request.config.rootpath / "tests").parts[0]
    if suite in _WITHOUT_SOCKETS:
        disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def _home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications keep registry caches in the user's home: not in that of whoever runs the tests."""
    suite = request.path.relative_to(request.config.rootpath / "tests").parts[0]
    if suite in ("component", "integration", "interop"):
        monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """The command line sets logging up, as a program may; the next test finds it as it was.

    That a step took long is no record of a test: it is said of a busy machine.
    """
    root, loop = logging.getLogger(), logging.getLogger("asyncio")
    level, handlers = root.level, list(root.handlers)
    loop.addFilter(_is_no_remark_on_time)
    yield
    loop.removeFilter(_is_no_remark_on_time)
    root.setLevel(level)
    root.handlers[:] = handlers


def _is_no_remark_on_time(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Executing ")


@pytest.fixture(autouse=True)
def _blocking_calls() -> Iterator[None]:
    """A blocking call made by aiodubbo inside a running event loop fails the test.

    Exempt: looking for an extension and importing it, once for each name; and what the user asked to be imported.
    """
    with blockbuster_ctx("aiodubbo") as guard:
        for function in guard.functions.values():
            function.can_block_in("aiodubbo/ext/point.py", {"_entry_points", "_import"})
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests in a fresh loop, in debug mode; a task that outlives its test is a failure."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def run() -> None:
        problems: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        await function(**arguments)
        await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks outlive the test: {left}"
        assert not problems, f"errors nobody handled: {problems}"

    with asyncio.Runner(debug=True, loop_factory=_LOOP) as runner:
        runner.run(run())
    return True
