"""The simple registry: RegistryService kept in memory, for the dubbo registries of Java and Python (Java:
``SimpleRegistryService``, REG-113).

Each connection owns what was registered and subscribed through it; when it is gone, so are they. Changes are pushed through the
listener that the client sent as a callback argument. Nothing is kept on disk: after a restart the clients register again.

One difference from Java's server is meant: when the last provider leaves, Java pushes an empty list, which consumers take for "no news", so
that they go on calling the dead provider. This server pushes ``empty://``, as all other registries do. A subscription that finds nothing is
not notified, though: perhaps this server has just been restarted, and the providers that the consumer still knows have not come back yet.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError, CallTimeoutError, RegistryError
from aiodubbo.rpc.context import RpcContext
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.tasks import Tasks
from aiodubbo.url.redaction import shown

from .service import ALIBABA, APACHE, AlibabaURL, ApacheURL, Flavor, flavor_of, from_wire
from .store import RegistryStore

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Hashable, Sequence

    from aiodubbo.rpc.abc import Exporter, RpcProtocol
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .service import AlibabaNotifyListener, ApacheNotifyListener

logger = logging.getLogger(__name__)

PARAMETERS = {
    "callbacks": "1000",
    "subscribe.1.callback": "true",
    "unsubscribe.1.callback": "false",
    "heartbeat": "180000",
}
"""Parameters of the server's URL (REG-113)."""

MAX_PER_CLIENT = 10_000
"""URLs and subscriptions of one connection: one application has hundreds."""

MAX_SERVICE = 4 * 1024 * 1024
"""Characters of all URLs of one service. Consumers get all of them in one message, which has 8 MiB at most (``payload``)."""

MAX_TOTAL = 64 * 1024 * 1024
"""Characters of all URLs."""

_REST = 0.02
"""Seconds between two pushes to one listener, at least. It rests as long as the last push took: of a thousand providers that come
at once consumers are notified in a few long lists, not in a thousand."""

_AGAIN = 5.0
"""Seconds until a list is pushed again to a client that did not answer in time."""


class _Subscriber:
    """Listener of a client; pushes run one after the other, and only the newest list matters."""

    def __init__(self, registry: SimpleRegistry, flavor: Flavor, listener: AlibabaNotifyListener | ApacheNotifyListener) -> None:
        self._registry = registry
        self._flavor = flavor
        self.listener = listener
        self._dirty: dict[URL, None] = {}
        self._task: asyncio.Task[None] | None = None

    def changed(self, subscription: URL) -> None:
        """Have the new list of `subscription` pushed soon."""
        self._dirty[subscription] = None
        if self._task is None:
            self._task = self._registry.tasks.start(self._push_all(), f"notify {subscription.service_key}")

    async def push(self, urls: Sequence[URL]) -> None:
        """Push a list, unless it is empty."""
        if urls:
            await self.listener.notify([self._flavor.to_wire(url) for url in urls])  # type: ignore[misc] # the flavor fits its listener

    async def _push_all(self) -> None:
        clock = self._registry.tasks.clock
        try:
            while self._dirty:
                subscription = next(iter(self._dirty))
                del self._dirty[subscription]
                begun = clock.now()
                try:
                    await self.push(self._registry.matching(subscription))
                except CallTimeoutError as error:  # it is slow and lives: it must not stay with an old list
                    logger.info("%r did not take a list in time: %s", subscription, error)
                    self._dirty[subscription] = None
                    begun -= _AGAIN
                except AiodubboError as error:
                    # The connection is gone or the client failed: its subscriptions go with the connection, and it will ask again.
                    logger.info("could not notify %r: %s", subscription, error)
                await clock.sleep(max(_REST, clock.now() - begun))
        finally:
            self._task = None

    def close(self) -> None:
        """Stop pushing."""
        self._dirty.clear()
        if self._task is not None:
            self._task.cancel()


