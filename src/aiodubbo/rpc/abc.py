"""Every contract of the call path on one page. Implementations need no base class; mypy compares the shapes.

A call runs through these, consumer first::

    stub → Cluster(Directory, Pick) → Filter … → Invoker → connection → Exporter → Filter … → implementation

Whoever writes a plug-in implements one of them and names it in an entry point; `rpc.points` lists the groups of
entry points and what each entry is.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiodubbo.url.url import URL

    from .call import Invocation, Result
    from .descriptor import ServiceDescriptor

__all__ = [
    "ConfigCenter",
    "ConfigListener",
    "Configurator",
    "Directory",
    "Endpoint",
    "EndpointT",
    "Exporter",
    "ExporterListener",
    "Filter",
    "Invoke",
    "Invoker",
    "InvokerListener",
    "Listener",
    "LoadBalance",
    "Pick",
    "ProtocolSettings",
    "Registry",
    "Router",
    "RpcProtocol",
    "Snapshot",
    "State",
]

Invoke: TypeAlias = "Callable[[Invocation], Awaitable[Result]]"
"""Sends or runs a call; everything on the call path is made of these. Failures of the call itself are raised as `RpcError`."""


class Invoker(Protocol):
    """A provider of a service, ready to be called (Java: ``Invoker``, CLU-3)."""

    @property
    def url(self) -> URL:
        """The provider's URL, merged with the consumer's settings."""
        ...

    def is_available(self) -> bool:
        """True when a call would be sent now: connected, and the provider is not closing."""
        ...

    def why_unavailable(self) -> str:
        """The reason why no call would be sent now, for error texts; meaningful while `is_available` is false."""
        ...

    async def invoke(self, invocation: Invocation, /) -> Result:
        """Send the call and wait for its outcome.

        Raises:
            RpcError: no answer came, or it is not a result of the service.
        """
        ...

    async def close(self) -> None:
        """Let calls end, then release the connections."""
        ...


class Exporter(Protocol):
    """An exported service (Java: ``Exporter``)."""

    @property
    def url(self) -> URL:
        """The URL under which the service can be called."""
        ...

    def replace(self, invoke: Invoke, url: URL, /) -> None:
        """Serve the same service, at the same address, through another `invoke` and with the settings of `url`.

        Running calls end with the settings with which they began.
        """
        ...

    async def close(self) -> None:
        """Stop serving; running calls end first."""
        ...


class RpcProtocol(Protocol):
    """Turns services into exporters and URLs into invokers (Java: ``Protocol``). One object for each application."""

    @property
    def default_port(self) -> int:
        """The port of an address that names none."""
        ...

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> Exporter:
        """Serve `service` at `url`; `invoke` runs the implementation."""
        ...

    async def refer(self, service: ServiceDescriptor, url: URL, /) -> Invoker:
        """Make an invoker for the provider at `url`. An unreachable provider is no error; see `Invoker.is_available`."""
        ...

    async def close(self) -> None:
        """Close servers, then clients, as Java does at the end of a process (PRO-110)."""
        ...


class ExporterListener(Protocol):
    """Is notified of exports (Java: ``ExporterListener``, SPI-17). What it raises fails the export, after all were notified."""

    def exported(self, exporter: Exporter, /) -> None:
        """Note that a service is served."""
        ...

    def unexported(self, exporter: Exporter, /) -> None:
        """Note that it is not served any more."""
        ...


class InvokerListener(Protocol):
    """Is notified of references to providers (Java: ``InvokerListener``, SPI-17). What it raises is logged."""

    def referred(self, invoker: Invoker, /) -> None:
        """Note that there is an invoker for a provider."""
        ...

    def destroyed(self, invoker: Invoker, /) -> None:
        """Note that it is closed."""
        ...


class Filter(Protocol):
    """Surrounds every call of a service, on the provider or on the consumer (FIL-30)."""

    def __call__(self, invocation: Invocation, call_next: Invoke, /) -> Awaitable[Result]:
        """Work before, ``await call_next(invocation)``, work after; or answer without calling on.

        Usually an ``async def``. A filter without work after most calls may be a ``def`` that returns ``call_next(invocation)``. One for a
        few methods names them in an attribute ``methods``; other calls pass it by.
        """
        ...


class LoadBalance(Protocol):
    """Chooses one of several invokers (CLU-33…36). Never called with fewer than two."""

    def __call__(self, invokers: Sequence[Invoker], invocation: Invocation, /) -> Invoker:
        """Choose one of `invokers`."""
        ...


class State(enum.Enum):
    """State of a list of providers."""

    PENDING = "pending"  #   the registry has not notified yet
    READY = "ready"  #       the list is that of the last notification
    EMPTY = "empty"  #       the registry notified an empty list (Java: "forbidden", REG-67)
    CLOSED = "closed"  #     the reference is closed, usually with its application


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The providers of a service at one moment; replaced as a whole, never changed.

    Attributes:
        state: of the list.
        invokers: the providers that may be called.
        rejected: address of each provider that may not be called → reason.
    """

    state: State
    invokers: tuple[Invoker, ...] = ()
    rejected: Mapping[str, str] | None = None


