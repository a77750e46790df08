"""Connections to providers that come back by themselves, and their sharing (PRO-70…73, PRO-78)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.errors import NetworkError
from aiodubbo.transport.address import format_address
from aiodubbo.transport.tcp import CONNECT_TIMEOUT, connect
from aiodubbo.transport.timer import Signal, TimerWheel
from aiodubbo.wire.dubbo.connection import Role
from aiodubbo.wire.dubbo.header import HESSIAN2

from .exchange import Exchange
from .settings import ExchangeSettings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from aiodubbo.wire.dubbo.events import Response

    from .exchange import RequestHandler

_log = logging.getLogger(__name__)

RECONNECT = 2.0
"""Seconds between attempts (Java's ``reconnect``)."""

_WARN_EVERY = 1800
"""Attempts between two warnings about the same broken link, an hour with the default period (Java's number)."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a link is kept.

    Attributes:
        exchange: limits and habits of its connection.
        connect_timeout: seconds for one attempt.
        reconnect: seconds between attempts; 0: none are made by themselves.
        lazy: connect at the first call, not at `Client.open`.
        lazy_initial_state: whether a lazy link counts as available before its first call.
        send_reconnect: whether a call on a broken link tries to connect, instead of failing at once.
        ssl_context: for TLS; see `tls.client_context`.
        server_hostname: the name in the provider's certificate, when it is not the address.
    """

    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    connect_timeout: float = CONNECT_TIMEOUT
    reconnect: float = RECONNECT
    lazy: bool = False
    lazy_initial_state: bool = True
    send_reconnect: bool = False
    ssl_context: ssl.SSLContext | None = None
    server_hostname: str | None = None


Connector: TypeAlias = "Callable[[Callable[[], Exchange]], Awaitable[Exchange]]"
"""Opens a connection whose protocol object the argument makes; fails with `NetworkError`."""


class Client:
    """One link to one provider: `open` it, `call`, `close` it. A lost connection is opened again in the background."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        wheel: TimerWheel | None = None,
        settings: ClientSettings | None = None,
        on_request: RequestHandler | None = None,
        on_connected: Callable[[Exchange], None] | None = None,
        on_disconnected: Callable[[Exchange], None] | None = None,
        connector: Connector | None = None,
    ) -> None:
        """Args:
        host: the provider's name or address.
        port: its TCP port.
        wheel: the loop's timers; a new one when None.
        settings: the defaults when None.
        on_request: is given each call of the provider (callbacks), see `Exchange`; None: it must not call.
        on_connected: called for each new connection.
        on_disconnected: called when one is gone.
        connector: another way than TCP to open a connection.
        """
        self.address = format_address((host, port))
        self._host = host
        self._port = port
        self._wheel = wheel or TimerWheel()
        self._settings = settings or ClientSettings()
        self._on_request = on_request
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._connector = connector or self._connect_tcp
        self._exchange: Exchange | None = None
        self._connecting = asyncio.Lock()
        self._lost = Signal(self._wheel)
        self._keeper: asyncio.Task[None] | None = None
        self._cause = "it was never opened"
        self._closed = False

    def __repr__(self) -> str:
        return f"<Client {self.address}{' available' if self.is_available() else ''}>"

    @property
    def exchange(self) -> Exchange | None:
        """The connection, if one stands."""
        exchange = self._exchange
        return exchange if exchange is not None and exchange.connected else None

    @property
    def cause(self) -> str:
        """Why no call would be sent now; meaningful while `is_available` is false."""
        exchange = self.exchange
        return "it is about to close" if exchange is not None and exchange.readonly else self._cause

    def is_available(self) -> bool:
        """Whether a call would be sent now: connected, and the provider is not closing (PRO-78)."""
        if self._closed:
            return False
        if self._exchange is None:
            return self._settings.lazy and self._settings.lazy_initial_state
        return self._exchange.connected and not self._exchange.readonly

    async def open(self, *, check: bool = True) -> None:
        """Connect, unless the link is lazy.

        Args:
            check: whether a provider that cannot be reached is an error. If not, it is a warning, and attempts go on (PRO-72).

        Raises:
            NetworkError: `check`, and the provider cannot be reached. Nothing is left running; it may be opened again.
        """
        if self._settings.lazy:
            self._cause = "it is lazy, and nothing was called yet"
            return
        try:
            await self._ensure_connected()
        except NetworkError as error:
            if check:
                raise
            _log.warning("%s", error)
            self._start_keeper()

    async def call(self, body: bytes, *, timeout: float, serialization: int = HESSIAN2) -> Response:
        """Send a request and wait for its answer; see `Exchange.call`.

        Raises:
            NetworkError: also when there is no connection.
        """
        exchange = self._exchange
        if exchange is None or not exchange.connected:
            exchange = await self._exchange_for_call()
        return await exchange.call(body, timeout=timeout, serialization=serialization)

    async def call_one_way(self, body: bytes, *, timeout: float, serialization: int = HESSIAN2) -> None:
        """Send a request that is not answered; see `Exchange.call_one_way`."""
        exchange = self._exchange
        if exchange is None or not exchange.connected:
            exchange = await self._exchange_for_call()
        await exchange.call_one_way(body, timeout=timeout, serialization=serialization)

    async def connected(self) -> Exchange:
        """The connection itself, for calls that belong to it (callback arguments); a lazy link is opened.

        Raises:
            NetworkError: there is none.
        """
        exchange = self._exchange
        return exchange if exchange is not None and exchange.connected else await self._exchange_for_call()

    async def close(self, wait: float = 0.0) -> None:
        """Refuse new calls, wait at most `wait` seconds for those under way, close (PRO-113). May be called again."""
        self._closed = True
        self._cause = "it was closed"
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait((keeper,))
        async with self._connecting:  # an attempt that is under way ends first; it then finds the link closed
            exchange = self._exchange
        if exchange is not None:
            await exchange.close(wait)

    async def _exchange_for_call(self) -> Exchange:
        never_connected = self._exchange is None
        if not self._closed and (self._settings.send_reconnect or (self._settings.lazy and never_connected)):
            return await self._ensure_connected()
        again = f"; the next attempt comes within {self._settings.reconnect:g} s" if self._keeper is not None else ""
        raise NetworkError(f"Failed to send request to {self.address}, cause: there is no connection ({self._cause}){again}")

    async def _ensure_connected(self) -> Exchange:
        """The connection; opens one if none stands. Attempts do not run side by side."""
        async with self._connecting:
            self._check_open()
            exchange = self._exchange
            if exchange is None or not exchange.connected:
                try:
                    exchange = await self._connector(self._make_exchange)
                except NetworkError as error:
                    self._cause = str(error)
                    raise
                self._exchange = exchange
                self._lost.clear()
                _log.info("connected to %s from %s", exchange.peer, exchange.local)
                if not exchange.connected:
                    self._note_lost(exchange)  # lost before it could be stored
        self._start_keeper()
        return exchange

    def _check_open(self) -> None:
        if self._closed:
            raise NetworkError(f"Failed connect to server {self.address}, cause: this client is closed")

    def _start_keeper(self) -> None:
        if self._keeper is None and self._settings.reconnect > 0 and not self._closed:
            self._keeper = asyncio.get_running_loop().create_task(self._keep_connected(), name=f"keep {self.address} connected")

    async def _keep_connected(self) -> None:
        """Wait for the link to break, then try until it stands again; for ever."""
        failures = 0
        while True:
            if self.exchange is not None:
                await self._lost.wait()
            await self._wheel.sleep(self._settings.reconnect)
            try:
                await self._ensure_connected()
            except NetworkError as error:
                if failures % _WARN_EVERY == 0:
                    _log.warning("%s; attempts go on every %g s", error, self._settings.reconnect)
                failures += 1
            else:
                failures = 0

    def _make_exchange(self) -> Exchange:
        return Exchange(
            Role.CLIENT,
            self._wheel,
            settings=self._settings.exchange,
            on_request=self._on_request,
            on_made=self._on_connected,
            on_lost=self._gone,
        )

    def _gone(self, exchange: Exchange) -> None:
        if exchange is self._exchange:
            self._note_lost(exchange)
        if self._on_disconnected is not None:
            self._on_disconnected(exchange)

    def _note_lost(self, exchange: Exchange) -> None:
        self._cause = exchange.reason
        self._lost.set()

    async def _connect_tcp(self, make_exchange: Callable[[], Exchange]) -> Exchange:
        return await connect(
            make_exchange,
            self._host,
            self._port,
            ssl_context=self._settings.ssl_context,
            server_hostname=self._settings.server_hostname,
            timeout=self._settings.connect_timeout,
        )
