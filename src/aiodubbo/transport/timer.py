"""Timer shared by everything on a loop that nearly always ends before its time.

Nearly every call is answered long before its timeout. An event-loop timer for each would cost a heap operation and a dead entry that stays
until its time; here adding and cancelling is adding to and removing from a set, and at most one timer of the clock is armed for all of
them.

Time is cut into ticks. Everything that ends within the same tick shares a slot, which runs at the end of that tick: so nothing runs early,
and nothing more than one tick late. A wheel on which nothing waits holds no timer.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from typing import TYPE_CHECKING, Protocol, TypeAlias

from aiodubbo.tasks import LoopClock, fast_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.tasks import Clock, TimerHandle

TICK = 0.01
"""Seconds. Java looks every 30 ms; finer costs wake-ups, coarser makes short timeouts wrong."""

logger = logging.getLogger(__name__)


class Expiring(Protocol):
    """A thing with a time limit."""

    def expire(self) -> None:
        """Take note that the time is over. Called once at most; must not raise."""
        ...


Slot: TypeAlias = "set[Expiring]"
"""The tick in which a timer ends: ``slot.discard(item)`` cancels it, at any time and any number of times."""


class TimerWheel:
    """The timers of one event loop. Make it while that loop runs.

    Attributes:
        now: reads the clock, in seconds.
    """

    __slots__ = ("_armed_for", "_clock", "_due", "_handle", "_slots", "_tick", "now")

    def __init__(self, clock: Clock | None = None, tick: float = TICK) -> None:
        self._clock: Clock = LoopClock() if clock is None else clock
        self.now: Callable[[], float] = fast_now(self._clock)
        self._tick = tick
        self._slots: dict[int, Slot] = {}
        self._due: list[int] = []  # heap of the keys of _slots
        self._handle: TimerHandle | None = None
        self._armed_for = 0

    def add(self, item: Expiring, delay: float) -> Slot:
        """Have `item` expire in `delay` seconds; the returned slot's ``discard(item)`` cancels."""
        return self.add_at(item, self.now() + delay)

    def add_at(self, item: Expiring, when: float) -> Slot:
        """Have `item` expire when the clock reads `when`; for callers that have just read it."""
        tick = int(when / self._tick) + 1
        slot = self._slots.get(tick)
        if slot is None:
            slot = self._slots[tick] = set()
            heapq.heappush(self._due, tick)
            if self._handle is None or tick < self._armed_for:
                self._arm(tick)
        slot.add(item)
        return slot

    def _arm(self, tick: int) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed_for = tick
        self._handle = self._clock.call_at(tick * self._tick, self._run)

    def _run(self) -> None:
        self._handle = None
        # Loops may call up to their clock's resolution early: the tick we were armed for is due in any case.
        now = max(int(self.now() / self._tick), self._armed_for)
        due, slots = self._due, self._slots
        while due and (due[0] <= now or not slots[due[0]]):
            slot = slots.pop(heapq.heappop(due))
            while slot:
                item = slot.pop()
                try:
                    item.expire()
                except Exception:
                    logger.exception("a timer failed; the others go on")
        if due:
            self._arm(due[0])


class Signal:
    """An `asyncio.Event` whose `wait` can be limited in the wheel's time, without a task for it."""

    __slots__ = ("_is_set", "_waiters", "_wheel")

    def __init__(self, wheel: TimerWheel, *, is_set: bool = False) -> None:
        self._wheel = wheel
        self._is_set = is_set
        self._waiters: set[_Waiter] = set()

    def is_set(self) -> bool:
        """Return whether waiting would end at once."""
        return self._is_set

    def set(self) -> None:
        """Wake all waiters; later calls of `wait` return at once."""
        self._is_set = True
        for waiter in self._waiters:
            waiter.expire()

    def clear(self) -> None:
        """Have later calls of `wait` wait."""
        self._is_set = False

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is set, or until the time is over; returns whether it is set."""
        if self._is_set:
            return True
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        slot = None if seconds is None else self._wheel.add(waiter, seconds)
        try:
            await waiter.future
        finally:
            self._waiters.discard(waiter)
            if slot is not None:
                slot.discard(waiter)
        return self._is_set


class _Waiter:
    __slots__ = ("future",)

    def __init__(self, future: asyncio.Future[None]) -> None:
        self.future = future

    def expire(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
