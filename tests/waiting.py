"""Waiting for what has no event, in tests against real servers, processes and threads.

Unit tests do not wait: they move a `ManualClock`.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object | Awaitable[object]], seconds: float = 10.0, *, every: float = 0.01) -> None:
    """Wait until `condition`, a function or a coroutine function, gives something true.

    Raises:
        AssertionError: it did not within `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await _outcome(condition):
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {inspect.getsource(condition).strip()}") from None


async def _outcome(condition: Callable[[], object | Awaitable[object]]) -> object:
    outcome = condition()
    return await outcome if inspect.isawaitable(outcome) else outcome


async def becomes(read: Callable[[], object | Awaitable[object]], expected: object, seconds: float = 10.0, *, every: float = 0.01) -> None:
    """Wait until `read`, a function or a coroutine function, gives `expected`.

    Raises:
        AssertionError: it did not within `seconds`; the text has what it gave last.
    """
    last: object = None
    try:
        async with asyncio.timeout(seconds):
            while (last := await _outcome(read)) != expected:
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: expected {expected!r}, last {last!r}") from None


async def elapse(seconds: float) -> None:
    """Let real time pass where that is the point: a session of a real server ends, a peer stays silent, nothing more may come."""
    await asyncio.sleep(seconds)
