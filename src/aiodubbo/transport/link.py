"""A connection that comes back by itself, whatever protocol it speaks (PRO-71…73, PRO-78)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from aiodubbo.errors import NetworkError
from aiodubbo.tasks import Backoff, Repeater

from .connection import Connection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.tasks import Tasks

C = TypeVar("C", bound=Connection)

logger = logging.getLogger(__name__)

RECONNECT = 2.0
"""Seconds between attempts (Java's ``reconnect``)."""

_WARN_EVERY = 1800
"""Attempts between two warnings about the same broken link, an hour with the default period (Java's number)."""

Connector: TypeAlias = "Callable[[Callable[[C], None]], Awaitable[C]]"
"""Opens a connection; its argument is to be called with the connection once that is lost. Fails with `NetworkError`."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Settings of a link.

    Attributes:
        reconnect: seconds between attempts; 0: none are made by themselves.
        lazy: connect at the first call, not at `Link.open`.
        lazy_initial_state: whether a lazy link counts as available before its first call.
        send_reconnect: whether a call on a broken link tries to connect, instead of failing at once.
    """

    reconnect: float = RECONNECT
    lazy: bool = False
    lazy_initial_state: bool = True
    send_reconnect: bool = False


class Link(Generic[C]):
    """Link to a server: `open` it, use its `connection`, `close` it. A lost connection is opened again in the background.

    Args:
        address: the server's ``host:port``, for texts.
        tasks: owner of the task that reconnects.

    Attributes:
        last_connection: the one that stands, or stood last; each call looks here first.
    """

    def __init__(self, address: str, connect: Connector[C], tasks: Tasks, settings: LinkSettings) -> None:
        self.address = address
        self._connect = connect
        self._settings = settings
        self.last_connection: C | None = None
        self._connecting = asyncio.Lock()
        self._cause = "it was never opened"
        self._closed = False
        self._failures = 0  # since the last connection
        self._repeater = Repeater(
            tasks,
            self._reconnect,
            Backoff.every(settings.reconnect),
            failed=self._note_failure,
            name=f"reconnect to {address}",
            delay=settings.reconnect,
        )

    @property
    def connection(self) -> C | None:
        """The connection, if one stands."""
        connection = self.last_connection
        return connection if connection is not None and connection.connected else None

    @property
    def cause(self) -> str:
        """Why no call would be sent now; meaningful while `is_available` is false."""
        connection = self.connection
        return "it is about to close" if connection is not None and connection.peer_is_closing else self._cause

    def is_available(self) -> bool:
        """Return whether a call would be sent now: connected, and the server is not closing (PRO-78)."""
        if self._closed:
            return False
        if self.last_connection is None:
            return self._settings.lazy and self._settings.lazy_initial_state
        return self.last_connection.connected and not self.last_connection.peer_is_closing

    async def open(self, *, check: bool = True) -> None:
        """Connect, unless the link is lazy.

        Args:
            check: whether a server that cannot be reached is an error. If not, it is a warning, and attempts go on (PRO-72).

        Raises:
            NetworkError: `check`, and the server cannot be reached. Nothing is left running; the link may be opened again.
        """
        if self._settings.lazy:
            self._cause = "it is lazy, and nothing was called yet"
            return
        try:
            await self._ensure_connected()
        except NetworkError as error:
            if check:
                raise
            logger.warning("%s", error)
            self._come_back()

    async def connection_for_call(self) -> C:
        """The connection; a lazy link is opened, a broken one where the settings say so.

        Raises:
            NetworkError: there is none.
        """
        connection = self.last_connection
        if connection is not None and connection.connected:
            return connection
        if not self._closed and (self._settings.send_reconnect or (self._settings.lazy and connection is None)):
            return await self._ensure_connected()
        again = f"; the next attempt comes within {self._settings.reconnect:g} s" if self._repeater.is_running else ""
        raise NetworkError(f"Failed to send request to {self.address}, cause: there is no connection ({self._cause}){again}")

    async def close(self, wait: float = 0.0) -> None:
        """Refuse new calls, wait at most `wait` seconds for those under way, close (PRO-113). May be called again."""
        self._closed = True
        self._cause = "it was closed"
        await self._repeater.close()
        async with self._connecting:  # an attempt that is under way ends first; it then finds the link closed
            connection = self.last_connection
        if connection is not None:
            await connection.close(wait)

    async def _ensure_connected(self) -> C:
        """Return the connection, opened if none stands. Attempts do not run side by side."""
        async with self._connecting:
            if self._closed:
                raise NetworkError(f"Failed connect to server {self.address}, cause: this client is closed")
            connection = self.connection
            if connection is None:
                try:
                    connection = await self._connect(self._lost)
                except NetworkError as error:
                    self._cause = str(error)
                    raise
                self.last_connection = connection
                logger.info("connected to %s from %s", connection.ends.peer, connection.ends.local)
                if not connection.connected:
                    self._lost(connection)  # before it could be stored
        return connection

    async def _reconnect(self) -> None:
        connection = await self._ensure_connected()
        if not connection.connected:
            raise NetworkError(f"Failed connect to server {self.address}, cause: {connection.ends.reason}")
        self._failures = 0

    def _note_failure(self, error: Exception) -> None:
        if self._failures % _WARN_EVERY == 0:
            logger.warning("%s; attempts go on every %g s", error, self._settings.reconnect)
        self._failures += 1

    def _lost(self, connection: C) -> None:
        if connection is self.last_connection:
            self._cause = connection.ends.reason
            if not self._connecting.locked():  # else the attempt that is under way sees it by itself
                self._come_back()

    def _come_back(self) -> None:
        if self._settings.reconnect > 0 and not self._closed:
            self._repeater.wake()
