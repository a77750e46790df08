"""An event loop in its own thread, and a way to run coroutines in it from other threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from aiodubbo.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class Portal:
    """A running event loop for code that blocks. The thread starts with the portal and ends with `close`."""

    def __init__(self) -> None:
        self._loop = _new_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name="aiodubbo", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def call(self, function: Callable[..., Coroutine[object, object, T]], *args: object, **kwargs: object) -> T:
        """Run ``await function(*args, **kwargs)`` in the loop, with this thread's context variables, and return its result.

        Raises:
            LocalProtocolError: the portal is closed, was made before a fork, or this is its own thread.
        """
        if os.getpid() != self._pid:
            raise LocalProtocolError(
                "this Application was made before the process was forked, and its connections belong to the parent: "
                "make one in each worker (gunicorn: post_fork hook; Celery: worker_process_init signal)"
            )
        if threading.current_thread() is self._thread:
            raise LocalProtocolError(
                "a blocking call inside the event loop would wait for itself: use aiodubbo.Application and await there"
            )
        if self.closed:
            raise LocalProtocolError("the application is closed")
        answer: concurrent.futures.Future[T] = concurrent.futures.Future()
        task: asyncio.Task[T] | None = None

        def start() -> None:
            nonlocal task
            task = self._loop.create_task(function(*args, **kwargs))
            task.add_done_callback(finish)

        def finish(done: asyncio.Task[T]) -> None:
            if done.cancelled():
                answer.cancel()
                answer.set_running_or_notify_cancel()
            elif (error := done.exception()) is not None:
                answer.set_exception(error)
            else:
                answer.set_result(done.result())

        def cancel() -> None:
            if task is not None:
                task.cancel()

        self._loop.call_soon_threadsafe(start, context=copy_context())
        try:
            return answer.result()
        except BaseException:
            # Ctrl-C while waiting: the call in the loop must not go on by itself.
            if not answer.done():
                self._loop.call_soon_threadsafe(cancel)
            raise

    @property
    def closed(self) -> bool:
        """True after `close`, and in a process forked from the one that made the portal."""
        return not self._thread.is_alive() or os.getpid() != self._pid

    def close(self) -> None:
        """Stop the loop and wait for its thread. Calling it again does nothing."""
        if not self.closed:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
