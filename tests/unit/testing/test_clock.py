"""Time that stands still until a test moves it."""

from __future__ import annotations

import asyncio

import pytest

from aiodubbo.tasks import cancel
from aiodubbo.testing.clock import ManualClock


async def test_sleepers_wake_in_their_order() -> None:
    clock, log = ManualClock(now=100.0, unix_time=5000.0), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        log.append((seconds, clock.now()))

    tasks = [asyncio.create_task(sleep(seconds)) for seconds in (3.0, 1.0, 2.0)]
    await clock.advance(2.5)
    assert log == [(1.0, 101.0), (2.0, 102.0)]
    assert clock.now() == 102.5
    assert clock.unix_time() == 5002.5
    await clock.advance(0.5)
    await asyncio.gather(*tasks)


async def test_no_time_is_a_turn() -> None:
    await ManualClock().sleep(0)


async def test_a_cancelled_sleeper_is_gone() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(1.0))
    await clock.settle()
    await cancel(task)
    await clock.advance(2.0)


async def test_a_timeout() -> None:
    clock = ManualClock()

    async def wait(seconds: float | None) -> str:
        try:
            async with clock.timeout(seconds):
                await clock.sleep(10.0)
        except TimeoutError:
            return f"over at {clock.now():g}"
        return f"slept until {clock.now():g}"

    waits = [asyncio.create_task(wait(seconds)) for seconds in (3.0, 20.0, None)]
    await clock.advance(30.0)
    assert await asyncio.gather(*waits) == ["over at 3", "slept until 10", "slept until 10"]


async def test_a_cancellation_inside_a_timeout_is_no_timeout() -> None:
    clock = ManualClock()

    async def wait() -> None:
        async with clock.timeout(10.0):
            await clock.sleep(20.0)

    task = asyncio.create_task(wait())
    await clock.settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_inside_a_timeout_is_itself() -> None:
    with pytest.raises(ValueError, match="broken"):
        async with ManualClock().timeout(10.0):
            raise ValueError("broken")
