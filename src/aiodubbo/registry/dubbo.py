"""The ``dubbo`` registry: a client of a RegistryService that is served over the dubbo protocol (Java: ``DubboRegistry``, REG-110…112)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from aiodubbo.errors import ConfigurationError, NetworkError
from aiodubbo.rpc import proxy
from aiodubbo.url import keys

from .failback import FailbackRegistry
from .service import ALIBABA, APACHE, Flavor, flavor_of, from_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.rpc.abc import Invoker, Listener, Registry, RpcProtocol
    from aiodubbo.url.url import URL

    from .service import AlibabaRegistryService, AlibabaURL, ApacheURL

__all__ = ["create"]

logger = logging.getLogger(__name__)

DEFAULT_PORT = 9090

_PARAMETERS = {
    "sticky": "true",
    "lazy": "false",
    "reconnect": "false",
    "methods": "lookup,register,subscribe,unregister,unsubscribe",
    "subscribe.1.callback": "true",
    "unsubscribe.1.callback": "false",
}
_DEFAULTS = {"timeout": "10000", "connect.timeout": "10000", "callbacks": "10000"}


def create(url: URL, protocol: Callable[[str], RpcProtocol]) -> Registry:
    """The registry at ``dubbo://host:port``; ``interface`` chooses Dubbo 2.6's or 2.7's package (2.6's when not given).

    Raises:
        ConfigurationError: no host, or an interface that is not a RegistryService.
    """
    if not url.host:
        raise ConfigurationError(f"a dubbo registry needs a host, as in dubbo://127.0.0.1:{DEFAULT_PORT}, got {url!r}")
    return FailbackRegistry(DubboRegistry(url, protocol("dubbo")))


class _Callback:
    """Our side of a callback argument: hands what the server pushes to the listener."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def notify(self, urls: Sequence[AlibabaURL | ApacheURL]) -> None:
        await self._listener([from_wire(url) for url in urls])


class DubboRegistry:
    """One connection to one server of several (``backup``); the next one is tried when it is lost."""

    def __init__(self, url: URL, protocol: RpcProtocol) -> None:
        flavor = flavor_of(url.param("interface") or ALIBABA.interface)
        if flavor is None:
            raise ConfigurationError(
                f"a dubbo registry speaks {ALIBABA.interface} or {APACHE.interface}, "
                f"not {url.param('interface')!r}: mend 'interface' in {url!r}"
            )
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        self._flavor: Flavor = flavor
        self._protocol = protocol
        self._servers = [self._service_url(one) for one in self.url.backup_urls]
        self._invoker: Invoker | None = None
        self._callbacks: dict[tuple[URL, Listener], _Callback] = {}
        self._new_session: Callable[[], None] = lambda: None
        self._keeper: asyncio.Task[None] | None = None
        self._reconnect_period = url.get(keys.RECONNECT_PERIOD)
        self._connecting = asyncio.Lock()

    def _service_url(self, server: URL) -> URL:
        params = {**_DEFAULTS, **{key: value for key, value in self.url.params.items() if key != "backup"}, **_PARAMETERS}
        params["interface"] = self._flavor.interface
        address = server if server.port else server.with_port(DEFAULT_PORT)
        return replace(address, protocol="dubbo", path=self._flavor.interface, params=params)

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """A new connection means that the server forgot us."""
        self._new_session = callback

    def is_available(self) -> bool:
        """Whether the connection stands."""
        return self._invoker is not None and self._invoker.is_available()

    async def register(self, url: URL) -> None:
        await (await self._service()).register(self._flavor.to_wire(url))  # type: ignore[arg-type] # the flavor fits its service

    async def unregister(self, url: URL) -> None:
        await (await self._service()).unregister(self._flavor.to_wire(url))  # type: ignore[arg-type]

    async def subscribe(self, url: URL, listener: Listener) -> None:
        callback = self._callbacks.setdefault((url, listener), _Callback(listener))
        await (await self._service()).subscribe(self._flavor.to_wire(url), callback)  # type: ignore[arg-type]

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        callback = self._callbacks.pop((url, listener), None)
        if callback is not None:
            await (await self._service()).unsubscribe(self._flavor.to_wire(url), callback)  # type: ignore[arg-type]

    async def lookup(self, url: URL) -> Sequence[URL]:
        found = await (await self._service()).lookup(self._flavor.to_wire(url))  # type: ignore[arg-type]
        return [from_wire(one) for one in found]

    async def close(self) -> None:
        """Let go of the connection."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        invoker, self._invoker = self._invoker, None
        if invoker is not None:
            await invoker.close()

    # -- the connection

    async def _service(self) -> AlibabaRegistryService:
        async with self._connecting:
            if not self.is_available():
                await self._connect()
        assert self._invoker is not None
        return cast("AlibabaRegistryService", proxy.stub(self._flavor.service, self._invoker.invoke))

    async def _connect(self) -> None:
        """Take the first server that can be reached.

        Raises:
            NetworkError: none can; the text says why for each.
        """
        reasons: list[str] = []
        old, self._invoker = self._invoker, None
        if old is not None:
            await old.close()
        for server in self._servers:
            invoker = await self._protocol.refer(self._flavor.service, server)
            if invoker.is_available():
                self._invoker = invoker
                if self._keeper is None:
                    self._keeper = asyncio.get_running_loop().create_task(self._keep(), name=f"registry {self.url.address}")
                return
            reasons.append(server.address)
            await invoker.close()
        raise NetworkError(
            f"no registry server can be reached at {', '.join(reasons)}: "
            "check that it is running (aiodubbo registry) and that the address is right"
        )

    async def _keep(self) -> None:
        """Watch the connection; after a loss connect anew, and have everything repeated."""
        while True:
            await asyncio.sleep(self._reconnect_period)
            if self.is_available():
                continue
            try:
                await self._service()
            except NetworkError as error:
                logger.info("registry %s is away: %s", self.url.address, error)
            else:
                logger.info("registry %s is back", self.url.address)
                self._new_session()
