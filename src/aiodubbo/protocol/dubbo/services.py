"""Services of one port, or of one connection, and the choice among them for a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import LocalProtocolError
from aiodubbo.rpc.descriptor import special_method
from aiodubbo.tasks import Tasks
from aiodubbo.wire.dubbo.body import NO_VERSION, AttachmentsReader
from aiodubbo.wire.dubbo.header import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
    from aiodubbo.url.url import URL
    from aiodubbo.wire.dubbo.body import RequestHead

    from .exchange import Exchange

_MAX_HEADS = 2000
"""Remembered heads of requests at one port; callers that vary them make the memory start anew."""

_LONGEST_HEAD = 1000
"""Bytes of a head that is remembered."""

_MAX_KEYS = 20
"""Service keys that an error text lists."""


@dataclass(frozen=True, slots=True, eq=False)
class ExportedService:
    """A service as it is served at one port.

    Attributes:
        service: the contract.
        url: the provider's URL.
        invoke: filters and implementation.
        path: under which name it is called.
        group: "" for none.
        version: "" for none.
        token: what callers must send, "" for nothing.
    """

    service: ServiceDescriptor
    url: URL
    invoke: Invoke
    path: str
    group: str
    version: str
    token: str

    @property
    def key(self) -> str:
        """``[group/]path[:version]`` (PRO-50, without the port)."""
        return f"{self.group}/{self.path}".lstrip("/") + (f":{self.version}" if self.version else "")


class RejectedError(Exception):
    """Ends the processing of a request with an error status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Route:
    """Services and method that match the first five texts of a request."""

    candidates: Sequence[ExportedService]
    method: MethodDescriptor


class Services:
    """Services that are exported at one port, or inside one connection (callbacks).

    Args:
        port: the local port; part of the keys in error texts.
        selector: the attachment that distinguishes services of one path and version.
        special: whether every service has the methods ``$echo`` and ``$invoke`` beside its own.

    Attributes:
        running: requests that are being served.
        held: bytes of their bodies.
        tasks: what serves them.
        attachments: reads those of requests.
        known_heads: what the first bytes of requests lead to.
    """

    def __init__(self, port: int, *, selector: str = "group", special: bool = True) -> None:
        self.port = port
        self._selector = selector
        self._special = special
        self.running = 0
        self.held = 0
        self._exported: dict[tuple[str, str], list[ExportedService]] = {}
        self.known_heads: dict[bytes, tuple[RequestHead, Route]] = {}
        self.attachments = AttachmentsReader()
        self.tasks = Tasks()

    def __len__(self) -> int:
        return sum(map(len, self._exported.values()))

    @property
    def keys(self) -> list[str]:
        """Service keys with the port, as Java prints them."""
        return [f"{service.key}:{self.port}" for services in self._exported.values() for service in services]

    def add(self, exported: ExportedService) -> None:
        """Begin to serve.

        Raises:
            LocalProtocolError: the same service key is served here already.
        """
        services = self._exported.setdefault((exported.path, exported.version), [])
        if any(service.group == exported.group for service in services):
            raise LocalProtocolError(f"{exported.key} is exported at port {self.port} already; use another group, version, path or port")
        services.append(exported)
        self.known_heads.clear()

    def replace(self, old: ExportedService, new: ExportedService) -> None:
        """Serve `new` in place of `old`, which has the same key; nothing happens when `old` was removed."""
        services = self._exported.get((old.path, old.version), [])
        if old in services:
            services[services.index(old)] = new  # the remembered heads lead to this list, and stay true

    def remove(self, exported: ExportedService) -> None:
        """End to serve; requests that run go on."""
        services = self._exported.get((exported.path, exported.version), [])
        if exported in services:
            services.remove(exported)
        if not services:
            self._exported.pop((exported.path, exported.version), None)
        self.known_heads.clear()

    def route(self, head: RequestHead, exchange: Exchange) -> Route:
        """Find the services that may be meant, before the arguments are looked at.

        Raises:
            RejectedError: there is none; the text says what there is.
        """
        version = "" if head.service_version == NO_VERSION else head.service_version
        candidates = self._exported.get((head.path, version), [])
        if not candidates:
            raise _not_found(f"{head.path}{':' + version if version else ''}:{self.port}", self, exchange, head)
        service = candidates[0].service
        method = special_method(head.method, head.descriptor) if self._special else None
        method = method or service.find(head.method, head.descriptor)
        if method is None:
            overloads = ", ".join(str(overload) for overload in service.by_name(head.method))
            names = ", ".join(sorted({method.name for method in service.methods}))
            there = f"it has {overloads}" if overloads else f"its methods are {names}"
            raise RejectedError(
                Status.BAD_REQUEST,
                f"Fail to decode request due to: java.lang.IllegalArgumentException: Service not found:{head.path}, {head.method} "
                f"(no method {head.method} with the parameters {head.descriptor or '()'}; {there})",
            )
        return Route(candidates, method)

    def remember(self, data: bytes, head: RequestHead, route: Route) -> None:
        """Recognise a head by its bytes from now on. Only what leads somewhere is remembered, so that strangers cannot fill this."""
        if len(data) > _LONGEST_HEAD:
            return
        if len(self.known_heads) >= _MAX_HEADS:  # a peer may say anything for its version
            self.known_heads.clear()
        self.known_heads[data] = (head, route)

    def choose(self, route: Route, attachments: Mapping[str, object], head: RequestHead, exchange: Exchange) -> ExportedService:
        """Choose the service that is meant and may be called, now that the attachments are known.

        Raises:
            RejectedError: no such group, or a wrong token.
        """
        selected = attachments.get(self._selector) or ""
        for exported in route.candidates:
            if exported.group == selected:
                break
        else:
            raise _not_found(f"{selected}/{head.path}:{self.port}", self, exchange, head)
        if exported.token and attachments.get("token") != exported.token:
            raise RejectedError(
                Status.SERVICE_ERROR,
                f"com.alibaba.dubbo.rpc.RpcException: Invalid token! Forbid invoke remote service interface {exported.service.interface} "
                f"method {head.method}() from consumer {exchange.ends.remote_address[0]} to provider {exchange.ends.local_address[0]}",
            )
        return exported


def _not_found(key: str, services: Services, exchange: Exchange, head: RequestHead) -> RejectedError:
    keys = services.keys
    listed = str(keys) if len(keys) <= _MAX_KEYS else f"{str(keys[:_MAX_KEYS])[:-1]}, ... {len(keys)} in all]"
    return RejectedError(
        Status.SERVICE_ERROR,
        f"com.alibaba.dubbo.remoting.RemotingException: Not found exported service: {key} in {listed}, "
        f"may be version or group mismatch , channel: consumer: {_address(exchange.ends.remote_address)} --> provider: "
        f"{_address(exchange.ends.local_address)}, message:{head.method}",
    )


def _address(address: tuple[str, int]) -> str:
    return f"/{address[0]}:{address[1]}"
