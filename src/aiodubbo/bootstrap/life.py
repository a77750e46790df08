"""Beginning and end of an application: its host, its protocols, SIGTERM, closing."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.errors import LocalProtocolError
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import create_protocol
from aiodubbo.tasks import Closing, close_all
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.rpc.abc import ProtocolSettings, RpcProtocol
    from aiodubbo.url.url import URL


class Life:
    """The state that the parts of an application share while it lives.

    Args:
        name: of the application.
        settings: of its protocols.
        leave: first step of closing: takes announcements back, ends references and registries; needs the protocols.
        end: last step of closing, after the last call.
    """

    def __init__(
        self, name: str, settings: ProtocolSettings, leave: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]]
    ) -> None:
        self.host = Host(name=name, protocol=self.protocol)
        self.settings = settings
        self._leave = leave
        self._end = end
        self._protocols: dict[tuple[str, bool], RpcProtocol] = {}
        self._stop = asyncio.Event()
        self._closing = Closing(self._close, f"close {name}")

    def check_open(self) -> None:
        """Raise `LocalProtocolError` when closing has begun."""
        if self._closing.has_begun:
            raise LocalProtocolError(f"the application {self.host.name!r} is closed")

    def protocol(self, name: str, *, has_tls: bool = True) -> RpcProtocol:
        """Return the protocol `name`, which is made at the first call."""
        protocol = self._protocols.get((name, has_tls))
        if protocol is None:
            settings = self.settings if has_tls else replace(self.settings, client_ssl=None)
            protocol = self._protocols[name, has_tls] = create_protocol(name, settings, self.host)
        return protocol

    def host_for(self, registry: URL) -> Host:
        """Return the host for a registry. Its connections have TLS when its URL says ``ssl-enabled=true``, whatever providers speak."""
        if self.settings.client_ssl is None or registry.get(keys.SSL_ENABLED):
            return self.host
        return replace(self.host, protocol=lambda name: self.protocol(name, has_tls=False))

    async def serve_forever(self) -> None:
        """Wait for SIGTERM, SIGINT or `stop`, then close."""
        loop = asyncio.get_running_loop()
        handled: list[signal.Signals] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.stop)
            except (ValueError, RuntimeError, NotImplementedError):  # not the main thread, or a platform without it
                continue
            handled.append(number)
        try:
            await self._stop.wait()
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
            await self.close()

    def stop(self) -> None:
        """Have `serve_forever` end."""
        self._stop.set()

    async def close(self) -> None:
        """Close the application, once and to the end; every caller waits for the end."""
        self._stop.set()
        await self._closing()

    async def _close(self) -> None:
        await self._leave()
        await self.host.close_hooks.run()
        # Servers let running calls end, so tasks come after protocols: some of them serve those calls.
        await close_all([protocol.close() for protocol in self._protocols.values()])
        await self._end()
        await self.host.tasks.close()
