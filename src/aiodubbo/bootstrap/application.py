"""The application: one object that owns every server, connection and registry that it uses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar, cast

from aiodubbo.config.options import ReferenceOptions, ServiceOptions
from aiodubbo.errors import ConfigurationError, ContractError
from aiodubbo.integration.register_table import RegisterTable
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.contract.checking import check_implementation, require_async
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.contract.stubs import stub
from aiodubbo.rpc.generic.calls import GenericReference, generic_service

from .addresses import protocols, registries
from .life import Life
from .references import References
from .registries import Center, Registries
from .services import Services

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.generic.calls import GenericService
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .services import ExportedService

T = TypeVar("T")


class Application:
    """A provider, a consumer or both.

    ::

        async with Application("web", registry="dubbo://127.0.0.1:9090") as app:
            users = await app.refer(UserService, timeout=1.0)
            print(await users.get_user(42))

    Args:
        name: the application's name, as governance rules and logs know it.
        registry: where services are announced and found, as ``"dubbo://127.0.0.1:9090"``; None for services that are called by their
            address. Of several, each may have an id, ``"dubbo://127.0.0.1:9090?id=main"``, by which services and references choose;
            with ``default=false`` it is only for those who do.
        config_center: where operators keep rules, as ``"zookeeper://10.0.0.1:2181"``; None for the first ``zookeeper`` registry, unless
            its URL says ``use-as-config-center=false``.
        protocol: where this application serves: ``"dubbo://:20880"`` on all addresses, ``"dubbo://127.0.0.1:20880"`` for this machine
            alone, port 0 for any free port. Parameters such as ``?threads=50&payload=1048576`` are those of ``<dubbo:protocol>``. Several
            may have ids, as registries have.
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
        protocol: str | URL | Sequence[str | URL] = "dubbo://:20880",
        check: bool = True,
        server_ssl: ssl.SSLContext | None = None,
        client_ssl: ssl.SSLContext | None = None,
        shutdown_wait: float = 10.0,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        if not name or not re.fullmatch(r"[-._0-9a-zA-Z]+", name):
            raise ConfigurationError(f"an application name has letters, digits, '-', '_' and '.' only, got {name!r}")
        self.name = name
        shared = {"application": name} if check else {"application": name, "check": "false"}  # as in Java; also names cache files
        places = [replace(place, url=place.url.with_params_if_absent(shared)) for place in registries(registry)]
        settings = ProtocolSettings(server_ssl, client_ssl, shutdown_wait=shutdown_wait)
        params = dict(parameters or {})
        self._life = Life(name, settings, self._leave, self._end)
        self._registries = Registries(self._life, places, Center(config_center, [place.url for place in places], check=check))
        self._services = Services(self._life, protocols(protocol), self._registries, params)
        self._references = References(self._life, self._registries, params, check=check)

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
        protocol: str | URL | Sequence[str | URL] | None = None,
        registry: str | URL | Sequence[str | URL] | None = None,
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
            weight: share of the calls in comparison with other providers; None for 100.
            token: a secret that consumers learn from the registry and must send; calls without it are refused.
            protocol: which protocols of the application serve it: ids, addresses or protocol names, several in a list; None for all.
            registry: which registries of the application announce it: ids or addresses; None for all, ``"N/A"`` for none.
            parameters: further URL parameters.

        Returns:
            The exported service.

        Raises:
            ContractError: the implementation does not fit; the text lists every mismatch. Nothing was opened.
            ConfigurationError: the port is in use, or a setting makes no sense.
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        options = ServiceOptions(
            group=group,
            version=version,
            path=path,
            timeout=timeout,
            weight=weight,
            token=token,
            protocol=protocol,
            registry=registry,
            parameters=parameters,
        )
        check_implementation(contract, implementation)
        return await self.open_service(describe(contract).with_identity(group=group, version=version), implementation, options)

    async def open_service(
        self, service: ServiceDescriptor, implementation: object, options: ServiceOptions | None = None
    ) -> ExportedService:
        """Serve and announce a service that is described already; raises what `export` raises."""
        return await self._services.export(service, implementation, options or ServiceOptions())

    async def export_generic(
        self,
        interface: str,
        implementation: GenericService,
        *,
        group: str = "",
        version: str = "",
        token: str | None = None,
        protocol: str | URL | Sequence[str | URL] | None = None,
        registry: str | URL | Sequence[str | URL] | None = None,
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

        The other arguments are those of `export`.

        Raises:
            ContractError: `implementation` has no method ``invoke``.
            ConfigurationError: the port is in use.
            RegistryError: a registry refused or is away, and ``check`` is true.
        """
        if not callable(getattr(implementation, "invoke", None)):
            raise ContractError(
                f"a generic service needs a method invoke(method, types, args); {type(implementation).__qualname__} has none"
            )
        options = ServiceOptions(token=token, protocol=protocol, registry=registry, parameters=parameters)
        return await self.open_service(generic_service(interface, group=group, version=version), implementation, options)

    async def serve_forever(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`; then unregister, say goodbye to consumers, let calls end, close.

        Signals are handled when this runs in the main thread; elsewhere only `stop` ends it.
        """
        await self._life.serve_forever()

    def stop(self) -> None:
        """Have `serve_forever` end."""
        self._life.stop()

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
        registry: str | URL | Sequence[str | URL] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> T:
        """Make a stub whose methods call the service.

        Args:
            contract: a ``Protocol`` class marked with ``@interface``.
            url: address of a provider to call without a registry, ``"dubbo://10.0.0.5:20880"``; several separated by ``;``.
            group: which group of the service; None takes the contract's, ``"*"`` any.
            version: which version of the service; None takes the contract's, ``"*"`` any.
            timeout: seconds for each call; None takes the provider's, or 1 second.
            retries: further attempts at other providers after a failure; None takes the provider's, or 2.
            cluster: strategy when a provider fails; None for ``failover``.
            load_balance: strategy that chooses a provider; None takes the provider's, or ``random``.
            connections: connections of its own to each provider; None shares one with other references.
            lazy: whether to connect at the first call only.
            check: whether a missing provider is an error now; None takes the application's.
            registry: which registries of the application to look at, in order of preference: ids or addresses; None for all.
            parameters: further URL parameters.

        Raises:
            ContractError: `contract` is not marked with ``@interface``, or has ``def`` methods.
            ConfigurationError: a registry, address or setting that cannot be used.
            NoProviderError: no provider can be called, and ``check`` is true; lists the candidates with reasons.
            RegistryError: the registry is away, and ``check`` is true.
        """
        options = ReferenceOptions(
            url=url,
            group=group,
            version=version,
            timeout=timeout,
            retries=retries,
            cluster=cluster,
            load_balance=load_balance,
            connections=connections,
            lazy=lazy,
            check=check,
            registry=registry,
            parameters=parameters,
        )
        service = describe(contract).with_identity(group=group, version=version)
        require_async(service)
        return cast("T", stub(service, await self.open_reference(service, options)))

    async def open_reference(self, service: ServiceDescriptor, options: ReferenceOptions | None = None) -> Invoke:
        """Make the function that sends calls to the providers of `service`; raises what `refer` raises."""
        return await self._references.refer(service, options or ReferenceOptions())

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
        registry: str | URL | Sequence[str | URL] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> GenericReference:
        """Call a service without a Python contract: methods and types by name, values as plain data.

        ::

            shop = await app.refer_generic("com.example.ShopService")
            await shop.invoke("order", types=["java.lang.String", "int"], args=["apple", 3])

        `interface` is Java's name of the service; the other arguments, and the errors, are those of `refer`.
        """
        options = ReferenceOptions(url=url, timeout=timeout, retries=retries, check=check, registry=registry, parameters=parameters)
        service = generic_service(interface, group=group or "", version=version or "")
        return GenericReference(service, await self.open_reference(service, options))

    # -- shared parts

    @property
    def host(self) -> Host:
        """The application as extensions see it: clock, tasks, statistics, observers of calls, catalogue of services and references."""
        return self._life.host

    @property
    def register_table(self) -> RegisterTable:
        """The services and references of this application at registries, as they are now (REG-46)."""
        return RegisterTable.of(self.host.catalogue)

    async def close(self) -> None:
        """Unregister, say goodbye to consumers, let calls end, close everything (PRO-110). A second call waits for the first."""
        await self._life.close()

    async def _leave(self) -> None:
        await self._services.unregister()
        await self._references.close()
        await self._registries.close()

    async def _end(self) -> None:
        await self._services.close()
