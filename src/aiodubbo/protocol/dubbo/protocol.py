"""The dubbo protocol of one application: its servers, its connections, what is exported and referred (Java: ``DubboProtocol``)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError, LocalProtocolError
from aiodubbo.tasks import Tasks
from aiodubbo.transport.link import LinkSettings
from aiodubbo.transport.listener import Listener, ListenerSettings, PortProtocol
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.url import keys
from aiodubbo.wire.dubbo.body import NO_VERSION
from aiodubbo.wire.dubbo.connection import Role
from aiodubbo.wire.dubbo.heartbeat import HeartbeatPolicy

from .client import Client, ClientSettings
from .exchange import Exchange, ExchangeSettings
from .invoker import DubboInvoker
from .pool import ClientPool
from .services import ExportedService, Services
from .serving import serve_request
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.rpc.abc import Invoke, ProtocolSettings
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.transport.listener import Notify
    from aiodubbo.url.url import URL
    from aiodubbo.wire.dubbo.events import Request

    from .exchange import RequestHandler


def dubbo_on_port(
    wheel: TimerWheel,
    on_request: RequestHandler,
    settings: ExchangeSettings | None = None,
    on_disconnected: Callable[[Exchange], None] | None = None,
) -> PortProtocol:
    """The dubbo protocol of a listening port (Java: ``HeaderExchangeServer``); takes typed lines as well (TEL-1)."""

    def make(on_made: Notify, on_lost: Notify) -> Exchange:
        def lost(exchange: Exchange) -> None:
            on_lost(exchange)
            if on_disconnected is not None:
                on_disconnected(exchange)

        return Exchange(Role.SERVER, wheel, settings=settings, on_request=on_request, on_made=on_made, on_lost=lost)

    return PortProtocol("dubbo", make)


@dataclass(frozen=True, slots=True, eq=False)
class _Port:
    listener: Listener
    services: Services

    async def close(self, wait: float) -> None:
        """Close the connections in Java's order; what still runs after `wait` seconds is cancelled."""
        await self.listener.close(wait)
        await self.services.tasks.close()


class DubboExporter:
    """A service that is served over the dubbo protocol."""

    def __init__(self, url: URL, exported: ExportedService, services: Services, close_port: Callable[[], Awaitable[None]]) -> None:
        self.url = url
        self._exported = exported
        self._services = services
        self._close_port = close_port

    def replace(self, invoke: Invoke, url: URL) -> None:
        """Serve it through another `invoke`, with the settings of `url`; the server and its connections stay."""
        exported = replace(self._exported, url=url, invoke=invoke, token=url.get(keys.TOKEN))
        self._services.replace(self._exported, exported)
        self._exported, self.url = exported, url

    async def close(self) -> None:
        """Stop serving it; the server goes with its last service."""
        self._services.remove(self._exported)
        await self._close_port()


