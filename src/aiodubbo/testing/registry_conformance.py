"""Duties of every registry (REG-11…16), as checks that any test runner can run: for those who write a registry.

::

    import asyncio

    import pytest

    from acme_dubbo import create
    from aiodubbo.rpc.host import Host
    from aiodubbo.testing import registry_conformance
    from aiodubbo.url.url import URL


    @pytest.mark.parametrize("check", registry_conformance.CHECKS, ids=lambda check: check.__name__)
    def test_conformance(check):
        asyncio.run(registry_conformance.run(check, lambda: create(URL.parse("acme://127.0.0.1:4711"), Host(name="test"))))

Each check opens several clients of the same registry, as applications on several machines would, uses service names of its own, and takes
back what it registered. A failure is an `AssertionError` that says what was expected.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.tasks import LoopClock
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from aiodubbo.rpc.abc import Registry

__all__ = ["CHECKS", "Check", "Notified", "World", "run"]

_CATEGORIES = "providers,configurators,routers"

_CLOCK = LoopClock()
"""What is checked is a living registry, which has no other time."""


class Notified:
    """A listener that keeps its notifications: the newest list of each category of each service.

    Attributes:
        calls: every list, in order.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.calls: list[Sequence[URL]] = []
        self._delay = delay
        self._lists: dict[tuple[str, str], list[URL]] = {}

    async def __call__(self, urls: Sequence[URL]) -> None:
        if self._delay:
            await _CLOCK.sleep(self._delay)
        assert urls, "a notification is never empty; an empty category has empty://"
        self.calls.append(urls)
        for key in {_place(url) for url in urls}:
            self._lists[key] = [url for url in urls if _place(url) == key]

    def of(self, service: str, category: str = "providers") -> list[URL] | None:
        """The newest list of a category, without ``empty://``; None without a notification."""
        found = self._lists.get((service, category))
        return None if found is None else sorted((url for url in found if url.protocol != "empty"), key=str)


def _place(url: URL) -> tuple[str, str]:
    return url.service_interface, url.param("category", "providers")


class World:
    """Tools of a check.

    Args:
        open_registry: makes a new client of the registry.
        patience: seconds in which changes must have arrived.
        notifies_empty: whether a first notification names empty categories; some registries stay silent until there is something.
    """

    def __init__(self, open_registry: Callable[[], Registry], *, patience: float, notifies_empty: bool) -> None:
        self._open_registry = open_registry
        self._patience = patience
        self._opened: list[Registry] = []
        self.notifies_empty = notifies_empty
        self.service = f"aiodubbo.conformance.S{uuid.uuid4().hex[:12]}"

    def open(self) -> Registry:
        """A client of its own, closed at the end of the check."""
        registry = self._open_registry()
        self._opened.append(registry)
        return registry

    def provider(self, number: int = 1, **params: str) -> URL:
        """A provider of the check's service."""
        return URL("dubbo", f"10.0.0.{number}", 20880, self.service, {"interface": self.service, "side": "provider", **params})

    def consumer(self, categories: str = _CATEGORIES, **params: str) -> URL:
        """A subscription to the check's service."""
        return URL(
            "consumer", "10.0.0.99", 0, self.service, {"interface": self.service, "category": categories, "side": "consumer", **params}
        )

    async def until(self, condition: Callable[[], bool], expected: Callable[[], str]) -> None:
        """Wait for a change to arrive."""
        try:
            async with _CLOCK.timeout(self._patience):
                while not condition():
                    await _CLOCK.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"not within {self._patience:g} s: {expected()}") from None

    async def until_notified(self, listener: Notified, urls: Iterable[URL], category: str = "providers") -> None:
        """Wait until the newest list of the check's service is `urls`."""
        wanted = sorted(urls, key=str)
        await self.until(
            lambda: listener.of(self.service, category) == wanted,
            lambda: f"{category} are {wanted}, last notified {listener.of(self.service, category)}",
        )

    async def close(self) -> None:
        """Close every client."""
        for registry in self._opened:
            await registry.close()


Check: TypeAlias = "Callable[[World], Awaitable[None]]"


async def run(check: Check, open_registry: Callable[[], Registry], *, patience: float = 5.0, notifies_empty: bool = True) -> None:
    """Run one check; arguments as for `World`."""
    world = World(open_registry, patience=patience, notifies_empty=notifies_empty)
    try:
        await check(world)
    finally:
        await world.close()


