"""The ``dubbo`` registry: a client of a RegistryService that is served over the dubbo protocol (Java: ``DubboRegistry``, REG-110…112).

Theory of operation: every other service is found through a registry; this one cannot be (REG-69). So the first servers are those of the
registry's own address. Each is first asked for the providers of RegistryService. Its answer, then or later, changes the list: a
server that is known gets the settings that it announces, others are added behind, for the day when the known ones are away. Most
servers say nothing.

One server is used at a time, since what is registered there lives as long as the connection. One that is lost, or does not answer, is left
for the next, and everything is registered and subscribed there anew.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from aiodubbo.errors import AiodubboError, CallTimeoutError, ConfigurationError, InvalidURLError, NetworkError, RpcError, ServerError
from aiodubbo.rpc.contract import stubs as proxy
from aiodubbo.tasks import Tasks
from aiodubbo.transport.address import local_address
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.merge import merge
from aiodubbo.url.url import URL

from .failback import FailbackRegistry
from .service import ALIBABA, APACHE, Flavor, all_from_wire, flavor_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiodubbo.rpc.abc import Invoker, Listener, Registry
    from aiodubbo.rpc.host import Host

    from .service import AlibabaRegistryService, AlibabaURL, ApacheURL

logger = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_PORT = 9090

_PARAMETERS = {
    "sticky": "true",
    "lazy": "false",
    "reconnect": "false",
    "methods": "lookup,register,subscribe,unregister,unsubscribe",
    "subscribe.1.callback": "true",
    "unsubscribe.1.callback": "false",
}
_DEFAULTS = {"timeout": "10000", "connect.timeout": "10000", "callbacks": "10000"}
"""Settings where neither the registry's URL nor the server says otherwise."""

_UNFILTERED = {"reference.filter": "-default"}
"""Filters of the user's references are not meant for the registry; the registry's URL may name some (unlike Java)."""

_NOT_SHARED = ("connections", "shareconnections")
"""Registrations and subscriptions belong to the connection over which they were made."""

_MOST_SERVERS = 32
"""Servers that are tried; further announced ones are ignored."""


def create(url: URL, host: Host) -> Registry:
    """The registry at ``dubbo://host:port``; ``interface`` chooses Dubbo 2.6's or 2.7's package (2.6's when not given).

    Raises:
        ConfigurationError: no host, or an interface that is not a RegistryService.
    """
    if not url.host:
        raise ConfigurationError(f"a dubbo registry needs a host, as in dubbo://127.0.0.1:{DEFAULT_PORT}, got {url!r}")
    return FailbackRegistry(DubboRegistry(url, host), host)


