"""The RegistryService of Dubbo as a contract: what the dubbo registry and the simple server say to each other (REG-111).

Dubbo 2.6 and 2.7 call the same things by names of different packages; a server offers both, a client chooses one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aiodubbo import java
from aiodubbo.errors import InvalidURLError
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.url.url import URL

from .untrusted import untrusted_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiodubbo.rpc.descriptor import ServiceDescriptor

logger = logging.getLogger(__name__)


@java.model("com.alibaba.dubbo.common.URL")
@dataclass(slots=True)
class AlibabaURL:
    """A URL as Dubbo 2.6 sends it."""

    protocol: str | None = None
    username: str | None = None
    password: str | None = None
    host: str | None = None
    port: java.int = 0
    path: str | None = None
    parameters: dict[str, str] | None = field(default_factory=dict)


@java.model("org.apache.dubbo.common.URL")
@dataclass(slots=True)
class ApacheURL:
    """A URL as Dubbo 2.7 sends it."""

    protocol: str | None = None
    username: str | None = None
    password: str | None = None
    host: str | None = None
    port: java.int = 0
    path: str | None = None
    parameters: dict[str, str] | None = field(default_factory=dict)
    method_parameters: dict[str, dict[str, str]] | None = field(default_factory=dict)


@interface("com.alibaba.dubbo.registry.NotifyListener")
class AlibabaNotifyListener(Protocol):
    """Notified by the server of what a subscription matches."""

    async def notify(self, urls: list[AlibabaURL]) -> None:
        """Take the complete list."""
        ...


@interface("org.apache.dubbo.registry.NotifyListener")
class ApacheNotifyListener(Protocol):
    """Notified by the server of what a subscription matches."""

    async def notify(self, urls: list[ApacheURL]) -> None:
        """Take the complete list."""
        ...


@interface("com.alibaba.dubbo.registry.RegistryService")
class AlibabaRegistryService(Protocol):
    """RegistryService of Dubbo 2.6."""

    async def register(self, url: AlibabaURL) -> None: ...
    async def unregister(self, url: AlibabaURL) -> None: ...
    async def subscribe(self, url: AlibabaURL, listener: AlibabaNotifyListener) -> None: ...
    async def unsubscribe(self, url: AlibabaURL, listener: AlibabaNotifyListener) -> None: ...
    async def lookup(self, url: AlibabaURL) -> list[AlibabaURL]: ...


@interface("org.apache.dubbo.registry.RegistryService")
class ApacheRegistryService(Protocol):
    """RegistryService of Dubbo 2.7."""

    async def register(self, url: ApacheURL) -> None: ...
    async def unregister(self, url: ApacheURL) -> None: ...
    async def subscribe(self, url: ApacheURL, listener: ApacheNotifyListener) -> None: ...
    async def unsubscribe(self, url: ApacheURL, listener: ApacheNotifyListener) -> None: ...
    async def lookup(self, url: ApacheURL) -> list[ApacheURL]: ...


@dataclass(frozen=True, slots=True)
class Flavor:
    """RegistryService in one of the two packages.

    Attributes:
        interface: Java name of RegistryService.
        contract: the contract to export or refer.
        make: builds an empty URL object.
    """

    interface: str
    contract: type
    make: Callable[[], AlibabaURL | ApacheURL]

    @property
    def service(self) -> ServiceDescriptor:
        """Description of the contract."""
        return describe(self.contract)

    def to_wire(self, url: URL) -> AlibabaURL | ApacheURL:
        """The object that stands for `url` on the wire."""
        sent = self.make()
        sent.protocol, sent.username, sent.password = url.protocol or None, url.username or None, url.password or None
        sent.host, sent.port, sent.path, sent.parameters = url.host or None, url.port, url.path or None, dict(url.params)
        return sent


ALIBABA = Flavor("com.alibaba.dubbo.registry.RegistryService", AlibabaRegistryService, AlibabaURL)
APACHE = Flavor("org.apache.dubbo.registry.RegistryService", ApacheRegistryService, ApacheURL)


def flavor_of(interface_name: str) -> Flavor | None:
    """The flavor whose RegistryService has this Java name."""
    return next((flavor for flavor in (ALIBABA, APACHE) if flavor.interface == interface_name), None)


def from_wire(received: AlibabaURL | ApacheURL) -> URL:
    """The URL that an object from the wire stands for: what its text says, since from here on it goes from hand to hand as text.

    Raises:
        InvalidURLError: the parts make no URL.
    """
    given = URL(
        protocol=received.protocol or "",
        username=received.username or "",
        password=received.password or "",
        host=received.host or "",
        port=received.port,
        path=received.path or "",
        params={name: value or "" for name, value in (received.parameters or {}).items() if name},  # Java's maps may hold null
    )
    return untrusted_url(str(given))


def all_from_wire(received: Iterable[AlibabaURL | ApacheURL]) -> list[URL]:
    """The URLs of a list from the wire; one that is none is logged and left out, so that it does not hide the others."""
    urls = []
    for one in received:
        try:
            urls.append(from_wire(one))
        except InvalidURLError as error:
            logger.warning("the registry holds an entry that is no URL, which is ignored: %s", error)
    return urls