async def finds_what_others_registered(world: World) -> None:
    """REG-11, REG-15: lookup gives the very URL, without markers for what is empty."""
    provider, consumer = world.open(), world.open()
    await provider.register(world.provider())
    found = await consumer.lookup(world.consumer())
    assert list(found) == [world.provider()], f"lookup gave {found}"


async def finds_nothing(world: World) -> None:
    """REG-15: nothing is an empty list."""
    found = await world.open().lookup(world.consumer())
    assert list(found) == [], f"lookup gave {found}"


async def notifies_before_subscribe_returns(world: World) -> None:
    """REG-13: the first notification is done when subscribe returns."""
    provider, consumer, notifications = world.open(), world.open(), Notified()
    await provider.register(world.provider())
    await consumer.subscribe(world.consumer(), notifications)
    assert notifications.of(world.service) == [world.provider()], f"notified {notifications.calls}"


async def notifies_every_category_first(world: World) -> None:
    """REG-16: the first notification covers all categories, by an ``empty://`` URL where there is nothing."""
    consumer, notifications = world.open(), Notified()
    await consumer.subscribe(world.consumer(), notifications)
    if not world.notifies_empty:
        assert notifications.calls == []
        return
    for category in _CATEGORIES.split(","):
        assert notifications.of(world.service, category) == [], f"{category} was not notified: {notifications.calls}"


async def notifies_changes_completely(world: World) -> None:
    """REG-16: each change is notified, with the complete list."""
    first, second, consumer, notifications = world.open(), world.open(), world.open(), Notified()
    await first.register(world.provider(1))
    await consumer.subscribe(world.consumer(), notifications)
    await second.register(world.provider(2))
    await world.until_notified(notifications, [world.provider(1), world.provider(2)])
    await first.unregister(world.provider(1))
    await world.until_notified(notifications, [world.provider(2)])
    await second.unregister(world.provider(2))
    await world.until_notified(notifications, [])


async def keeps_urls_of_one_address_apart(world: World) -> None:
    """REG-11, REG-12: other parameters are another entry, for registering and for taking back."""
    provider, consumer, notifications = world.open(), world.open(), Notified()
    await consumer.subscribe(world.consumer(version="*"), notifications)
    one, two = world.provider(1, version="1.0"), world.provider(1, version="2.0")
    await provider.register(one)
    await provider.register(two)
    await world.until_notified(notifications, [one, two])
    await provider.unregister(one)
    await world.until_notified(notifications, [two])


async def takes_back_twice(world: World) -> None:
    """REG-12, REG-14: taking back what is not there is no error."""
    registry, notifications = world.open(), Notified()
    await registry.unregister(world.provider())
    await registry.unsubscribe(world.consumer(), notifications)
    await registry.register(world.provider())
    await registry.unregister(world.provider())
    await registry.unregister(world.provider())
    assert list(await registry.lookup(world.consumer())) == []


async def notifies_by_category(world: World) -> None:
    """REG-11, REG-13: a subscription names its categories; a change of one leaves the others alone."""
    admin, consumer, rules, everything = world.open(), world.open(), Notified(), Notified()
    await consumer.subscribe(world.consumer("configurators"), rules)
    await consumer.subscribe(world.consumer("*"), everything)
    rule = URL("override", "0.0.0.0", 0, world.service, {"interface": world.service, "category": "configurators", "weight": "5"})  # noqa: S104
    await admin.register(rule)
    await admin.register(world.provider())
    await world.until_notified(rules, [rule], "configurators")
    await world.until_notified(everything, [rule], "configurators")
    await world.until_notified(everything, [world.provider()])
    assert rules.of(world.service) is None, "a subscription to configurators was notified of providers"


async def notifies_by_group_and_version(world: World) -> None:
    """REG-13: group and version select; ``*`` takes all."""
    provider, consumer = world.open(), world.open()
    plain, grouped = world.provider(1), world.provider(2, group="g", version="1.0")
    await provider.register(plain)
    await provider.register(grouped)
    for params, wanted in (
        ({}, [plain]),
        ({"group": "g", "version": "1.0"}, [grouped]),
        ({"group": "g", "version": "2.0"}, []),
        ({"group": "*", "version": "*"}, [plain, grouped]),
    ):
        found = sorted(await consumer.lookup(world.consumer(**params)), key=str)
        assert found == wanted, f"with {params} lookup gave {found}"


