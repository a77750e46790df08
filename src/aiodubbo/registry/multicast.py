"""The multicast registry: no server, the members notify each other (Java: ``MulticastRegistry``, REG-80…91).

Theory of operation: providers say ``register`` to the group, consumers say ``subscribe``, and providers answer with ``register``. A member
keeps only what its own subscriptions match. Datagrams get lost, and the answer to one machine reaches one of its processes only. So this
registry, which otherwise sends what Java sends, passes such answers on to its neighbours on the same machine, and asks again, for an answer
to all, as long as a subscription has found nobody.
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

from .cache import RegistryCache
from .failback import FailbackRegistry
from .multicast_cleaning import accepts, find_dead, may_expire
from .multicast_subscription import MulticastSubscription
from .store import wanted_categories
from .untrusted import untrusted_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.rpc.abc import Listener, Registry
    from aiodubbo.rpc.host import Host
    from aiodubbo.transport.multicast import Address, Received
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

DEFAULT_PORT: Final = 1234

MAX_ANSWERS: Final = 20
"""Answers about one URL in a second. Anybody may ask in the name of another machine, which would get all the answers. A member that gets no
answer asks again, for an answer to all."""

_LAST_NOTIFICATION: Final = 1.0
"""Seconds that closing waits for notifications that run."""

_ASK: Final = 0.5
"""Seconds that a look-up collects answers."""


class Group(Protocol):
    """The part of `MulticastGroup` that this registry needs."""

    def send(self, data: bytes, /) -> None: ...
    def send_here(self, data: bytes, /) -> None: ...
    def send_to(self, data: bytes, member: Address, /) -> None: ...
    def is_here(self, member: Address, /) -> bool: ...
    def close(self) -> None: ...


class Join(Protocol):
    """Joins a `Group`."""

    async def __call__(self, group: str, port: int, interface: str, received: Received, /) -> Group: ...


def create(url: URL, host: Host) -> Registry:
    """The registry at ``multicast://group:port``.

    Raises:
        ConfigurationError: the address is no multicast address.
    """
    cache = RegistryCache(url, host)
    return FailbackRegistry(MulticastRegistry(url, host, cache), host, cache)


class MulticastRegistry:
    """Membership in one group.

    Args:
        url: ``multicast://group:port``; see ``network.interface``, ``clean``, ``session`` and ``retry.period``.
        host: the application.
        cache: the lists of earlier processes.
        join: joins the group.

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
        self._subscriptions: list[MulticastSubscription] = []
        self._ignored: Counter[Reason] = Counter()
        self._answers: Counter[URL] = Counter()  # in this second
        self._next_second = 0.0
        self._closed = False
        self._clock = host.clock
        self._tasks = Tasks(host.clock)
        self._notifications = Tasks(host.clock)

    @property
    def ignored(self) -> Mapping[Reason, int]:
        """Numbers of datagrams that made no sense, by reason."""
        return self._ignored

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """Do nothing: there are no sessions. What was registered is kept here and not elsewhere."""

    def is_available(self) -> bool:
        """Tell whether the group is joined (REG-90)."""
        return self._group is not None

    async def register(self, url: URL) -> None:
        """Announce `url` to the group (REG-82)."""
        await self._send(Command.REGISTER, url)
        self._registered[url] = None
        self._add(url)

    async def unregister(self, url: URL) -> None:
        """Take `url` back from the group."""
        await self._send(Command.UNREGISTER, url)
        self._registered.pop(url, None)
        self._remove(url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Ask the group, and wait for the first answer, for the subscription's ``timeout`` at most (REG-86)."""
        subscription = self._find(url, listener)
        if subscription is None:
            subscription = MulticastSubscription(url, listener, self._notifications)
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
        """Look up what a subscription to `url` has heard; without one, the answers of the group now; else the cache, else our own URLs."""
        known = next((subscription for subscription in self._subscriptions if subscription.url == url), None)
        if known is None:
            known = MulticastSubscription(url, None, self._notifications)
            self._subscriptions.append(known)
            try:
                await self._send(Command.SUBSCRIBE, url)
                await self._clock.sleep(_ASK)
                await self._send(Command.UNSUBSCRIBE, url)
            finally:
                self._subscriptions.remove(known)
        heard = known.urls or await self._cache.lookup(url) or self._own(url)
        return [provider for provider in heard if provider.protocol != "empty"]

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
                await self._notifications.wait()
        except TimeoutError:
            await self._notifications.close()

    # -- the group

    async def _send(self, command: Command, url: URL) -> None:
        """Raises RegistryError when nothing can be sent, NetworkError when the group cannot be joined."""
        data = encode(command, str(url))
        if len(data) > JAVA_LIMIT:
            logger.warning("%d bytes of %r: Java reads %d of a datagram and will misunderstand the rest", len(data), url, JAVA_LIMIT)
        async with self._joining:
            if self._closed:  # a late caller must not join a group that nobody leaves
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
            if url in self._registered and may_expire(url) and self._may_answer(url, sender):
                self._tasks.start(self._defend(url), f"defend {url.service_key}")
        elif command is Command.SUBSCRIBE:
            self._answer(url, sender)

    def _answer(self, subscription: URL, sender: Address) -> None:
        """Announce our URLs that match a subscription (REG-85)."""
        urls = self._own(subscription)
        if not urls or self._group is None:
            return
        to_one = subscription.get(keys.UNICAST) and not self._group.is_here(sender)
        for url in urls:
            if self._may_answer(url, sender):
                self._say(Command.REGISTER, url, sender if to_one else None)

    def _may_answer(self, url: URL, sender: Address) -> bool:
        """Tell whether `url` was not announced too often in this second."""
        now = self._clock.now()
        if now >= self._next_second:
            self._next_second = now + 1.0
            self._answers.clear()
        if self._answers[url] >= MAX_ANSWERS:
            self._ignore(Reason.BUSY, sender)
            return False
        self._answers[url] += 1
        return True

    def _say(self, command: Command, url: URL, member: Address | None = None) -> None:
        """Send a message whose outcome nobody waits for, to all or to one member's machine."""
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
        """Announce `url`, which is ours, again if it lives: a liar took it back, or an administrator that could not reach it."""
        if await accepts(url, self._clock) and url in self._registered:
            self._say(Command.REGISTER, url)

    # -- what is known

    def _find(self, url: URL, listener: Listener) -> MulticastSubscription | None:
        return next((known for known in self._subscriptions if known.url == url and known.listener == listener), None)

    def _own(self, subscription: URL) -> list[URL]:
        return [url for url in self._registered if is_match(subscription, url)]

    def _add(self, url: URL) -> bool:
        """Add `url` to the subscriptions that match (REG-83).

        Returns:
            Whether all of them had room for it.
        """
        matching = [subscription for subscription in self._subscriptions if is_match(subscription.url, url)]
        room = [subscription.add(url) for subscription in matching]
        return all(room)

    def _remove(self, url: URL) -> None:
        for subscription in self._subscriptions:
            subscription.remove(url)

    # -- in the background

    def _start(self) -> None:
        self._tasks.start(self._ask_again(), f"multicast {self.url.address}: ask again")
        if self.url.get(keys.CLEAN):
            self._tasks.start(self._clean(), f"multicast {self.url.address}: clean")

    async def _ask_again(self) -> None:
        """Ask again for providers: a question or its answer may have been lost, or the answer was given to a neighbour."""
        while True:
            await self._clock.sleep(self.url.get(keys.RETRY_PERIOD))
            for subscription in self._subscriptions:
                if not subscription.received and "providers" in wanted_categories(subscription.url):
                    self._say(Command.SUBSCRIBE, subscription.url.with_param("unicast", "false"))

    async def _clean(self) -> None:
        """Take back, as an administrator, what its owner could not take back any more (REG-89)."""
        while True:
            await self._clock.sleep(self.url.get(keys.SESSION))
            if any(subscription.url.service_interface == "*" for subscription in self._subscriptions):
                urls = {url for subscription in self._subscriptions for url in subscription.received if may_expire(url)}
                await find_dead(urls, self._clock, self._remove_dead)

    def _remove_dead(self, url: URL) -> None:
        logger.warning("Clean expired provider %r", url)
        self._say(Command.UNREGISTER, url)
        self._remove(url)


def _service_url(text: str) -> URL | None:
    """The URL of a datagram; None when it cannot be registered or subscribed."""
    try:
        url = untrusted_url(text)
    except InvalidURLError:
        return None
    return url if url.protocol not in ("", "empty") and url.host and url.service_interface else None
