"""One timer for everything on a loop that nearly always ends before its time.

Nearly every call is answered long before its timeout. An event-loop timer for each would cost a heap operation and a dead entry that stays
until its time; here adding and cancelling is adding to and removing from a set, and one loop timer at most is armed for all of them.

Time is cut into ticks. Everything that ends within the same tick shares a slot, which runs at the end of that tick: so nothing runs early,
and nothing more than one tick late. A wheel on which nothing waits holds no timer.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

TICK = 0.01
"""Seconds. Java looks every 30 ms; finer costs wake-ups, coarser makes short timeouts wrong."""

_log = logging.getLogger(__name__)


class Expiring(Protocol):
    """Something with an end."""

    def expire(self) -> None:
        """The time is over. Called once at most; must not raise."""
        ...


Slot: TypeAlias = "set[Expiring]"
"""Where a timer waits: ``slot.discard(item)`` cancels it, at any time and any number of times."""


class Handle(Protocol):
    """An armed timer of a loop."""

    def cancel(self) -> None:
        """Disarm it."""
        ...


class TimerLoop(Protocol):
    """The part of an event loop that a wheel needs; tests steer one by hand."""

    def time(self) -> float:
        """Seconds on a monotonic clock."""
        ...

    def call_at(self, when: float, callback: Callable[[], None], /) -> Handle:
        """Call `callback` at `when`."""
        ...


class TimerWheel:
    """The timers of one event loop. Make it while that loop runs, or pass the loop."""

    __slots__ = ("_armed_for", "_due", "_handle", "_loop", "_slots", "_tick", "time")

    def __init__(self, loop: TimerLoop | None = None, tick: float = TICK) -> None:
        self._loop: TimerLoop = asyncio.get_running_loop() if loop is None else loop
        self.time: Callable[[], float] = self._loop.time
        self._tick = tick
        self._slots: dict[int, Slot] = {}
        self._due: list[int] = []  # heap of the keys of _slots
        self._handle: Handle | None = None
        self._armed_for = 0

    def add(self, item: Expiring, delay: float) -> Slot:
        """Have `item` expire in `delay` seconds; the returned slot's ``discard(item)`` cancels."""
        tick = int((self.time() + delay) / self._tick) + 1
        slot = self._slots.get(tick)
        if slot is None:
            slot = self._slots[tick] = set()
            heapq.heappush(self._due, tick)
            if self._handle is None or tick < self._armed_for:
                self._arm(tick)
        slot.add(item)
        return slot

    async def sleep(self, delay: float) -> None:
        """Wait `delay` seconds of this wheel's time."""
        await Signal(self).wait(delay)

    def _arm(self, tick: int) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed_for = tick
        self._handle = self._loop.call_at(tick * self._tick, self._run)

    def _run(self) -> None:
        self._handle = None
        # Loops may call up to their clock's resolution early: the tick we were armed for is due in any case.
        now = max(int(self.time() / self._tick), self._armed_for)
        due, slots = self._due, self._slots
        while due and (due[0] <= now or not slots[due[0]]):
            slot = slots.pop(heapq.heappop(due))
            while slot:
                item = slot.pop()
                try:
                    item.expire()
                except Exception:  # noqa: BLE001 - one that breaks its promise must not stop the others
                    _log.exception("a timer failed; the others go on")
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
        """Whether waiting would return at once."""
        return self._is_set

    def set(self) -> None:
        """Let everybody go on who waits, now and later."""
        self._is_set = True
        for waiter in self._waiters:
            waiter.expire()

    def clear(self) -> None:
        """Make those who come from now on wait."""
        self._is_set = False

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is set, or until the time is over; tells which."""
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
