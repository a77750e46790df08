from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from aiodubbo.errors import PoolExhaustedError
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.tasks import LoopClock
from tests.polling import until
from tests.unit.fakes import GREETER, a_call

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE")


class Async:
    async def greet(self, name: str) -> str:
        return f"hi {name} from {threading.current_thread().name}"


class Blocking:
    def greet(self, name: str) -> str:
        return f"hi {name} from {threading.current_thread().name} {VARIABLE.get('unset')}"


class Failing:
    async def greet(self, name: str) -> str:
        raise ValueError(f"no {name}")


async def test_async_methods_run_in_the_loop() -> None:
    result = await serve(GREETER, Async(), WorkerPool())(a_call())
    assert result.value == "hi Ada from MainThread"


async def test_blocking_methods_run_in_a_thread_with_the_callers_context() -> None:
    pool = WorkerPool(name="Handler")
    VARIABLE.set("seen")
    result = await serve(GREETER, Blocking(), pool)(a_call())
    assert result.value == "hi Ada from Handler-thread_0 seen"
    await pool.close(1, LoopClock())


async def test_what_an_implementation_raises_is_a_result() -> None:
    result = await serve(GREETER, Failing(), WorkerPool())(a_call())
    assert isinstance(result.exception, ValueError)


@pytest.mark.spec("PRO-57", "a full pool refuses at once, with Java's words")
async def test_exhausted() -> None:
    release = threading.Event()
    pool = WorkerPool(threads=1, queue=1, name="DubboServerHandler-10.0.0.1:20880")
    running = [asyncio.ensure_future(pool.run(release.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(
        PoolExhaustedError, match=r"Thread pool is EXHAUSTED! Thread Name: DubboServerHandler-10\.0\.0\.1:20880, Pool Size: 1 \(active: 1"
    ):
        await pool.run(lambda: None)
    release.set()
    assert await asyncio.gather(*running) == [True, True]
    assert await pool.run(lambda: 7) == 7
    await pool.close(1, LoopClock())


async def test_a_cancelled_call_stays_counted_until_its_thread_is_free() -> None:
    release = threading.Event()
    pool = WorkerPool(threads=1)
    running = asyncio.ensure_future(pool.run(release.wait))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    with pytest.raises(PoolExhaustedError):
        await pool.run(lambda: None)
    release.set()
    await until(lambda: not pool.active)  # a thread ends
    await pool.close(1, LoopClock())


def test_a_pool_needs_a_thread() -> None:
    with pytest.raises(ValueError, match="at least one thread"):
        WorkerPool(threads=0)
