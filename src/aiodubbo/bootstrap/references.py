"""References of an application: finding providers through registries or by their addresses (CFG-152), and calling them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiodubbo.cluster.directory import FirstAvailableDirectory, StaticDirectory
from aiodubbo.cluster.mock import mocked
from aiodubbo.cluster.pick import Picker
from aiodubbo.errors import ConfigurationError, NoProviderError
from aiodubbo.integration import registry_protocol
from aiodubbo.rpc.abc import State
from aiodubbo.rpc.points import CLUSTER
from aiodubbo.rpc.reporting import Written, check_settings, is_spoken
from aiodubbo.tasks import cancel, close_all, finish
from aiodubbo.transport.address import local_address, towards
from aiodubbo.url import keys
from aiodubbo.url.match import merge
from aiodubbo.url.url import URL

from .parameters import consumer_parameters, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.config.options import ReferenceOptions
    from aiodubbo.integration.registry_directory import RegistryDirectory
    from aiodubbo.rpc.abc import Directory, Invoke, Invoker, Registry
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host

    from .life import Life
    from .registries import Registries

_NOTHING_REGISTERED = " Nothing is registered under this name: check interface, group and version, and that the provider is running."
_NOTHING_KNOWN = " The registry has not answered yet; check that it is running and reachable."


class References:
    """Finds providers and calls them. `parameters` and `check` hold for references that do not set them."""

    def __init__(self, life: Life, registries: Registries, parameters: Mapping[str, str], *, check: bool) -> None:
        self._life = life
        self._registries = registries
        self._parameters = parameters
        self._check = check
        self._directories: list[Directory] = []

    async def refer(self, service: ServiceDescriptor, options: ReferenceOptions) -> Invoke:
        """Find the providers of `service`; calls of the returned function go to one of them. When it fails, nothing stays behind."""
        self._life.check_open()
        check = self._check if options.check is None else options.check
        params = {**self._parameters, **consumer_parameters(self._life.host, service, options)}
        directories = await self._directories_of(service, params, options, check=check)
        directory = directories[0] if len(directories) == 1 else FirstAvailableDirectory(directories)
        try:
            self._life.check_open()  # it may have been closed meanwhile
            cluster = CLUSTER.load(params.get(keys.CLUSTER.name, ""))  # the consumer's choice; providers and rules have none
            if check and not any(invoker.is_available() for invoker in directory.snapshot.invokers):
                raise await _unavailable(service, directory)
        except BaseException:
            await finish(directory.close())
            raise
        self._directories.append(directory)
        self._life.host.catalogue.references.extend(directories)
        host = self._life.host
        return mocked(directory, cluster(directory, Picker(directory, host), host))

    async def _directories_of(
        self, service: ServiceDescriptor, params: Mapping[str, str], options: ReferenceOptions, *, check: bool
    ) -> list[RegistryDirectory | StaticDirectory]:
        """List the providers: one directory for each registry, or one for the addresses."""
        if options.url is not None:
            if options.registry is not None:
                raise ConfigurationError(f"{service} has a url and a registry: an address needs no registry; leave one of them out")
            addresses = map(_written_address, _addresses(service, options.url))
            check_settings("reference", service, [*written(options, "c", self._parameters, ()), *addresses])
            return [await refer_direct(service, params, options.url, self._life.host)]
        registries = self._registries.open(options.registry)
        if not registries:
            raise ConfigurationError(
                f"no way to find {service}: give the application a registry, as in "
                f"Application({self._life.host.name!r}, registry='dubbo://127.0.0.1:9090'), "
                f"or the reference an address, as in refer(..., url='dubbo://127.0.0.1:20880')"
            )
        check_settings("reference", service, written(options, "c", self._parameters, (registry.url for registry in registries)))
        return await self._from_registries(service, params, registries, check=check)

    async def _from_registries(
        self, service: ServiceDescriptor, params: Mapping[str, str], registries: Sequence[Registry], *, check: bool
    ) -> list[RegistryDirectory | StaticDirectory]:
        host = await local_address(towards(registry.url for registry in registries))
        consumer = URL(protocol="consumer", host=host, path=service.interface, params=params)
        directories: list[RegistryDirectory | StaticDirectory] = []
        try:
            for registry in registries:
                directory = await registry_protocol.refer(
                    service, consumer, registry=registry, host=self._life.host, check=check, rules=self._registries.rules()
                )
                directories.append(directory)
        except BaseException:
            await finish(close_all([directory.close() for directory in directories]))
            raise
        return directories

    async def close(self) -> None:
        """Close all references."""
        await close_all([directory.close() for directory in self._directories])
        self._directories.clear()
        self._life.host.catalogue.references.clear()


async def _unavailable(service: ServiceDescriptor, directory: Directory) -> NoProviderError:
    reasons = await directory.explain()
    listed = "".join(f"\n  - {address}: {reason}" for address, reason in reasons.items())
    where = directory.url.param("registry.address")
    nothing = _NOTHING_KNOWN if directory.snapshot.state is State.PENDING else _NOTHING_REGISTERED
    return NoProviderError(
        f"Failed to check the status of the service {service.interface}. No provider available for the service {service} "
        f"from {where}.{listed or nothing}"
        f"\nStart a provider, or pass check=False to wait for one in the background.",
        candidates=reasons,
    )


def _addresses(service: ServiceDescriptor, text: str) -> list[URL]:
    urls = []
    for part in re.split(r"\s*;\s*", text.strip()):
        url = URL.parse(part)
        if not url.host:
            raise ConfigurationError(f"an address needs a host, as in dubbo://127.0.0.1:20880, got {part!r}")
        urls.append(url if url.path else url.with_path(service.interface))
    return urls


def _written_address(url: URL) -> Written:
    """The settings in an address. One with ``side=provider`` is copied from a registry: its provider wrote it, only its codec matters."""
    is_copied = url.param("side") == "provider"
    name = keys.SERIALIZATION.name
    params = url.params if not is_copied else {} if is_spoken(url) else {name: url.param(name)}
    return Written("url=", params, "spc")


async def refer_direct(service: ServiceDescriptor, params: Mapping[str, str], text: str, host: Host) -> StaticDirectory:
    """Refer to the providers at the addresses in `text`: URLs separated by ``;``, whose path is the service's when they have none.

    When one cannot be used, nothing stays behind.

    Raises:
        ConfigurationError: an address without host or with an unknown protocol, or settings that contradict each other.
    """
    urls = _addresses(service, text)
    effective = [merge(url, params) for url in urls]
    for url in effective:
        host.protocol(url.protocol)  # an unknown one is an error before anything is opened
    referring = [host.tasks.start(host.protocol(url.protocol).refer(service, url), f"refer {url.address}") for url in effective]
    try:
        invokers = await asyncio.gather(*referring)
    except BaseException:
        await finish(close_all(map(_undo, referring)))
        raise
    consumer = URL(protocol="consumer", host=urls[0].host, path=service.interface, params=params)
    addresses = ";".join(url.address for url in urls)
    return StaticDirectory(consumer.with_params({"registry.address": f"(direct) {addresses}"}), invokers)


async def _undo(referring: asyncio.Task[Invoker]) -> None:
    await cancel(referring)
    if not referring.cancelled() and referring.exception() is None:
        await referring.result().close()
