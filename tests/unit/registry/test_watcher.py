from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.registry.watcher import Watcher
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.unit.fakes import provider_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

CLOCK = ManualClock()
SERVICE = "com.example.Greeter"
CONSUMER = URL("consumer", "10.0.0.9", 0, SERVICE, {"category": "providers"})
EVERYTHING = URL("admin", "10.0.0.9", 0, "*", {"interface": "*", "category": "providers"})


class FakeFolders:
    """Folders in memory; `reads` counts, `failure` is raised while set."""

    def __init__(self) -> None:
        self.content: dict[tuple[str, str], list[URL]] = {}
        self.failure: Exception | None = None
        self.reads = 0
        self.forgotten: list[str] = []
        self.pause = 0.0
        self.watcher = Watcher(self, CLOCK, name="fake", session=0.05, retry_period=0.01)

    async def read(self, service: str, category: str, *, watch: URL | None) -> Iterable[str]:
        self.reads += 1
        content = [str(url) for url in self.content.get((service, category), [])]
        await CLOCK.sleep(self.pause)
        if self.failure is not None:
            raise self.failure
        return content

    async def services(self, *, watch: bool) -> Mapping[str, Collection[str]]:
        if self.failure is not None:
            raise self.failure
        return {service: {category for owner, category in self.content if owner == service} for service, _ in self.content}

    async def forget(self, service: str) -> None:
        self.forgotten.append(service)

    def decode(self, entry: str) -> str:
        return entry

    def put(self, *urls: URL, service: str = SERVICE) -> None:
        new = (service, "providers") not in self.content
        self.content[service, "providers"] = list(urls)
        self.watcher.changed(service, "providers")
        if new:
            self.watcher.services_changed()


async def test_a_folder_is_read_once_for_all_and_again_after_a_change() -> None:
    folders, first, second = FakeFolders(), Notified(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, first))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, second))
    assert folders.reads == 1
    folders.put(provider_url(2))
    await CLOCK.advance_until(lambda: first.of(SERVICE) == second.of(SERVICE) == [provider_url(2)])
    assert folders.reads == 2
    await folders.watcher.close()
    assert folders.forgotten == [SERVICE]


async def test_a_change_while_reading_is_not_missed() -> None:
    folders, told = FakeFolders(), Notified()
    folders.pause = 0.01
    folders.put(provider_url(1))
    subscribing = asyncio.create_task(folders.watcher.subscribe(CONSUMER, told))
    await CLOCK.advance(0.005)
    folders.put(provider_url(2))
    await CLOCK.advance_through(subscribing)
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [provider_url(2)])
    await folders.watcher.close()


async def test_a_lookup_of_everything_reads_what_there_is() -> None:
    folders = FakeFolders()
    for number in range(5):
        service = f"com.example.S{number}"
        folders.put(provider_url(number).with_path(service).with_params({"interface": service}), service=service)
    folders.content["com.example.S0", "consumers"] = []
    found = await CLOCK.advance_through(
        folders.watcher.lookup(EVERYTHING.with_params({"category": "providers,consumers,routers,configurators"}))
    )
    assert len(found) == 5
    assert folders.reads == 6, "five folders of providers, one of consumers"


async def test_a_subscription_that_ends_leaves_the_others_of_its_service() -> None:
    folders, first, second = FakeFolders(), Notified(), Notified()
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, first))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER.with_params({"category": "routers"}), second))
    await folders.watcher.unsubscribe(CONSUMER.with_params({"category": "routers"}), second)
    assert folders.forgotten == []
    await folders.watcher.unsubscribe(CONSUMER, first)
    assert folders.forgotten == [SERVICE]


