"""What ``aiodubbo run`` takes for an application, and what it says to the rest."""

from __future__ import annotations

import contextlib
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from aiodubbo import Application, sync
from aiodubbo.cli import run as module
from aiodubbo.cli.root import root

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def _application() -> Application:
    return Application("test")


async def _coroutine() -> Application:
    return Application("test")


async def _by_itself() -> None:
    return None


def _with_parameters(name: str, port: int = 1) -> Application:
    return Application(f"{name}{port}")


class _NoApplication:
    pass


@pytest.fixture
def targets() -> Any:
    found: Any = types.ModuleType("cli_test_targets")
    found.log = []

    @contextlib.asynccontextmanager
    async def managed() -> AsyncIterator[Application]:
        found.log.append("entered")
        yield Application("test")
        found.log.append("left")

    found.application, found.coroutine, found.managed, found.by_itself = _application, _coroutine, managed, _by_itself
    found.with_parameters, found.instance, found.cls = _with_parameters, Application("test"), _NoApplication
    found.number, found.wrong, found.blocking = 5, lambda: 5, lambda: object.__new__(sync.Application)
    sys.modules[found.__name__] = found
    yield found
    del sys.modules[found.__name__]


@pytest.mark.parametrize("name", ["application", "coroutine", "managed"])
def test_functions_that_make_an_application(name: str, targets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Application] = []

    async def serve_forever(application: Application) -> None:
        served.append(application)

    monkeypatch.setattr(Application, "serve_forever", serve_forever)
    outcome = CliRunner().invoke(root, ["run", f"cli_test_targets:{name}"])
    assert outcome.exit_code == 0, outcome.output
    assert len(served) == 1
    assert "test is serving; Ctrl-C ends it" in outcome.stderr
    assert targets.log == (["entered", "left"] if name == "managed" else [])


def test_a_function_may_serve_by_itself(targets: Any) -> None:
    outcome = CliRunner().invoke(root, ["run", "cli_test_targets:by_itself"])
    assert outcome.exit_code == 0
    assert "has ended without returning an Application" in outcome.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("instance", "is an Application, made before there is an event loop"),
        ("number", "is not a function, but int"),
        ("cls", "is not a function, but the class _NoApplication"),
        ("with_parameters", "must be callable without arguments, but needs name"),
        ("wrong", "returned int; it must return the Application"),
        ("blocking", "makes an aiodubbo.sync.Application: run such a program with python"),
        ("missing", "cli_test_targets has no missing"),
    ],
)
def test_other_targets_are_refused(name: str, expected: str, targets: Any) -> None:
    outcome = CliRunner().invoke(root, ["run", f"cli_test_targets:{name}"])
    assert outcome.exit_code == 2
    assert expected in outcome.stderr


def test_help_shows_how_to_write_one() -> None:
    assert "async def app() -> Application" in (module.command.help or "")
