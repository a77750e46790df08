"""The multicast registry: no server, everybody tells everybody (Java: ``MulticastRegistry``, REG-80…91).

Theory of operation: whoever provides says ``register`` to the group, whoever looks says ``subscribe``, and those who provide answer
with ``register``. Each member keeps only what its own subscriptions match. Datagrams get lost, and the answer to one machine reaches one
of its processes only. So this registry, which otherwise sends what Java sends, passes such answers on to its neighbours on the same
machine, and asks again, for an answer to all, as long as a subscription has found nobody.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from aiodubbo.errors import ConfigurationError, InvalidURLError, RegistryError
from aiodubbo.tasks import Tasks, wait_until_set
from aiodubbo.transport.multicast import MulticastGroup
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.wire.multicast import JAVA_LIMIT, Command, Ignored, Reason, decode, encode

from .cache_file import RegistryCache
from .failback import FailbackRegistry
from .incoming import MAX_URLS, incoming_url
from .store import wanted_categories

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.rpc.abc import Listener, Registry
    from aiodubbo.rpc.host import Host
    from aiodubbo.tasks import Clock
    from aiodubbo.transport.multicast import Address, Received
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

DEFAULT_PORT: Final = 1234

MAX_ANSWERS: Final = 20
"""How often in a second one URL is told to those who ask for it. Anybody may ask in somebody else's name, who would get all the answers.
Whoever is not answered asks again, for an answer to all."""

_LONGEST_REST: Final = 0.5
"""Seconds that a listener rests after a notification, at most; else as long as that took: each of a storm of datagrams changes the list."""

_LAST_NOTIFICATION: Final = 1.0
"""Seconds that closing waits for listeners that are being told something."""

_ASK: Final = 0.5
"""Seconds that a look-up collects answers."""
_PROBE_TIMEOUT: Final = 1.0
_PROBE_PAUSE: Final = 0.1
_PROBES: Final = 16


class Group(Protocol):
    """What this registry needs of `MulticastGroup`."""

    def send(self, data: bytes, /) -> None: ...
    def send_here(self, data: bytes, /) -> None: ...
    def send_to(self, data: bytes, member: Address, /) -> None: ...
    def is_here(self, member: Address, /) -> bool: ...
    def close(self) -> None: ...


class Join(Protocol):
    """What makes a `Group`."""

    async def __call__(self, group: str, port: int, interface: str, received: Received, /) -> Group: ...


def create(url: URL, host: Host) -> Registry:
    """The registry at ``multicast://group:port``.

    Raises:
        ConfigurationError: the address is no multicast address.
    """
    cache = RegistryCache(url, host)
    return FailbackRegistry(MulticastRegistry(url, host, cache), host, cache)


class _Subscription:
    """One subscription and what it has heard; the listener is told the newest state, one call after the other."""

    def __init__(self, url: URL, listener: Listener | None, telling: Tasks) -> None:
        self.url = url
        self.listener = listener
        self._telling = telling  # for whoever waits for the end of all
        self.arrived = asyncio.Event()
        self._fallback: Sequence[URL] = ()
        self._received: dict[URL, None] = {}
        self._gone: dict[str, URL] = {}  # category → ``empty://`` form of its last URL, once there is none left
        self._dirty = False
        self._rest_until = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def received(self) -> list[URL]:
        """What was registered, as far as this subscription heard."""
        return list(self._received)

    @property
    def urls(self) -> list[URL]:
        """The complete list, with ``empty://`` for each category that had something once (REG-84)."""
        return [*self._received, *self._gone.values()] or list(self._fallback)

    def add(self, url: URL) -> bool:
        """Hear ``register``. Whether there was room for it."""
        if url not in self._received:
            if len(self._received) >= MAX_URLS:
                return False
            self._received[url] = None
            self._gone.pop(url.get(keys.CATEGORY), None)
            self._changed()
        self.arrived.set()
        return True

    def remove(self, url: URL) -> None:
        """Hear ``unregister``."""
        if url not in self._received:
            return
        del self._received[url]
        category = url.get(keys.CATEGORY)
        if all(other.get(keys.CATEGORY) != category for other in self._received):
            self._gone[category] = url.with_protocol("empty")
        self._changed()

    def fall_back(self, urls: Sequence[URL]) -> None:
        """Have nothing heard, and tell `urls` in its place."""
        self._fallback = urls
        self._changed()

    async def settle(self) -> None:
        """Wait until the listener has taken everything."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def close(self) -> None:
        """Tell nothing any more; what is being told is told to its end."""
        self.listener = None

    async def _listen(self, urls: Sequence[URL]) -> None:
        if self.listener is not None:  # it may have unsubscribed meanwhile
            await self.listener(urls)

    def _changed(self) -> None:
        self._dirty = True
        if self._task is None and self.listener is not None:
            self._task = self._telling.start(self._tell(), f"notify {self.url.service_key}")

    async def _tell(self) -> None:
        clock = self._telling.clock
        try:
            while self._dirty and self.listener is not None:
                await clock.sleep(self._rest_until - clock.now())
                self._dirty = False
                urls, begun = self.urls, clock.now()
                if not urls:
                    logger.info("Ignore empty notify urls for subscribe url %r", self.url)
                    continue
                logger.info("Notify urls for subscribe url %r, urls: %r", self.url, urls)
                try:
                    await self._listen(urls)
                except Exception:  # a listener that fails must not stop the registry (REG-32)
                    logger.exception("Failed to notify addresses for subscribe %r", self.url)
                self._rest_until = clock.now() + min(clock.now() - begun, _LONGEST_REST)
        finally:
            self._task = None


class MulticastRegistry:
    """Membership in one group.

    Args:
        url: ``multicast://group:port``; see ``network.interface``, ``clean``, ``session`` and ``retry.period``.
        host: the application.
        cache: what earlier processes heard.
        join: how the group is joined.

    Raises:
        ConfigurationError: the address is no multicast address (REG-80).
    """

    def __init__(self, url: URL, host: Host, cache: RegistryCache, join: Join = MulticastGroup.join) -> None:
        if url.is_anyhost:
            raise ConfigurationError(
                f"registry address == null: a multicast registry needs a group, as in multicast://224.5.6.7:1234, got {url!r}"
            )
        try:
            valid = ipaddress.ip_address(url.bare_host).is_multicast
        except ValueError:
            valid = False
        if not valid:
            raise ConfigurationError(f"Invalid multicast address {url.host}, scope: 224.0.0.0 - 239.255.255.255 or ff00::/8; in {url!r}")
        self.url = url
        self._port = url.port or DEFAULT_PORT
        self._cache = cache
        self._join = join
        self._joining = asyncio.Lock()
        self._group: Group | None = None
        self._registered: dict[URL, None] = {}
        self._subscriptions: list[_Subscription] = []
        self._ignored: Counter[Reason] = Counter()
        self._told: Counter[URL] = Counter()  # because somebody asked, in this second
        self._next_second = 0.0
        self._closed = False
        self._clock = host.clock
        self._tasks = Tasks(host.clock)
        self._telling = Tasks(host.clock)

    @property
    def ignored(self) -> Mapping[Reason, int]:
        """How many datagrams made no sense, by reason."""
        return self._ignored

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """There are no sessions: what was registered is kept here and not elsewhere."""

    def is_available(self) -> bool:
        """Whether the group is joined (REG-90)."""
        return self._group is not None

    async def register(self, url: URL) -> None:
        """Tell everybody (REG-82)."""
        await self._send(Command.REGISTER, url)
        self._registered[url] = None
        self._add(url)

    async def unregister(self, url: URL) -> None:
        """Tell everybody."""
        await self._send(Command.UNREGISTER, url)
        self._registered.pop(url, None)
        self._remove(url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Ask everybody, and wait for the first answer, for the subscription's ``timeout`` at most (REG-86)."""
        subscription = self._find(url, listener)
        if subscription is None:
            subscription = _Subscription(url, listener, self._telling)
            self._subscriptions.append(subscription)
        try:
            await self._send(Command.SUBSCRIBE, url)
        except BaseException:
            self._subscriptions.remove(subscription)
            raise
        if not await wait_until_set(subscription.arrived, self._clock, url.get(keys.TIMEOUT)):
            subscription.fall_back(await self._cache.lookup(url) or self._own(url))
        await subscription.settle()

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Say so, as Java does: what was subscribed is unregistered as well (REG-87)."""
        subscription = self._find(url, listener)
        if subscription is not None:
            self._subscriptions.remove(subscription)
            subscription.close()
        if url.service_interface != "*" and url.get(keys.REGISTER):
            await self._send(Command.UNREGISTER, url)
        await self._send(Command.UNSUBSCRIBE, url)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """What a subscription to `url` has heard; without one, what everybody answers now; else the cache, else our own (REG-91)."""
        known = next((one for one in self._subscriptions if one.url == url), None)
        if known is None:
            known = _Subscription(url, None, self._telling)
            self._subscriptions.append(known)
            try:
                await self._send(Command.SUBSCRIBE, url)
                await self._clock.sleep(_ASK)
                await self._send(Command.UNSUBSCRIBE, url)
            finally:
                self._subscriptions.remove(known)
        heard = known.urls or await self._cache.lookup(url) or self._own(url)
        return [one for one in heard if one.protocol != "empty"]

    async def close(self) -> None:
        """Leave the group."""
        self._closed = True
        await self._tasks.close()
        group, self._group = self._group, None
        if group is not None:
            group.close()
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions.clear()
        try:
            async with self._clock.timeout(_LAST_NOTIFICATION):
                await self._telling.wait()
        except TimeoutError:
            await self._telling.close()

    # -- the group

    async def _send(self, command: Command, url: URL) -> None:
        """Raises RegistryError when nothing can be sent, NetworkError when the group cannot be joined."""
        data = encode(command, str(url))
        if len(data) > JAVA_LIMIT:
            logger.warning("%d bytes of %r: Java reads %d of a datagram and will misunderstand the rest", len(data), url, JAVA_LIMIT)
        async with self._joining:
            if self._closed:  # whoever comes late must not join a group that nobody leaves
                raise RegistryError(f"the connection to the registry {self.url.address} is closed")
            if self._group is None:
                self._group = await self._join(self.url.bare_host, self._port, self.url.get(keys.NETWORK_INTERFACE), self._received)
                self._start()
        logger.info("Send multicast message: %s %r to %s:%d", command, url, self.url.host, self._port)
        try:
            self._group.send(data)
        except OSError as error:
            raise RegistryError(f"cannot send to the multicast group {self.url.host}:{self._port}: {error}") from error

    def _received(self, data: bytes, sender: Address, to_group: bool) -> None:
        read = decode(data)
        if isinstance(read, Ignored):
            self._ignore(read.reason, sender)
            return
        command, url = read.command, _service_url(read.url)
        if url is None:
            self._ignore(Reason.BAD_URL, sender)
            return
        if not to_group and command is not Command.REGISTER:
            self._ignore(Reason.ELSEWHERE, sender)  # only answers are sent to one machine
            return
        if not to_group:
            self._quietly(lambda group: group.send_here(data))
        if command is Command.REGISTER:
            if not self._add(url):
                self._ignore(Reason.FULL, sender)
        elif command is Command.UNREGISTER:
            self._remove(url)
            if url in self._registered and _may_expire(url) and self._may_tell(url, sender):
                self._tasks.start(self._defend(url), f"defend {url.service_key}")
        elif command is Command.SUBSCRIBE:
            self._answer(url, sender)

    def _answer(self, subscription: URL, sender: Address) -> None:
        """Say what we provide of what somebody looks for (REG-85)."""
        found = self._own(subscription)
        if not found or self._group is None:
            return
        to_one = subscription.get(keys.UNICAST) and not self._group.is_here(sender)
        for url in found:
            if self._may_tell(url, sender):
                self._say(Command.REGISTER, url, sender if to_one else None)

    def _may_tell(self, url: URL, sender: Address) -> bool:
        """Whether others have not had us say it too often in this second."""
        now = self._clock.now()
        if now >= self._next_second:
            self._next_second = now + 1.0
            self._told.clear()
        if self._told[url] >= MAX_ANSWERS:
            self._ignore(Reason.BUSY, sender)
            return False
        self._told[url] += 1
        return True

    def _say(self, command: Command, url: URL, member: Address | None = None) -> None:
        """Send something of which nobody waits for the outcome, to all or to one member's machine."""
        data = encode(command, str(url))
        self._quietly(lambda group: group.send(data) if member is None else group.send_to(data, member))

    def _quietly(self, send: Callable[[Group], None]) -> None:
        if self._group is None:
            return
        try:
            send(self._group)
        except OSError as error:
            logger.info("multicast %s: %s", self.url.address, error)

    def _ignore(self, reason: Reason, sender: Address) -> None:
        self._ignored[reason] += 1
        logger.debug("ignoring a datagram of %s: %s", sender[0], reason)

    async def _defend(self, url: URL) -> None:
        """Somebody took back what is ours: a liar, or an administrator who could not reach it. If it lives, it is announced again."""
        if await _accepts(url, self._clock) and url in self._registered:
            self._say(Command.REGISTER, url)

    # -- what is known

    def _find(self, url: URL, listener: Listener) -> _Subscription | None:
        return next((one for one in self._subscriptions if one.url == url and one.listener == listener), None)

    def _own(self, subscription: URL) -> list[URL]:
        return [url for url in self._registered if is_match(subscription, url)]

    def _add(self, url: URL) -> bool:
        """Whether all who want it had room for it (REG-83)."""
        full = False
        for one in self._subscriptions:
            if is_match(one.url, url) and not one.add(url):
                full = True
        return not full

    def _remove(self, url: URL) -> None:
        for one in self._subscriptions:
            one.remove(url)

    # -- what goes on meanwhile

    def _start(self) -> None:
        self._tasks.start(self._ask_again(), f"multicast {self.url.address}: ask again")
        if self.url.get(keys.CLEAN):
            self._tasks.start(self._clean(), f"multicast {self.url.address}: clean")

    async def _ask_again(self) -> None:
        """A question or its answer may have been lost, or the answer was given to a neighbour."""
        while True:
            await self._clock.sleep(self.url.get(keys.RETRY_PERIOD))
            for one in self._subscriptions:
                if not one.received and "providers" in wanted_categories(one.url):
                    self._say(Command.SUBSCRIBE, one.url.with_param("unicast", "false"))

    async def _clean(self) -> None:
        """Administrators take away what its owner could not (REG-89)."""
        limit = asyncio.Semaphore(_PROBES)
        while True:
            await self._clock.sleep(self.url.get(keys.SESSION))
            if not any(one.url.service_interface == "*" for one in self._subscriptions):
                continue
            urls = {url for one in self._subscriptions for url in one.received if _may_expire(url)}
            await asyncio.gather(*(self._remove_if_dead(url, limit) for url in urls))

    async def _remove_if_dead(self, url: URL, limit: asyncio.Semaphore) -> None:
        async with limit:
            if await _accepts(url, self._clock):
                return
            await self._clock.sleep(_PROBE_PAUSE)
            if await _accepts(url, self._clock):
                return
        logger.warning("Clean expired provider %r", url)
        self._say(Command.UNREGISTER, url)
        self._remove(url)


def _service_url(text: str) -> URL | None:
    """The URL that a datagram is about; None when it stands for nothing that could be registered or subscribed."""
    try:
        url = incoming_url(text)
    except InvalidURLError:
        return None
    return url if url.protocol not in ("", "empty") and url.host and url.service_interface else None


def _may_expire(url: URL) -> bool:
    return url.get(keys.DYNAMIC) and url.port > 0 and url.protocol not in ("consumer", "route", "override")


async def _accepts(url: URL, clock: Clock) -> bool:
    """Whether somebody takes connections there."""
    try:
        async with clock.timeout(_PROBE_TIMEOUT):
            _, writer = await asyncio.open_connection(url.bare_host, url.port)
    except (OSError, TimeoutError, ValueError):  # the last: a host that no system call takes
        return False
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass
    return True