@pytest.mark.spec("REG-16", "while something changes all the time listeners are told, and subscriptions begin")
async def test_a_storm_of_changes() -> None:
    folders, told, late = FakeFolders(), Notified(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, told))
    folders.pause = 0.005

    async def storm() -> None:
        for number in itertools.count():
            folders.put(provider_url(2 + number % 200))
            await CLOCK.sleep(0.001)

    storming = asyncio.create_task(storm())
    async with asyncio.timeout(5):
        await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER.with_params({"x": "y"}), late))
        await CLOCK.advance_until(lambda: len(told.calls) > 3)
    storming.cancel()
    await asyncio.wait([storming])
    await CLOCK.advance_until(lambda: told.of(SERVICE) == late.of(SERVICE) == folders.content[SERVICE, "providers"])
    await folders.watcher.close()


@pytest.mark.spec("REG-27", "what cannot be read in an unforeseen way is read later, too")
async def test_an_unforeseen_failure_does_not_end_the_reading(caplog: pytest.LogCaptureFixture) -> None:
    folders, told = FakeFolders(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, told))
    folders.failure = AttributeError("'NoneType' object has no attribute 'writelines'")
    folders.put(provider_url(2))
    await CLOCK.advance_until(lambda: folders.reads >= 3)
    assert "writelines" in caplog.text
    folders.failure = None
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [provider_url(2)])
    await folders.watcher.close()


@pytest.mark.spec("REG-14", "nothing is told after the end of a subscription, also when that was cancelled")
async def test_a_cancelled_end() -> None:
    folders, told = FakeFolders(), Notified()
    both = CONSUMER.with_params({"category": "providers,configurators"})
    await CLOCK.advance_through(folders.watcher.subscribe(both, told))
    folders.pause = 0.01
    folders.put(provider_url(1))
    await asyncio.sleep(0)
    leaving = asyncio.create_task(folders.watcher.unsubscribe(both, told))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    calls = len(told.calls)
    folders.content[SERVICE, "configurators"] = [provider_url(2, category="configurators")]
    folders.watcher.changed(SERVICE, "configurators")
    await CLOCK.advance(0.03)
    assert len(told.calls) == calls


class OneForbidden(FakeFolders):
    """Does not let anybody read some services."""

    def __init__(self, *forbidden: str) -> None:
        super().__init__()
        self.forbidden = set(forbidden)

    async def read(self, service: str, category: str, *, watch: URL | None) -> Iterable[str]:
        if service in self.forbidden:
            raise RegistryError(f"{service}: not permitted")
        return await super().read(service, category, watch=watch)


@pytest.mark.spec("REG-74", "a service that cannot be read does not hide the others, and is told when it can be")
async def test_one_service_is_forbidden(caplog: pytest.LogCaptureFixture) -> None:
    folders, told = OneForbidden("com.example.Secret"), Notified()
    secret = provider_url(2).with_path("com.example.Secret").with_params({"interface": "com.example.Secret"})
    folders.put(provider_url(1))
    folders.put(secret, service="com.example.Secret")
    assert await folders.watcher.lookup(EVERYTHING) == [provider_url(1)]
    assert "1 of 2 services are left out: com.example.Secret: not permitted" in caplog.text
    await CLOCK.advance_through(folders.watcher.subscribe(EVERYTHING, told))
    assert told.of(SERVICE) == [provider_url(1)]
    folders.put(provider_url(3))
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [provider_url(3)])
    folders.forbidden.clear()
    await CLOCK.advance_until(lambda: told.of("com.example.Secret") == [secret])
    await folders.watcher.close()


async def test_all_services_are_forbidden() -> None:
    folders = OneForbidden(SERVICE)
    folders.put(provider_url(1))
    with pytest.raises(RegistryError, match="not permitted"):
        await CLOCK.advance_through(folders.watcher.lookup(EVERYTHING))
    with pytest.raises(RegistryError, match="not permitted"):
        await CLOCK.advance_through(folders.watcher.subscribe(EVERYTHING, Notified()))
    assert not folders.watcher.has_wildcards()


