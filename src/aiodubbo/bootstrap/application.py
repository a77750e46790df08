"""The application: one object that owns every server, connection and registry that it uses."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar, cast

from aiodubbo.cluster.directory import FirstAvailableDirectory
from aiodubbo.cluster.mock import mocked
from aiodubbo.cluster.pick import Picker
from aiodubbo.errors import ConfigurationError, ContractError, LocalProtocolError, NoProviderError
from aiodubbo.integration import registry_protocol
from aiodubbo.integration.register_table import RegisterTable
from aiodubbo.rpc.abc import ProtocolSettings, State
from aiodubbo.rpc.contract.checking import check_implementation, require_async
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.contract.stubs import stub
from aiodubbo.rpc.generic.calls import GenericReference, generic_service
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import CLUSTER, LOAD_BALANCE, PROTOCOL, REGISTRY
from aiodubbo.transport.local_address import is_loopback, local_address, towards
from aiodubbo.url import keys
from aiodubbo.url.url import URL

from .addresses import protocol_url, registry_urls
from .config_center import Center
from .direct import refer_direct
from .parameters import consumer_parameters, provider_parameters

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from aiodubbo.rpc.abc import Directory, Invoke, Registry, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.generic.calls import GenericService

logger = logging.getLogger(__name__)

T = TypeVar("T")

_NOTHING_REGISTERED = " Nothing is registered under this name: check interface, group and version, and that the provider is running."
_NOTHING_KNOWN = " The registry has not answered yet; check that it is running and reachable."
_FREE_PORT = re.compile(r"^[a-z][\w.+-]*://[^/?]*:(?:0|-1)(?:[/?]|$)", re.IGNORECASE)


class ExportedService:
    """A service of this application that others can call; `close` takes it away."""

    def __init__(self, exporter: registry_protocol.RegisteredExporter, forget: Callable[[ExportedService], None]) -> None:
        self._exporter = exporter
        self._forget = forget

    @property
    def url(self) -> URL:
        """The URL that registries announce; also good for ``refer(url=...)``."""
        return self._exporter.url

    @property
    def effective_url(self) -> URL:
        """The settings with which the service is served now: those of `url`, changed by the rules of the registries."""
        return self._exporter.effective_url

    async def register(self) -> None:
        """Announce the service again after `unregister`, under the same URL; where it is announced already nothing happens.

        Raises:
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        await self._exporter.register()

    async def unregister(self) -> None:
        """Take the announcement back and go on serving, so that consumers leave."""
        await self._exporter.unregister()

    async def close(self) -> None:
        """Take the announcement back, then stop serving.

        Consumers need a moment to hear of it: the service is served until nobody has called for a second, for ``shutdown_wait`` seconds at
        most. Running calls end first.
        """
        self._forget(self)
        await self._exporter.close()


