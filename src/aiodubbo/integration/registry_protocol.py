"""Exporting into registries and referring from them (Java: ``RegistryProtocol``, REG-40…49, REG-60…61)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.filter.chain import chain, provider_filters
from aiodubbo.rpc.host import Registration
from aiodubbo.tasks import Tasks, finish
from aiodubbo.url import keys

from .override_listener import Reexport
from .registered_url import registered_provider
from .registry_directory import RegistryDirectory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiodubbo.rpc.abc import Exporter, Invoke, Registry
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules
    from .override_listener import OverrideListener

logger = logging.getLogger(__name__)

_QUIET = 1.0
"""Seconds without a call after which consumers have understood that a service is gone."""


@dataclass(slots=True)
class _Announcement:
    """A service at one registry.

    Attributes:
        url: the announcement.
        is_registered: whether it is to be announced.
        asked: URLs that the registry was asked to register, and may hold: also when whoever asked was cancelled before the answer.
    """

    registry: Registry
    url: URL
    is_registered: bool = False
    asked: set[URL] = field(default_factory=set)
    listener: OverrideListener | None = None

    async def register(self, url: URL) -> None:
        """Announce `url`.

        Raises:
            AiodubboError: the registry holds nothing that anybody would have to take back.
        """
        self.asked.add(url)
        try:
            await self.registry.register(url)
        except AiodubboError:
            self.asked.discard(url)
            raise
        self.is_registered = True

    async def unregister(self, url: URL) -> None:
        """Take `url` back; a failure is logged."""
        await _quietly(self.registry.unregister(url), "unregister", url)
        self.asked.discard(url)


class RegisteredExporter:
    """A service that is served and announced, and that follows the rules of the registries and of the configuration centre.

    Args:
        exporter: the service as it is served.
        invoke: filters and implementation for a URL.
        registries: where to announce it.
        shutdown_wait: seconds, at most, that closing goes on serving.
    """

    def __init__(
        self, exporter: Exporter, invoke: Callable[[URL], Invoke], registries: Sequence[Registry], shutdown_wait: float, host: Host
    ) -> None:
        self._exporter = exporter
        self._invoke = invoke
        self._shutdown_wait = shutdown_wait
        self._full = exporter.url
        self._reexport = Reexport(exporter, invoke, host)
        self._announcements = [_Announcement(registry, registered_provider(self._full, registry.url)) for registry in registries]
        self._announcing = asyncio.Lock()
        self._clock = host.clock
        self._tasks = Tasks(host.clock)
        self._again: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def url(self) -> URL:
        """The announced URL; for a registry with ``simplified=true`` the full one."""
        return registered_provider(self._reexport.announced)

    @property
    def effective_url(self) -> URL:
        """The URL with which the service is served now; differs from the announced one by the rules of the registries."""
        return self._exporter.url

    @property
    def registrations(self) -> Sequence[Registration]:
        """The announcements, one for each registry."""
        return [Registration(entry.registry.url, entry.url, entry.is_registered) for entry in self._announcements]

    async def follow(self, rules: CenterRules) -> None:
        """Serve and announce with the settings that the rules of the configuration centre make, now and at each change (REG-44).

        Raises:
            RegistryError: the centre is away or refuses, and that is to be checked.
        """
        await self._reexport.start(rules, self._announce_anew)
        await self._announce_anew()

    async def _announce_anew(self) -> None:
        """Announce the URL as the rules of the configuration centre make it, where that is another than the announced one.

        The new URL comes before the old one goes, so that consumers have somebody to call all the time. What fails is tried again.
        """
        async with self._announcing:
            for entry in self._announcements:
                url, old = registered_provider(self._reexport.announced, entry.registry.url), entry.url
                if url == old or self._closing:
                    continue
                if entry.is_registered:
                    try:
                        await entry.register(url)
                    except AiodubboError as error:
                        logger.warning("could not announce %r in place of %r, trying again: %s", url, old, error)
                        self._try_again(entry.registry.url.get(keys.RETRY_PERIOD))
                        continue
                    await entry.unregister(old)
                entry.url = url

    def _try_again(self, after: float) -> None:
        async def announce_later() -> None:
            await self._clock.sleep(after)
            self._again = None
            await self._announce_anew()

        if self._again is None:
            self._again = self._tasks.start(announce_later(), f"announce {self._full.service_key}")

    async def register(self) -> None:
        """Announce the service at every registry where it is not, and listen for rules there (REG-42); QoS calls this ``online`` (REG-183).

        Raises:
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        async with self._announcing:
            for entry in self._announcements:
                if not entry.is_registered and entry.registry.url.get(keys.REGISTER) and self._full.get(keys.REGISTER):
                    await entry.register(entry.url)
                if entry.listener is None and entry.registry.url.get(keys.SUBSCRIBE):
                    entry.listener = self._reexport.listener(registered_provider(self._full))
                    await entry.registry.subscribe(entry.listener.subscription, entry.listener)

    async def unregister(self) -> None:
        """Take the announcement back, so that consumers go elsewhere; the service is still served. QoS calls this ``offline``."""
        async with self._announcing:
            for entry in self._announcements:
                entry.is_registered = False
                for url in list(entry.asked):
                    await entry.unregister(url)

    async def close(self) -> None:
        """Take the announcement back, go on serving while consumers leave, then stop (REG-49)."""
        was_registered = any(entry.asked for entry in self._announcements)
        self._closing = True
        await self._tasks.close()
        await self.unregister()
        await self._reexport.stop()
        for entry in self._announcements:
            listener, entry.listener = entry.listener, None
            if listener is not None:
                await _quietly(entry.registry.unsubscribe(listener.subscription, listener), "unsubscribe", listener.subscription)
        if was_registered:
            await self._let_consumers_leave()
        await self._exporter.close()

    async def _let_consumers_leave(self) -> None:
        """Java serves on for the whole wait; here it ends when nobody has called for a while."""
        clock, url = self._clock, self._exporter.url
        invoke = self._invoke(url)
        last = clock.now()
        end = last + self._shutdown_wait

        async def noted(invocation: Invocation) -> Result:
            nonlocal last
            last = clock.now()
            return await invoke(invocation)

        self._exporter.replace(noted, url)
        while (now := clock.now()) < min(end, last + _QUIET):
            await clock.sleep(min(end, last + _QUIET) - now)


