"""Provider that can be called over the dubbo protocol (Java: ``DubboInvoker``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.rpc.call import MethodSettings, Result
from aiodubbo.rpc.descriptor import GENERIC_INVOKE
from aiodubbo.wire.dubbo.body import AttachmentsReader

from .calling import RequestWriter, read_response
from .session import CALLBACK_ARGUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
    from aiodubbo.url.url import URL

    from .exchange import Exchange
    from .pool import ClientGroup
    from .session import Session


@dataclass(frozen=True, slots=True)
class _Site:
    """Facts about the calls of a method that are known before they are made."""

    method: MethodDescriptor
    writer: RequestWriter
    options: MethodSettings
    one_way: bool
    callbacks: tuple[int, ...]


class DubboInvoker:
    """Sends the calls of one reference to one provider.

    Args:
        url: the provider's URL, merged with the consumer's settings.
        shutdown_wait: seconds that closing waits for calls under way.
    """

    def __init__(
        self, service: ServiceDescriptor, url: URL, clients: ClientGroup, session_of: Callable[[Exchange], Session], shutdown_wait: float
    ) -> None:
        self.url = url
        self._service = service
        self._clients = clients
        self._session_of = session_of
        self._shutdown_wait = shutdown_wait
        self._attachments = AttachmentsReader()
        self._sites: dict[tuple[str, str], _Site] = {}

    def __repr__(self) -> str:
        return f"<DubboInvoker {self._service} at {self.url.address}>"

    def is_available(self) -> bool:
        """Return whether a call would be sent now."""
        return self._clients.is_available()

    def why_unavailable(self) -> str:
        """Why no call would be sent now."""
        return f"unreachable: {self._clients.cause}"

    async def invoke(self, invocation: Invocation) -> Result:
        """Send the call and wait for its outcome.

        Raises:
            RpcError: the call failed; what the service itself threw is in the result.
        """
        method = invocation.method.for_arguments(invocation.arguments)
        site = self._sites.get((method.name, method.descriptor)) or self._site(method)
        options, arguments, extra = invocation.options, invocation.arguments, invocation.attachments
        timeout = options.timeout or site.options.timeout
        if options.timeout is not None:
            extra = {"timeout": _milliseconds(timeout), **extra}
        if site.callbacks:
            return await self._invoke_with_callbacks(site, invocation, extra, timeout)
        request = site.writer.write(invocation, arguments, extra)
        client = self._clients.pick()
        exchange = client.exchange or await client.connected()
        if site.one_way if options.one_way is None else options.one_way:
            await exchange.call_one_way(request, timeout=timeout)
            return Result()
        return read_response(await exchange.call(request, timeout=timeout), invocation, client.address, self._attachments)

    async def _invoke_with_callbacks(self, site: _Site, invocation: Invocation, extra: Mapping[str, object], timeout: float) -> Result:
        """The callback objects belong to one connection: it is chosen before the request is written."""
        exchange = await self._clients.pick().connected()
        callbacks = self._session_of(exchange).callbacks
        arguments, attachments = list(invocation.arguments), dict(extra)
        for index in site.callbacks:
            target, contract = arguments[index], site.method.parameters[index].callback
            if target is not None and contract is not None:
                arguments[index] = None
                attachments[f"{CALLBACK_ARGUMENT}{index}"] = callbacks.give(target, contract, site.method, index, self.url)
        request = site.writer.write(invocation, tuple(arguments), attachments)
        return read_response(await exchange.call(request, timeout=timeout), invocation, exchange.ends.peer, self._attachments)

    def _site(self, method: MethodDescriptor) -> _Site:
        url = self.url
        options = MethodSettings.of(url, method.name)
        attachments = {"path": url.path, "interface": self._service.interface, "version": url.version or "0.0.0"}
        optional = {"group": url.group, "token": url.param("token"), "remote.application": url.param("application")}
        attachments |= {key: value for key, value in optional.items() if value}
        attachments["timeout"] = _milliseconds(options.timeout)
        if method is GENERIC_INVOKE:
            generic = url.param("generic")
            attachments["generic"] = generic if generic not in ("", "false") else "true"
        site = _Site(
            method,
            RequestWriter(url.path, url.version, method, attachments),
            options,
            options.one_way or method.one_way,
            tuple(index for index, parameter in enumerate(method.parameters) if parameter.callback is not None),
        )
        self._sites[method.name, method.descriptor] = site
        return site

    async def close(self) -> None:
        """Let calls end, then give the links back."""
        await self._clients.close(self._shutdown_wait)


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