class Application:
    """A provider, a consumer or both.

    ::

        async with Application("web", registry="dubbo://127.0.0.1:9090") as app:
            users = await app.refer(UserService, timeout=1.0)
            print(await users.get_user(42))

    Args:
        name: the application's name, as governance rules and logs know it.
        registry: where services are announced and found, as ``"dubbo://127.0.0.1:9090"``; several for several registries; None for
            services that are called by their address.
        config_center: where operators keep rules, as ``"zookeeper://10.0.0.1:2181"``; None for the first ``zookeeper`` registry, unless
            its URL says ``use-as-config-center=false``.
        protocol: where this application serves: ``"dubbo://:20880"`` on all addresses, ``"dubbo://127.0.0.1:20880"`` for this machine
            alone, port 0 for any free port. Parameters such as ``?threads=50&payload=1048576`` are those of ``<dubbo:protocol>``.
        check: whether a registry that is away, or a reference without provider, is an error at the start.
        server_ssl: TLS for what is served; None for plain TCP.
        client_ssl: TLS for connections to providers; None for plain TCP. A dubbo registry is reached with it when its URL says so:
            ``"dubbo://10.0.0.1:9090?ssl-enabled=true"``.
        shutdown_wait: seconds that closing waits at most for running calls.
        parameters: further URL parameters for every service and reference of this application, such as ``{"owner": "team"}``.

    Raises:
        ConfigurationError: a name, registry, configuration centre or protocol that cannot be used.
    """

    def __init__(
        self,
        name: str,
        *,
        registry: str | URL | Sequence[str | URL] | None = None,
        config_center: str | URL | None = None,
        protocol: str | URL = "dubbo://:20880",
        check: bool = True,
        server_ssl: ssl.SSLContext | None = None,
        client_ssl: ssl.SSLContext | None = None,
        shutdown_wait: float = 10.0,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        if not name or not re.fullmatch(r"[-._0-9a-zA-Z]+", name):
            raise ConfigurationError(f"an application name has letters, digits, '-', '_' and '.' only, got {name!r}")
        self.name = name
        self._registry_urls = [url.with_param_if_absent("application", name) for url in registry_urls(registry)]  # as in Java; names files
        if not check:
            self._registry_urls = [url.with_param_if_absent("check", "false") for url in self._registry_urls]
        self._center = Center(config_center, self._registry_urls, check=check)
        self._protocol_url = protocol_url(protocol)
        self._any_port = isinstance(protocol, str) and _FREE_PORT.match(protocol) is not None
        self._check = check
        self._host_of_all = Host(name=name, protocol=self._protocol)
        self._settings = ProtocolSettings(server_ssl, client_ssl, shutdown_wait=shutdown_wait)
        self._parameters = dict(parameters or {})
        self._protocols: dict[str, RpcProtocol] = {}
        self._registries: list[Registry] | None = None
        self._registries_lock = asyncio.Lock()
        self._exports: list[ExportedService] = []
        self._directories: list[Directory] = []
        self._pools: list[WorkerPool] = []
        self._pool: WorkerPool | None = None
        self._stop = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    # -- provider

    async def export(
        self,
        contract: Callable[..., object],
        implementation: object,
        *,
        group: str | None = None,
        version: str | None = None,
        path: str | None = None,
        timeout: float | None = None,
        weight: int | None = None,
        token: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> ExportedService:
        """Serve `implementation` and announce it.

        Args:
            contract: a ``Protocol`` class marked with ``@interface``.
            implementation: any object with the contract's methods; ``async def`` methods run in the event loop, ``def`` methods
                in a bounded pool of threads.
            group: the service's group; None takes the contract's.
            version: the service's version; None takes the contract's.
            path: where to serve; None for the interface's name.
            timeout: seconds that consumers wait unless they say otherwise.
            weight: share of the calls in comparison with other providers; 100 when not given.
            token: a secret that consumers learn from the registry and must send; calls without it are refused.
            parameters: further URL parameters.

        Returns:
            The exported service.

        Raises:
            ContractError: the implementation does not fit; the text lists every mismatch. Nothing was opened.
            ConfigurationError: the port is in use, or a setting makes no sense.
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        service = describe(contract).with_identity(group=group, version=version)
        check_implementation(contract, implementation)
        params = provider_parameters(self.name, service, timeout=timeout, weight=weight, token=token)
        return await self._export(service, implementation, path, {**params, **(parameters or {})})

    async def export_generic(
        self,
        interface: str,
        implementation: GenericService,
        *,
        group: str = "",
        version: str = "",
        token: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> ExportedService:
        """Serve every method of a Java interface with one object, without a Python contract (PRO-96).

        ::

            class Mock:
                async def invoke(self, method, types, args):
                    return {"class": "com.example.User", "name": "Ada"} if method == "getUser" else None

            await app.export_generic("com.example.UserService", Mock())

        Args:
            interface: Java's name of the service.
            implementation: has ``invoke(method, types, args)``; objects are dicts with their Java class under ``"class"``.
            group: the service's group.
            version: the service's version.
            token: as for `export`.
            parameters: further URL parameters.

        Raises:
            ContractError: `implementation` has no method ``invoke``.
            ConfigurationError: the port is in use.
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        if not callable(getattr(implementation, "invoke", None)):
            raise ContractError(
                f"a generic service needs a method invoke(method, types, args); {type(implementation).__qualname__} has none"
            )
        service = generic_service(interface, group=group, version=version)
        params = provider_parameters(self.name, service, timeout=None, weight=None, token=token) | {"generic": "true"}
        return await self._export(service, implementation, None, {**params, **(parameters or {})})

    async def _export(
        self, service: ServiceDescriptor, implementation: object, path: str | None, own: Mapping[str, str]
    ) -> ExportedService:
        self._must_be_open()
        registries = await self._open_registries()
        host, bind, anyhost = await self._host()
        port = 0 if self._any_port else self._protocol_url.port or self._protocol().default_port
        params = {
            **self._parameters,
            **self._protocol_url.params,
            **own,
            "anyhost": "true" if anyhost else "false",
            "bind.ip": bind,
            "bind.port": str(port),
        }
        url = URL(protocol=self._protocol_url.protocol, host=host, port=port, path=path or service.interface, params=params)
        invoke = serve(service, implementation, self._workers())
        rules, wait = self._center.rules(self._host_of_all), self._settings.shutdown_wait
        exporter = await registry_protocol.export(
            service, invoke, url, host=self._host_of_all, registries=registries, rules=rules, shutdown_wait=wait
        )
        exported = ExportedService(exporter, self._exports.remove)
        self._exports.append(exported)
        logger.info("exported %r", exported.url)
        return exported

    async def serve_forever(self) -> None:
        """Serve until SIGTERM or SIGINT, or until `stop`; then unregister, tell consumers, let calls end, close.

        Signals are handled when this runs in the main thread; elsewhere only `stop` ends it.
        """
        loop = asyncio.get_running_loop()
        handled: list[signal.Signals] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.stop)
            except (ValueError, RuntimeError, NotImplementedError):  # not the main thread, or a platform without it
                continue
            handled.append(number)
        try:
            await self._stop.wait()
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
            await self.close()

    def stop(self) -> None:
        """Have `serve_forever` end."""
        self._stop.set()

    # -- consumer

    async def refer(
        self,
        contract: Callable[..., T],
        *,
        url: str | None = None,
        group: str | None = None,
        version: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        cluster: str | None = None,
        load_balance: str | None = None,
        connections: int | None = None,
        lazy: bool | None = None,
        check: bool | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> T:
        """A stub whose methods call the service.

        Args:
            contract: a ``Protocol`` class marked with ``@interface``.
            url: address of a provider to call without a registry, ``"dubbo://10.0.0.5:20880"``; several separated by ``;``.
            group: which group of the service; None takes the contract's, ``"*"`` any.
            version: which version of the service; None takes the contract's, ``"*"`` any.
            timeout: seconds for each call; None takes the provider's, or 1 second.
            retries: further attempts at other providers after a failure; None takes the provider's, or 2.
            cluster: what to do when a provider fails; ``failover`` when not given.
            load_balance: how to choose a provider; ``random`` when not given.
            connections: connections of its own to each provider; None shares one with other references.
            lazy: whether to connect at the first call only.
            check: whether a missing provider is an error now; None takes the application's.
            parameters: further URL parameters.

        Raises:
            ContractError: `contract` is not one.
            NoProviderError: nobody provides the service, and ``check`` is true; lists the candidates and why not.
            RegistryError: the registry is away, and ``check`` is true.
        """
        service = describe(contract).with_identity(group=group, version=version)
        require_async(service)
        invoke = await self.open_reference(
            service,
            url=url,
            timeout=timeout,
            retries=retries,
            cluster=cluster,
            load_balance=load_balance,
            connections=connections,
            lazy=lazy,
            check=check,
            parameters=parameters,
        )
        return cast("T", stub(service, invoke))

    async def open_reference(
        self,
        service: ServiceDescriptor,
        *,
        url: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        cluster: str | None = None,
        load_balance: str | None = None,
        connections: int | None = None,
        lazy: bool | None = None,
        check: bool | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Invoke:
        """What sends calls to the providers of `service`; arguments as for `refer`, which makes a stub of it."""
        if load_balance is not None:
            LOAD_BALANCE.load(load_balance)  # a wrong name is told here, not when there is a second provider
        params = consumer_parameters(
            self.name,
            service,
            timeout=timeout,
            retries=retries,
            cluster=cluster,
            load_balance=load_balance,
            connections=connections,
            lazy=lazy,
        )
        return await self._refer(service, {**self._parameters, **params, **(parameters or {})}, url, check)

    async def refer_generic(
        self,
        interface: str,
        *,
        url: str | None = None,
        group: str | None = None,
        version: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        check: bool | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> GenericReference:
        """Call a service without a Python contract: methods and types by name, values as plain data.

        ::

            shop = await app.refer_generic("com.example.ShopService")
            await shop.invoke("order", types=["java.lang.String", "int"], args=["apple", 3])

        Args:
            interface: Java's name of the service.
            url: as for `refer`.
            group: as for `refer`.
            version: as for `refer`.
            timeout: as for `refer`.
            retries: as for `refer`.
            check: as for `refer`.
            parameters: as for `refer`.

        Raises:
            NoProviderError: nobody provides the service, and ``check`` is true.
            RegistryError: the registry is away, and ``check`` is true.
        """
        service = generic_service(interface, group=group or "", version=version or "")
        params = consumer_parameters(self.name, service, timeout=timeout, retries=retries)
        invoke = await self._refer(service, {**self._parameters, **params, "generic": "true", **(parameters or {})}, url, check)
        return GenericReference(service, invoke)

    async def _refer(self, service: ServiceDescriptor, params: Mapping[str, str], url: str | None, check: bool | None) -> Invoke:
        self._must_be_open()
        check = self._check if check is None else check
        if url is None and not self._registry_urls:
            raise ConfigurationError(
                f"no way to find {service}: give the application a registry, as in "
                f"Application({self.name!r}, registry='dubbo://127.0.0.1:9090'), or the reference an address, as in refer(..., url='dubbo://127.0.0.1:20880')"
            )
        directory: Directory
        if url is not None:
            directory = await refer_direct(service, params, url, self._host_of_all)
        else:
            directory = await self._from_registry(service, params, check)
        try:
            self._must_be_open()  # it may have been closed meanwhile
            cluster = CLUSTER.load(params.get(keys.CLUSTER.name, ""))  # the consumer's choice; providers and rules have none
            if check and not any(invoker.is_available() for invoker in directory.snapshot.invokers):
                raise await self._unavailable(service, directory)
        except BaseException:
            await asyncio.shield(directory.close())
            raise
        self._directories.append(directory)
        return mocked(directory, cluster(directory, Picker(directory, self._host_of_all), self._host_of_all))

    async def _from_registry(self, service: ServiceDescriptor, params: Mapping[str, str], check: bool) -> Directory:
        registries = await self._open_registries()
        host = await local_address(towards(self._registry_urls))
        consumer = URL(protocol="consumer", host=host, path=service.interface, params=params)
        directories: list[Directory] = []
        try:
            for registry in registries:
                made = await registry_protocol.refer(
                    service, consumer, registry=registry, host=self._host_of_all, check=check, rules=self._center.rules(self._host_of_all)
                )
                directories.append(made)
        except BaseException:
            await asyncio.shield(_all(directory.close() for directory in directories))
            raise
        return directories[0] if len(directories) == 1 else FirstAvailableDirectory(directories)

    async def _unavailable(self, service: ServiceDescriptor, directory: Directory) -> NoProviderError:
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

    # -- shared parts

    @property
    def register_table(self) -> RegisterTable:
        """What this application provides and consumes through registries now (REG-46)."""
        directories = [part for directory in self._directories for part in getattr(directory, "parts", (directory,))]
        return RegisterTable.of((exported._exporter for exported in self._exports), directories)

    async def close(self) -> None:
        """Unregister, tell consumers, let calls end, close everything (PRO-110). Calling it again waits for the same."""
        if self._closing is None:
            self._stop.set()
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await _all(exported.unregister() for exported in self._exports if exported.url.get(keys.DYNAMIC))  # others stay (REG-29)
        await _all(directory.close() for directory in self._directories)
        await _all([*(registry.close() for registry in self._registries or ()), self._center.close()])
        await _all(protocol.close() for protocol in self._protocols.values())
        self._exports.clear()
        self._directories.clear()
        if self._pool is not None:
            await self._pool.close(self._settings.shutdown_wait)

    def _must_be_open(self) -> None:
        if self._closing is not None:
            raise LocalProtocolError(f"the application {self.name!r} is closed")

    def _protocol(self, name: str | None = None) -> RpcProtocol:
        name = name or self._protocol_url.protocol or "dubbo"
        protocol = self._protocols.get(name)
        if protocol is None:
            protocol = self._protocols[name] = PROTOCOL.load(name)(self._settings, self._host_of_all)
        return protocol

    def _host_for(self, registry: URL) -> Host:
        """What a registry connects with: TLS when its URL says ``ssl-enabled=true``, whatever the providers speak."""
        if self._settings.client_ssl is None or registry.get(keys.SSL_ENABLED):
            return self._host_of_all
        settings = replace(self._settings, client_ssl=None)

        def protocol(name: str) -> RpcProtocol:
            key = f"{name} without TLS"
            if key not in self._protocols:
                self._protocols[key] = PROTOCOL.load(name)(settings, self._host_of_all)
            return self._protocols[key]

        return replace(self._host_of_all, protocol=protocol)

    def _workers(self) -> WorkerPool:
        if self._pool is None:
            url = self._protocol_url
            self._pool = WorkerPool(url.get(keys.THREADS), url.get(keys.QUEUES), f"DubboServerHandler-{url.address}")
        return self._pool

    async def _open_registries(self) -> list[Registry]:
        async with self._registries_lock:
            if self._registries is None:
                self._registries = [REGISTRY.load(url.protocol)(url, self._host_for(url)) for url in self._registry_urls]
        return self._registries

    async def _host(self) -> tuple[str, str, bool]:
        """The host to announce, the host to bind, and whether every address of the machine is served (CFG-131, CFG-137)."""
        host = self._protocol_url.host or ""
        if host and is_loopback(host):
            return host, host, False  # asked for this machine alone: announced and bound as it stands
        if host in ("", "0.0.0.0", "::", "[::]"):  # noqa: S104 - the user asked for all addresses
            return await local_address(towards(self._registry_urls)), "0.0.0.0", True  # noqa: S104
        return host, host, False


async def _all(works: object) -> None:
    """Await everything; one failure does not keep the others from running."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):  # type: ignore[misc] # an iterable of coroutines
        if isinstance(outcome, BaseException):
            logger.warning("while closing: %s: %s", type(outcome).__name__, outcome)
