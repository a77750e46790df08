from __future__ import annotations

import asyncio

from aiodubbo.clients.ending import end


async def test_a_task_ends_although_it_forgot_its_cancellation() -> None:
    forgotten = 0

    async def forgetful() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if forgotten == 2:
                    raise
                forgotten += 1

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await end(task)
    assert task.cancelled()
    assert forgotten == 2


async def test_a_task_that_is_over_or_failed_is_fine() -> None:
    async def fail() -> None:
        raise ValueError("as expected")

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    await end(task)
    assert isinstance(task.exception(), ValueError)
