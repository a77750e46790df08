"""Running a service implementation: ``async def`` methods on the loop, ``def`` methods in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import functools
import inspect
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from aiodubbo.errors import PoolExhaustedError
from aiodubbo.rpc.call import Result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.tasks import Clock

T = TypeVar("T")


class WorkerPool:
    """Threads for implementations that block (Java's ``fixed`` pool, PRO-56). Threads start when first needed.

    Args:
        threads: how many calls may run at once.
        queue: how many more may wait; 0 hands off or refuses, as Java's default does.
        name: prefix of the threads' names.
    """

    def __init__(self, threads: int = 200, queue: int = 0, name: str = "DubboServerHandler") -> None:
        if threads < 1:
            raise ValueError(f"a worker pool needs at least one thread, got threads={threads}")
        self.threads = threads
        self.queue = max(0, queue)
        self.active = 0
        self.completed = 0
        self.largest = 0
        self._name = name
        self._executor: ThreadPoolExecutor | None = None
        self._idle: asyncio.Event | None = None

    async def run(self, function: Callable[[], T]) -> T:
        """Run `function` in a thread, with the context variables of the caller.

        Raises:
            PoolExhaustedError: every thread is busy and the queue is full.
        """
        if self.active >= self.threads + self.queue:
            raise PoolExhaustedError(self._exhausted())
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self.threads, thread_name_prefix=f"{self._name}-thread")
        self.active += 1
        self.largest = max(self.largest, min(self.active, self.threads))
        try:
            future = asyncio.get_running_loop().run_in_executor(self._executor, functools.partial(copy_context().run, function))
        except BaseException:
            self.active -= 1
            raise
        future.add_done_callback(self._done)  # also when the waiting task is cancelled: the thread works on and stays counted
        await asyncio.wait([future])
        return future.result()

    def _done(self, future: asyncio.Future[T]) -> None:
        self.active -= 1
        self.completed += 1
        if self._idle is not None and not self.active:
            self._idle.set()
        if not future.cancelled():
            future.exception()  # retrieved, also when the waiting task is gone

    def _exhausted(self) -> str:
        # Java's own words (PRO-57): operators search their logs for them.
        return (
            f"Thread pool is EXHAUSTED! Thread Name: {self._name}, Pool Size: {min(self.active, self.threads)} "
            f"(active: {min(self.active, self.threads)}, core: {self.threads}, max: {self.threads}, largest: {self.largest}), "
            f"Task: {self.active + self.completed} (completed: {self.completed}), "
            f"Executor status:(isShutdown:false, isTerminated:false, isTerminating:false)"
        )

    async def close(self, wait: float, clock: Clock) -> None:
        """Wait at most `wait` seconds for what runs, then end the threads."""
        if self.active:
            self._idle = asyncio.Event()
            with suppress(TimeoutError):
                async with clock.timeout(wait):
                    await self._idle.wait()
        self.shut()

    def shut(self) -> None:
        """End the threads as soon as what they run ends; what waits in the queue is dropped."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)


def serve(service: ServiceDescriptor, implementation: object, pool: WorkerPool) -> Invoke:
    """Make the function that runs `implementation` for a call.

    Exceptions of the implementation become the exception of the result; a full pool raises `PoolExhaustedError`.
    """
    methods = {method.python_name: _runner(getattr(implementation, method.python_name), pool) for method in service.methods}

    async def invoke(invocation: Invocation) -> Result:
        run = methods[invocation.method.python_name]
        try:
            return Result(await run(invocation.arguments))
        except PoolExhaustedError:
            raise
        except Exception as error:  # noqa: BLE001 - an implementation may raise anything; all of it goes back to the caller
            return Result(exception=error)

    return invoke


def _runner(
    function: Callable[..., Any],  # Any: a coroutine function gives an awaitable, which only the test below knows
    pool: WorkerPool,
) -> Callable[[tuple[object, ...]], Awaitable[Any]]:
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004

        def run(arguments: tuple[object, ...]) -> Awaitable[Any]:
            awaitable: Awaitable[Any] = function(*arguments)
            return awaitable

        return run

    async def run_in_pool(arguments: tuple[object, ...]) -> object:
        value = await pool.run(functools.partial(function, *arguments))
        return await value if inspect.isawaitable(value) else value

    return run_in_pool
