"""The ``zookeeper`` configuration centre (Java: ``ZookeeperDynamicConfiguration``, REG-160).

A text is the content of one node, as Dubbo 2.7.3 and later have it::

    /dubbo/config/dubbo/web.configurators
     |            |     the key
     |            the group; rules have this one
     the namespace

Nothing is ever written. A node that is missing is watched as well, by asking whether it exists; a watch fires once, and is set again by the
read that follows, so that no change is missed. After a lost connection all watches are gone and everything is read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.clients.zookeeper import SessionEvent, ZooKeeperClient
from aiodubbo.errors import ConfigurationError, RegistryError
from aiodubbo.url import keys

from .watches import Watches

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import ConfigCenter, ConfigListener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

DEFAULT_PORT = 2181

_LARGEST = 256 * 1024
"""Bytes of a text that are read. Rules have some hundred; ZooKeeper itself keeps a megabyte at most."""


def create(url: URL, host: Host) -> ConfigCenter:
    """The configuration centre at ``zookeeper://[user:password@]host:port?backup=host:port,…``.

    Parameters: ``namespace`` (root folder, ``dubbo``), ``timeout`` (milliseconds for connecting and for each operation, 5000), ``session``,
    ``retry.period``.

    Raises:
        ConfigurationError: no host.
    """
    if not url.host or url.host == "0.0.0.0":  # noqa: S104 - compared, not bound
        raise ConfigurationError(f"a zookeeper configuration centre needs a host, as in zookeeper://10.0.0.1:2181, got {url!r}")
    return ZooKeeperConfigCenter(url, host)


class ZooKeeperConfigCenter:
    """The texts in the tree of one ensemble. It has a session of its own, so that its failures are never the registry's."""

    def __init__(self, url: URL, host: Host) -> None:
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        namespace = url.get(keys.NAMESPACE).strip("/")
        self._root = f"/{namespace}/config" if namespace else "/config"
        self._client = ZooKeeperClient(
            url.backup_address(DEFAULT_PORT),
            clock=host.clock,
            timeout=url.get(keys.REGISTRY_TIMEOUT),
            session=url.get(keys.SESSION),
            credentials=f"{url.username}:{url.password}" if url.username else "",
            on_session=self._on_session,
            on_data=self._on_data,
        )
        self._watches = Watches(self._read_and_watch, host.clock, name=self.url.address, retry_period=url.get(keys.RETRY_PERIOD))

    def is_available(self) -> bool:
        """Tell whether the connection stands."""
        return self._client.is_connected

    async def get(self, key: str, group: str) -> str | None:
        """The text of a node, read from the servers."""
        return await self._read(key, group, watch=False)

    async def watch(self, key: str, group: str, listener: ConfigListener) -> None:
        """Tell `listener` the text of a node, now and at each change."""
        await self._watches.watch(key, group, listener)

    async def unwatch(self, key: str, group: str, listener: ConfigListener) -> None:
        """Stop notifying; ZooKeeper has no command for ending a watch, so that one more event may come and is ignored."""
        await self._watches.unwatch(key, group, listener)

    async def close(self) -> None:
        """End the session."""
        await self._watches.close()
        await self._client.close()

    async def _read_and_watch(self, key: str, group: str) -> str | None:
        return await self._read(key, group, watch=True)

    async def _read(self, key: str, group: str, *, watch: bool) -> str | None:
        path = f"{self._root}/{group}/{key}"
        data = await self._client.content(path, limit=_LARGEST, watch=watch)
        if data is None:
            return None
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise RegistryError(f"zookeeper at {self.url.address}: {path} holds no text in UTF-8: {error}") from None

    # -- what the client reports

    def _on_data(self, path: str) -> None:
        group, _, key = path[len(self._root) + 1 :].partition("/")
        self._watches.changed(key, group)

    def _on_session(self, event: SessionEvent) -> None:
        if event in (SessionEvent.SUSPENDED, SessionEvent.LOST):
            self._watches.disconnected()
        else:
            self._watches.connected()
