"""Listeners to exporters and invokers: the wrapper of protocols that notifies them (Java: ``ProtocolListenerWrapper``, SPI-17)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from aiodubbo.ext.activation import Activation
from aiodubbo.ext.wrapping import Wrapper
from aiodubbo.rpc.points import EXPORTER_LISTENER, INVOKER_LISTENER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.rpc.abc import Exporter, ExporterListener, Invoke, Invoker, InvokerListener, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)


class ListenedProtocol:
    """A protocol whose exports and references are shown to listeners; without listeners nothing is wrapped."""

    def __init__(self, inner: RpcProtocol, host: Host) -> None:
        self._inner = inner
        self._host = host

    @property
    def default_port(self) -> int:
        """The port of an address that names none."""
        return self._inner.default_port

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> Exporter:
        """Serve `service`, then notify the listeners that ``exporter.listener`` names.

        Raises:
            Exception: the last one that a listener raised; the service is then not served.
        """
        factories = EXPORTER_LISTENER.activate(url, "exporter.listener", "provider")
        listeners = [listener for factory in factories if (listener := factory(url, service, self._host)) is not None]
        exporter = await self._inner.export(service, invoke, url)
        if not listeners:
            return exporter
        try:
            _notify_all((listener.exported for listener in listeners), exporter)
        except Exception:
            await exporter.close()
            raise
        return _ListenedExporter(exporter, listeners)

    async def refer(self, service: ServiceDescriptor, url: URL, /) -> Invoker:
        """An invoker for the provider at `url`; then notify the listeners that ``invoker.listener`` names, or that are active."""
        factories = INVOKER_LISTENER.activate(url, "invoker.listener", "consumer")
        listeners = [listener for factory in factories if (listener := factory(url, service, self._host)) is not None]
        invoker = await self._inner.refer(service, url)
        if not listeners:
            return invoker
        for listener in listeners:
            _notify(listener.referred, invoker)
        return _ListenedInvoker(invoker, listeners)

    async def close(self) -> None:
        """Close the protocol."""
        await self._inner.close()


class _ListenedExporter:
    def __init__(self, inner: Exporter, listeners: Sequence[ExporterListener]) -> None:
        self._inner = inner
        self._listeners = listeners
        self.replace = inner.replace

    @property
    def url(self) -> URL:
        return self._inner.url

    async def close(self) -> None:
        listeners, self._listeners = self._listeners, ()
        await self._inner.close()
        _notify_all((listener.unexported for listener in listeners), self._inner)


class _ListenedInvoker:
    def __init__(self, inner: Invoker, listeners: Sequence[InvokerListener]) -> None:
        self._inner = inner
        self._listeners = listeners
        self.url = inner.url
        self.is_available = inner.is_available
        self.why_unavailable = inner.why_unavailable
        self.invoke = inner.invoke

    async def close(self) -> None:
        listeners, self._listeners = self._listeners, ()
        await self._inner.close()
        for listener in listeners:
            _notify(listener.destroyed, self._inner)


def _notify_all(notify: Iterable[Callable[[Exporter], None]], exporter: Exporter) -> None:
    """Notify every listener, whatever the others do; the last failure is raised in the end, as in Java."""
    failure: Exception | None = None
    for notify_listener in notify:
        try:
            notify_listener(exporter)
        except Exception as error:
            logger.exception("a listener to the export of %r failed", exporter.url)
            failure = error
    if failure is not None:
        raise failure


def _notify(notify: Callable[[Invoker], None], invoker: Invoker) -> None:
    try:
        notify(invoker)
    except Exception:  # of listeners to references, failures change nothing (FIL-33)
        logger.exception("a listener to the reference of %r failed", invoker.url)


class DeprecatedListener:
    """Warns of providers that say ``deprecated=true``."""

    activation: ClassVar = Activation(groups=("consumer",), keys=("deprecated",))

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        del url, host
        self._interface = service.interface

    def referred(self, invoker: Invoker) -> None:
        """Say so in the log, in Java's words."""
        logger.error("The service %s is DEPRECATED! Declare from %r", self._interface, invoker.url)

    def destroyed(self, invoker: Invoker) -> None:
        """Nothing to do."""


def wrapper(host: Host) -> Wrapper[RpcProtocol]:
    """The wrapper ``listener``: the innermost (SPI-14)."""
    return Wrapper(lambda protocol: ListenedProtocol(protocol, host), order=200)
