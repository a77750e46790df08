"""The simple registry as a server (REG-113): in a program, in a test, or as ``aiodubbo registry``."""

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
    """Serves a simple registry until the end of the block.

    ::

        async with RegistryServer("127.0.0.1", 0) as server:
            async with Application("provider", registry=server.address) as app: ...

    Args:
        host: address to listen on; ``0.0.0.0`` for all addresses of this machine.
        port: TCP port; 0 for any free one.
        server_ssl: TLS; clients then say ``ssl-enabled=true`` on the registry's URL. None for plain TCP.
        shutdown_wait: seconds that closing waits for its clients to leave.
        announce: ``host`` or ``host:port`` under which clients reach it. It then registers itself, as Java's server does, so that clients
            learn its settings. Java clients move to that address, so it must be right.
        parameters: settings of the service, such as ``{"timeout": "3000"}`` (milliseconds) or ``{"group": "simple", "version": "1.0.0"}``.

    Attributes:
        url: where it listens; has the port inside the block.
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
        url_host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        fixed = {"bind.ip": host, "bind.port": str(port), "side": "provider", "application": "registry"}
        self.url = URL("dubbo", url_host, port, params={**(parameters or {}), **fixed})
        self._announce = announce
        self._host = Host(name="registry")
        self._registry = SimpleRegistry(self._host)
        self._protocol: RpcProtocol = create_protocol("dubbo", ProtocolSettings(server_ssl, shutdown_wait=shutdown_wait), self._host)

    @property
    def address(self) -> str:
        """The address for ``Application(registry=...)``."""
        return f"dubbo://{self.url.address}"

    @property
    def urls(self) -> list[URL]:
        """The URLs that are registered now."""
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
        await self._host.tasks.close()
