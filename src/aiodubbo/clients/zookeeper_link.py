"""A kazoo client and its threads, behind callbacks in the event loop.

kazoo owns threads (one for the connection, two for callbacks) and calls back from them. Every such callback does one thing here: it posts
to the event loop. An operation is started from the loop, which costs kazoo an append to a queue and a byte on a socket pair, and its
outcome arrives as a future.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Protocol

from aiodubbo.errors import MissingDependencyError

try:
    from kazoo.client import KazooClient
    from kazoo.exceptions import KazooException
    from kazoo.handlers.threading import SequentialThreadingHandler
    from kazoo.protocol.states import EventType, KazooState, KeeperState
    from kazoo.retry import KazooRetry
except ImportError as error:
    raise MissingDependencyError(
        "ZooKeeper needs the package kazoo, which is not installed: pip install 'aiodubbo[zookeeper]'", name="kazoo"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_CONNECT_LIMIT = 5.0
"""Seconds for a TCP connection to one server of several; kazoo alone would wait as long as the session."""

_ANSWER_LIMIT = 5.0
"""Seconds for a server's answer to our greeting, and for the rest of a message that has begun.

A server that is just starting may take a greeting and forget it. kazoo would wait for the answer until the session is over.
"""

_END = {
    KeeperState.AUTH_FAILED: "the server does not accept who we are: check user and password",
    KeeperState.CLOSED: "the server sent a message that makes no sense",
}
"""The states in which kazoo does nothing any more, and why."""


class LinkOwner(Protocol):
    """Is called in the event loop with what kazoo reports."""

    def link_connected(self, link: Link, session_id: int) -> None: ...
    def link_disconnected(self, link: Link, is_lost: bool, reason: str) -> None: ...
    def link_children_changed(self, link: Link, path: str) -> None: ...
    def link_data_changed(self, link: Link, path: str) -> None: ...


class Link:
    """A kazoo client and its threads, which belong to the process that created it.

    Args:
        owner: is called with what kazoo reports. With a ``reason``, kazoo gave up for good.
        hosts: ``host:port`` of each server, comma-separated.
        session: seconds after which the servers give up on a silent client.
        credentials: ``user:password``, or empty.
    """

    def __init__(self, owner: LinkOwner, hosts: str, *, session: float, credentials: str) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._pid = os.getpid()
        self._kazoo = KazooClient(
            hosts,
            timeout=session,
            handler=_Handler(),
            auth_data=[("digest", credentials)] if credentials else None,
            connection_retry=KazooRetry(max_tries=-1, delay=0.1, backoff=2, max_delay=2.0),
            logger=_KazooLogger(logger, None),
        )
        self.watch = self._on_event  # one object for all: kazoo calls each watch function of a path once
        self.watch_data = self._on_data_event
        self._kazoo.add_listener(self._on_state)
        self._kazoo.start_async()

    @property
    def is_ours(self) -> bool:
        """Tell whether its threads run in this process: after a fork they do not."""
        return self._pid == os.getpid()

    @property
    def is_connected(self) -> bool:
        return bool(self._kazoo.connected)

    def start(self, operation: str, *arguments: object) -> asyncio.Future[Any]:
        """Begin an operation; its outcome arrives in the loop."""
        future: asyncio.Future[Any] = self._loop.create_future()

        def done(result: Any) -> None:  # in a thread of kazoo's
            self._post(_settle, future, result)

        getattr(self._kazoo, f"{operation}_async")(*arguments).rawlink(done)
        return future

    async def stop(self) -> None:
        """End the session and the threads; when no call waits any more, they are left to themselves."""
        if self.is_ours:
            done = self._loop.create_future()
            self._in_thread(lambda: self._post(_settle_empty, done))
            await done

    def abandon(self) -> None:
        """Let the threads end, without waiting for it."""
        self._in_thread(lambda: None)

    def _in_thread(self, then: Callable[[], None]) -> None:
        """kazoo's goodbye waits for its threads. Ours is a daemon: a server that hangs must not keep the process from ending."""

        def stop() -> None:
            try:
                self._kazoo.stop()
                self._kazoo.close()
            except (KazooException, OSError, AttributeError) as error:  # AttributeError: kazoo's socket pair may be gone already
                logger.debug("while leaving zookeeper: %s", error)
            then()

        threading.Thread(target=stop, name="zookeeper goodbye", daemon=True).start()

    # -- called in kazoo's threads

    def _on_state(self, state: str) -> None:
        if state == KazooState.CONNECTED:
            self._post(self._owner.link_connected, self, self._kazoo.client_id[0])
        else:
            is_lost = state == KazooState.LOST
            reason = _END.get(self._kazoo.client_state, "") if is_lost else ""
            self._post(self._owner.link_disconnected, self, is_lost, reason)

    def _on_event(self, event: Any) -> None:
        if event.type != EventType.NONE:  # a changed connection, which `_on_state` knows better
            self._post(self._owner.link_children_changed, self, event.path)

    def _on_data_event(self, event: Any) -> None:
        if event.type != EventType.NONE:
            self._post(self._owner.link_data_changed, self, event.path)

    def _post(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            pass  # the loop is closed, and with it all that could want to know


def _settle(future: asyncio.Future[Any], result: Any) -> None:
    if future.done():  # it was cancelled, or timed out
        return
    if result.exception is not None:
        future.set_exception(result.exception)
    else:
        future.set_result(result.value)


def _settle_empty(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class _Handler(SequentialThreadingHandler):  # type: ignore[misc] # kazoo has no types
    """kazoo's threads, with a socket pair that never blocks the loop and limits for connecting and for a server that falls silent."""

    def create_socket_pair(self) -> Any:
        reader, writer = super().create_socket_pair()
        writer.setblocking(False)
        return reader, writer

    def create_connection(self, *arguments: Any, timeout: float, **options: Any) -> Any:
        return super().create_connection(*arguments, timeout=min(timeout, _CONNECT_LIMIT), **options)

    def select(self, readable: Any, writable: Any, exceptional: Any, timeout: float | None = None) -> Any:
        if len(readable) == 1 and timeout is not None:  # between messages kazoo waits for its socket pair as well
            timeout = min(timeout, _ANSWER_LIMIT)
        return super().select(readable, writable, exceptional, timeout)


class _KazooLogger(logging.LoggerAdapter[logging.Logger]):
    """kazoo's messages as ours: each failed try is no warning, since it is repeated; debug output, which prints passwords, is left out."""

    def isEnabledFor(self, level: int) -> bool:
        return level > logging.DEBUG and self.logger.isEnabledFor(min(level, logging.INFO))

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if self.isEnabledFor(level):
            self.logger.log(min(level, logging.INFO), msg, *args, **kwargs)
