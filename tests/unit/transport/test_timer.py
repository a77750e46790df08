from __future__ import annotations

import asyncio
import logging

import pytest

from aiodubbo.testing.clock import ManualClock
from aiodubbo.transport.timer import Signal, TimerWheel


class Item:
    def __init__(self, clock: ManualClock, fails: bool = False) -> None:
        self.clock = clock
        self.fails = fails
        self.expired_at: list[float] = []

    def expire(self) -> None:
        self.expired_at.append(self.clock.now())
        if self.fails:
            raise ValueError("no")


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.01, 0.0999, 1.0, 3600.0])
async def test_never_early_and_at_most_one_tick_late(delay: float) -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock, tick=0.01)
    item = Item(clock)
    wheel.add(item, delay)
    await clock.advance(delay + 1.0)
    [at] = item.expired_at
    assert 1000.0 + delay <= at <= 1000.0 + delay + 0.01 + 1e-9


async def test_a_cancelled_timer_does_not_run() -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    kept, cancelled = Item(clock), Item(clock)
    wheel.add(kept, 1.0)
    slot = wheel.add(cancelled, 1.0)
    slot.discard(cancelled)
    slot.discard(cancelled)
    await clock.advance(2.0)
    assert (len(kept.expired_at), len(cancelled.expired_at)) == (1, 0)


async def test_an_earlier_timer_is_not_held_up_by_a_later_one() -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    late, early = Item(clock), Item(clock)
    wheel.add(late, 10.0)
    wheel.add(early, 1.0)
    await clock.advance(1.1)
    assert (len(early.expired_at), len(late.expired_at)) == (1, 0)
    await clock.advance(9.0)
    assert len(late.expired_at) == 1


async def test_however_many_wait_one_loop_timer_is_armed() -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    items = [Item(clock) for _ in range(1000)]
    for number, item in enumerate(items):
        wheel.add(item, 5.0 - number / 1000)
    assert len(clock.armed) == 1
    await clock.advance(6.0)
    assert all(len(item.expired_at) == 1 for item in items)


async def test_an_idle_wheel_holds_no_timer() -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    for number in range(100):
        item = Item(clock)
        wheel.add(item, 1.0 + number / 10).discard(item)
    await clock.advance(1.1)  # the one wake-up that finds nobody
    assert clock.armed == []


async def test_a_timer_added_while_others_expire() -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    second = Item(clock)

    class Adds:
        def expire(self) -> None:
            wheel.add(second, 0.5)

    wheel.add(Adds(), 1.0)
    await clock.advance(1.1)
    assert second.expired_at == []
    await clock.advance(0.5)
    assert len(second.expired_at) == 1


async def test_one_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(now=1000.0)
    wheel = TimerWheel(clock)
    items = [Item(clock, fails=True), Item(clock), Item(clock, fails=True), Item(clock)]
    for item in items:
        wheel.add(item, 1.0)
    with caplog.at_level(logging.ERROR):
        await clock.advance(2.0)
    assert all(len(item.expired_at) == 1 for item in items)
    assert len(caplog.records) == 2


async def test_on_a_real_loop() -> None:
    loop = asyncio.get_running_loop()
    wheel = TimerWheel()
    before = loop.time()
    assert not await Signal(wheel).wait(0.02)
    assert 0.02 <= loop.time() - before < 0.5


async def test_a_signal_wakes_everybody() -> None:
    signal = Signal(TimerWheel())
    waiters = [asyncio.ensure_future(signal.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    signal.set()
    assert await asyncio.gather(*waiters) == [True, True, True]
    assert await signal.wait(0.0)
    signal.clear()
    assert not signal.is_set()


async def test_waiting_for_a_signal_can_end_in_time() -> None:
    clock = ManualClock(now=1000.0)
    signal = Signal(TimerWheel(clock))
    waiter = asyncio.ensure_future(signal.wait(5.0))
    await asyncio.sleep(0)
    await clock.advance(4.9)
    await asyncio.sleep(0)
    assert not waiter.done()
    await clock.advance(0.2)
    assert await waiter is False


async def test_a_cancelled_waiter_leaves_no_timer() -> None:
    clock = ManualClock(now=1000.0)
    signal = Signal(TimerWheel(clock))
    waiter = asyncio.ensure_future(signal.wait(5.0))
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    signal.set()
    await clock.advance(10.0)
    assert clock.armed == []