class _Callback:
    """Our side of a callback argument: hands what the server pushes to the listener."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def notify(self, urls: Sequence[AlibabaURL | ApacheURL]) -> None:
        readable = all_from_wire(urls)
        if readable or not urls:
            await self._listener(readable)


class DubboRegistry:
    """A connection to one server of several."""

    def __init__(self, url: URL, host: Host) -> None:
        flavor = flavor_of(url.param("interface") or ALIBABA.interface)
        if flavor is None:
            raise ConfigurationError(
                f"a dubbo registry speaks {ALIBABA.interface} or {APACHE.interface}, "
                f"not {url.param('interface')!r}: mend 'interface' in {url!r}"
            )
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        self._flavor: Flavor = flavor
        self._protocol = host.protocol("dubbo")
        self._own = {
            **{key: value for key, value in self.url.params.items() if key != "backup"},
            **_PARAMETERS,
            "interface": flavor.interface,
        }
        self._configured = [self._service_url(server) for server in self.url.backup_urls]
        self._servers = self._configured  # in the order in which they are tried
        self._subscription = URL("consumer", "0.0.0.0", 0, flavor.interface, {**_DEFAULTS, **self._own, "lazy": "true"})  # noqa: S104 - not bound
        self._invoker: Invoker | None = None
        self._was_connected = False
        self._callbacks: dict[tuple[URL, Listener], _Callback] = {}
        self._new_session: Callable[[], None] = lambda: None
        self._reconnect_period = url.get(keys.RECONNECT_PERIOD)
        self._connecting: asyncio.Task[Invoker | str] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tasks = Tasks(host.clock)
        self._closing = Tasks(host.clock)
        self._closed = False

    def _service_url(self, server: URL) -> URL:
        address = server if server.port else server.with_port(DEFAULT_PORT)
        return replace(address, protocol="dubbo", path=self._flavor.interface, params={**_DEFAULTS, **_UNFILTERED, **self._own})

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """Have `callback` run for each new connection: its server does not know us."""
        self._new_session = callback

    def is_available(self) -> bool:
        """Tell whether the connection stands."""
        return self._invoker is not None and self._invoker.is_available()

    async def register(self, url: URL) -> None:
        await self._ask(lambda service: service.register(self._flavor.to_wire(url)))  # type: ignore[arg-type] # the flavor fits its service

    async def unregister(self, url: URL) -> None:
        await self._ask(lambda service: service.unregister(self._flavor.to_wire(url)))  # type: ignore[arg-type]

    async def subscribe(self, url: URL, listener: Listener) -> None:
        entry = (url, listener)
        is_new = entry not in self._callbacks
        callback = self._callbacks.setdefault(entry, _Callback(listener))
        try:
            await self._ask(lambda service: service.subscribe(self._flavor.to_wire(url), callback))  # type: ignore[arg-type]
        except AiodubboError:
            if is_new and not self.is_available():  # no server has it
                self._callbacks.pop(entry, None)
            raise

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        callback = self._callbacks.pop((url, listener), None)
        if callback is not None:
            await self._ask(lambda service: service.unsubscribe(self._flavor.to_wire(url), callback))  # type: ignore[arg-type]

    async def lookup(self, url: URL) -> Sequence[URL]:
        answer = await self._ask(lambda service: service.lookup(self._flavor.to_wire(url)))  # type: ignore[arg-type]
        return all_from_wire(answer)

    async def close(self) -> None:
        """Disconnect."""
        self._closed = True
        await self._tasks.close()
        invoker, self._invoker = self._invoker, None
        if invoker is not None:
            await invoker.close()
        await self._closing.wait()

    # -- asking

    async def _ask(self, what: Callable[[AlibabaRegistryService], Awaitable[T]]) -> T:
        """Ask the server; one that does not answer is left for the next, as long as there is another.

        Raises:
            NetworkError: no server can be reached.
            RpcError: the last one did not answer either.
            AiodubboError: the server refused.
        """
        for others in reversed(range(len(self._servers))):
            invoker = await self._connected()
            try:
                return await what(self._service(invoker))
            except RpcError as error:
                if not others or not _is_silent(error):
                    raise
                logger.info("the registry server %s does not answer: %s; asking the next one", invoker.url.address, error)
                self._leave(invoker)
        raise AssertionError("there is always a server")

    def _service(self, invoker: Invoker) -> AlibabaRegistryService:
        return cast("AlibabaRegistryService", proxy.stub(self._flavor.service, invoker.invoke))

    # -- the connection

    async def _connected(self) -> Invoker:
        """Give the connection; callers at the same time share one attempt.

        Raises:
            NetworkError: no server can be reached; the text says why for each.
        """
        if self._invoker is not None and self._invoker.is_available():
            return self._invoker
        if self._closed:
            raise NetworkError(f"the connection to the registry {self.url.address} is closed")
        if self._connecting is None:
            self._connecting = self._tasks.start(self._connect(), f"connect to registry {self.url.address}")
        attempt = self._connecting
        await asyncio.wait([attempt])  # which goes on when this caller is cancelled
        outcome = attempt.result() if not attempt.cancelled() else f"the connection to the registry {self.url.address} is closed"
        if isinstance(outcome, str):
            raise NetworkError(outcome)
        return outcome

    async def _connect(self) -> Invoker | str:
        """Take the first server that answers; a text says why there is none."""
        try:
            old, self._invoker = self._invoker, None
            if old is not None:
                self._let_go(old)
            reasons: list[str] = []
            for server in list(self._servers):
                try:
                    invoker = await self._refer(server)
                except AiodubboError as error:  # such as: the application is closed
                    reasons.append(f"{server.address} ({error})")
                    continue
                reason = await self._learn_servers(invoker) if invoker.is_available() else invoker.why_unavailable()
                if not reason:
                    self._invoker = await self._renewed(invoker)
                    self._established()
                    return self._invoker
                reasons.append(f"{server.address} ({reason})")
                self._let_go(invoker)
            return (
                f"no registry server can be reached at {', '.join(reasons)}: "
                "check that it is running (aiodubbo registry) and that the address is right"
            )
        except AiodubboError as error:  # the application is closed; the text is for those who wait, if any
            return str(error)
        finally:
            self._connecting = None

    def _established(self) -> None:
        if self._keeper is None:
            self._keeper = self._tasks.start(self._keep(), f"registry {self.url.address}")
        if self._was_connected:
            logger.info("registry %s is back", self.url.address)
            self._new_session()
        self._was_connected = True

    async def _keep(self) -> None:
        """Watch the connection; after a loss connect anew."""
        while True:
            await self._tasks.clock.sleep(self._reconnect_period)
            try:
                await self._connected()
            except NetworkError as error:
                logger.info("registry %s is away: %s", self.url.address, error)

    def _leave(self, invoker: Invoker) -> None:
        """Give a server up for the others."""
        if self._invoker is not invoker:
            return  # another call did
        self._invoker = None
        address = invoker.url.address
        self._servers = sorted(self._servers, key=lambda server: server.address == address)
        self._let_go(invoker)

    def _let_go(self, invoker: Invoker) -> None:
        """Close an invoker, without waiting for calls that may still run through it."""
        self._closing.start(invoker.close(), f"close {invoker.url.address}")

    # -- the servers

    async def _learn_servers(self, invoker: Invoker) -> str:
        """Ask who provides RegistryService (REG-69, REG-110). A text says that the server does not answer at all."""
        host = await local_address([invoker.url.bare_host])
        subscription = self._flavor.to_wire(self._subscription.with_host(host))
        try:
            await self._service(invoker).subscribe(subscription, _Callback(self._take_servers))  # type: ignore[arg-type] # as in `subscribe`
        except AiodubboError as error:
            if _is_silent(error):
                return str(error)
            logger.debug("the registry server %s does not say who serves RegistryService: %s", invoker.url.address, error)
        return ""

    async def _take_servers(self, urls: Sequence[URL]) -> None:
        """Take the servers that the registry lists; an empty list is no news, for most servers do not register themselves."""
        announced: dict[str, URL] = {}
        for url in urls[:_MOST_SERVERS]:
            try:
                if url.protocol == "dubbo" and url.host and url.port and is_match(self._subscription, url):
                    announced[url.address] = (
                        merge(url, self._own).without_params(_NOT_SHARED).with_params_if_absent(_DEFAULTS | _UNFILTERED)
                    )
            except InvalidURLError as error:
                logger.warning("a registry server is ignored: %s", error)
        if not announced:
            return
        logger.info("registry %s is served at %s", self.url.address, ", ".join(announced))
        self._servers = [announced.pop(server.address, server) for server in self._configured] + list(announced.values())
        if (current := self._invoker) is not None:
            renewed = await self._renewed(current)
            if self._invoker is current:
                self._invoker = renewed
            elif renewed is not current:  # the connection was lost meanwhile
                self._let_go(renewed)

    async def _renewed(self, invoker: Invoker) -> Invoker:
        """An invoker with the settings that its server announces, over the same connection; `invoker` itself when they are the same."""
        url = next((server for server in self._servers if server.address == invoker.url.address), invoker.url)
        if url == invoker.url:
            return invoker
        renewed = await self._refer(url)
        self._let_go(invoker)
        return renewed

    async def _refer(self, server: URL) -> Invoker:
        """An invoker for a server; announced settings that cannot be used are not followed."""
        try:
            return await self._protocol.refer(self._flavor.service, server)
        except ConfigurationError as error:
            configured = next((other for other in self._configured if other.address == server.address), server)
            if configured == server:
                raise
            logger.warning("the settings that the registry server %s announces are not followed: %s", server.address, error)
            self._servers = [configured if other == server else other for other in self._servers]
            return await self._protocol.refer(self._flavor.service, configured)


def _is_silent(error: Exception) -> bool:
    """Tell whether a failure means that the server did not answer, so that another one is worth asking."""
    return isinstance(error, CallTimeoutError) or (isinstance(error, NetworkError) and not isinstance(error, ServerError))
