"""A clock that a test moves by hand: hours pass in no time, and nothing depends on how busy the machine is."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

__all__ = ["ManualClock"]

T = TypeVar("T")

_SETTLE = 20
"""Turns of the loop that tasks get after each timer, so that what it woke can go on."""


class ManualClock:
    """Time that stands still until `advance`; for ``Host(name="test", clock=ManualClock())``.

    Args:
        now: where `now` begins, in seconds.
        unix_time: the seconds since 1970 at that moment.
    """

    def __init__(self, now: float = 0.0, unix_time: float = 1_700_000_000.0) -> None:
        self._now = now
        self._epoch = unix_time - now
        self._timers: list[tuple[float, int, _Timer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        """Seconds on this clock."""
        return self._now

    def unix_time(self) -> float:
        """Seconds since 1970 on this clock."""
        return self._epoch + self._now

    def call_at(self, when: float, callback: Callable[[], object], /) -> _Timer:
        """Call `callback` when the clock is moved to `when` or beyond."""
        timer = _Timer(callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    @property
    def armed(self) -> list[float]:
        """Times at which waiting timers are due."""
        return sorted(when for when, _, timer in self._timers if timer.callback is not None)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_at(self._now + seconds, partial(_wake, woken))
        try:
            await woken
        finally:
            timer.cancel()

    def timeout(self, seconds: float | None) -> _Timeout:
        """Limit the block to `seconds` of this clock."""
        return _Timeout(self, seconds)

    async def advance(self, seconds: float) -> None:
        """Move the clock; timers that become due run in their order, and what they wake goes on, as it would in real time."""
        end = self._now + seconds
        await self.settle()
        while self._timers and self._timers[0][0] <= end:
            when, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, when)
            if timer.callback is not None:
                timer.callback()
                await self.settle()
        self._now = end
        await self.settle()

    async def advance_until(self, condition: Callable[[], object], *, step: float = 0.01, most: float = 60.0) -> None:
        """Move the clock step by step until `condition` gives something true.

        Args:
            condition: what is waited for.
            step: seconds between two looks.
            most: seconds on this clock after which it is a failure.
        """
        end = self._now + most
        await self.settle()
        while not condition():
            assert self._now < end, f"not within {most:g} s on the manual clock"
            await self.advance(step)

    async def advance_through(self, work: Awaitable[T], *, step: float = 0.01, most: float = 60.0) -> T:
        """Await `work` while the clock moves; arguments as for `advance_until`."""
        task = asyncio.ensure_future(work)
        await self.advance_until(task.done, step=step, most=most)
        return await task

    async def settle(self) -> None:
        """Let the tasks go on that wait for nothing but their turn."""
        for _ in range(_SETTLE):
            await asyncio.sleep(0)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


class _Timer:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class _Timeout:
    """`asyncio.timeout` on a manual clock."""

    def __init__(self, clock: ManualClock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._timer: _Timer | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._expired = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        if self._seconds is not None:
            self._timer = self._clock.call_at(self._clock.now() + self._seconds, self._expire)
        return self

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._expired and self._task is not None and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
