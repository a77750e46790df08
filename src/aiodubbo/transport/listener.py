"""A listening port for any protocol: accepts, limits, and closes connections; one port may serve several protocols."""

from __future__ import annotations

import asyncio
import errno
import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

from aiodubbo.errors import ConfigurationError
from aiodubbo.tasks import Tasks

from .address import format_address
from .connection import Connection, Ends
from .handshake import TlsHandshake
from .timer import Signal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from .timer import Slot, TimerWheel

logger = logging.getLogger(__name__)

_BACKLOG = 1024  # Java's
_QUIET = 1.0
_LOOK_EVERY = 0.05

_CHOICE_SECONDS = 10.0
"""Seconds after which a peer that has sent nothing decisive is given to the last protocol of the port."""

_CHOICE_BYTES = 64
"""Bytes that every protocol must be known by."""

_BIND_ADVICE = {
    errno.EADDRINUSE: "the port is in use; stop the process that holds it, or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; bind 0.0.0.0 or one of its own",
    errno.EACCES: "ports under 1024 need special rights; choose a higher one",
}

Notify: TypeAlias = "Callable[[Connection], None]"
"""Is given a connection that stands now, or one that is gone."""


@dataclass(frozen=True, slots=True)
class PortProtocol:
    """A protocol that a port serves.

    Attributes:
        name: for logs.
        make: makes the protocol object (`asyncio.Protocol` and `Connection`) of a new connection. Its arguments are to be called with it:
            the first when the connection stands, the second when it is gone.
        recognize: says by its first bytes whether a connection speaks this protocol; None: more bytes are needed. The last protocol of a
            port needs no such function, since it takes what the others do not recognise.
    """

    name: str
    make: Callable[[Notify, Notify], Connection]
    recognize: Callable[[bytes], bool | None] = lambda first: True


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Settings of a listening port.

    Attributes:
        accepts: connections at a time; more are closed at once; 0: no limit (KEY-93).
        ssl_context: for TLS; see `tls.server_context`.
        announce_close: whether peers are warned before the port closes.
    """

    accepts: int = 0
    ssl_context: ssl.SSLContext | None = None
    announce_close: bool = True


class Listener:
    """A TCP server. `start` it; `close` it once.

    Args:
        host: address to bind, such as ``0.0.0.0`` or ``::``.
        port: TCP port; 0 for any free one.
        protocols: what the port serves. Of several, the first that recognises a connection gets it.
        settings: the defaults when None.

    Attributes:
        port: TCP port; the real one after `start` when it was 0.
    """

    def __init__(
        self, host: str, port: int, protocols: Sequence[PortProtocol], *, wheel: TimerWheel, settings: ListenerSettings | None = None
    ) -> None:
        self.host = host
        self.port = port
        self._protocols = protocols
        self._wheel = wheel
        self._settings = settings or ListenerSettings()
        self._connections: set[Connection] = set()
        self._handshakes = Tasks()
        self._server: asyncio.Server | None = None
        self._empty = Signal(wheel, is_set=True)
        self._closing = False

    @property
    def address(self) -> str:
        """``host:port``."""
        return format_address((self.host, self.port))

    @property
    def connections(self) -> frozenset[Connection]:
        """The connections that stand now."""
        return frozenset(self._connections)

    async def start(self) -> None:
        """Bind and listen.

        Raises:
            ConfigurationError: the address cannot be bound; says why and what to do.
        """
        loop = asyncio.get_running_loop()
        context = self._settings.ssl_context
        factory = self.accept if context is None else partial(TlsHandshake, context, self.address, self._handshakes, self.accept)
        try:
            self._server = await loop.create_server(factory, self.host or None, self.port, backlog=_BACKLOG, start_serving=False)
            try:
                await self._server.start_serving()
            except BaseException:  # such as a cancellation: else the socket stays open
                self._server.close()
                raise
        except (OSError, OverflowError) as error:
            advice = _BIND_ADVICE.get(getattr(error, "errno", 0) or 0, str(error))
            raise ConfigurationError(f"Fail to start server on {self.address}: {advice}") from error
        self.port = self._server.sockets[0].getsockname()[1]
        logger.info("listening on %s", self.address)

    def accept(self) -> asyncio.Protocol:
        """The protocol object of one new connection; what other transports than TCP call."""
        if len(self._protocols) > 1:
            return _Undecided(self._protocols, self._wheel, self._made, self._lost)
        return cast("asyncio.Protocol", self._protocols[0].make(self._made, self._lost))

    async def close(self, wait: float = 10.0, *, quiet: float = _QUIET) -> None:
        """Close in Java's order (PRO-112): no new connections; every peer is warned; wait for them; close.

        Java waits the whole time for peers to leave. Here it also ends when nothing is unanswered and no peer has called for `quiet`
        seconds: peers that were warned do not call any more.

        Args:
            wait: seconds, at most, that calls may go on and peers may take to leave.
            quiet: seconds of silence that count as having been understood.
        """
        self._closing = True
        if self._server is not None:
            self._server.close()
        await self._handshakes.close()
        if wait > 0:
            await self._drain(wait, quiet)
        await asyncio.gather(*(connection.close() for connection in list(self._connections)), return_exceptions=True)
        if self._server is not None:
            logger.info("closed %s", self.address)
            self._server = None

    async def _drain(self, wait: float, quiet: float) -> None:
        start = self._wheel.now()
        if self._settings.announce_close:
            for connection in self._connections:
                connection.announce_close()
        while self._connections and (now := self._wheel.now()) < start + wait:
            since = max(start, *(connection.last_request for connection in self._connections))
            if now - since >= quiet and not any(connection.outstanding for connection in self._connections):
                break
            await self._empty.wait(min(_LOOK_EVERY, start + wait - now))

    def _made(self, connection: Connection) -> None:
        accepts = self._settings.accepts
        if self._closing:
            connection.abort("the server is closing")
        elif 0 < accepts <= len(self._connections):
            logger.error(
                "Close channel %s, cause: The server %s connections greater than max config %d",
                connection.ends.channel,
                self.address,
                accepts,
            )
            connection.abort("the server has as many connections as it accepts")
        else:
            self._connections.add(connection)
            self._empty.clear()
            logger.debug("%s connected to %s", connection.ends.peer, self.address)

    def _lost(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.discard(connection)
            if not self._connections:
                self._empty.set()
            logger.debug("%s disconnected from %s", connection.ends.peer, self.address)


class _Undecided(asyncio.Protocol):
    """A connection until its first bytes show its protocol, whose object then takes its place; a `Connection`."""

    def __init__(self, protocols: Sequence[PortProtocol], wheel: TimerWheel, on_made: Notify, on_lost: Notify) -> None:
        self.ends = Ends()
        self.connected = False
        self.peer_is_closing = False
        self.last_request = wheel.now()
        self.outstanding = 0
        self._protocols = protocols
        self._wheel = wheel
        self._on_made = on_made
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._first = b""
        self._slot: Slot | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not subclasses
        self.ends.take_from(transport)
        self.connected = True
        self._slot = self._wheel.add(self, _CHOICE_SECONDS)
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self._first += data
        if not self.connected:
            return
        for protocol in self._protocols[:-1]:
            is_recognized = protocol.recognize(self._first[:_CHOICE_BYTES])
            if is_recognized:
                self._give_to(protocol)
                return
            if is_recognized is None and len(self._first) < _CHOICE_BYTES:
                return
        self._give_to(self._protocols[-1])

    def expire(self) -> None:
        if self.connected:  # the last protocol may be one in which the server speaks first
            self._give_to(self._protocols[-1])

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def announce_close(self) -> None:
        """Say nothing: the protocol is not known yet."""

    def abort(self, reason: str) -> None:
        self.ends.reason = reason
        self.connected = False
        if self._transport is not None:
            self._transport.abort()

    async def close(self, wait: float = 0.0) -> None:
        self.abort("this side closed it")

    def _give_to(self, protocol: PortProtocol) -> None:
        transport = self._transport
        assert transport is not None, "only a connection that stands is given away"
        logger.debug("%s speaks %s", self.ends.peer, protocol.name)
        self._end()  # first: the new one counts in its place
        chosen = cast("asyncio.Protocol", protocol.make(self._on_made, self._on_lost))
        transport.set_protocol(chosen)
        chosen.connection_made(transport)
        if self._first:
            chosen.data_received(self._first)

    def _end(self) -> None:
        self.connected = False
        if self._slot is not None:
            self._slot.discard(self)
        self._on_lost(self)
