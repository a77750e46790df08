"""The ``redis`` registry (Java: ``RedisRegistry``, REG-100…107).

Each category of each service is a hash; a field is a registered URL, its value the moment at which it expires::

    /dubbo/com.example.UserService/providers
        dubbo://10.0.0.5:20880/com.example.UserService?…  →  1795227692540

An owner renews its fields while it lives, and publishes ``register`` or ``unregister`` on a channel named like the hash. Subscribers
watch these channels, and read the hash again when a field may have expired.

Several servers (``backup``) do not know each other here: with ``cluster=failover`` the first that works is used, with ``cluster=replicate``
everything is written to all. With ``redis-client=sentinel`` the addresses are those of sentinels, which know the master of the moment; with
``redis-client=cluster`` those of some nodes of a Redis Cluster, which know all others.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, TypeVar

from aiodubbo.clients.redis import RedisClient
from aiodubbo.clients.redis_cluster import ClusterNodes
from aiodubbo.clients.redis_servers import Login, OneServer, Sentinels
from aiodubbo.errors import AiodubboError, ConfigurationError, NetworkError, RegistryError
from aiodubbo.tasks import Tasks
from aiodubbo.url import keys
from aiodubbo.url.redaction import shown

from .failback import FailbackRegistry
from .redis_fields import Names, alive, next_reading
from .untrusted import MAX_URLS
from .watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from aiodubbo.clients.redis_servers import Address, RedisServers
    from aiodubbo.rpc.abc import Listener, Registry
    from aiodubbo.rpc.host import Host
    from aiodubbo.tasks import TimerHandle
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

T = TypeVar("T")

DEFAULT_PORT = 6379


def create(url: URL, host: Host) -> Registry:
    """The registry at ``redis://[any:password@]host:port?backup=host:port,…``.

    Parameters: ``group`` (first part of every key, ``dubbo``), ``cluster`` (``failover``, ``replicate``), ``db.index``, ``timeout``
    (milliseconds for connecting and for each command, 1000), ``session`` (milliseconds after which the URLs of a silent application expire,
    60000), ``reconnect.period``, ``retry.period``, ``check``; ``redis-client=sentinel`` with ``master.name``; ``redis-client=cluster``. As
    in Java the user name is not sent.

    Raises:
        ConfigurationError: no host, or a setting that is not supported.
    """
    if not url.host or url.host == "0.0.0.0":  # noqa: S104 - compared, not bound
        raise ConfigurationError(f"registry address == null: a redis registry needs a host, as in redis://10.0.0.1:6379, got {url!r}")
    if url.get(keys.CLUSTER) not in ("failover", "replicate"):
        raise ConfigurationError(
            f"Unsupported redis cluster: {url.get(keys.CLUSTER)}. The redis cluster only supported failover or replicate. "
            f"Mend 'cluster' in {url!r}"
        )
    if url.get(keys.REDIS_CLIENT) not in ("mono", "sentinel", "cluster"):
        raise ConfigurationError(f"redis-client={url.get(keys.REDIS_CLIENT)} is not supported; write mono, sentinel or cluster in {url!r}")
    if url.get(keys.REDIS_CLIENT) == "cluster" and url.get(keys.DB_INDEX) != 0:
        raise ConfigurationError(f"a Redis Cluster has only the database 0: take db.index={url.get(keys.DB_INDEX)} from {url!r}")
    if url.get(keys.REDIS_CLIENT) == "cluster" and url.get(keys.CLUSTER) != "failover":
        raise ConfigurationError(
            f"cluster={url.get(keys.CLUSTER)} is for servers that do not know each other; the nodes of a Redis Cluster share their work: "
            f"take 'cluster' or 'redis-client=cluster' from {url!r}"
        )
    return FailbackRegistry(RedisRegistry(url, host), host)


class _Lease:
    """A registered URL that is renewed.

    Attributes:
        expiries: the moment at which it expires at each server.
        writing: held while it is registered or renewed.
    """

    def __init__(self) -> None:
        self.expiries: dict[RedisClient, int] = {}
        self.writing = asyncio.Lock()


class RedisRegistry:
    """The hashes of one server or several, without any policy for failures of what was asked for."""

    def __init__(self, url: URL, host: Host) -> None:
        self._clock = host.clock
        self._tasks = Tasks(host.clock)
        self.url = url if url.port else url.with_port(DEFAULT_PORT)
        group = url.group.strip("/") if url.has_param("group") else "dubbo"
        self._names = Names(f"/{group}/" if group else "/")
        self._session = url.get(keys.SESSION)
        self._replicate = url.get(keys.CLUSTER) == "replicate"
        login = Login(self.url.password, url.get(keys.DB_INDEX), url.get(keys.TIMEOUT))
        addresses = [(one.bare_host, one.port or DEFAULT_PORT) for one in self.url.backup_urls]
        if url.get(keys.REDIS_CLIENT) == "cluster":
            nodes = ClusterNodes(addresses, login, self._on_new_masters, host.clock)
            self._servers = [self._client(nodes, addresses)]
        elif url.get(keys.REDIS_CLIENT) == "sentinel":
            self._servers = [self._client(Sentinels(addresses, url.get(keys.MASTER_NAME), login), addresses)]
        else:
            self._servers = [self._client(OneServer(address, login), [address]) for address in addresses]
        self._retry_period = url.get(keys.RETRY_PERIOD)
        self._watcher = Watcher(self, host.clock, name=self.url.address, session=self._session, retry_period=self._retry_period)
        self._registered: dict[URL, _Lease] = {}
        self._expiries: dict[tuple[str, str], TimerHandle] = {}
        self._known_services: set[str] = set()
        self._watches_all = False  # by one pattern, from the first subscription to all services on; others would only double its messages
        self._registering: dict[URL, _Lease] = {}  # those under way
        self._renewal: asyncio.Task[None] | None = None
        self._cleaning: asyncio.Task[None] | None = None
        self._closed = False
        self._new_session: Callable[[], None] = lambda: None

    def _client(self, servers: RedisServers, addresses: Sequence[Address]) -> RedisClient:
        return RedisClient(
            servers,
            ",".join(f"{host}:{port}" for host, port in addresses),
            timeout=self.url.get(keys.TIMEOUT),
            reconnect_period=self.url.get(keys.RECONNECT_PERIOD),
            clock=self._clock,
            on_message=self._on_message,
            on_link=self._on_link,
        )

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """A server that comes back may be empty; when one goes, what it held is needed on another."""
        self._new_session = callback

    def is_available(self) -> bool:
        """Tell whether a server is connected."""
        return any(server.is_connected for server in self._servers)

    async def register(self, url: URL) -> None:
        """Write the field of `url`, and publish that; it is renewed until `unregister` (REG-100, REG-101)."""
        lease = self._registering[url] = self._registered.get(url) or _Lease()
        try:
            async with lease.writing:
                await self._register(url, lease)
        finally:
            self._registering.pop(url, None)

    async def _register(self, url: URL, lease: _Lease) -> None:
        key = self._names.key(url.service_interface, url.get(keys.CATEGORY))

        async def write(server: RedisClient) -> None:
            expiry = self._expiry()
            await server.set_field(key, str(url), str(expiry))
            lease.expiries[server] = expiry
            await server.publish(key, "register")

        await self._write(write, url, "register", all_servers=self._replicate)
        if self._closed:  # meanwhile; `close` waits for this
            await self._delete(url)
            raise RegistryError(f"the registry {self.url.address} was closed while {url!r} was registered")
        if url.get(keys.DYNAMIC):
            self._registered[url] = lease
            self._start_renewal()

    async def unregister(self, url: URL) -> None:
        """Delete the field of `url` wherever it may be, and publish that."""
        lease = self._registered.pop(url, None)
        if lease is not None:
            async with lease.writing:  # a renewal of it that is under way must not come after
                pass
        await self._delete(url)

    async def _delete(self, url: URL) -> None:
        key = self._names.key(url.service_interface, url.get(keys.CATEGORY))

        async def delete(server: RedisClient) -> None:
            await server.delete_field(key, str(url))
            await server.publish(key, "unregister")

        await self._write(delete, url, "unregister", all_servers=True)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Watch the hashes of `url`; notify before returning (REG-103)."""
        if self._closed:
            raise NetworkError(f"the registry {self.url.address} is closed")
        if url.service_interface == "*":
            self._start_renewal()  # which also cleans up (REG-105)
        await self._watcher.subscribe(url, listener)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop notifying."""
        await self._watcher.unsubscribe(url, listener)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """Read the matching URLs that have not expired."""
        return await self._watcher.lookup(url)

    async def close(self) -> None:
        """Let go of the servers; what is registered expires."""
        self._closed = True
        for lease in list(self._registering.values()):
            async with lease.writing:
                pass
        await self._tasks.close()
        await self._watcher.close()
        for timer in self._expiries.values():
            timer.cancel()
        await asyncio.gather(*(server.close() for server in self._servers))

    # -- reading

    def _now(self) -> int:
        """This moment, in milliseconds since 1970."""
        return int(self._clock.unix_time() * 1000)

    def _expiry(self) -> int:
        return self._now() + int(self._session * 1000)

    async def read(self, service: str, category: str, *, watch: URL | None) -> Sequence[str]:
        """The fields of a hash that have not expired, from the first server that works (REG-102)."""
        if watch is not None and not self._watches_all:
            await self._watch(self._names.pattern(service))
        key = self._names.key(service, category)
        fields = await self._read(lambda server: server.fields(key, MAX_URLS))
        now = self._now()
        living, soonest, latest = alive(fields, now)
        if watch is not None:
            self._read_again(service, category, next_reading(soonest, latest, now, self._session))
        return living

    async def services(self, *, watch: bool) -> Mapping[str, Collection[str]]:
        """The services that have hashes, and of which categories."""
        if watch:
            await self._watch(self._names.pattern())
            self._watches_all = True
        found: dict[str, set[str]] = {}
        for key in await self._read(lambda server: server.keys(self._names.pattern())):
            service, category = self._names.parts(key)
            if service:
                found.setdefault(service, set()).add(category)
        self._known_services = set(found)
        return found

    async def forget(self, service: str) -> None:
        """Watch the hashes of a service no longer."""
        for key in [key for key in self._expiries if key[0] == service]:
            self._expiries.pop(key).cancel()
        # At all servers before anybody can watch it again.
        await asyncio.gather(*(server.unwatch(self._names.pattern(service)) for server in self._servers))

    def decode(self, entry: str) -> str:
        """A field is the URL itself."""
        return entry

    def _read_again(self, service: str, category: str, wait: float | None) -> None:
        timer = self._expiries.pop((service, category), None)
        if timer is not None:
            timer.cancel()
        if wait is not None:
            changed = functools.partial(self._watcher.changed, service, category)
            self._expiries[service, category] = self._clock.call_at(self._clock.now() + wait, changed)

    # -- servers

    async def _read(self, work: Callable[[RedisClient], Awaitable[T]]) -> T:
        return (await self._each(work, all_servers=False))[0]

    async def _watch(self, pattern: str) -> None:
        """Watch at every server; one that works is enough, the others follow when they are back."""
        await self._each(lambda server: server.watch(pattern), all_servers=True)

    async def _write(self, work: Callable[[RedisClient], Awaitable[None]], url: URL, what: str, *, all_servers: bool) -> None:
        try:
            await self._each(work, all_servers=all_servers)
        except AiodubboError as error:
            kind = NetworkError if isinstance(error, NetworkError) else RegistryError  # the one may have arrived, the other was refused
            raise kind(
                f"Failed to {what} service to redis registry. registry: {self.url.address}, service: {url!r}, cause: {error}"
            ) from error

    async def _each(self, work: Callable[[RedisClient], Awaitable[T]], *, all_servers: bool) -> list[T]:
        """Work at the first server that works, or at all of them.

        Returns:
            What came of it at each server that works.

        Raises:
            NetworkError, RegistryError: none works.
        """
        outcomes: list[T] = []
        failures: list[AiodubboError] = []
        for server in self._servers:
            try:
                outcomes.append(await work(server))
            except (NetworkError, RegistryError) as error:
                failures.append(error)
                continue
            if not all_servers:
                break
        if not outcomes:
            raise next((failure for failure in failures if isinstance(failure, NetworkError)), failures[0])
        for failure in failures:
            logger.info("registry %s: %s", self.url.address, failure)
        return outcomes

    def _on_message(self, channel: str, message: str) -> None:
        service, category = self._names.parts(channel)
        if message in ("register", "unregister") and service:
            self._watcher.changed(service, category)
            if service not in self._known_services:
                self._watcher.services_changed()

    def _on_link(self, up: bool) -> None:
        if up:
            self._watcher.connected()
        elif not self.is_available():
            self._watcher.disconnected()
            return
        self._new_session()

    def _on_new_masters(self) -> None:
        """Nothing could be renewed for a while: as after a lost connection, an empty list is not believed at once."""
        self._watcher.disconnected()
        self._watcher.connected()
        self._new_session()

    # -- renewing

    def _start_renewal(self) -> None:
        if self._renewal is None:
            self._renewal = self._tasks.start(self._renew_for_ever(), f"redis renewal {self.url.address}")

    async def _renew_for_ever(self) -> None:
        wait = self._session / 2
        while True:
            await self._clock.sleep(wait)
            if self._watcher.has_wildcards() and (self._cleaning is None or self._cleaning.done()):
                self._cleaning = self._tasks.start(self._clean_all(), f"redis cleaning {self.url.address}")
            failures = await self._renew_all()
            wait = self._session / 2
            if failures:  # another half session later it would have expired
                wait = min(wait, self._retry_period)
                logger.info("registry %s: could not renew what is registered: %s; again in %.1f s", self.url.address, failures[0], wait)

    async def _renew_all(self) -> list[BaseException]:
        """Renew what is registered here; what failed. All at once: a node of a cluster that does not answer delays no other one."""
        work = [functools.partial(self._renew, url, lease) for url, lease in self._registered.items()]
        outcomes = await asyncio.gather(*(self._each(step, all_servers=self._replicate) for step in work), return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            if not isinstance(failure, AiodubboError):  # a mistake of ours; renewing goes on
                logger.error("registry %s: could not renew", self.url.address, exc_info=failure)
        return failures

    async def _renew(self, url: URL, lease: _Lease, server: RedisClient) -> None:
        """Write a new expiry; a field that was gone, or that others may have seen expire, is published again (REG-101)."""
        async with lease.writing:
            if self._registered.get(url) is not lease:  # taken back since this round began
                return
            key = self._names.key(url.service_interface, url.get(keys.CATEGORY))
            before, expiry = lease.expiries.pop(server, 0), self._expiry()
            is_new = await server.set_field(key, str(url), str(expiry))
            if is_new or before < self._now():
                await server.publish(key, "register")
            lease.expiries[server] = expiry

    async def _clean_all(self) -> None:
        try:
            await self._each(self._clean, all_servers=True)
        except (NetworkError, RegistryError) as error:
            logger.info("registry %s: could not delete what has expired: %s", self.url.address, error)

    async def _clean(self, server: RedisClient) -> None:
        """Delete expired fields: who watches all services does it for those who cannot any more (REG-105).

        What its owner renews at this moment stays.
        """
        now = self._now()
        for key in await server.keys(self._names.pattern()):
            if not self._names.parts(key)[0]:
                continue
            fields = await server.fields(key, MAX_URLS)
            for field in fields.keys() - alive(fields, now)[0]:
                if await server.delete_unchanged_field(key, field, fields[field]):
                    logger.warning("deleted the expired entry %s of %r", shown(field), key)
                    await server.publish(key, "unregister")
