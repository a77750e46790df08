"""The ``zookeeper`` registry (Java: ``ZookeeperRegistry``, REG-70…78).

A service is a folder with one folder for each category; a registered URL is a node in it, named by the whole encoded URL::

    /dubbo/com.example.UserService/providers/dubbo%3A%2F%2F10.0.0.5%3A20880%2Fcom.example.UserService%3F…

Nodes of living applications are ephemeral: ZooKeeper removes them when the application's session ends. Whoever wants to know watches the
children of the category folders. A watch fires once and is set again by the read that follows, so that no change is missed; after a lost
connection all watches are gone and everything is read again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.clients.zookeeper import SessionEvent, ZooKeeperClient
from aiodubbo.errors import AiodubboError, ConfigurationError, RegistryError
from aiodubbo.url import keys
from aiodubbo.url.encoding import decode, encode

from .failback import FailbackRegistry
from .store import wanted_categories
from .subscription import Entries, Subscription, matches, of_service, parse_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.rpc.abc import Listener, Registry, RpcProtocol
    from aiodubbo.url.url import URL

__all__ = ["create"]

logger = logging.getLogger(__name__)

DEFAULT_PORT = 2181
_TIMEOUT = 5.0

_NOT_SERVICES = frozenset({"config", "metadata", "mapping"})
"""What Dubbo 2.7 and later keep beside the services."""

_ATTEMPTS = 5
"""How often a node that somebody else creates and deletes at the same time is tried."""


def create(url: URL, protocol: Callable[[str], RpcProtocol]) -> Registry:
    """The registry at ``zookeeper://[user:password@]host:port?backup=host:port,…``.

    Parameters: ``group`` (root folder, ``dubbo``), ``timeout`` (milliseconds for connecting and for each operation, 5000), ``session``
    (milliseconds after which the nodes of a silent application go, 60000), ``retry.period``, ``check``.

    Raises:
        ConfigurationError: no host.
    """
    if not url.host or url.host == "0.0.0.0":  # noqa: S104 - compared, not bound
        raise ConfigurationError(
            f"registry address == null: a zookeeper registry needs a host, as in zookeeper://10.0.0.1:2181, got {url!r}"
        )
    return FailbackRegistry(ZooKeeperRegistry(url))


class _Folder:
    """The children of one category folder, as read last, and who wants to know them.

    Attributes:
        current: whether `entries` is what the folder holds: it was read, and its watch has not fired since.
    """

    def __init__(self, path: str, category: str) -> None:
        self.path = path
        self.category = category
        self.entries: Entries = {}
        self.current = False
        self.subscriptions: list[Subscription] = []
        self.reading = asyncio.Lock()
        self.changed = asyncio.Event()
        self.reader: asyncio.Task[None] | None = None


class _Wildcard:
    """A subscription to every service: one ordinary subscription for each service that there is (REG-74)."""

    def __init__(self, url: URL, listener: Listener) -> None:
        self.url = url
        self.listener = listener
        self.services: dict[str, Subscription] = {}


class ZooKeeperRegistry:
    """The tree of one ensemble, without any policy for failures of what was asked for."""

    def __init__(self, url: URL) -> None:
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        group = url.group.strip("/") if url.has_param("group") else "dubbo"
        self._root = f"/{group}" if group else ""
        session = "zk.session.expire" if url.has_param("zk.session.expire") else "session"
        self._session = int(url.param(session)) / 1000 if url.param(session).isdecimal() else url.get(keys.SESSION)
        self._client = ZooKeeperClient(
            url.backup_address(DEFAULT_PORT),
            timeout=url.get(keys.TIMEOUT) if url.has_param("timeout") else _TIMEOUT,
            session=self._session,
            credentials=f"{url.username}:{url.password}" if url.username else "",
            on_session=self._on_session,
            on_children=self._on_children,
        )
        self._retry_period = url.get(keys.RETRY_PERIOD)
        self._folders: dict[str, _Folder] = {}
        self._subscriptions: dict[tuple[URL, Listener], Subscription] = {}
        self._wildcards: dict[tuple[URL, Listener], _Wildcard] = {}
        self._services = _Folder(self._root or "/", "")
        self._was_connected = True  # nothing is known from before a first connection, so that nothing can be lost
        self._away_until = 0.0
        self._new_session: Callable[[], None] = lambda: None

    # -- SessionRegistry

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """A new session means that our ephemeral nodes are gone."""
        self._new_session = callback

    def is_available(self) -> bool:
        """Whether the connection stands."""
        return self._client.is_connected

    async def register(self, url: URL) -> None:
        """Create the node of `url`. One that an earlier session left behind is replaced: it would go with that session (REG-71)."""
        path = f"{self._category_path(url.service_interface, url.get(keys.CATEGORY))}/{encode(str(url))}"
        ephemeral = url.get(keys.DYNAMIC)
        for _ in range(_ATTEMPTS):
            if await self._client.create(path, ephemeral=ephemeral, data=_data(url)):
                return
            node = await self._client.get(path)
            if node is None:
                continue
            if node.owner == (self._client.session_id if ephemeral else 0):
                return
            await self._client.delete(path)
        raise RegistryError(f"{url!r} cannot be registered: another client creates the same node again and again")

    async def unregister(self, url: URL) -> None:
        """Delete the node of `url`; one that is gone is fine (REG-71)."""
        await self._client.delete(f"{self._category_path(url.service_interface, url.get(keys.CATEGORY))}/{encode(str(url))}")

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Watch the categories of `url`; tell what is there before returning (REG-73)."""
        key = (url, listener)
        if url.service_interface == "*":
            wildcard = self._wildcards.setdefault(key, _Wildcard(url, listener))
            try:
                await self._read_services([wildcard])
            except BaseException:
                await self.unsubscribe(url, listener)
                raise
            return
        subscription = self._subscriptions.get(key)
        if subscription is None:
            subscription = self._subscriptions[key] = Subscription(url, listener, self._held_back)
        try:
            await self._watch(subscription)
        except BaseException:
            if not subscription.is_told:  # one that was told before goes on with its last list until this succeeds
                await self.unsubscribe(url, listener)
            raise

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop telling; ZooKeeper has no command for ending a watch, so that one more event may come and is ignored."""
        wildcard = self._wildcards.pop((url, listener), None)
        subscription = self._subscriptions.pop((url, listener), None)
        for one in [*(wildcard.services.values() if wildcard is not None else ()), *([subscription] if subscription is not None else ())]:
            await self._forget(one)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """What matches now, read from the servers (REG-75)."""
        if url.service_interface != "*":
            return await self._lookup_service(url)
        services = [name for name in await self._client.children(self._services.path) or () if name not in _NOT_SERVICES]
        found = await asyncio.gather(*(self._lookup_service(of_service(url, decode(name))) for name in sorted(services)))
        return [one for urls in found for one in urls]

    async def close(self) -> None:
        """End the session; its ephemeral nodes go with it."""
        for key in [*self._wildcards, *self._subscriptions]:
            await self.unsubscribe(*key)
        await _stop(self._services)
        await self._client.close()

    # -- paths

    def _category_path(self, service: str, category: str) -> str:
        return f"{self._root}/{encode(service)}/{category}"

    async def _lookup_service(self, url: URL) -> list[URL]:
        found: list[URL] = []
        for category in wanted_categories(url):
            names = await self._client.children(self._category_path(url.service_interface, category))
            entries = parse_entries(names or (), {}, decode)
            found += [one for one in entries.values() if one is not None and matches(url, one)]
        return found

    # -- watching one service

    async def _watch(self, subscription: Subscription) -> None:
        url = subscription.url
        folders = []
        for category in wanted_categories(url):
            path = self._category_path(url.service_interface, category)
            folder = self._folders.setdefault(path, _Folder(path, category))
            if subscription not in folder.subscriptions:
                folder.subscriptions.append(subscription)
            folders.append(folder)
        await asyncio.gather(*(self._read(folder, _data(url)) for folder in folders))
        for folder in folders:
            subscription.put(folder.category, folder.entries)
        await subscription.tell_first()

    async def _forget(self, subscription: Subscription) -> None:
        for path, folder in list(self._folders.items()):
            if subscription in folder.subscriptions:
                folder.subscriptions.remove(subscription)
                if not folder.subscriptions:
                    del self._folders[path]
                    await _stop(folder)
        await subscription.close()

    async def _read(self, folder: _Folder, data: bytes = b"") -> None:
        """Read the folder and watch it, unless what was read is still right; a missing folder is created, so that it can be watched."""
        async with folder.reading:
            while not folder.current:
                folder.current = True  # an event that comes while we read takes it back
                try:
                    names = await self._client.children(folder.path, watch=True)
                    if names is None:
                        folder.current = False
                        await self._client.create(folder.path, ephemeral=False, data=data)
                        continue
                except BaseException:
                    folder.current = False
                    raise
                folder.entries = parse_entries(names, folder.entries, decode)

    # -- watching all services

    async def _read_services(self, wildcards: Sequence[_Wildcard]) -> None:
        """Bring wildcard subscriptions in line with the services that there are."""
        async with self._services.reading:
            names = await self._client.children(self._services.path, watch=True)
            if names is None:
                await self._client.create(self._services.path, ephemeral=False)
                names = await self._client.children(self._services.path, watch=True) or []
            services = sorted(decode(name) for name in names if name not in _NOT_SERVICES)
            for wildcard in wildcards:
                for name in wildcard.services.keys() - set(services):
                    await self._forget(wildcard.services.pop(name))
                new = [name for name in services if name not in wildcard.services]
                done = await asyncio.gather(*(self._watch_service(wildcard, name) for name in new), return_exceptions=True)
                for failure in done:
                    if failure is not None:
                        raise failure

    async def _watch_service(self, wildcard: _Wildcard, name: str) -> None:
        subscription = Subscription(of_service(wildcard.url, name), wildcard.listener, self._held_back)
        try:
            await self._watch(subscription)
        except BaseException:
            await self._forget(subscription)
            raise
        if self._wildcards.get((wildcard.url, wildcard.listener)) is wildcard:
            wildcard.services[name] = subscription
        else:  # unsubscribed meanwhile
            await self._forget(subscription)

    # -- what changes

    def _on_children(self, path: str) -> None:
        if path == self._services.path:
            self._changed(self._services)
        elif path in self._folders:
            self._changed(self._folders[path])

    def _on_session(self, event: SessionEvent) -> None:
        if event in (SessionEvent.SUSPENDED, SessionEvent.LOST):
            self._was_connected = False
            for folder in self._folders.values():
                folder.current = False
            return
        if not self._was_connected:
            self._was_connected = True
            self._away_until = asyncio.get_running_loop().time() + self._session
        for folder in [*self._folders.values(), *([self._services] if self._wildcards else ())]:
            self._changed(folder)
        if event is SessionEvent.NEW:
            self._new_session()

    def _held_back(self) -> float:
        """Seconds for which an empty list is not believed: one session, in which whoever lives has announced itself again."""
        return max(0.0, self._away_until - asyncio.get_running_loop().time())

    def _changed(self, folder: _Folder) -> None:
        """Have the folder read again soon."""
        folder.current = False
        folder.changed.set()
        if folder.reader is None:
            folder.reader = asyncio.get_running_loop().create_task(self._catch_up(folder), name=f"zookeeper {folder.path}")

    async def _catch_up(self, folder: _Folder) -> None:
        try:
            while folder.changed.is_set():
                folder.changed.clear()
                try:
                    await self._refresh(folder)
                except (AiodubboError, OSError) as error:
                    logger.info("registry %s: %s; trying again when it is back, or in %.1f s", self.url.address, error, self._retry_period)
                    try:
                        async with asyncio.timeout(self._retry_period):
                            await folder.changed.wait()
                    except TimeoutError:
                        folder.changed.set()
        finally:
            folder.reader = None

    async def _refresh(self, folder: _Folder) -> None:
        if folder is self._services:
            await self._read_services(list(self._wildcards.values()))
            return
        await self._read(folder)
        for subscription in list(folder.subscriptions):
            subscription.put(folder.category, folder.entries)


async def _stop(folder: _Folder) -> None:
    """End the reading of a folder that nobody wants to know any more."""
    reader, folder.reader = folder.reader, None
    if reader is not None and reader is not asyncio.current_task():
        reader.cancel()
        await asyncio.wait([reader])


def _data(url: URL) -> bytes:
    """What a node holds: the address of who created it, as Java's client has it (REG-70). Nobody reads it."""
    return url.host.encode()
