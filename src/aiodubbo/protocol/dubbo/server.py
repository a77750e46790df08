"""A listening port and the connections on it (Java: ``HeaderExchangeServer``, ``NettyServer``)."""

from __future__ import annotations

import asyncio
import errno
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.transport.address import format_address
from aiodubbo.transport.handshake import TlsHandshake
from aiodubbo.transport.timer import Signal, TimerWheel
from aiodubbo.wire.dubbo.connection import Role

from .exchange import Exchange
from .settings import ExchangeSettings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from .exchange import RequestHandler

_log = logging.getLogger(__name__)

_BACKLOG = 1024  # Java's
_QUIET = 1.0
_LOOK_EVERY = 0.05

_BIND_ADVICE = {
    errno.EADDRINUSE: "the port is in use; stop the process that holds it, or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address; bind 0.0.0.0 or one of its own",
    errno.EACCES: "ports under 1024 need special rights; choose a higher one",
}


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server treats its connections.

    Attributes:
        exchange: limits and habits of each.
        accepts: how many there may be; more are closed at once; 0: no limit (KEY-93).
        ssl_context: for TLS; see `tls.server_context`.
        send_readonly: whether closing tells the peers first (``channel.readonly.send``).
    """

    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    accepts: int = 0
    ssl_context: ssl.SSLContext | None = None
    send_readonly: bool = True


class Server:
    """A TCP server. `start` it; `close` it once.

    Attributes:
        host: what it was told to bind.
        port: where it listens; known after `start` when 0 was asked for.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_request: RequestHandler,
        *,
        wheel: TimerWheel | None = None,
        settings: ServerSettings | None = None,
        on_connected: Callable[[Exchange], None] | None = None,
        on_disconnected: Callable[[Exchange], None] | None = None,
    ) -> None:
        """Args:
        host: address to bind, such as ``0.0.0.0`` or ``::``.
        port: TCP port; 0 for any free one.
        on_request: is given each call, see `Exchange`.
        wheel: the loop's timers; a new one when None.
        settings: the defaults when None.
        on_connected: called for each new connection.
        on_disconnected: called when one is gone.
        """
        self.host = host
        self.port = port
        self._on_request = on_request
        self._wheel = wheel or TimerWheel()
        self._settings = settings or ServerSettings()
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._exchanges: set[Exchange] = set()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._empty = Signal(self._wheel, is_set=True)
        self._closing = False

    @property
    def address(self) -> str:
        """``host:port``."""
        return format_address((self.host, self.port))

    @property
    def exchanges(self) -> frozenset[Exchange]:
        """The connections that stand now."""
        return frozenset(self._exchanges)

    async def start(self) -> None:
        """Bind and listen.

        Raises:
            ConfigurationError: the address cannot be bound; says why and what to do.
        """
        loop = asyncio.get_running_loop()
        factory = self.make_exchange if self._settings.ssl_context is None else partial(self._make_handshake, self._settings.ssl_context)
        try:
            self._server = await loop.create_server(factory, self.host or None, self.port, backlog=_BACKLOG, start_serving=False)
            try:
                await self._server.start_serving()
            except BaseException:  # such as a cancellation: nobody else would close the socket
                self._server.close()
                raise
        except (OSError, OverflowError) as error:
            advice = _BIND_ADVICE.get(getattr(error, "errno", 0) or 0, str(error))
            raise ConfigurationError(f"Fail to start server on {self.address}: {advice}") from error
        self.port = self._server.sockets[0].getsockname()[1]
        _log.info("listening on %s", self.address)

    def _make_handshake(self, context: ssl.SSLContext) -> TlsHandshake:
        return TlsHandshake(context, self.address, self._handshakes, self.make_exchange)

    def make_exchange(self) -> Exchange:
        """The protocol object of one new connection; what other transports than TCP call."""
        return Exchange(
            Role.SERVER,
            self._wheel,
            settings=self._settings.exchange,
            on_request=self._on_request,
            on_made=self._made,
            on_lost=self._lost,
        )

    async def close(self, wait: float = 10.0, *, quiet: float = _QUIET) -> None:
        """Close in Java's order (PRO-112): no new connections; every peer is told; wait for them; close.

        Java waits the whole time for peers to leave. Here it also ends when nothing is unanswered and no peer has called for `quiet`
        seconds: those that were told do not call any more.

        Args:
            wait: seconds, at most, that calls may go on and peers may take to leave.
            quiet: seconds of silence that count as having been understood.
        """
        self._closing = True
        if self._server is not None:
            self._server.close()
        for handshake in list(self._handshakes):
            handshake.cancel()
        end = self._wheel.time() + wait
        if wait > 0:
            if self._settings.send_readonly:
                for exchange in self._exchanges:
                    exchange.send_readonly()
            told = self._wheel.time()
            while self._exchanges and (now := self._wheel.time()) < end:
                since = max(told, *(exchange.last_request for exchange in self._exchanges))
                if now - since >= quiet and not any(exchange.outstanding for exchange in self._exchanges):
                    break
                await self._empty.wait(min(_LOOK_EVERY, end - now))
        await asyncio.gather(*(exchange.close() for exchange in list(self._exchanges)), *self._handshakes, return_exceptions=True)
        if self._server is not None:
            _log.info("closed %s", self.address)
            self._server = None

    def _made(self, exchange: Exchange) -> None:
        accepts = self._settings.accepts
        if self._closing:
            exchange.abort("the server is closing")
            return
        if 0 < accepts <= len(self._exchanges):
            _log.error(
                "Close channel %s, cause: The server %s connections greater than max config %d", exchange.channel, self.address, accepts
            )
            exchange.abort("the server has as many connections as it accepts")
            return
        self._exchanges.add(exchange)
        self._empty.clear()
        _log.debug("%s connected to %s", exchange.peer, self.address)
        if self._on_connected is not None:
            self._on_connected(exchange)

    def _lost(self, exchange: Exchange) -> None:
        if exchange not in self._exchanges:
            return
        self._exchanges.discard(exchange)
        if not self._exchanges:
            self._empty.set()
        _log.debug("%s disconnected from %s", exchange.peer, self.address)
        if self._on_disconnected is not None:
            self._on_disconnected(exchange)