class SimpleRegistry:
    """The state of the server; `export` makes it reachable.

    Attributes:
        tasks: owner of the pushes.
    """

    def __init__(self, host: Host) -> None:
        self.tasks = Tasks(host.clock)
        self._store: RegistryStore[_Subscriber] = RegistryStore(_Subscriber.changed)
        self._clients: set[Hashable] = set()
        self._exporters: list[Exporter] = []

    @property
    def urls(self) -> list[URL]:
        """All registered URLs."""
        return self._store.urls

    async def export(self, protocol: RpcProtocol, url: URL, *, announce: str = "") -> int:
        """Serve RegistryService of 2.6 and of 2.7 at `url` (whose path is ignored); ``group`` and ``version`` of `url` count (REG-114).

        Args:
            protocol: serves.
            url: where, and with which settings.
            announce: ``host`` or ``host:port`` under which clients reach this server; those that ask for RegistryService get it with
                the settings. Without it they get nothing: the server cannot know under which address others see it.

        Returns:
            The port.
        """
        for flavor in (ALIBABA, APACHE):
            methods = ",".join(sorted(method.name for method in flavor.service.methods))
            service_url = url.with_path(flavor.interface).with_params({"interface": flavor.interface, "methods": methods, **PARAMETERS})
            # Filters that plug-ins put around every service are not meant for the registry.
            service_url = service_url.with_params_if_absent({"service.filter": "-default"})
            service = flavor.service.with_identity(group=url.group, version=url.version)
            invoke = serve(service, _Service(self, flavor), WorkerPool(1))
            exporter = await protocol.export(service, invoke, service_url)
            self._exporters.append(exporter)
            if announce:
                announced = exporter.url.with_address(announce).without_params(("bind.ip", "bind.port", "service.filter"))
                self._store.register(self, announced)
        return self._exporters[0].url.port

    async def close(self) -> None:
        """Stop serving. Clients are not notified, so that they go on with the lists that they have."""
        self._store.forget_subscriptions()
        exporters, self._exporters = self._exporters, []
        for exporter in exporters:
            await exporter.close()
        await self.tasks.close()

    def matching(self, subscription: URL) -> list[URL]:
        """Find the URLs to push for `subscription`: its matches with ``empty://`` markers; of RegistryService itself only providers.

        A client subscribes to RegistryService first. An ``empty://`` there would make a Java client close the connection over which it
        just asked, so that the server stays silent instead.
        """
        return self.lookup(subscription) if flavor_of(subscription.service_interface) else self._store.lookup(subscription)

    def client(self) -> Hashable:
        """The connection that makes the current call; what it owns goes when it goes."""
        context = RpcContext.current()
        owner = context.remote_address
        if owner not in self._clients:
            self._clients.add(owner)
            context.on_disconnect(lambda: self._gone(owner))
        return owner

    def _gone(self, owner: Hashable) -> None:
        self._clients.discard(owner)
        for subscriber in self._store.leave(owner):
            subscriber.close()

    # -- what the service does for one client

    def register(self, owner: Hashable, url: URL) -> None:
        """Keep `url`.

        Raises:
            RegistryError: there is no room for it.
        """
        logger.info("Register: %r", url)
        if not self._store.is_registered(owner, url):
            self._must_have_room(owner)
            service, size = url.service_interface, len(str(url))
            if self._store.size(service) + size > MAX_SERVICE:
                raise RegistryError(
                    f"this registry keeps {MAX_SERVICE} characters of URLs for one service, which {shown(service)} has already"
                )
            if self._store.size() + size > MAX_TOTAL:
                raise RegistryError(f"this registry keeps {MAX_TOTAL} characters of URLs, and is full")
        self._store.register(owner, url)

    def _must_have_room(self, owner: Hashable) -> None:
        if self._store.held_by(owner) >= MAX_PER_CLIENT:
            raise RegistryError(
                f"this registry keeps {MAX_PER_CLIENT} URLs and subscriptions of one connection, which this one has already"
            )

    def unregister(self, owner: Hashable, url: URL) -> None:
        logger.info("Unregister: %r", url)
        self._store.unregister(owner, url)

    async def subscribe(self, owner: Hashable, url: URL, subscriber: _Subscriber) -> None:
        """Add the subscriber, and push the first list before the call is answered: consumers look at it at once (REG-113).

        A client that heard no answer in time asks again, with the same listener; that is still one subscription.

        Raises:
            RegistryError: there is no room for it.
        """
        earlier = next((other for other in self._store.subscribers(owner, url) if other.listener is subscriber.listener), None)
        if earlier is None:
            self._must_have_room(owner)
        else:
            subscriber = earlier
        self._store.subscribe(owner, url, subscriber)
        try:
            await subscriber.push(self.lookup(url))
        except BaseException:
            self._forget(owner, url, subscriber)
            raise

    def unsubscribe(self, owner: Hashable, url: URL, listener: object) -> None:
        for subscriber in self._store.subscribers(owner, url):
            if subscriber.listener is listener:
                self._forget(owner, url, subscriber)

    def _forget(self, owner: Hashable, url: URL, subscriber: _Subscriber) -> None:
        self._store.unsubscribe(owner, url, subscriber)
        subscriber.close()

    def lookup(self, url: URL) -> list[URL]:
        return [match for match in self._store.lookup(url) if match.protocol != "empty"]


class _Service:
    """RegistryService of one flavor over the shared state."""

    def __init__(self, registry: SimpleRegistry, flavor: Flavor) -> None:
        self._registry = registry
        self._flavor = flavor

    async def register(self, url: AlibabaURL | ApacheURL) -> None:
        self._registry.register(self._registry.client(), from_wire(url))

    async def unregister(self, url: AlibabaURL | ApacheURL) -> None:
        self._registry.unregister(self._registry.client(), from_wire(url))

    async def subscribe(self, url: AlibabaURL | ApacheURL, listener: AlibabaNotifyListener | ApacheNotifyListener) -> None:
        subscriber = _Subscriber(self._registry, self._flavor, listener)
        await self._registry.subscribe(self._registry.client(), from_wire(url), subscriber)

    async def unsubscribe(self, url: AlibabaURL | ApacheURL, listener: AlibabaNotifyListener | ApacheNotifyListener) -> None:
        self._registry.unsubscribe(self._registry.client(), from_wire(url), listener)

    async def lookup(self, url: AlibabaURL | ApacheURL) -> list[AlibabaURL] | list[ApacheURL]:
        return [self._flavor.to_wire(match) for match in self._registry.lookup(from_wire(url))]  # type: ignore[return-value] # one flavor each
