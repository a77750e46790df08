"""Filters around every call of a service: composed once for each service, not once for each call (SPI-16).

`FilteredProtocol` is the wrapper of protocols that does so (Java: ``ProtocolFilterWrapper``). It counts the calls as well, around all
filters: what a filter refuses is a call that failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodubbo.ext.wrapping import Wrapper
from aiodubbo.rpc.points import FILTER
from aiodubbo.rpc.statistics import CallCounts, Failure, Side, failure_of
from aiodubbo.tasks import fast_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence

    from aiodubbo.rpc.abc import Exporter, Filter, Invoke, Invoker, RpcProtocol
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def chain(filters: Sequence[Filter], invoke: Invoke) -> Invoke:
    """`invoke` surrounded by `filters`; the first filter is the outermost.

    With filters *a* and *b*, a call runs: a before, b before, `invoke`, b after, a after. A filter whose ``methods`` name some, such as
    ``$echo``, surrounds only these: every other call would pay for it in vain.
    """
    special = {name for filter_ in filters for name in _methods(filter_)}
    usual = _surrounded([filter_ for filter_ in filters if not _methods(filter_)], invoke)
    if not special:
        return usual
    whole = _surrounded(filters, invoke)
    return lambda invocation: (whole if invocation.method.name in special else usual)(invocation)


def _methods(filter_: Filter) -> Collection[str]:
    methods: Collection[str] = getattr(filter_, "methods", ())
    return methods


def _surrounded(filters: Sequence[Filter], invoke: Invoke) -> Invoke:
    for filter_ in reversed(filters):
        invoke = _around(filter_, invoke)
    return invoke


def _around(filter_: Filter, call_next: Invoke) -> Invoke:
    def invoke(invocation: Invocation) -> Awaitable[Result]:
        return filter_(invocation, call_next)  # awaited by the caller: one coroutine less for each filter of each call

    return invoke


def provider_filters(url: URL, service: ServiceDescriptor, host: Host) -> list[Filter]:
    """The filters of an exported service, in order: those active by default, and those that ``service.filter`` names."""
    return _create(url, service, host, "service.filter", "provider")


def consumer_filters(url: URL, service: ServiceDescriptor, host: Host) -> list[Filter]:
    """The filters of a reference, in order: those active by default, and those that ``reference.filter`` names."""
    return _create(url, service, host, "reference.filter", "consumer")


def _create(url: URL, service: ServiceDescriptor, host: Host, key: str, group: str) -> list[Filter]:
    filters = (factory(url, service, host) for factory in FILTER.activate(url, key, group))
    return [filter_ for filter_ in filters if filter_ is not None]


def counted(
    invoke: Invoke, side: Side, owner: Exporter | Invoker, counts_by_method: dict[str, CallCounts], host: Host
) -> Callable[[Invocation], Coroutine[Any, Any, Result]]:
    """`invoke`, whose calls are counted and shown to the host's observers.

    Args:
        invoke: the call with its filters.
        side: which end of the call this is.
        owner: has the URL that observers are given.
        counts_by_method: where to count.
        host: the application.
    """
    now, observers = fast_now(host.clock), host.observers

    async def call(invocation: Invocation) -> Result:
        name = invocation.method.name
        try:
            counts = counts_by_method[name]
        except KeyError:
            counts = counts_by_method[name] = CallCounts()
        ended = observers.call_begins(side, owner.url, invocation) if observers.all else None
        # As `CallCounts.begin` and `end`, without the two calls: this runs in every call, on both sides.
        counts.active = active = counts.active + 1
        if active > counts.peak:
            counts.peak = active
        start = now()
        try:
            result = await invoke(invocation)
        except BaseException as error:
            elapsed = now() - start
            counts.fail(elapsed, failure_of(error))
            if ended is not None:
                ended(error, elapsed)
            raise
        elapsed = now() - start
        if result.exception is None:
            counts.active -= 1
            counts.succeeded += 1
            counts.elapsed += elapsed
            if elapsed > counts.slowest:
                counts.slowest = elapsed
        else:
            counts.fail(elapsed, Failure.SERVICE)
        if ended is not None:
            ended(result, elapsed)
        return result

    return call


class FilteredProtocol:
    """A protocol whose services are served, and called, through filters."""

    def __init__(self, inner: RpcProtocol, host: Host) -> None:
        self._inner = inner
        self._host = host

    @property
    def default_port(self) -> int:
        """The port of an address that names none."""
        return self._inner.default_port

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> FilteredExporter:
        """Serve `service` through the filters that `url` asks for."""
        exporter = FilteredExporter(service, url, self._host)
        exporter.start(await self._inner.export(service, exporter.filtered(invoke, url), url))
        return exporter

    async def refer(self, service: ServiceDescriptor, url: URL, /) -> FilteredInvoker:
        """An invoker for the provider at `url`, behind the filters that the URL asks for."""
        filters = consumer_filters(url, service, self._host)  # first: when one is missing, no connection was made
        return FilteredInvoker(await self._inner.refer(service, url), filters, self._host)

    async def close(self) -> None:
        """Close the protocol."""
        await self._inner.close()


class FilteredExporter:
    """An exported service behind its filters.

    Attributes:
        url: where the service can be called.
    """

    def __init__(self, service: ServiceDescriptor, url: URL, host: Host) -> None:
        self.url = url
        self._service = service
        self._host = host
        self._counts: dict[str, CallCounts] = {}
        self._inner: Exporter | None = None
        self._counted_url = url

    def filtered(self, invoke: Invoke, url: URL) -> Invoke:
        """`invoke` behind the filters that `url` asks for."""
        invoke = chain(provider_filters(url, self._service, self._host), invoke)
        return counted(invoke, Side.PROVIDER, self, self._counts, self._host)

    def start(self, inner: Exporter) -> None:
        """Take the exporter, whose URL now has the port."""
        self._inner = inner
        self.url = self._counted_url = inner.url
        self._counts = self._host.statistics.hold(Side.PROVIDER, inner.url, self._counts)

    def replace(self, invoke: Invoke, url: URL, /) -> None:
        """Serve the same service through another `invoke` and with the settings of `url`, its filters included."""
        if self._inner is not None:
            self._inner.replace(self.filtered(invoke, url), url)
            self.url = self._inner.url

    async def close(self) -> None:
        """Take the service away; calls that are being served end."""
        inner, self._inner = self._inner, None
        if inner is not None:
            try:
                await inner.close()
            finally:
                self._host.statistics.release(Side.PROVIDER, self._counted_url)


class FilteredInvoker:
    """An invoker behind the consumer's filters.

    Attributes:
        url: the provider's URL.
        invoke: sends a call through the filters, and waits for its outcome.
    """

    def __init__(self, inner: Invoker, filters: Sequence[Filter], host: Host) -> None:
        self.url = inner.url
        self.is_available = inner.is_available
        self.why_unavailable = inner.why_unavailable
        self._inner = inner
        self._statistics = host.statistics
        self._is_held = True
        self.invoke = counted(chain(filters, inner.invoke), Side.CONSUMER, self, host.statistics.hold(Side.CONSUMER, inner.url), host)

    def __repr__(self) -> str:
        return f"<FilteredInvoker {self._inner!r}>"

    async def close(self) -> None:
        """Close the invoker."""
        try:
            await self._inner.close()
        finally:
            if self._is_held:
                self._is_held = False
                self._statistics.release(Side.CONSUMER, self.url)


def wrapper(host: Host) -> Wrapper[RpcProtocol]:
    """The wrapper ``filter``: inside ``qos``, around ``listener`` (SPI-14)."""
    return Wrapper(lambda protocol: FilteredProtocol(protocol, host), order=100)
