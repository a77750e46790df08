"""Owner of background tasks, and the clock that they wait by.

asyncio keeps only weak references to tasks, reports their failures when they are collected, and lets a cancelled caller cut a clean-up
in two. `Tasks` holds the tasks of one owner and ends them with it; `finish` and `Closing` run clean-ups to their end; `Repeater` is the
loop "try until it works". Nobody else creates tasks, sleeps, or limits a wait, so that a test
can steer time by handing out another `Clock`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from contextlib import AbstractAsyncContextManager

logger = logging.getLogger(__name__)

T = TypeVar("T")

_CANCEL_AGAIN = 0.25
"""Seconds after which a task that was cancelled and goes on is cancelled again."""


class TimerHandle(Protocol):
    """A timer of a clock."""

    def cancel(self) -> None:
        """Disarm the timer."""
        ...


class Clock(Protocol):
    """Time as one application sees it."""

    def now(self) -> float:
        """Seconds on a monotonic clock."""
        ...

    def unix_time(self) -> float:
        """Seconds since 1970, for what other machines compare: timestamps in URLs, leases."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[Any]:
        """Limit the block to `seconds`: it is cancelled then, and ``TimeoutError`` is raised in its place."""
        ...

    def call_at(self, when: float, callback: Callable[[], object], /) -> TimerHandle:
        """Call `callback` when `now` reaches `when`."""
        ...


class LoopClock:
    """The clock of the running event loop."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return asyncio.get_running_loop().time()

    def unix_time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait; zero gives the other tasks their turn."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[Any]:
        """Limit the block to `seconds`."""
        return asyncio.timeout(seconds)

    def call_at(self, when: float, callback: Callable[[], object], /) -> TimerHandle:
        """Call `callback` at `when` on the loop's clock."""
        return asyncio.get_running_loop().call_at(when, callback)


def fast_now(clock: Clock) -> Callable[[], float]:
    """Read `clock` at the least cost while the present event loop runs; for what is asked several times in each call."""
    return asyncio.get_running_loop().time if type(clock) is LoopClock else clock.now


class Tasks:
    """The background tasks of one owner.

    Attributes:
        clock: the clock by which they wait.
    """

    __slots__ = ("_running", "clock")

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock if clock is not None else LoopClock()
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def __bool__(self) -> bool:
        return True  # an owner without tasks is an owner: `tasks or Tasks()` means None

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run `work` in the background until it ends or `close` cancels it; a failure that nobody fetches is logged with `name`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def wait(self) -> None:
        """Wait until no task runs; those that are started meanwhile are waited for as well. Failures stay with their tasks."""
        while others := self._running - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def close(self) -> None:
        """Cancel what still runs, and wait for the end of it; those that are started meanwhile are cancelled as well."""
        while others := self._running - {asyncio.current_task()}:
            await asyncio.gather(*map(cancel, others))


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end, also when a cancellation is lost on the way.

    Foreign clients send by ``asyncio.wait_for``. In Python 3.11 that forgets a cancellation which comes as the sending ends, so that a task
    that runs for ever would go on running.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_AGAIN)


def is_being_cancelled() -> bool:
    """Tell a cancellation of the current task from one that comes out of an operation by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end, also when the caller is cancelled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():  # a second cancellation must not cut the work either
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        if not task.cancelled() and (failure := task.exception()) is not None:
            logger.warning("%s failed after its caller was cancelled: %r", getattr(work, "__qualname__", "work"), failure)
        raise


async def close_all(works: Iterable[Awaitable[object]]) -> None:
    """Await all of `works` side by side; a failure is logged and keeps none of the others from running."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, asyncio.CancelledError):
            raise outcome
        if isinstance(outcome, BaseException):
            logger.warning("while closing: %s: %s", type(outcome).__name__, outcome)


class Closing:
    """A clean-up that runs once and to its end, however often it is asked for, and even if callers are cancelled."""

    __slots__ = ("_close", "_name", "_task")

    def __init__(self, close: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._close = close
        self._name = name
        self._task: asyncio.Task[None] | None = None

    @property
    def has_begun(self) -> bool:
        """Tell whether the clean-up was asked for."""
        return self._task is not None

    async def __call__(self) -> None:
        """Begin the clean-up, or join the one that runs, and wait for its end."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._close(), name=self._name)
        await asyncio.shield(self._task)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts: `first` seconds, then `factor` times as long after each failure, never more than `longest`."""

    first: float
    longest: float
    factor: float = 2.0
    steady: float = math.inf
    """An attempt that fails after more than so many seconds, such as a connection that is lost, begins the pauses anew."""

    def after(self, pause: float) -> float:
        """The pause that follows `pause`; the first one for zero."""
        return min(pause * self.factor, self.longest) if pause else self.first

    @classmethod
    def every(cls, seconds: float) -> Backoff:
        """The same pause each time."""
        return cls(seconds, seconds, 1.0)


async def wait_until_set(event: asyncio.Event, clock: Clock, seconds: float | None) -> bool:
    """Wait for `event`, for `seconds` at most.

    Returns:
        Whether it is set.
    """
    try:
        async with clock.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


class Repeater:
    """Repeats an attempt until it succeeds: once for each `wake`, and after each failure when its pause is over or at the next `wake`.

    No task runs while there is nothing to do.

    Args:
        tasks: owner of the task.
        attempt: what to do.
        backoff: the pauses after failures.
        failed: is given each failure, to log it. Whatever an attempt raises, it is repeated until it succeeds or `close` is called.
        name: of the task.
        delay: seconds from the first `wake` to the attempt, for what should not be tried again at once.
    """

    __slots__ = ("_attempt", "_backoff", "_delay", "_failed", "_hurry", "_is_wanted", "_name", "_task", "_tasks")

    def __init__(
        self,
        tasks: Tasks,
        attempt: Callable[[], Awaitable[None]],
        backoff: Backoff,
        *,
        failed: Callable[[Exception], None],
        name: str,
        delay: float = 0.0,
    ) -> None:
        self._tasks = tasks
        self._attempt = attempt
        self._backoff = backoff
        self._failed = failed
        self._name = name
        self._delay = delay
        self._is_wanted = False
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether an attempt is under way or waits for its pause to end."""
        return self._task is not None

    def wake(self, *, hurry: bool = True) -> None:
        """Have the attempt made, now or, when one is under way, once more after it.

        Args:
            hurry: end a pause that runs, since there is news; the pauses begin anew.
        """
        self._is_wanted = True
        if hurry:
            self._hurry.set()
        if self._task is None:
            self._task = self._tasks.start(self._run(), self._name)

    async def close(self) -> None:
        """Stop repeating. May be called by the attempt itself, which then is the last one."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            await cancel(task)

    async def _run(self) -> None:
        this, clock, pause = asyncio.current_task(), self._tasks.clock, 0.0
        try:
            if self._delay:
                await clock.sleep(self._delay)
            while self._is_wanted and self._task is this:
                self._is_wanted = False
                self._hurry.clear()
                begun = clock.now()
                try:
                    await self._attempt()
                except Exception as error:  # noqa: BLE001 - without another attempt nothing would happen ever again
                    self._failed(error)
                    self._is_wanted = True
                    pause = self._backoff.after(0.0 if clock.now() - begun > self._backoff.steady else pause)
                    if await wait_until_set(self._hurry, clock, pause):
                        pause = 0.0
                else:
                    pause = 0.0
        finally:
            if self._task is this:
                self._task = None
