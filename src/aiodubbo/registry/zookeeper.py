"""The ``zookeeper`` registry (Java: ``ZookeeperRegistry``, REG-70…78).

A service is a folder with one folder for each category; a registered URL is a node in it, named by the whole encoded URL::

    /dubbo/com.example.UserService/providers/dubbo%3A%2F%2F10.0.0.5%3A20880%2Fcom.example.UserService%3F…

Nodes of living applications are ephemeral: ZooKeeper removes them when the application's session ends. Whoever wants to know watches the
children of the category folders. A watch fires once and is set again by the read that follows, so that no change is missed; after a lost
connection all watches are gone and everything is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.clients.zookeeper import SessionEvent, ZooKeeperClient
from aiodubbo.errors import ConfigurationError, InvalidURLError, RegistryError
from aiodubbo.url import keys
from aiodubbo.url.encoding import decode, encode

from .failback import FailbackRegistry
from .watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from aiodubbo.rpc.abc import Listener, Registry
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

DEFAULT_PORT = 2181

_NOT_SERVICES = frozenset({"config", "metadata", "mapping"})
"""What Dubbo 2.7 and later keep beside the services."""

_ATTEMPTS = 5
"""How often a node that another client creates and deletes at the same time is tried."""


def create(url: URL, host: Host) -> Registry:
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
    return FailbackRegistry(ZooKeeperRegistry(url, host), host)


class ZooKeeperRegistry:
    """The tree of one ensemble, without any policy for failures of what was asked for."""

    def __init__(self, url: URL, host: Host) -> None:
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        group = url.group.strip("/") if url.has_param("group") else "dubbo"
        self._root = f"/{group}" if group else ""
        session = url.get(keys.SESSION_EXPIRE) or url.get(keys.SESSION)
        self._client = ZooKeeperClient(
            url.backup_address(DEFAULT_PORT),
            clock=host.clock,
            timeout=url.get(keys.REGISTRY_TIMEOUT),
            session=session,
            credentials=f"{url.username}:{url.password}" if url.username else "",
            on_session=self._on_session,
            on_children=self._on_children,
        )
        self._watcher = Watcher(self, host.clock, name=self.url.address, session=session, retry_period=url.get(keys.RETRY_PERIOD))
        self._new_session: Callable[[], None] = lambda: None

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """A new session means that our ephemeral nodes are gone."""
        self._new_session = callback

    def is_available(self) -> bool:
        """Tell whether the connection stands."""
        return self._client.is_connected

    async def register(self, url: URL) -> None:
        """Create the node of `url`. One that an earlier session left behind is replaced: it would go with that session (REG-71)."""
        path = self._node(url)
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
        await self._client.delete(self._node(url))

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Watch the categories of `url`; notify before returning (REG-73)."""
        await self._watcher.subscribe(url, listener)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop notifying; ZooKeeper has no command for ending a watch, so that one more event may come and is ignored."""
        await self._watcher.unsubscribe(url, listener)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """Read the matching URLs from the servers (REG-75)."""
        return await self._watcher.lookup(url)

    async def close(self) -> None:
        """End the session; its ephemeral nodes go with it."""
        await self._watcher.close()
        await self._client.close()

    # -- the tree

    def _folder(self, service: str, category: str) -> str:
        return f"{self._root}/{encode(service)}/{category}"

    def _node(self, url: URL) -> str:
        return f"{self._folder(url.service_interface, url.get(keys.CATEGORY))}/{encode(str(url))}"

    async def read(self, service: str, category: str, *, watch: URL | None) -> Sequence[str]:
        """The nodes of a category folder. One that is missing is created when it is to be watched (REG-73)."""
        path = self._folder(service, category)
        while True:
            names = await self._client.children(path, watch=watch is not None)
            if names is not None or watch is None:
                return names or ()
            await self._client.create(path, ephemeral=False, data=_data(watch))

    async def services(self, *, watch: bool) -> Mapping[str, Collection[str]]:
        """The folders of services (REG-74). To look for their categories would take as long as to read these."""
        path = self._root or "/"
        names = await self._client.children(path, watch=watch)
        if names is None and watch:
            await self._client.create(path, ephemeral=False)
            names = await self._client.children(path, watch=True)
        return {service: () for name in names or () if name not in _NOT_SERVICES and (service := _service(name))}

    async def forget(self, service: str) -> None:
        """A watch cannot be ended; its last event will be ignored."""

    def decode(self, entry: str) -> str:
        """A node's name is the encoded URL."""
        return decode(entry)

    # -- what the client reports

    def _on_children(self, path: str) -> None:
        if path == (self._root or "/"):
            self._watcher.services_changed()
        else:
            service, category = path[len(self._root) + 1 :].split("/")
            self._watcher.changed(decode(service), category)

    def _on_session(self, event: SessionEvent) -> None:
        if event in (SessionEvent.SUSPENDED, SessionEvent.LOST):
            self._watcher.disconnected()
            return
        self._watcher.connected()
        if event is SessionEvent.NEW:
            self._new_session()


def _service(name: str) -> str:
    """The service whose folder has this name; empty for a folder that no registry made, as it would be looked for under another name."""
    try:
        service = decode(name)
    except InvalidURLError:
        return ""
    return service if encode(service) == name else ""


def _data(url: URL) -> bytes:
    """Content of a node: the address of its creator, as Java's client writes it (REG-70). Nothing reads it."""
    return url.host.encode()
