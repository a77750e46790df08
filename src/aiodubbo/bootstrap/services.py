"""Services that an application exports."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.integration import registry_protocol
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.reporting import Written, check_settings
from aiodubbo.tasks import close_all, finish
from aiodubbo.transport.address import is_loopback, local_address, towards
from aiodubbo.url import keys
from aiodubbo.url.url import URL

from .addresses import choose
from .parameters import provider_parameters, written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.config.options import ServiceOptions
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.rpc.descriptor import ServiceDescriptor

    from .addresses import NamedAddress
    from .life import Life
    from .registries import Registries

logger = logging.getLogger(__name__)


class ExportedService:
    """A service that this application exports; `close` takes it away."""

    def __init__(
        self, exporters: Sequence[registry_protocol.RegisteredExporter], forget: Callable[[registry_protocol.RegisteredExporter], None]
    ) -> None:
        self._exporters = tuple(exporters)
        self._forget = forget

    @property
    def url(self) -> URL:
        """The URL that registries announce; also good for ``refer(url=...)``. Of several protocols, that of the first."""
        return self._exporters[0].url

    @property
    def urls(self) -> tuple[URL, ...]:
        """The announced URLs, one for each protocol (CFG-121)."""
        return tuple(exporter.url for exporter in self._exporters)

    @property
    def effective_url(self) -> URL:
        """The settings with which the service is served now: those of `url`, changed by the rules of the registries."""
        return self._exporters[0].effective_url

    async def register(self) -> None:
        """Announce the service again after `unregister`, under the same URLs; where it is announced already nothing happens.

        Raises:
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        for exporter in self._exporters:
            await exporter.register()

    async def unregister(self) -> None:
        """Take the announcement back and go on serving, so that consumers leave."""
        for exporter in self._exporters:
            await exporter.unregister()

    async def close(self) -> None:
        """Take the announcement back, then stop serving.

        Consumers need a moment to hear of it: the service is served until nobody has called for a second, for ``shutdown_wait`` seconds at
        most. Running calls end first.
        """
        for exporter in self._exporters:
            self._forget(exporter)
        await asyncio.gather(*(exporter.close() for exporter in self._exporters))


class Services:
    """Exports services over the application's protocols and announces them at its registries.

    Args:
        life: the application.
        protocols: where it serves; at least one.
        registries: where it announces.
        parameters: further URL parameters of every service.
    """

    def __init__(self, life: Life, protocols: Sequence[NamedAddress], registries: Registries, parameters: Mapping[str, str]) -> None:
        self._life = life
        self._protocols = protocols
        self._registries = registries
        self._parameters = parameters
        self._exporters: list[registry_protocol.RegisteredExporter] = []
        self._pools: dict[NamedAddress, WorkerPool] = {}

    async def export(self, service: ServiceDescriptor, implementation: object, options: ServiceOptions) -> ExportedService:
        """Serve and announce `service` over each protocol that `options` name; when one fails, nothing stays behind."""
        self._life.check_open()
        protocols = choose(self._protocols, options.protocol, "protocol")
        if not protocols:
            raise ConfigurationError(f"{service} would be served nowhere: no protocol of the application is chosen")
        registries = self._registries.open(options.registry)
        params = provider_parameters(self._life.host, service, options)
        settings = written(options, "p", self._parameters, (registry.url for registry in registries))
        check_settings("service", service, [*settings, *(Written("protocol URL", each.url.params, "sp") for each in protocols)])
        exporters: list[registry_protocol.RegisteredExporter] = []
        try:
            for endpoint in protocols:
                exporter = await self._export(service, implementation, options.path, params, endpoint, registries)
                exporters.append(exporter)
            self._life.check_open()  # it may have been closed meanwhile
        except BaseException:
            await finish(close_all([exporter.close() for exporter in exporters]))
            raise
        self._exporters += exporters
        self._life.host.catalogue.exports.extend(exporters)
        exported = ExportedService(exporters, self._forget)
        logger.info("exported %s", ", ".join(map(repr, exported.urls)))
        return exported

    async def _export(
        self,
        service: ServiceDescriptor,
        implementation: object,
        path: str | None,
        params: Mapping[str, str],
        endpoint: NamedAddress,
        registries: Sequence[Registry],
    ) -> registry_protocol.RegisteredExporter:
        where = endpoint.url
        host, bind, is_anyhost = await _host(where, [registry.url for registry in registries])
        port = 0 if endpoint.has_any_port else where.port or self._life.protocol(where.protocol).default_port
        params = {
            **self._parameters,
            **where.params,
            **params,
            "anyhost": "true" if is_anyhost else "false",
            "bind.ip": bind,
            "bind.port": str(port),
        }
        return await registry_protocol.export(
            service,
            serve(service, implementation, self._workers(endpoint)),
            URL(protocol=where.protocol, host=host, port=port, path=path or service.interface, params=params),
            host=self._life.host,
            registries=registries,
            rules=self._registries.rules(),
            shutdown_wait=self._life.settings.shutdown_wait,
        )

    def _workers(self, endpoint: NamedAddress) -> WorkerPool:
        pool = self._pools.get(endpoint)
        if pool is None:
            url = endpoint.url
            name = f"DubboServerHandler-{url.address}"
            pool = self._pools[endpoint] = WorkerPool(url.get(keys.THREADS), url.get(keys.QUEUES), name)
        return pool

    def _forget(self, exporter: registry_protocol.RegisteredExporter) -> None:
        if exporter in self._exporters:
            self._exporters.remove(exporter)
        self._life.host.catalogue.remove(exporter)

    async def unregister(self) -> None:
        """Take all announcements back but those that outlive their application (REG-29); services are served on."""
        await close_all([exporter.unregister() for exporter in self._exporters if exporter.url.get(keys.DYNAMIC)])

    async def close(self) -> None:
        """Let implementations end that run in threads, for ``shutdown_wait`` seconds at most. Protocols are closed before."""
        self._exporters.clear()
        self._life.host.catalogue.exports.clear()
        await close_all([pool.close(self._life.settings.shutdown_wait, self._life.host.clock) for pool in self._pools.values()])


async def _host(url: URL, registries: Sequence[URL]) -> tuple[str, str, bool]:
    """The host to announce, the host to bind, and whether every address of the machine is served (CFG-131, CFG-137)."""
    host = url.host or ""
    if host and is_loopback(host):
        return host, host, False  # this machine alone: announced and bound as it stands
    if host in ("", "0.0.0.0", "::", "[::]"):  # noqa: S104 - the user asked for all addresses
        return await local_address(towards(registries)), "0.0.0.0", True  # noqa: S104
    return host, host, False