class DubboProtocol:
    """Serves and calls over ``dubbo://``. Belongs to one event loop."""

    default_port: int = 20880

    def __init__(self, settings: ProtocolSettings, host: Host) -> None:
        self._settings = settings
        self._host = host
        self._tasks = Tasks(host.clock)
        self._wheel = TimerWheel(host.clock)
        self._ports: dict[tuple[str, int], _Port] = {}
        self._starting = asyncio.Lock()
        self._closed = False
        self._sessions: dict[Exchange, Session] = {}
        self._pool = ClientPool()

    # -- serving

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL) -> DubboExporter:
        """Serve `service` at ``bind.ip:bind.port`` of `url`; services of one address share a server (PRO-51).

        Raises:
            ConfigurationError: the address cannot be bound, or the same service is exported there already.
            LocalProtocolError: the application is closed.
        """
        host, port = url.param("bind.ip") or url.host, url.get(keys.BIND_PORT) or url.port
        if url.param("bind.port") == "0":
            port = 0
        async with self._starting:
            if self._closed:
                raise LocalProtocolError(f"{url.path} is not exported: the application is closed")
            served = self._ports.get((host, port)) or await self._start(host, port, url)
            version = "" if service.version == NO_VERSION else service.version
            exported = ExportedService(service, url, invoke, path=url.path, group=service.group, version=version, token=url.get(keys.TOKEN))
            served.services.add(exported)

        async def close_port() -> None:
            if not served.services and self._ports.get((host, port)) is served:
                del self._ports[host, port]
                await served.close(self._settings.shutdown_wait)

        actual = url.with_port(served.listener.port).with_params({"bind.port": str(served.listener.port)})
        return DubboExporter(actual, exported, served.services, close_port)

    async def _start(self, host: str, port: int, url: URL) -> _Port:
        services, sessions = Services(port), self._sessions

        def on_request(exchange: Exchange, request: Request) -> None:
            serve_request(services, sessions.get(exchange) or self._session(exchange), request)

        settings = ListenerSettings(url.get(keys.ACCEPTS), self._settings.server_ssl, announce_close=url.get(keys.READONLY_SEND))
        dubbo = dubbo_on_port(self._wheel, on_request, _exchange_settings(url, self._settings), self._disconnected)
        listener = Listener(host, port, [dubbo], wheel=self._wheel, settings=settings)
        await listener.start()
        services.port = listener.port
        served = self._ports[host, port] = _Port(listener, services)
        return served

    # -- calling

    async def refer(self, service: ServiceDescriptor, url: URL) -> DubboInvoker:
        """An invoker for the provider at `url`; a provider that is away is tried again in the background."""
        if not url.host:
            raise ConfigurationError(f"a provider's address needs a host, as in dubbo://127.0.0.1:{self.default_port}, got {url!r}")
        settings = client_settings(url, self._settings)
        clients = await self._pool.acquire(
            url.bare_host,
            url.port or self.default_port,
            lambda host, port: self._make_client(host, port, settings),
            connections=url.get(keys.CONNECTIONS),
            shared=url.get(keys.SHARE_CONNECTIONS),
            check=False,
        )
        return DubboInvoker(service, url, clients, self._session, self._settings.shutdown_wait)

    def _make_client(self, host: str, port: int, settings: ClientSettings) -> Client:
        def on_request(exchange: Exchange, request: Request) -> None:
            session = self._session(exchange)
            serve_request(session.callbacks.services, session, request)

        return Client(host, port, self._tasks, self._wheel, settings=settings, on_request=on_request, on_disconnected=self._disconnected)

    # -- both

    def _session(self, exchange: Exchange) -> Session:
        session = self._sessions.get(exchange)
        if session is None:
            session = Session(exchange, self._tasks)
            if exchange.connected:  # it may be gone while its last requests are served
                self._sessions[exchange] = session
        return session

    def _disconnected(self, exchange: Exchange) -> None:
        session = self._sessions.pop(exchange, None)
        if session is not None:
            session.end()

    async def close(self) -> None:
        """Close servers, then connections (PRO-110); nothing can be exported or referred any more."""
        async with self._starting:
            self._closed = True
            ports, self._ports = list(self._ports.values()), {}
        wait = self._settings.shutdown_wait
        await asyncio.gather(*(port.close(wait) for port in ports))
        await self._pool.close(wait)
        await self._tasks.close()


def client_settings(url: URL, settings: ProtocolSettings) -> ClientSettings:
    """Settings of the connections to the provider at `url`.

    Raises:
        ConfigurationError: the URL says something that cannot be.
    """
    return ClientSettings(
        exchange=_exchange_settings(url, settings),
        link=LinkSettings(
            reconnect=url.get(keys.RECONNECT),
            lazy=url.get(keys.LAZY),
            lazy_initial_state=url.get(keys.LAZY_INITIAL_STATE),
            send_reconnect=url.get(keys.SEND_RECONNECT),
        ),
        connect_timeout=url.get(keys.CONNECT_TIMEOUT),
        ssl_context=settings.client_ssl,
    )


def _exchange_settings(url: URL, settings: ProtocolSettings) -> ExchangeSettings:
    heartbeat = url.get(keys.HEARTBEAT)
    timeout = url.get(keys.HEARTBEAT_TIMEOUT) or 3 * heartbeat
    return ExchangeSettings(
        payload=url.get(keys.PAYLOAD),
        max_pending=settings.max_pending,
        heartbeat=HeartbeatPolicy(heartbeat, timeout),
    )
