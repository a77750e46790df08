"""A user's plug-in: a load balance, two filters, a wrapper. Its package is no part of aiodubbo."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiodubbo.ext.activation import Activation
from aiodubbo.ext.wrapping import Wrapper

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Exporter, Invoke, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def fastest() -> str:
    """A load balance factory; a text stands for what it makes."""
    return "the fastest"


class Stopwatch:
    """Takes part in every provider."""

    activation: ClassVar[Activation] = Activation(groups=("provider",), order=-5)


class _Audit:
    activation = Activation(keys=("audit",))

    def __call__(self) -> str:
        return "audited"


audit = _Audit()


class Counting:
    """Counts the services that are exported."""

    def __init__(self, inner: RpcProtocol) -> None:
        self._inner = inner
        self.default_port = inner.default_port
        self.refer = inner.refer
        self.close = inner.close
        self.exported = 0

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> Exporter:
        self.exported += 1
        return await self._inner.export(service, invoke, url)


def counting(host: Host) -> Wrapper[RpcProtocol]:
    """Outside of aiodubbo's own wrappers."""
    return Wrapper(Counting, order=50)
