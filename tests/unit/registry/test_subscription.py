from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.registry.subscription import Subscription, of_service
from aiodubbo.registry.untrusted import Entries, parse_entries
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.grammar import decode, encode
from aiodubbo.url.url import URL
from tests.unit.fakes import provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOCK = ManualClock()
CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "providers,configurators"})


class Listener:
    """Keeps what it was told, as ``protocol:host``; `gate` lets it take its time."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def __call__(self, urls: Sequence[URL]) -> None:
        await self.gate.wait()
        self.told.append([f"{url.protocol}:{url.host}" for url in urls])
        if self.failure is not None:
            raise self.failure


def entries(*urls: URL) -> Entries:
    return {str(url): url for url in urls}


@pytest.mark.spec("REG-73", "the first notification is one list with all categories; each later one is of one category")
async def test_first_and_later() -> None:
    listener = Listener()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", entries(provider_url(1)))
    subscription.put("configurators", {})

    await subscription.notify_first()
    assert subscription.is_notified
    subscription.put("providers", entries(provider_url(1), provider_url(2)))
    await CLOCK.advance_until(lambda: len(listener.told) == 2)
    assert listener.told == [["dubbo:10.0.0.1", "empty:10.0.0.9"], ["dubbo:10.0.0.1", "dubbo:10.0.0.2"]]
    await subscription.close()


async def test_what_does_not_match_and_what_did_not_change_is_not_told() -> None:
    listener = Listener()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", entries(provider_url(1)))
    await subscription.notify_first()
    subscription.put("providers", entries(provider_url(1), provider_url(2, version="2.0"), provider_url(3, enabled="perhaps")))
    subscription.put("providers", {**entries(provider_url(1)), "no url": None})
    await CLOCK.advance(0.01)
    assert listener.told == [["dubbo:10.0.0.1"]]
    await subscription.close()


@pytest.mark.spec("REG-16", "while a listener is busy only the newest list matters")
async def test_a_slow_listener_gets_the_newest_list() -> None:
    listener = Listener()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", {})
    await subscription.notify_first()
    listener.gate.clear()
    for number in range(1, 10):
        subscription.put("providers", entries(provider_url(number)))
        await asyncio.sleep(0)
    listener.gate.set()
    await CLOCK.advance_until(lambda: listener.told[-1] == ["dubbo:10.0.0.9"])
    assert len(listener.told) == 3
    await subscription.close()


@pytest.mark.spec("REG-32", "a listener that fails is told again at the next change")
async def test_a_listener_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "aiodubbo.registry.subscription")
    listener = Listener()
    listener.failure = ValueError("its own fault")
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", {})
    await subscription.notify_first()
    subscription.put("providers", entries(provider_url(1)))
    await CLOCK.advance_until(lambda: len(listener.told) == 2)
    assert "Failed to notify addresses for subscribe" in caplog.text
    await subscription.close()


@pytest.mark.spec("REG-16", "after the registry was away an empty list is held back, then told; a list that is not empty is told at once")
async def test_an_empty_list_is_held_back() -> None:
    listener = Listener()
    wait = 0.0
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: wait)
    subscription.put("providers", entries(provider_url(1), provider_url(2)))
    await subscription.notify_first()
    wait = 0.05
    subscription.put("providers", {})
    await CLOCK.advance(0.01)
    assert len(listener.told) == 1
    subscription.put("providers", entries(provider_url(2)))
    await CLOCK.advance_until(lambda: listener.told[-1] == ["dubbo:10.0.0.2"])
    subscription.put("providers", {})
    await CLOCK.advance(0.01)
    wait = 0.0
    await CLOCK.advance_until(lambda: listener.told[-1] == ["empty:10.0.0.9"])
    await subscription.close()


@pytest.mark.spec("REG-16", "each category whose list is empty after the registry was away is told in the end")
async def test_empty_lists_of_two_categories_are_held_back() -> None:
    listener = Listener()
    wait = 0.0
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: wait)
    rule = URL("override", "0.0.0.0", 0, "com.example.Greeter", {"category": "configurators", "timeout": "5"})
    subscription.put("providers", entries(provider_url(1)))
    subscription.put("configurators", entries(rule))
    await subscription.notify_first()
    wait = 0.02
    subscription.put("providers", {})
    subscription.put("configurators", {})
    await CLOCK.advance(0.01)
    assert len(listener.told) == 1
    wait = 0.0
    await CLOCK.advance_until(lambda: listener.told[1:] == [["empty:10.0.0.9"]] * 2)
    await subscription.close()


@pytest.mark.spec("REG-16", "a listener is never told two lists at once: what changes while it is told first comes after that")
async def test_a_change_while_the_first_list_is_told() -> None:
    listener = Listener()
    listener.gate.clear()
    running = worst = 0

    async def slow(urls: Sequence[URL]) -> None:
        nonlocal running, worst
        running += 1
        worst = max(worst, running)
        await listener(urls)
        running -= 1

    subscription = Subscription(CONSUMER, slow, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", entries(provider_url(1)))
    first = asyncio.create_task(subscription.notify_first())
    await asyncio.sleep(0)
    subscription.put("providers", entries(provider_url(1), provider_url(2)))
    await CLOCK.advance(0.01)
    again = asyncio.create_task(subscription.notify_first())
    await CLOCK.advance(0.01)
    assert worst == 1
    listener.gate.set()
    await asyncio.gather(first, again)
    assert listener.told == [["dubbo:10.0.0.1"], ["dubbo:10.0.0.1", "dubbo:10.0.0.2"]]
    assert worst == 1
    await subscription.close()


@pytest.mark.spec("REG-13", "a list counts as told when the listener is done with it")
async def test_what_was_cancelled_is_told_again() -> None:
    listener = Listener()
    listener.gate.clear()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", entries(provider_url(1)))
    first = asyncio.create_task(subscription.notify_first())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert not subscription.is_notified
    listener.gate.set()
    await subscription.notify_first()
    assert listener.told == [["dubbo:10.0.0.1"]]
    await subscription.close()


async def cancelled_while_telling_again() -> tuple[Subscription, Listener, asyncio.Task[None]]:
    """Who knows an empty list, and was being told of a provider as that was cancelled; its gate is closed."""
    listener = Listener()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", {})
    await subscription.notify_first()
    listener.gate.clear()
    again = asyncio.create_task(subscription.notify_first())
    subscription.put("providers", entries(provider_url(1)))
    await CLOCK.advance(0.01)
    again.cancel()
    return subscription, listener, again


async def test_a_cancelled_repetition_is_told_in_the_background() -> None:
    subscription, listener, again = await cancelled_while_telling_again()
    await asyncio.wait([again])
    listener.gate.set()
    await CLOCK.advance_until(lambda: listener.told[1:] == [["dubbo:10.0.0.1"]])
    await subscription.close()


async def test_after_a_cancellation_the_list_that_was_told_before_is_told_again() -> None:
    """The listener may have the one that came between, or not."""
    subscription, listener, again = await cancelled_while_telling_again()
    subscription.put("providers", {})
    await asyncio.wait([again])
    listener.gate.set()
    await CLOCK.advance_until(lambda: listener.told == [["empty:10.0.0.9"]] * 2)
    await subscription.close()


async def test_nothing_is_told_after_close() -> None:
    listener = Listener()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", {})
    await subscription.notify_first()
    subscription.put("providers", entries(provider_url(1)))
    await subscription.close()
    subscription.put("providers", entries(provider_url(2)))
    await CLOCK.advance(0.01)
    assert len(listener.told) == 1


async def test_a_listener_may_close_its_own_subscription() -> None:
    class Leaver(Listener):
        async def __call__(self, urls: Sequence[URL]) -> None:
            await super().__call__(urls)
            if len(self.told) == 2:
                await subscription.close()

    listener = Leaver()
    subscription = Subscription(CONSUMER, listener, Tasks(CLOCK), lambda: 0.0)
    subscription.put("providers", {})
    await subscription.notify_first()
    subscription.put("providers", entries(provider_url(1)))
    await CLOCK.advance_until(lambda: len(listener.told) == 2)


def test_entries_are_parsed_once_and_sorted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "aiodubbo.registry.subscription")
    good = encode(str(provider_url(2)))
    broken = encode("dubbo://10.0.0.1:port/x")
    first = parse_entries([good, "plain", broken, "%ZZ"], {}, decode)
    assert {text: url for text, url in first.items() if url is not None} == {good: provider_url(2)}
    assert len(caplog.records) == 2
    again = parse_entries([*first, encode(str(provider_url(1)))], first, decode)
    assert again[good] is first[good]
    assert list(again) == sorted(again)
    assert len(caplog.records) == 2


@pytest.mark.spec("REG-74", "a subscription to everything becomes one for each service")
def test_of_service() -> None:
    everything = URL("admin", "10.0.0.9", 0, "*", {"interface": "*", "category": "*"})
    one = of_service(everything, "com.example.Greeter")
    assert (one.path, one.service_interface, one.param("check")) == ("com.example.Greeter", "com.example.Greeter", "false")


def test_of_too_many_entries_those_that_are_known_stay(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("aiodubbo.registry.untrusted.MAX_URLS", 3)
    mine = str(provider_url(9))
    before = parse_entries([mine], {}, str)
    flood = parse_entries([mine, *(f"aaaa://h{index}" for index in range(10))], before, str)
    assert list(flood) == ["aaaa://h0", "aaaa://h1", mine]
    parse_entries([mine, *(f"aaaa://h{index}" for index in range(10))], flood, str)
    assert caplog.text.count("holds 11 entries of one kind") == 1


def test_an_entry_that_nobody_could_write_down_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    assert parse_entries(["dubbo://h\n:1/I"], {}, str) == {"dubbo://h\n:1/I": None}
    assert "U+000A" in caplog.text