async def notifies_of_all_services(world: World) -> None:
    """REG-13: a subscription to ``*`` hears of the services that are there and of new ones."""
    provider, admin, notifications = world.open(), world.open(), Notified()
    await provider.register(world.provider())
    anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*", "enabled": "*", "check": "false"}
    await admin.subscribe(URL("admin", "10.0.0.99", 0, "*", anything), notifications)
    await world.until_notified(notifications, [world.provider()])
    other = f"{world.service}Other"
    late = world.provider(2).with_path(other).with_params({"interface": other})
    await provider.register(late)
    await world.until(lambda: notifications.of(other) == [late], lambda: f"the new service: {notifications.of(other)}")
    found = await admin.lookup(URL("admin", "10.0.0.99", 0, "*", anything))
    assert {world.provider(), late} <= set(found), f"lookup of everything gave {found}"


async def stops_notifying(world: World) -> None:
    """REG-14: after unsubscribe that listener is not notified; others still are."""
    provider, consumer, gone, stays = world.open(), world.open(), Notified(), Notified()
    await consumer.subscribe(world.consumer(), gone)
    await consumer.subscribe(world.consumer(), stays)
    await consumer.unsubscribe(world.consumer(), gone)
    before = len(gone.calls)
    for number in (1, 2):  # at the second change, the first one has reached everybody
        await provider.register(world.provider(number))
        await world.until_notified(stays, [world.provider(known) for known in range(1, number + 1)])
    assert len(gone.calls) == before, "a listener was notified after unsubscribe"


async def notifies_slow_listeners_in_order(world: World) -> None:
    """REG-16: a slow listener ends with the newest list, and delays nobody."""
    provider, consumer, slow, quick = world.open(), world.open(), Notified(delay=0.1), Notified()
    await consumer.subscribe(world.consumer(), slow)
    await consumer.subscribe(world.consumer(), quick)
    for number in range(1, 21):
        await provider.register(world.provider(number))
    for number in range(1, 20):
        await provider.unregister(world.provider(number))
    await world.until_notified(quick, [world.provider(20)])
    await world.until_notified(slow, [world.provider(20)])


async def carries_any_text(world: World) -> None:
    """REG-11: every URL comes out as it went in."""
    provider, consumer, notifications = world.open(), world.open(), Notified()
    await consumer.subscribe(world.consumer(), notifications)
    odd = world.provider(1, mock="return%20%7B%22a%22%3A1%7D", owner="Jörg/日本", methods="a,b", note="a*b~c:d|e")
    await provider.register(odd)
    await world.until_notified(notifications, [odd])


async def forgets_whom_it_lost(world: World) -> None:
    """REG-11, REG-29: what a client registered goes when it closes, unless ``dynamic=false``."""
    provider, admin, consumer, notifications = world.open(), world.open(), world.open(), Notified()
    await consumer.subscribe(world.consumer(), notifications)
    lasting = world.provider(2, dynamic="false")
    await provider.register(world.provider(1))
    await provider.register(lasting)
    await world.until_notified(notifications, [world.provider(1), lasting])
    await provider.close()
    await world.until_notified(notifications, [lasting])
    await admin.register(lasting)
    await admin.unregister(lasting)
    await world.until(
        lambda: notifications.of(world.service) == [],
        lambda: f"the lasting entry stays: {notifications.of(world.service)}",
    )


async def survives_a_crowd(world: World) -> None:
    """REG-16: many providers come and leave at once; the last list is the right one."""
    registries, consumer, notifications = [world.open() for _ in range(4)], world.open(), Notified()
    await consumer.subscribe(world.consumer(), notifications)
    urls = [world.provider(1 + number % 250, pid=str(number)) for number in range(200)]
    await asyncio.gather(*(registries[number % 4].register(url) for number, url in enumerate(urls)))
    await world.until_notified(notifications, urls)
    await asyncio.gather(*(registries[number % 4].unregister(url) for number, url in enumerate(urls) if number % 2))
    await world.until_notified(notifications, [url for number, url in enumerate(urls) if not number % 2])


CHECKS: tuple[Check, ...] = (
    finds_what_others_registered,
    finds_nothing,
    notifies_before_subscribe_returns,
    notifies_every_category_first,
    notifies_changes_completely,
    keeps_urls_of_one_address_apart,
    takes_back_twice,
    notifies_by_category,
    notifies_by_group_and_version,
    notifies_of_all_services,
    stops_notifying,
    notifies_slow_listeners_in_order,
    carries_any_text,
    forgets_whom_it_lost,
    survives_a_crowd,
)
"""Every check; each tests one promise that `Registry` makes."""
