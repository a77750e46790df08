"""The plug-in of docs/how-to/extensions.md. Its package is no part of aiodubbo; the page shows its parts one by one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from aiodubbo import URL
from aiodubbo.ext.activation import Activation
from aiodubbo.ext.wrapping import Wrapper
from aiodubbo.rpc.statistics import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Exporter, Invoke, Invoker, Listener, RpcProtocol
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host

logger = logging.getLogger("acme")


class Audit:
    """Filter: log each call with its duration."""

    activation: ClassVar[Activation] = Activation(groups=("provider",), keys=("audit",), order=-5)

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        self._name = f"{host.name}: {service.interface}"
        self._clock = host.clock

    async def __call__(self, invocation: Invocation, call_next: Invoke) -> Result:
        started = self._clock.now()
        try:
            return await call_next(invocation)
        finally:
            logger.info("%s.%s took %.3f s", self._name, invocation.method.name, self._clock.now() - started)


class Fastest:
    """Load balance: the provider whose answers took the least time on average; one that was never called goes first."""

    def __init__(self, host: Host) -> None:
        self._statistics = host.statistics

    def __call__(self, invokers: Sequence[Invoker], invocation: Invocation) -> Invoker:
        def average(invoker: Invoker) -> float:
            counts = self._statistics.counts(Side.CONSUMER, invoker.url, invocation.method.name)
            return counts.elapsed / counts.succeeded if counts.succeeded else 0.0

        return min(invokers, key=average)


class SameZone:
    """Router: only providers whose ``zone`` is the consumer's, while there are any. A rule looks like ``route://0.0.0.0/?router=zone``."""

    runtime = False

    def __init__(self, rule: URL, host: Host) -> None:
        self.priority = int(rule.param("priority", "0"))

    def __call__(self, invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> Sequence[Invoker]:
        near = [invoker for invoker in invokers if invoker.url.param("zone") == consumer.param("zone")]
        return near or invokers


class FixedRegistry:
    """Registry: providers at the addresses of its own URL, as ``fixed://10.0.0.1:20880?backup=10.0.0.2:20880``."""

    def __init__(self, url: URL, host: Host) -> None:
        self.url = url
        self._addresses = [url.address, *filter(None, url.param("backup").split(","))]

    def is_available(self) -> bool:
        return True

    async def register(self, url: URL) -> None:
        """Do nothing: the addresses are fixed."""

    async def unregister(self, url: URL) -> None:
        """Do nothing."""

    async def subscribe(self, url: URL, listener: Listener) -> None:
        await listener(await self.lookup(url))

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Do nothing: nothing changes."""

    async def lookup(self, url: URL) -> Sequence[URL]:
        keep = ("interface", "group", "version")
        parameters = {key: url.param(key) for key in keep if url.param(key)} | {"category": "providers"}
        providers = [URL.parse(f"dubbo://{address}/{url.service_interface}").with_params(parameters) for address in self._addresses]
        # An empty URL says that a category has nothing.
        return [*providers, *(url.with_protocol("empty").with_param("category", category) for category in ("configurators", "routers"))]

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class CountingProtocol:
    """Protocol around another one: count what is exported and referred."""

    def __init__(self, inside: RpcProtocol) -> None:
        self._inside = inside
        self.default_port = inside.default_port
        self.exported = self.referred = 0

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL) -> Exporter:
        self.exported += 1
        return await self._inside.export(service, invoke, url)

    async def refer(self, service: ServiceDescriptor, url: URL) -> Invoker:
        self.referred += 1
        return await self._inside.refer(service, url)

    async def close(self) -> None:
        logger.info("%d exported, %d referred", self.exported, self.referred)
        await self._inside.close()


def counting(host: Host) -> Wrapper[RpcProtocol]:
    return Wrapper(CountingProtocol, order=50)
