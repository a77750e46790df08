"""Load: a number of callers, each of which sends its next call when the last was answered. Bounded in calls and in time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Call", "Sample", "closed_loop"]

Call: TypeAlias = "Callable[[], Awaitable[object]]"
"""Sends one call and returns the answer."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement at the calling side.

    Attributes:
        calls: answered calls.
        seconds: how long that took.
        cpu: processor seconds of the calling process, all threads.
    """

    calls: int
    seconds: float
    cpu: float


async def closed_loop(call: Call, *, concurrency: int, calls: int, seconds: float) -> Sample:
    """Call until one of the two bounds is reached; calls under way are awaited.

    Args:
        call: what to do.
        concurrency: callers.
        calls: how often, at most.
        seconds: how long, at most.

    Raises:
        Exception: whatever a call raises; the first ends the load.
    """
    left = calls
    clock = time.perf_counter
    started, cpu = clock(), time.process_time()
    end = started + seconds

    async def caller() -> None:
        nonlocal left
        while left > 0 and clock() < end:
            left -= 1
            await call()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, calls)):
            group.create_task(caller())
    return Sample(calls - left, clock() - started, time.process_time() - cpu)
