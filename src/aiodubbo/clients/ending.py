"""Ending a task that uses a foreign client, and telling that from a cancellation which comes out of an operation by itself."""

from __future__ import annotations

import asyncio

_CANCEL_AGAIN = 0.25
"""Seconds after which a task that was cancelled and goes on is cancelled again."""


async def end(task: asyncio.Task[object]) -> None:
    """Cancel a task and wait for its end, also when a cancellation is lost on the way.

    redis-py sends by ``asyncio.wait_for``. In Python 3.11 that forgets a cancellation which comes as the sending ends, so that a task that
    runs for ever would go on running.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_AGAIN)


def is_being_cancelled() -> bool:
    """Whether somebody wants the current task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