async def _quietly(operation: Awaitable[None], what: str, url: URL) -> None:
    try:
        await operation
    except AiodubboError as error:
        logger.warning("could not %s %r: %s", what, url, error)


async def export(
    service: ServiceDescriptor,
    invoke: Invoke,
    url: URL,
    *,
    host: Host,
    registries: Sequence[Registry],
    rules: CenterRules | None = None,
    shutdown_wait: float = 10.0,
) -> RegisteredExporter:
    """Serve `service` at `url`, then announce it; when a registry refuses, nothing stays behind.

    Args:
        service: the contract.
        invoke: runs the implementation.
        url: the full provider URL.
        host: the application.
        registries: where to announce; none for a service that is called by its address.
        rules: those of the configuration centre; None without entry.
        shutdown_wait: seconds, at most, that closing goes on serving (PRO-111).

    Raises:
        RegistryError: a registry or the configuration centre refused or is away, and ``check`` is true.
    """

    def filtered(url: URL) -> Invoke:
        return chain(provider_filters(url, service, host), invoke)

    exporter = await host.protocol(url.protocol).export(service, filtered(url), url)
    registered = RegisteredExporter(exporter, filtered, registries, shutdown_wait, host)
    try:
        if rules is not None:
            await registered.follow(rules)
        await registered.register()
    except BaseException:
        await finish(registered.close())  # it was announced for a moment, or is still at another registry
        raise
    return registered


async def refer(
    service: ServiceDescriptor,
    consumer: URL,
    *,
    registry: Registry,
    host: Host,
    check: bool,
    rules: CenterRules | None = None,
) -> RegistryDirectory:
    """The live list of providers of `service`.

    Args:
        service: the contract.
        consumer: the consumer's URL.
        registry: where to look.
        host: the application.
        check: whether a registry that is away is an error.
        rules: those of the configuration centre; None without entry.

    Raises:
        RegistryError: the registry refused or is away, and `check` is true.
    """
    directory = RegistryDirectory(service, consumer, registry, host, rules)
    try:
        await directory.register()
        await directory.subscribe(check=check)
    except BaseException:
        await finish(directory.close())
        raise
    return directory
