"""``aiodubbo run``: serve what a Python function exports."""

from __future__ import annotations

import contextlib
import inspect

import click

from aiodubbo import sync
from aiodubbo.bootstrap.application import Application

from .failure import USAGE, CommandError
from .loading import load
from .running import note, run, set_up_logging, verbose_option

_EXAMPLE = "provider:app"


@click.command("run", short_help="Serve what a Python function exports.")
@click.argument("target", metavar="PACKAGE.MODULE:NAME")
@verbose_option
def command(target: str, verbosity: int) -> None:
    """Serve until SIGTERM or Ctrl-C, then unregister, let calls end, and close.

    NAME is a function without parameters, looked for in the current directory first. It exports services and returns the Application:

    \b
        async def app() -> Application:
            application = Application("users", registry="dubbo://127.0.0.1:9090")
            await application.export(UserService, Users())
            return application

    It may also be an @asynccontextmanager that yields the Application and cleans up afterwards.
    """
    set_up_logging(max(verbosity, 1))
    make = load(target, example=_EXAMPLE)  # before the loop runs: importing blocks
    run(_serve(target, make), verbose=verbosity > 0)


async def _serve(target: str, make: object) -> None:
    async with contextlib.AsyncExitStack() as stack:
        application = await _make(target, make, stack)
        if application is None:
            note(f"{target} has ended without returning an Application (return it to have it served)")
            return
        await stack.enter_async_context(application)
        note(f"{application.name} is serving; Ctrl-C ends it")
        await application.serve_forever()
        note(f"{application.name} ends")


async def _make(target: str, make: object, stack: contextlib.AsyncExitStack) -> Application | None:
    """Call the function for an Application; None comes from a function that served by itself.

    Raises:
        CommandError: it is something else.
    """
    if isinstance(make, Application):
        raise CommandError(
            f"error: {target} is an Application, made before there is an event loop to export services in: "
            f"write a function, `async def app() -> Application`, that makes it, exports and returns it",
            USAGE,
        )
    if not callable(make) or isinstance(make, type):
        raise CommandError(f"error: {target} is not a function, but {_kind(make)}: write `async def app() -> Application`", USAGE)
    needed = [
        parameter.name
        for parameter in inspect.signature(make).parameters.values()
        if parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        raise CommandError(f"error: {target} must be callable without arguments, but needs {', '.join(needed)}", USAGE)
    result = make()
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, Application) and hasattr(result, "__aenter__"):
        result = await stack.enter_async_context(result)
    if isinstance(result, sync.Application):
        raise CommandError(
            f"error: {target} makes an aiodubbo.sync.Application: run such a program with python, or use aiodubbo.Application", USAGE
        )
    if result is not None and not isinstance(result, Application):
        raise CommandError(f"error: {target} returned {_kind(result)}; it must return the Application", USAGE)
    return result


def _kind(value: object) -> str:
    return f"the class {value.__qualname__}" if isinstance(value, type) else type(value).__name__
