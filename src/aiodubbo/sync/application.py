"""The blocking façade: every method calls the asynchronous `Application` in the portal's loop and waits."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from aiodubbo.bootstrap import application as asynchronous
from aiodubbo.config.options import ReferenceOptions
from aiodubbo.rpc.contract.checking import require_blocking
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.contract.stubs import blocking_stub

from .portal import Portal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from aiodubbo.bootstrap import services
    from aiodubbo.integration.register_table import RegisterTable
    from aiodubbo.rpc.generic import calls as generic_service
    from aiodubbo.rpc.generic.calls import GenericService
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

T = TypeVar("T")


class ExportedService:
    """A service that this application exports; see `aiodubbo.ExportedService`."""

    def __init__(self, portal: Portal, inner: services.ExportedService) -> None:
        self._portal = portal
        self._inner = inner

    @property
    def url(self) -> URL:
        """The URL that registries announce; also good for ``refer(url=...)``."""
        return self._inner.url

    @property
    def urls(self) -> tuple[URL, ...]:
        """The announced URLs, one for each protocol."""
        return self._inner.urls

    @property
    def effective_url(self) -> URL:
        """The settings with which the service is served now: those of `url`, changed by the rules of the registries."""
        return self._inner.effective_url

    def register(self) -> None:
        """Announce the service again after `unregister`, under the same URLs."""
        self._portal.call(self._inner.register)

    def unregister(self) -> None:
        """Take the announcement back and go on serving, so that consumers leave."""
        self._portal.call(self._inner.unregister)

    def close(self) -> None:
        """Take the announcement back, then stop serving; running calls end first."""
        self._portal.call(self._inner.close)


class GenericReference:
    """Calls a service without a contract; see `aiodubbo.GenericReference`."""

    def __init__(self, portal: Portal, inner: generic_service.GenericReference) -> None:
        self._portal = portal
        self._inner = inner

    def invoke(self, method: str, types: Sequence[str] | None = None, args: Sequence[object] = ()) -> Any:
        """Call `method` with `args` of the Java types `types`; the result is plain data."""
        return self._portal.call(self._inner.invoke, method, types, args)


class Application:
    """A provider, a consumer or both, for code that blocks; arguments and methods are those of `aiodubbo.Application`."""

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
        async def make() -> asynchronous.Application:  # its locks belong to the loop
            return asynchronous.Application(
                name,
                registry=registry,
                config_center=config_center,
                protocol=protocol,
                check=check,
                server_ssl=server_ssl,
                client_ssl=client_ssl,
                shutdown_wait=shutdown_wait,
                parameters=parameters,
            )

        self.name = name
        self._portal = Portal()
        self._stop = threading.Event()
        try:
            self._inner = self._portal.call(make)
        except BaseException:
            self._portal.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def export(
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
        """Serve `implementation` and announce it; see `aiodubbo.Application.export`."""
        inner = self._portal.call(
            self._inner.export,
            contract,
            implementation,
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
        return ExportedService(self._portal, inner)

    def export_generic(
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
        """Serve every method of a Java interface with one object; see `aiodubbo.Application.export_generic`."""
        inner = self._portal.call(
            self._inner.export_generic,
            interface,
            implementation,
            group=group,
            version=version,
            token=token,
            protocol=protocol,
            registry=registry,
            parameters=parameters,
        )
        return ExportedService(self._portal, inner)

    def refer(
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
        """Make a stub whose methods call the service and wait; see `aiodubbo.Application.refer`."""
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
        require_blocking(service)
        invoke = self._portal.call(self._inner.open_reference, service, options)
        return cast("T", blocking_stub(service, invoke, self._portal.call))

    def refer_generic(
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
        """Call a service without a Python contract; see `aiodubbo.Application.refer_generic`."""
        inner = self._portal.call(
            self._inner.refer_generic,
            interface,
            url=url,
            group=group,
            version=version,
            timeout=timeout,
            retries=retries,
            check=check,
            registry=registry,
            parameters=parameters,
        )
        return GenericReference(self._portal, inner)

    def serve_forever(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`; then unregister, say goodbye to consumers, let calls end, close."""
        with self._signals():
            self._stop.wait()
        self.close()

    def stop(self) -> None:
        """Have `serve_forever` end."""
        self._stop.set()

    @property
    def host(self) -> Host:
        """The application as extensions see it. It belongs to the event loop of this application: read it, start nothing from here."""
        return self._inner.host

    @property
    def register_table(self) -> RegisterTable:
        """The services and references of this application at registries; see `aiodubbo.Application.register_table`."""

        async def read() -> RegisterTable:
            return self._inner.register_table

        return self._portal.call(read)

    def close(self) -> None:
        """Unregister, say goodbye to consumers, let calls end, close everything. A second call does nothing."""
        self._stop.set()
        if not self._portal.closed:
            self._portal.call(self._inner.close)
            self._portal.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end `serve_forever`, when this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, lambda *_: self.stop()) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
