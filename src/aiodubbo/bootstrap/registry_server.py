"""A simple registry that runs: inside a program, a test, or behind ``aiodubbo registry`` (REG-113)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiodubbo.registry.simple import SimpleRegistry
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import create_protocol
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

    from aiodubbo.rpc.abc import RpcProtocol


class RegistryServer:
    """Serves a registry while its block lasts.

    ::

        async with RegistryServer("127.0.0.1", 0) as server:
            async with Application("provider", registry=server.address) as app: ...

    Args:
        host: address to listen on; ``0.0.0.0`` for all of this machine's.
        port: TCP port; 0 for any free one.
        server_ssl: TLS; clients then say ``ssl-enabled=true`` on the registry's URL. None for plain TCP.
        shutdown_wait: seconds that closing waits for its clients to leave.
        announce: ``host`` or ``host:port`` under which clients reach it. It then registers itself, as Java's server does, so that clients
            learn its settings. Clients of Java move to that address, so it must be right.
        parameters: settings of the service, such as ``{"timeout": "3000"}`` (milliseconds) or ``{"group": "simple", "version": "1.0.0"}``.

    Attributes:
        url: where it listens; known inside the block.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 9090,
        *,
        server_ssl: ssl.SSLContext | None = None,
        shutdown_wait: float = 1.0,
        announce: str = "",
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        own = {"bind.ip": host, "bind.port": str(port), "side": "provider", "application": "registry"}
        self.url = URL("dubbo", shown, port, params={**(parameters or {}), **own})
        self._announce = announce
        application = Host(name="registry")
        self._registry = SimpleRegistry(application)
        self._protocol: RpcProtocol = create_protocol("dubbo", ProtocolSettings(server_ssl, shutdown_wait=shutdown_wait), application)

    @property
    def address(self) -> str:
        """What to give to ``Application(registry=...)``."""
        return f"dubbo://{self.url.address}"

    @property
    def urls(self) -> list[URL]:
        """Everything that is registered now."""
        return self._registry.urls

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            ConfigurationError: the port is in use.
        """
        try:
            port = await self._registry.export(self._protocol, self.url, announce=self._announce)
        except BaseException:
            await self._protocol.close()
            raise
        self.url = self.url.with_port(port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._registry.close()
        await self._protocol.close()
