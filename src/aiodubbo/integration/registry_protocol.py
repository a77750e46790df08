"""Exporting into registries and referring from them (Java: ``RegistryProtocol``, REG-40…49, REG-60…61)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.filter.chain import chain, provider_filters
from aiodubbo.url import keys

from .override_listener import Reexport
from .registry_directory import RegistryDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.rpc.abc import Exporter, Invoke, Registry, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.url.url import URL

    from .override_listener import OverrideListener

__all__ = ["RegisteredExporter", "export", "refer", "registered_url"]

logger = logging.getLogger(__name__)

_LOCAL = frozenset(
    {"monitor", "bind.ip", "bind.port", "qos.enable", "qos.host", "qos.port", "qos.accept.foreign.ip", "validation", "interfaces"}
)
"""Parameters that concern the provider's own process (REG-40)."""


def registered_url(provider: URL) -> URL:
    """What of a provider's URL is announced: not its local settings, nor hidden ones, which start with a dot (REG-40, URL-14)."""
    return provider.without_hidden_params().without_params(_LOCAL)


class RegisteredExporter:
    """A service that is served and announced, and that follows the rules of the registries.

    Args:
        exporter: the service as it is served.
        invoke: filters and implementation for a URL.
        registries: where to announce it.
    """

    def __init__(self, exporter: Exporter, invoke: Callable[[URL], Invoke], registries: Sequence[Registry]) -> None:
        self._exporter = exporter
        self._url = registered_url(exporter.url)
        self._registries = registries
        self._reexport = Reexport(exporter, invoke)
        self._listening: list[tuple[Registry, OverrideListener]] = []

    @property
    def url(self) -> URL:
        """The announced URL."""
        return self._url

    @property
    def effective_url(self) -> URL:
        """The URL with which the service is served now; differs from the announced one by the rules of the registries."""
        return self._exporter.url

    async def register(self) -> None:
        """Announce the service at every registry, and listen for rules there (REG-42).

        Raises:
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        for registry in self._registries:
            if registry.url.param("register") != "false" and self._url.param("register") != "false":
                await registry.register(self._url)
            if registry.url.get(keys.SUBSCRIBE):
                listener = self._reexport.listener(self._url)
                self._listening.append((registry, listener))
                await registry.subscribe(listener.subscription, listener)

    async def unregister(self) -> None:
        """Take the announcement back, so that consumers go elsewhere; the service is still served, and follows no more rules."""
        for registry in self._registries:
            try:
                await registry.unregister(self._url)
            except AiodubboError as error:
                logger.warning("could not unregister %r: %s", self._url, error)
        listening, self._listening = self._listening, []
        for registry, listener in listening:
            try:
                await registry.unsubscribe(listener.subscription, listener)
            except AiodubboError as error:
                logger.warning("could not unsubscribe %r: %s", listener.subscription, error)

    async def close(self) -> None:
        """Take the announcement back, then stop serving (REG-49)."""
        await self.unregister()
        await self._exporter.close()


async def export(
    service: ServiceDescriptor, invoke: Invoke, url: URL, *, protocol: RpcProtocol, registries: Sequence[Registry]
) -> RegisteredExporter:
    """Serve `service` at `url`, then announce it; when a registry refuses, nothing stays behind.

    Args:
        service: the contract.
        invoke: runs the implementation.
        url: the full provider URL.
        protocol: serves.
        registries: where to announce; none for a service that is called by its address.

    Raises:
        RegistryError: a registry refused or is away, and ``check`` is true.
    """

    def filtered(url: URL) -> Invoke:
        return chain(provider_filters(url, service), invoke)

    exporter = await protocol.export(service, filtered(url), url)
    registered = RegisteredExporter(exporter, filtered, registries)
    try:
        await registered.register()
    except BaseException:
        await asyncio.shield(registered.close())
        raise
    return registered


async def refer(
    service: ServiceDescriptor, consumer: URL, *, registry: Registry, protocol: Callable[[str], RpcProtocol], check: bool
) -> RegistryDirectory:
    """The live list of providers of `service`.

    Args:
        service: the contract.
        consumer: the consumer's URL.
        registry: where to look.
        protocol: gives the protocol of a name.
        check: whether a registry that is away is an error.

    Raises:
        RegistryError: the registry refused or is away, and `check` is true.
    """
    directory = RegistryDirectory(service, consumer, registry, protocol)
    if registry.url.param("register") != "false":
        await registry.register(consumer.with_params({"category": "consumers", "check": "false"}))
    try:
        await directory.subscribe(check=check)
    except BaseException:
        await asyncio.shield(directory.close())
        raise
    return directory
