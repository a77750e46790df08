"""Waiting for what announces itself to nobody: real servers, processes, threads. Everything else is waited for by its own event.

The one place of the tests that sleeps in order to wait.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["elapse", "until", "until_blocking", "until_equal", "until_raises"]

T = TypeVar("T")
_PAUSE = 0.01


async def until(
    condition: Callable[[], Any], within: float = 10.0, *, ignoring: tuple[type[Exception], ...] = ()
) -> Any:  # Any: of the test
    """Call `condition`, a function or a coroutine function, until it gives something true; return that.

    Args:
        condition: asked again and again.
        within: seconds.
        ignoring: exceptions that mean "not yet".

    Raises:
        AssertionError: it is not true within the time; the last outcome is in the text.
    """
    last: object = "nothing"
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    last = condition()
                    if inspect.isawaitable(last):
                        last = await last
                except ignoring as error:
                    last = error
                else:
                    if last:
                        return last
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise AssertionError(f"not within {within:g} s; the last outcome was {last!r}") from None


async def until_equal(
    ask: Callable[[], object], expected: object, within: float = 20.0, *, ignoring: tuple[type[Exception], ...] = ()
) -> None:
    """Call `ask` until it gives `expected`.

    Raises:
        AssertionError: it does not within the time; the text has what it gave last.
    """
    last: object = None

    async def is_expected() -> bool:
        nonlocal last
        last = ask()
        if inspect.isawaitable(last):
            last = await last
        return last == expected

    try:
        await until(is_expected, within, ignoring=ignoring)
    except AssertionError as error:
        raise AssertionError(f"{last!r} did not become {expected!r}: {error}") from None


async def until_raises(kind: type[Exception], call: Callable[[], Awaitable[object]], within: float = 20.0) -> None:
    """Call `call` until it raises `kind`."""

    async def raises() -> bool:
        try:
            await call()
        except kind:
            return True
        return False

    await until(raises, within)


def until_blocking(condition: Callable[[], T], within: float = 10.0, *, ignoring: tuple[type[Exception], ...] = ()) -> T:
    """The same for threads without an event loop."""
    deadline = time.monotonic() + within
    last: object = "nothing"
    while time.monotonic() < deadline:
        try:
            value = condition()
        except ignoring as error:
            last = error
        else:
            if value:
                return value
            last = value
        time.sleep(_PAUSE)
    raise AssertionError(f"not within {within:g} s; the last outcome was {last!r}")


async def elapse(seconds: float) -> None:
    """Let real time pass where that is the point: a session of a real server ends, a peer stays silent, nothing more may come."""
    await asyncio.sleep(seconds)
