"""Registered URLs and subscriptions: the state of a registry, without any I/O.

Owners (a connection, an application) are any hashable values; what an owner registered goes when the owner goes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

from aiodubbo.url import keys
from aiodubbo.url.match import ANY, is_match

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from aiodubbo.url.url import URL

S = TypeVar("S")

ALL_CATEGORIES = ("providers", "consumers", "routers", "configurators")


def empty_url(subscription: URL, category: str) -> URL:
    """The marker for "nothing in this category" (REG-16, REG-73)."""
    return subscription.with_protocol("empty").with_params({"category": category})


def wanted_categories(subscription: URL) -> tuple[str, ...]:
    """The categories of a subscription (REG-72)."""
    text = subscription.get(keys.CATEGORY)
    if text == "*":
        return ALL_CATEGORIES
    return tuple(part.strip() for part in text.split(",") if part.strip())


def with_empty(subscription: URL, urls: Iterable[URL]) -> list[URL]:
    """The matching `urls`, and one ``empty://`` URL for each wanted category without any (REG-73)."""
    matching = [url for url in urls if is_match(subscription, url)]
    present = {url.get(keys.CATEGORY) for url in matching}
    return matching + [empty_url(subscription, category) for category in wanted_categories(subscription) if category not in present]


class RegistryStore(Generic[S]):
    """Registered URLs by owner, and subscriptions.

    Args:
        changed: called for each subscription whose list changed, with the subscriber.
    """

    def __init__(self, changed: Callable[[S, URL], None]) -> None:
        self._changed = changed
        self._owners: dict[URL, set[Hashable]] = {}
        self._services: dict[str, dict[URL, None]] = {}  # the URLs of each service
        self._sizes: Counter[str] = Counter()  # their characters
        self._subscriptions: dict[tuple[Hashable, URL], list[S]] = {}
        self._held: Counter[Hashable] = Counter()

    @property
    def urls(self) -> list[URL]:
        """All registered URLs, in order of arrival."""
        return list(self._owners)

    def register(self, owner: Hashable, url: URL) -> None:
        """Add `url`; the same URL of several owners counts once."""
        is_new = url not in self._owners
        owners = self._owners.setdefault(url, set())
        if owner not in owners:
            owners.add(owner)
            self._held[owner] += 1
        if is_new:
            self._services.setdefault(url.service_interface, {})[url] = None
            self._sizes[url.service_interface] += len(str(url))
            self._notify(url)

    def unregister(self, owner: Hashable, url: URL) -> None:
        """Take back `url` for this owner; unknown URLs are ignored (REG-12).

        What is not ``dynamic`` outlives its owners: anybody may take it back, from all.
        """
        owners = self._owners.get(url)
        is_dynamic = url.get(keys.DYNAMIC)
        if owners is None or (is_dynamic and owner not in owners):
            return
        for former in (owner,) if is_dynamic else tuple(owners):
            self._leave(former, owners)
        if not owners:
            del self._owners[url]
            service = url.service_interface
            del self._services[service][url]
            self._sizes[service] -= len(str(url))
            if not self._services[service]:
                del self._services[service], self._sizes[service]
            self._notify(url)

    def subscribe(self, owner: Hashable, url: URL, subscriber: S) -> None:
        """Add a subscriber; the first notification is left to the caller."""
        subscribers = self._subscriptions.setdefault((owner, url), [])
        if subscriber not in subscribers:
            subscribers.append(subscriber)
            self._held[owner] += 1

    def unsubscribe(self, owner: Hashable, url: URL, subscriber: S) -> None:
        """Forget a subscription; unknown ones are ignored (REG-14)."""
        subscribers = self._subscriptions.get((owner, url), [])
        if subscriber in subscribers:
            subscribers.remove(subscriber)
            self._let_go(owner)
        if not subscribers:
            self._subscriptions.pop((owner, url), None)

    def subscribers(self, owner: Hashable, url: URL) -> list[S]:
        """Subscribers to exactly this URL."""
        return list(self._subscriptions.get((owner, url), ()))

    def leave(self, owner: Hashable) -> list[S]:
        """Drop all that `owner` registered (unless ``dynamic=false``) and subscribed.

        Returns:
            Its subscribers.
        """
        keys_of_owner = [key for key in self._subscriptions if key[0] == owner]
        left = [subscriber for key in keys_of_owner for subscriber in self._subscriptions.pop(key)]
        for _ in left:
            self._let_go(owner)
        for url, owners in [(url, owners) for url, owners in self._owners.items() if owner in owners]:
            if url.get(keys.DYNAMIC):
                self.unregister(owner, url)
            else:
                self._leave(owner, owners)
        return left

    def forget_subscriptions(self) -> None:
        """Drop all subscriptions."""
        self._subscriptions.clear()

    def held_by(self, owner: Hashable) -> int:
        """Number of URLs and subscriptions of `owner`."""
        return self._held[owner]

    def size(self, service: str = "") -> int:
        """Characters of the URLs of `service`, or of all."""
        return self._sizes[service] if service else self._sizes.total()

    def is_registered(self, owner: Hashable, url: URL) -> bool:
        """Tell whether `owner` registered `url`."""
        return owner in self._owners.get(url, ())

    def lookup(self, subscription: URL) -> list[URL]:
        """Find the URLs that `subscription` matches, with ``empty://`` markers."""
        service = subscription.service_interface
        if service == ANY:
            return with_empty(subscription, self._owners)
        return with_empty(subscription, [*self._services.get(service, ()), *self._services.get(ANY, ())])

    def _leave(self, owner: Hashable, owners: set[Hashable]) -> None:
        owners.discard(owner)
        self._let_go(owner)

    def _let_go(self, owner: Hashable) -> None:
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]

    def _notify(self, url: URL) -> None:
        for (_, subscription), subscribers in list(self._subscriptions.items()):
            if is_match(subscription, url):
                for subscriber in list(subscribers):
                    self._changed(subscriber, subscription)
