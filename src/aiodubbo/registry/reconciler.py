"""Brings what a registry holds in line with what the application wants.

Theory of operation: there is what the application *wants* to be registered and subscribed, and what the registry is known to *hold*. Each
call of `FailbackRegistry` changes the first and tries to bring the second in line at once. What fails is tried again every ``retry.period``
until both are equal; a new session with the registry means that it holds nothing, so that everything is repeated. The opposite call takes
the wish back, and with it the retries. Where no answer came, the registry may have done what it was asked for, or not: it counts as holding
what is to be taken back, and as not holding what is wanted.

Operations on one URL, and on the subscriptions to one service, wait for each other, so that a wish and its opposite never overtake each
other. Different ones run side by side: one that has to wait, as for the answers of a multicast group, keeps nobody else waiting. Only a
listener in its first notification does not wait when it ends a subscription to its own service: the turn is its own, and ends with it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.tasks import Backoff, Repeater, Tasks, is_being_cancelled
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .cache import RegistryCache

logger = logging.getLogger(__name__)

SubscriptionKey: TypeAlias = "tuple[URL, Listener]"
"""A subscription is known by its URL and its listener."""

T = TypeVar("T")

_CONCURRENCY = 64
"""Operations under way at once when everything is repeated: a registry that comes back is asked by all its clients at the same time."""

UNCONFIRMED = -1
"""In place of a session: the registry was asked, to hold an entry or to forget it, and has not answered."""

_FIRST_NOTIFICATIONS: ContextVar[frozenset[SubscriptionKey]] = ContextVar("_FIRST_NOTIFICATIONS", default=frozenset())
"""The subscriptions in whose first notification the current code runs."""


class SessionRegistry(Protocol):
    """A concrete registry, without any policy: each operation works now or raises.

    `RegistryError` says that it was refused; any other error, that no answer came and it may have been done all the same.
    """

    @property
    def url(self) -> URL: ...
    def is_available(self) -> bool: ...
    async def register(self, url: URL, /) -> None: ...
    async def unregister(self, url: URL, /) -> None: ...
    async def subscribe(self, url: URL, listener: Listener, /) -> None: ...
    async def unsubscribe(self, url: URL, listener: Listener, /) -> None: ...
    async def lookup(self, url: URL, /) -> Sequence[URL]: ...
    async def close(self) -> None: ...

    def on_new_session(self, callback: Callable[[], None], /) -> None:
        """Have `callback` called whenever the registry may have forgotten its entries."""
        ...


class Reconciler:
    """The entries of one application at one registry.

    Args:
        registry: holds the entries.
        cache: records what listeners are notified of.
        host: the application; its clock times the repetitions.

    Attributes:
        wanted_urls: what is to be registered.
        wanted_subscriptions: what is to be subscribed.
        held_urls: what the registry holds → the session in which that was sent, or `UNCONFIRMED`. It may also hold entries of an earlier
            session, and those whose answer was lost or whose caller was cancelled: they are taken back with the wish.
        held_subscriptions: the same for subscriptions.
    """

    def __init__(self, registry: SessionRegistry, cache: RegistryCache, host: Host) -> None:
        self._registry = registry
        self._cache = cache
        self._retry_period = registry.url.get(keys.RETRY_PERIOD)
        self.wanted_urls: set[URL] = set()
        self.wanted_subscriptions: dict[SubscriptionKey, None] = {}
        self.held_urls: dict[URL, int] = {}
        self.held_subscriptions: dict[SubscriptionKey, int] = {}
        self._session = 0  # how often the registry may have forgotten us
        self._was_used = False
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._attempts: dict[SubscriptionKey, int] = {}  # to subscribe: how many are under way, or wait for their turn
        self._subscribing: set[SubscriptionKey] = set()  # subscriptions whose first notification is under way
        self._closed = False
        name = f"failback {registry.url.address}"
        self._repeater = Repeater(
            Tasks(host.clock), self._reconcile, Backoff.every(self._retry_period), failed=self._log_failure, name=name
        )
        registry.on_new_session(self._new_session)

    def start(self, *, hurry: bool = False) -> None:
        """Repeat what is left to do. After a failed pass that is done by the next one; only a new session is a reason to `hurry`."""
        if not self._closed:
            self._repeater.wake(hurry=hurry)

    async def close(self) -> None:
        """Repeat nothing any more."""
        self._closed = True
        await self._repeater.close()

    # -- one entry

    async def register(self, url: URL) -> None:
        """Register `url` if it is wanted and not held."""
        async with self._turn(url):
            if url not in self.wanted_urls or self._holds(url):
                return
            session, was_available = self._begin(), self._registry.is_available()
            was_asked = url in self.held_urls
            self.held_urls.setdefault(url, UNCONFIRMED)
            try:
                await self._registry.register(url)
            except Exception as error:
                if not was_asked and not self._may_hold(error, was_available):
                    del self.held_urls[url]
                raise
            self._was_used = True
            self.held_urls[url] = session  # which may be over by now: then it is registered again

    async def unregister(self, url: URL) -> None:
        """Unregister `url` if it is held and not wanted."""
        async with self._turn(url):
            if url not in self.wanted_urls and url in self.held_urls:
                self.held_urls[url] = UNCONFIRMED
                await self._registry.unregister(url)
                del self.held_urls[url]

    async def subscribe(self, key: SubscriptionKey) -> None:
        """Subscribe if it is wanted and not held."""
        self._attempts[key] = self._attempts.get(key, 0) + 1
        try:
            await self._subscribe_in_turn(key)
        finally:
            others = self._attempts.pop(key) - 1
            if others:
                self._attempts[key] = others

    async def _subscribe_in_turn(self, key: SubscriptionKey) -> None:
        async with self._first_notification(key):
            if key not in self.wanted_subscriptions or self._holds_subscription(key):
                return
            session, was_available = self._begin(), self._registry.is_available()
            was_asked = key in self.held_subscriptions
            self.held_subscriptions.setdefault(key, UNCONFIRMED)
            try:
                await self._registry.subscribe(key[0], self._cache.recording(*key))
            except Exception as error:
                if not was_asked and not self._may_hold(error, was_available):
                    del self.held_subscriptions[key]
                raise
            self._was_used = True
            self.held_subscriptions[key] = session

    async def unsubscribe(self, key: SubscriptionKey) -> None:
        """Unsubscribe if it is held and not wanted."""
        async with self._turn(key[0].service_interface):
            if key not in self.wanted_subscriptions and key in self.held_subscriptions:
                self.held_subscriptions[key] = UNCONFIRMED
                await self._registry.unsubscribe(key[0], self._cache.recording(*key))
                del self.held_subscriptions[key]
                if all(url != key[0] for url, _ in self.held_subscriptions):
                    self._cache.forget(key[0])

    def is_subscribing(self, key: SubscriptionKey) -> bool:
        """Tell whether the first notification is under way, or about to be; when it ends, an unwanted subscription is taken back."""
        return key in self._subscribing

    def is_in_first_notification(self, service: str) -> bool:
        """Tell whether this code runs in the first notification of a listener of `service`, where waiting for its turn would never end."""
        return any(key in self._subscribing and key[0].service_interface == service for key in _FIRST_NOTIFICATIONS.get())

    async def needs_no_cache(self, key: SubscriptionKey) -> bool:
        """Tell whether the registry has notified the listener meanwhile, or it is not wanted any more; waits for attempts under way."""
        while key in self._attempts:  # of a session that has just begun, which has something newer
            async with self._turn(key[0].service_interface):
                pass
        return key not in self.wanted_subscriptions or self.held_subscriptions.get(key, UNCONFIRMED) != UNCONFIRMED

    def _may_hold(self, error: Exception, was_available: bool) -> bool:
        """Tell whether the registry may hold an entry in spite of `error`: it did not refuse, and was not away all the time."""
        return not isinstance(error, RegistryError) and (was_available or self._registry.is_available())

    @asynccontextmanager
    async def _first_notification(self, key: SubscriptionKey) -> AsyncIterator[None]:
        """The turn of a service, for the first notification of a listener."""
        async with self._turn(key[0].service_interface):
            self._subscribing.add(key)
            before = _FIRST_NOTIFICATIONS.set(_FIRST_NOTIFICATIONS.get() | {key})
            try:
                yield
            finally:
                _FIRST_NOTIFICATIONS.reset(before)
                self._subscribing.discard(key)
                if key not in self.wanted_subscriptions and key in self.held_subscriptions:
                    self.start()  # to be taken back

    def _begin(self) -> int:
        """The session for which an operation counts that begins now; a first one begins with it, and has nothing to forget."""
        self._was_used = self._was_used or self._registry.is_available()
        return self._session

    def _holds(self, url: URL) -> bool:
        return self.held_urls.get(url) == self._session

    def _holds_subscription(self, key: SubscriptionKey) -> bool:
        return self.held_subscriptions.get(key) == self._session

    def _turn(self, of: Hashable) -> asyncio.Lock:
        turn = self._turns.get(of)
        if turn is None:
            turn = self._turns[of] = asyncio.Lock()
        return turn

    # -- all entries

    async def _reconcile(self) -> None:
        """Make one pass over all differences: first what is to be taken back, then what is to be registered, then what is to be subscribed.

        What fails does not keep the rest waiting: one node of several may be the cause. A registry that is away ends the pass.

        Raises:
            AiodubboError, OSError: the first operation that failed; what is left is for the next pass.
        """
        failures = [
            *await self._each(self.unregister, [url for url in self.held_urls if url not in self.wanted_urls]),
            *await self._each(self.unsubscribe, [key for key in self.held_subscriptions if key not in self.wanted_subscriptions]),
            *await self._each(self.register, [url for url in self.wanted_urls if not self._holds(url)]),
            *await self._each(self.subscribe, [key for key in self.wanted_subscriptions if not self._holds_subscription(key)]),
        ]
        if failures:
            raise failures[0]

    async def _each(self, operation: Callable[[T], Awaitable[None]], entries: Collection[T]) -> list[AiodubboError | OSError]:
        """Apply `operation` to all `entries`, some at a time.

        Returns:
            What failed.

        Raises:
            AiodubboError, OSError: the registry is away; what was not begun by then is left.
        """
        failures: list[AiodubboError | OSError] = []
        unforeseen = 0
        left = iter(entries)
        away: list[AiodubboError | OSError] = []

        async def work_off() -> None:
            nonlocal unforeseen
            for entry in left:
                try:
                    await operation(entry)
                except RegistryError as error:
                    failures.append(error)
                except (AiodubboError, OSError) as error:
                    (failures if self._registry.is_available() else away).append(error)
                except (Exception, asyncio.CancelledError) as error:  # unforeseen; the rest is to be repeated all the same
                    if is_being_cancelled():
                        raise
                    unforeseen += 1
                    if unforeseen == 1:  # the others are of its kind, most likely, and may be thousands
                        logger.exception("registry %s: unforeseen failure", self._registry.url.address)
                    failures.append(RegistryError(repr(error)))
                if away:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_CONCURRENCY, len(entries))):
                group.create_task(work_off())
        if away:
            raise away[0]
        return failures

    def _log_failure(self, error: Exception) -> None:
        level = logging.INFO if isinstance(error, AiodubboError | OSError) else logging.ERROR
        stack = None if level == logging.INFO else error
        logger.log(level, "registry %s: %s; trying again in %.1f s", self._registry.url.address, error, self._retry_period, exc_info=stack)

    def _new_session(self) -> None:
        """The registry may hold nothing of ours: repeat everything (REG-28, REG-77)."""
        if self._was_used:
            self._session += 1
        if self._was_used or self._repeater.is_running:
            self.start(hurry=True)
