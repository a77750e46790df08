"""Link to a provider over the dubbo protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.transport.address import format_address
from aiodubbo.transport.link import Link, LinkSettings
from aiodubbo.transport.tcp import CONNECT_TIMEOUT, connect
from aiodubbo.wire.dubbo.connection import Role

from .exchange import Exchange, ExchangeSettings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from aiodubbo.tasks import Tasks
    from aiodubbo.transport.timer import TimerWheel

    from .exchange import RequestHandler


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings of the connections to a provider.

    Attributes:
        exchange: limits and habits of each.
        link: how they are kept.
        connect_timeout: seconds for one attempt.
        ssl_context: for TLS; see `tls.client_context`.
        server_hostname: the name in the provider's certificate, when it is not the address.
    """

    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    link: LinkSettings = field(default_factory=LinkSettings)
    connect_timeout: float = CONNECT_TIMEOUT
    ssl_context: ssl.SSLContext | None = None
    server_hostname: str | None = None


Connector: TypeAlias = "Callable[[Callable[[], Exchange]], Awaitable[Exchange]]"
"""Opens a connection whose protocol object the argument makes; fails with `NetworkError`."""


class Client:
    """Link to a provider: `open` it, call over the connection that is `connected`, `close` it. See `aiodubbo.transport.link.Link`."""

    def __init__(
        self,
        host: str,
        port: int,
        tasks: Tasks,
        wheel: TimerWheel,
        *,
        settings: ClientSettings | None = None,
        on_request: RequestHandler | None = None,
        on_disconnected: Callable[[Exchange], None] | None = None,
        connector: Connector | None = None,
    ) -> None:
        """Args:
        tasks: owner of the task that reconnects.
        settings: the defaults when None.
        on_request: is given each call of the provider (callbacks), see `Exchange`; None: it must not call.
        on_disconnected: called when a connection is gone.
        connector: another way than TCP to open a connection.
        """
        self.address = format_address((host, port))
        self._host = host
        self._port = port
        self._wheel = wheel
        self._clock = tasks.clock
        self._settings = settings or ClientSettings()
        self._on_request = on_request
        self._on_disconnected = on_disconnected
        self._connector = connector or self._connect_tcp
        self._link: Link[Exchange] = Link(self.address, self._connect, tasks, self._settings.link)

    def __repr__(self) -> str:
        return f"<Client {self.address}{' available' if self.is_available() else ''}>"

    @property
    def exchange(self) -> Exchange | None:
        """The connection, if one stands."""
        exchange = self._link.last_connection
        return exchange if exchange is not None and exchange.connected else None

    @property
    def cause(self) -> str:
        """Why no call would be sent now; meaningful while `is_available` is false."""
        return self._link.cause

    def is_available(self) -> bool:
        """Return whether a call would be sent now: connected, and the provider is not closing (PRO-78)."""
        return self._link.is_available()

    async def open(self, *, check: bool = True) -> None:
        """Connect, unless the link is lazy; see `Link.open`."""
        await self._link.open(check=check)

    async def close(self, wait: float = 0.0) -> None:
        """Refuse new calls, wait at most `wait` seconds for those under way, close (PRO-113). May be called again."""
        await self._link.close(wait)

    async def connected(self) -> Exchange:
        """The connection for a call; a lazy link is opened.

        Raises:
            NetworkError: there is none.
        """
        return await self._link.connection_for_call()

    async def _connect(self, on_lost: Callable[[Exchange], None]) -> Exchange:
        def lost(exchange: Exchange) -> None:
            on_lost(exchange)
            if self._on_disconnected is not None:
                self._on_disconnected(exchange)

        def make_exchange() -> Exchange:
            return Exchange(Role.CLIENT, self._wheel, settings=self._settings.exchange, on_request=self._on_request, on_lost=lost)

        return await self._connector(make_exchange)

    async def _connect_tcp(self, make_exchange: Callable[[], Exchange]) -> Exchange:
        return await connect(
            make_exchange,
            self._host,
            self._port,
            clock=self._clock,
            ssl_context=self._settings.ssl_context,
            server_hostname=self._settings.server_hostname,
            timeout=self._settings.connect_timeout,
        )
