"""What is registered and who wants to know: the state of a registry, without any I/O.

Owners (a connection, an application) are any hashable values; what an owner registered goes when the owner goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from aiodubbo.url import keys
from aiodubbo.url.match import is_match

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from aiodubbo.url.url import URL

__all__ = ["RegistryStore", "empty_url", "with_empty"]

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
        self._subscriptions: dict[tuple[Hashable, URL], list[S]] = {}

    @property
    def urls(self) -> list[URL]:
        """Everything that is registered, in order of arrival."""
        return list(self._owners)

    def register(self, owner: Hashable, url: URL) -> None:
        """Add `url`; the same URL of several owners counts once."""
        owners = self._owners.setdefault(url, set())
        if owner not in owners:
            owners.add(owner)
            if len(owners) == 1:
                self._tell(url)

    def unregister(self, owner: Hashable, url: URL) -> None:
        """Take back `url` for this owner; unknown URLs are ignored (REG-12).

        What is not ``dynamic`` outlives its owners: whoever takes it back takes it from all.
        """
        owners = self._owners.get(url)
        if owners is None or owner not in owners:
            return
        owners.discard(owner)
        if not owners or not url.get(keys.DYNAMIC):
            del self._owners[url]
            self._tell(url)

    def subscribe(self, owner: Hashable, url: URL, subscriber: S) -> None:
        """Remember who wants to know; the first notification is the caller's business."""
        known = self._subscriptions.setdefault((owner, url), [])
        if subscriber not in known:
            known.append(subscriber)

    def unsubscribe(self, owner: Hashable, url: URL, subscriber: S) -> None:
        """Forget a subscription; unknown ones are ignored (REG-14)."""
        known = self._subscriptions.get((owner, url), [])
        if subscriber in known:
            known.remove(subscriber)
        if not known:
            self._subscriptions.pop((owner, url), None)

    def subscribers(self, owner: Hashable, url: URL) -> list[S]:
        """Who is subscribed to exactly this URL."""
        return list(self._subscriptions.get((owner, url), ()))

    def leave(self, owner: Hashable) -> None:
        """Drop all that `owner` registered (unless ``dynamic=false``) and subscribed."""
        for key in [key for key in self._subscriptions if key[0] == owner]:
            del self._subscriptions[key]
        for url in [url for url, owners in self._owners.items() if owner in owners and url.get(keys.DYNAMIC)]:
            self.unregister(owner, url)

    def forget_subscriptions(self) -> None:
        """Tell nobody anything any more."""
        self._subscriptions.clear()

    def lookup(self, subscription: URL) -> list[URL]:
        """What `subscription` matches now, with ``empty://`` markers."""
        return with_empty(subscription, self._owners)

    def _tell(self, url: URL) -> None:
        for (_, subscription), subscribers in list(self._subscriptions.items()):
            if is_match(subscription, url):
                for subscriber in list(subscribers):
                    self._changed(subscriber, subscription)