@pytest.mark.spec("REG-27", "what cannot be read after a change is read later; meanwhile the last list is kept")
async def test_a_read_that_fails_is_repeated() -> None:
    folders, told = FakeFolders(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, told))
    folders.failure = NetworkError("away")
    folders.put(provider_url(2))
    await CLOCK.advance(0.03)
    assert told.of(SERVICE) == [provider_url(1)]
    folders.failure = None
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [provider_url(2)])
    await folders.watcher.close()


async def test_a_first_subscription_that_fails_leaves_nothing_behind() -> None:
    folders, told = FakeFolders(), Notified()
    folders.failure = NetworkError("away")
    for subscription in (CONSUMER, EVERYTHING):
        with pytest.raises(NetworkError):
            await CLOCK.advance_through(folders.watcher.subscribe(subscription, told))
    folders.failure = None
    folders.put(provider_url(1))
    await CLOCK.advance(0.01)
    assert told.calls == []
    assert not folders.watcher.has_wildcards()


@pytest.mark.spec("REG-13", "who was cancelled while it was told first, and subscribes again, is told")
async def test_subscribed_again_after_a_cancellation() -> None:
    folders, told = FakeFolders(), Notified()
    folders.put(provider_url(1))
    gate = asyncio.Event()

    async def listener(urls: Sequence[URL]) -> None:
        await gate.wait()
        await told(urls)

    subscribing = asyncio.create_task(folders.watcher.subscribe(CONSUMER, listener))
    await CLOCK.advance(0.01)
    subscribing.cancel()
    await asyncio.wait([subscribing])
    gate.set()
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, listener))
    assert told.of(SERVICE) == [provider_url(1)]
    await folders.watcher.close()


@pytest.mark.spec("REG-77", "after a lost connection everything is read again; an empty list is believed after a session")
async def test_reconnected() -> None:
    folders, told = FakeFolders(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, told))
    folders.watcher.disconnected()
    folders.content.clear()
    folders.watcher.connected()
    await CLOCK.advance(0.02)
    assert told.of(SERVICE) == [provider_url(1)]
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [])
    folders.put(provider_url(1))
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [provider_url(1)])
    folders.put()
    await CLOCK.advance_until(lambda: told.of(SERVICE) == [])
    await folders.watcher.close()


@pytest.mark.spec("REG-74", "all services, also those that come later; one that goes is forgotten")
async def test_wildcard() -> None:
    folders, told = FakeFolders(), Notified()
    folders.put(provider_url(1))
    await CLOCK.advance_through(folders.watcher.subscribe(EVERYTHING, told))
    other = provider_url(2).with_path("com.example.Other").with_params({"interface": "com.example.Other"})
    folders.put(other, service="com.example.Other")
    await CLOCK.advance_until(lambda: told.of("com.example.Other") == [other])
    del folders.content["com.example.Other", "providers"]
    folders.watcher.services_changed()
    await CLOCK.advance_until(lambda: folders.forgotten == ["com.example.Other"])
    assert set(await folders.watcher.lookup(EVERYTHING)) == {provider_url(1)}
    await folders.watcher.unsubscribe(EVERYTHING, told)
    folders.put(provider_url(3))
    await CLOCK.advance(0.01)
    assert told.of(SERVICE) == [provider_url(1)]
    await folders.watcher.close()


async def test_an_unforeseen_failure_of_reading_an_entry_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    folders, told, failures = FakeFolders(), Notified(), 1
    await CLOCK.advance_through(folders.watcher.subscribe(CONSUMER, told))

    def decode(entry: str) -> str:
        nonlocal failures
        if failures:
            failures -= 1
            raise RecursionError("unforeseen")
        return entry

    folders.decode = decode  # type: ignore[method-assign]
    folders.content["com.example.Greeter", "providers"] = [provider_url(1)]
    folders.watcher.changed("com.example.Greeter", "providers")
    await CLOCK.advance_until(lambda: told.of("com.example.Greeter") == [provider_url(1)])
    assert "unforeseen" in caplog.text
    await folders.watcher.close()