class Directory(Protocol):
    """The live list of providers of one reference (Java: ``Directory``)."""

    @property
    def url(self) -> URL:
        """The consumer's URL, changed by rules."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The list as it is now."""
        ...

    def candidates(self, invocation: Invocation, /) -> Sequence[Invoker]:
        """The providers that this call may go to, after route rules (Java: ``list``)."""
        ...

    async def explain(self, invocation: Invocation | None = None, /) -> Mapping[str, str]:
        """Address of each provider that cannot be called now → reason; for error texts.

        Includes providers of other groups and versions, which the registry does not notify. With `invocation`, also the providers that
        route rules keep from this call.
        """
        ...

    async def close(self) -> None:
        """Unsubscribe and close the invokers."""
        ...


class Pick(Protocol):
    """Chooses the provider of the next attempt: routes, load balance, availability (CLU-31)."""

    def __call__(self, invocation: Invocation, tried: Sequence[Invoker] = (), /) -> Invoker:
        """Choose an invoker, not one of `tried` while there is another.

        When there is none at all, the returned invoker raises `NoProviderError` or `ForbiddenError` when it is called, with every candidate
        and its reason; neither is ``retriable``.
        """
        ...


class Endpoint(Protocol):
    """A provider by its URL, which is all that rules look at. Every `Invoker` is an endpoint."""

    @property
    def url(self) -> URL:
        """The provider's URL, merged with the consumer's settings."""
        ...


EndpointT = TypeVar("EndpointT", bound=Endpoint)


class Router(Protocol):
    """A rule about who calls whom (Java: ``Router``, CLU-70)."""

    @property
    def priority(self) -> int:
        """Routers with a lower priority come first."""
        ...

    @property
    def runtime(self) -> bool:
        """True when every call is routed anew. Otherwise the outcome is kept for each method until the list of providers changes."""
        ...

    def __call__(self, providers: Sequence[EndpointT], consumer: URL, invocation: Invocation, /) -> Sequence[EndpointT]:
        """The `providers` that the consumer may call for `invocation`, which has no arguments unless `runtime` is true."""
        ...


Configurator: TypeAlias = "Callable[[URL], URL]"
"""Changes the settings of the URLs that match its rule; other URLs stay as they are (CLU-90)."""


class Listener(Protocol):
    """Is notified by a registry (Java: ``NotifyListener``, REG-16)."""

    async def __call__(self, urls: Sequence[URL], /) -> None:
        """Take the complete list of one or more categories of one service; an empty category comes as one ``empty://`` URL."""
        ...


class Registry(Protocol):
    """Directory of providers and consumers, shared by applications (Java: ``Registry``, REG-11…16)."""

    @property
    def url(self) -> URL:
        """The registry's own address and settings."""
        ...

    def is_available(self) -> bool:
        """True while the registry can be reached."""
        ...

    async def register(self, url: URL, /) -> None:
        """Announce `url` until `unregister`, also across restarts of the registry."""
        ...

    async def unregister(self, url: URL, /) -> None:
        """Take the announcement of exactly this URL back."""
        ...

    async def subscribe(self, url: URL, listener: Listener, /) -> None:
        """Have `listener` notified of the URLs that match `url`, now and at each change; return after the first notification."""
        ...

    async def unsubscribe(self, url: URL, listener: Listener, /) -> None:
        """Undo `subscribe`."""
        ...

    async def lookup(self, url: URL, /) -> Sequence[URL]:
        """The URLs that match `url` at this moment."""
        ...

    async def close(self) -> None:
        """Take all announcements and subscriptions back, and disconnect."""
        ...


class ConfigListener(Protocol):
    """Is notified of the text under one key of a configuration centre (Java: ``ConfigurationListener``)."""

    async def __call__(self, text: str | None, /) -> None:
        """Take the whole text as it is now; None when there is none."""
        ...


class ConfigCenter(Protocol):
    """Store of texts that operators write and running applications follow, such as rules (Java: ``DynamicConfiguration``, REG-160)."""

    @property
    def url(self) -> URL:
        """The centre's own address and settings."""
        ...

    def is_available(self) -> bool:
        """True while the centre can be reached."""
        ...

    async def get(self, key: str, group: str, /) -> str | None:
        """The text under `key` of `group` at this moment; None when there is none.

        Raises:
            AiodubboError: the centre is away, or refuses to be read.
        """
        ...

    async def watch(self, key: str, group: str, listener: ConfigListener, /) -> None:
        """Have `listener` notified of the text under `key` of `group`, now and at each change; return after the first notification.

        A key that does not exist yet is watched as well. A change is notified once, however often the connection is lost meanwhile.

        Raises:
            AiodubboError: the centre is away, or refuses to be read. The watch stands all the same: the listener is notified later.
        """
        ...

    async def unwatch(self, key: str, group: str, listener: ConfigListener, /) -> None:
        """Undo `watch`; a key that is not watched is ignored."""
        ...

    async def close(self) -> None:
        """Disconnect from the centre; no listener is notified any more."""
        ...


@dataclass(frozen=True, slots=True)
class ProtocolSettings:
    """Settings of an application for each protocol that it uses.

    Attributes:
        server_ssl: TLS for servers; None for plain TCP.
        client_ssl: TLS for connections; None for plain TCP.
        max_pending: calls that may wait for an answer on one connection.
        shutdown_wait: seconds that closing may wait for running calls (PRO-111).
    """

    server_ssl: ssl.SSLContext | None = None
    client_ssl: ssl.SSLContext | None = None
    max_pending: int = 65_536
    shutdown_wait: float = 10.0
