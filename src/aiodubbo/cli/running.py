"""Event loop, logging and options that the commands share. Only a program chooses a loop and sets up logging; the command line is one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aiodubbo.errors import AiodubboError
from aiodubbo.operations import lookup
from aiodubbo.operations.entries import CATEGORIES
from aiodubbo.url.redaction import json_safe

from .failure import INTERRUPTED, CommandError, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from aiodubbo.url.url import URL

T = TypeVar("T")

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def run(main: Coroutine[Any, Any, T], *, verbose: bool = False) -> T:
    """Run `main` in a loop of its own, uvloop's where it is installed.

    Raises:
        CommandError: `main` raised an error of aiodubbo, or Ctrl-C was pressed.
    """
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(main)
    except AiodubboError as error:
        raise failure(error, verbose=verbose) from error
    except KeyboardInterrupt:
        raise CommandError("interrupted", INTERRUPTED) from None


@contextlib.contextmanager
def ended_by_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Have `stop` called, in the running loop, for SIGTERM and Ctrl-C."""
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except (ValueError, RuntimeError, NotImplementedError):  # not the main thread, or a platform without it: Ctrl-C ends the loop
            continue
        handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def set_up_logging(verbosity: int) -> None:
    """Log to standard error: with -1 errors only, with 0 warnings, with 1 also what happens, with 2 everything."""
    level = logging.ERROR if verbosity < 0 else _LEVELS[min(verbosity, len(_LEVELS) - 1)]
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)


def note(text: str) -> None:
    """Write a line to standard error; standard output is for results."""
    click.echo(text, err=True)


def show_json(value: object) -> None:
    """Print a result as JSON, indented on a terminal."""
    click.echo(json_safe(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)))


registry_option = click.option(
    "-r",
    "--registry",
    metavar="URL",
    envvar="AIODUBBO_REGISTRY",
    show_envvar=True,
    help="Where services are registered, such as dubbo://127.0.0.1:9090.",
)
selection_options = click.option(
    "--category",
    "categories",
    multiple=True,
    default=CATEGORIES,
    type=click.Choice(CATEGORIES),
    help="Only these; may be repeated. All four without it.",
)
verbose_option = click.option("-v", "--verbose", "verbosity", count=True, help="Say more: stack traces, log lines (-vv: all of them).")


def registry_url(text: str | None) -> URL:
    """The registry that ``-r`` names.

    Raises:
        click.UsageError: there is none.
        ConfigurationError: it is no address.
    """
    if text is None:
        raise click.UsageError("say where the registry is: -r REGISTRY, such as -r dubbo://127.0.0.1:9090")
    return lookup.registry_url(text)
