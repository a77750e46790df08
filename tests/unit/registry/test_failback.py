from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.registry.cache import RegistryCache
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeRegistry, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Listener

CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"check": "false"})
CLOCK = ManualClock()
HOST = Host(name="test", clock=CLOCK)
AWAY = NetworkError("the registry is away")


async def listener(urls: Sequence[URL]) -> None:
    """Notified nothing of interest."""


@pytest.mark.spec("REG-30", "a registration that fails is an error when it is to be checked, and is not repeated then")
async def test_register_checked() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    with pytest.raises(
        RegistryError, match=r"Failed to register .*10\.0\.0\.1.* to registry 10\.1\.1\.1:9090, cause: the registry is away"
    ):
        await registry.register(provider_url(1))
    inner.failure = None
    await CLOCK.advance(0.05)
    assert inner.log == [], "nothing was sent"
    assert registry._reconciler.held_urls == {}
    await registry.close()


@pytest.mark.spec("REG-30", "what was sent and not answered may have arrived: it is taken back, but for what lasts, which may be another's")
@pytest.mark.parametrize(("dynamic", "expected"), [("true", ["unregister"]), ("false", [])])
async def test_register_unanswered(dynamic: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    monkeypatch.setattr(inner, "is_available", lambda: True)
    inner.failure = AWAY
    with pytest.raises(RegistryError, match="the registry is away"):
        await registry.register(provider_url(1, dynamic=dynamic))
    inner.failure = None
    await CLOCK.advance(0.05)
    assert [what for what, _ in inner.log] == expected
    await registry.close()
    assert [what for what, _ in inner.log] == expected


@pytest.mark.spec("REG-30", "what the registry refused is neither repeated nor taken back")
async def test_register_refused() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = RegistryError("not permitted")
    with pytest.raises(RegistryError, match="cause: not permitted"):
        await registry.register(provider_url(1))
    inner.failure = None
    await registry.unregister(provider_url(1))
    await CLOCK.advance(0.03)
    assert inner.log == []
    await registry.close()


class LosesAnswers(FakeRegistry):
    """What is registered arrives, and nobody hears of it."""

    async def register(self, url: URL) -> None:
        await super().register(url)
        raise NetworkError("did not answer")


@pytest.mark.parametrize("check", ["true", "false"])
@pytest.mark.spec("REG-12", "what arrived at the registry without an answer is taken back")
async def test_a_registration_whose_answer_is_lost(check: str) -> None:
    inner = LosesAnswers(URL("fake", "10.1.1.1", 9090, params={"retry.period": "100000"}))
    registry = FailbackRegistry(inner, HOST)
    url = provider_url(1, check=check)
    if check == "true":
        with pytest.raises(RegistryError):
            await registry.register(url)
    else:
        await registry.register(url)
    await registry.unregister(url)
    assert inner.log[-1] == ("unregister", url)
    await registry.close()


@pytest.mark.spec("REG-12", "a registration that was given up and has arrived is taken back also when nobody asks for it")
async def test_a_registration_that_was_given_up_is_taken_back() -> None:
    inner = LosesAnswers()
    registry = FailbackRegistry(inner, HOST)
    with pytest.raises(RegistryError):
        await registry.register(provider_url(1))
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1)), ("unregister", provider_url(1))])
    await registry.close()


@pytest.mark.parametrize(
    "url", [provider_url(1, check="false"), URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "consumers"})]
)
@pytest.mark.spec("REG-30", "with check=false, and for consumers always, a registration that fails is repeated until it succeeds")
async def test_register_unchecked_is_repeated(url: URL) -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    await registry.register(url)
    await CLOCK.advance(0.03)
    assert inner.log == []
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.log == [("register", url)])
    await registry.close()
    assert inner.log[-1] == ("unregister", url)


@pytest.mark.spec("REG-33", "the opposite call ends the repetition")
async def test_unregister_ends_the_repetition() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))
    await registry.unregister(provider_url(1, check="false"))
    inner.failure = None
    await CLOCK.advance(0.05)
    assert inner.log == [], "nothing was sent, and nothing is any more"
    await registry.close()


@pytest.mark.spec("REG-31", "a subscription that fails is an error, or repeated, by its check")
async def test_subscribe() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    with pytest.raises(RegistryError, match="Failed to subscribe"):
        await registry.subscribe(CONSUMER.with_params({"check": "true"}), listener)
    await registry.subscribe(CONSUMER, listener)
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.listeners == [(CONSUMER, listener)])
    await registry.close()
    assert inner.listeners == []


@pytest.mark.spec("REG-28", "after a new session everything is registered and subscribed again")
async def test_new_session() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.subscribe(CONSUMER, listener)
    inner.log.clear()
    inner.listeners.clear()
    inner.new_session()
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1)), ("subscribe", CONSUMER)])
    await registry.close()


@pytest.mark.spec("REG-28", "a new session ends the wait for the next attempt")
async def test_a_new_session_ends_the_wait() -> None:
    inner = FakeRegistry(URL.parse("fake://10.1.1.1:9090?retry.period=60000"))
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))
    await CLOCK.advance_until(lambda: inner.attempts == 2)
    await asyncio.sleep(0)
    inner.failure = None
    inner.new_session()
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1, check="false"))])
    await registry.close()


@pytest.mark.spec("REG-33", "an unregistration that fails is repeated, also in the next session")
async def test_unregister_is_repeated_in_a_new_session() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    lasting = provider_url(1, dynamic="false")
    await registry.register(lasting)
    inner.failure = AWAY
    await registry.unregister(lasting)
    inner.failure = None
    inner.new_session()
    await CLOCK.advance_until(lambda: inner.log[-1] == ("unregister", lasting))
    await registry.close()


@pytest.mark.spec("REG-33", "an unregistration that fails is repeated")
async def test_unregister_is_repeated() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    inner.failure = AWAY
    await registry.unregister(provider_url(1))
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.log[-1] == ("unregister", provider_url(1)))
    await registry.close()


@pytest.mark.spec("REG-29", "closing takes back all but what is persistent")
async def test_close() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.register(provider_url(2, dynamic="false"))
    await registry.close()
    await registry.close()
    assert [entry for entry in inner.log if entry[0] == "unregister"] == [("unregister", provider_url(1))]
    assert inner.closed


@pytest.mark.spec("REG-33", "what the registry refuses does not keep the rest from being repeated")
async def test_a_refusal_does_not_hold_up_the_rest() -> None:
    class Choosy(FakeRegistry):
        async def register(self, url: URL) -> None:
            if url.host == "10.0.0.1":
                raise RegistryError("not this one")
            await super().register(url)

    inner = Choosy()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    urls = [provider_url(number, check="false") for number in range(1, 8)]
    for url in urls:
        await registry.register(url)
    inner.failure = None
    await CLOCK.advance_until(lambda: {url for _, url in inner.log} == set(urls[1:]))
    await registry.close()


@pytest.mark.spec("REG-33", "a part of the registry that is away does not keep the rest from being repeated")
async def test_one_node_that_is_away_does_not_hold_up_the_rest() -> None:
    class OneNodeAway(FakeRegistry):
        async def register(self, url: URL) -> None:
            self._do("attempt", url)
            raise NetworkError("the node for this URL is away")

    inner = OneNodeAway()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))
    await registry.subscribe(CONSUMER, listener)
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.listeners == [(CONSUMER, listener)])
    await registry.close()


async def test_an_unforeseen_failure_of_a_whole_pass_is_not_the_last_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))

    async def fail(work: object, on: object) -> None:
        raise KeyError("a mistake")

    with monkeypatch.context() as wrong:
        wrong.setattr(registry._reconciler, "_each", fail)
        await CLOCK.advance_until(lambda: "a mistake" in caplog.text)
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1, check="false"))])
    await registry.close()


async def test_an_unforeseen_failure_does_not_hold_up_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeRegistry):
        broken = True

        async def register(self, url: URL) -> None:
            if self.broken and self.failure is None and url.host == "10.0.0.1":
                raise AttributeError("'NoneType' object has no attribute 'writelines'")
            await super().register(url)

    inner = Broken()
    registry = FailbackRegistry(inner, HOST)
    inner.failure = AWAY
    urls = [provider_url(number, check="false") for number in range(1, 4)]
    for url in urls:
        await registry.register(url)
    await registry.subscribe(CONSUMER, listener)
    inner.failure = None
    await CLOCK.advance_until(lambda: {url for _, url in inner.log} == {*urls[1:], CONSUMER})
    assert "writelines" in caplog.text
    inner.broken = False
    await CLOCK.advance_until(lambda: ("register", urls[0]) in inner.log)
    await registry.close()


@pytest.mark.spec("REG-33", "an unregistration that is cancelled is repeated")
async def test_a_cancelled_unregistration_is_repeated() -> None:
    class Hangs(FakeRegistry):
        """Does not get on with what is taken back, while `hanging` counts."""

        hanging: int | None = 0

        async def unregister(self, url: URL) -> None:
            await self._hang()
            await super().unregister(url)

        async def unsubscribe(self, url: URL, listener: Listener) -> None:
            await self._hang()
            await super().unsubscribe(url, listener)

        async def _hang(self) -> None:
            if self.hanging is not None:
                self.hanging += 1
                await asyncio.Event().wait()

    inner = Hangs()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.subscribe(CONSUMER, listener)
    leaving = [
        asyncio.create_task(registry.unregister(provider_url(1))),
        asyncio.create_task(registry.unsubscribe(CONSUMER, listener)),
    ]
    await CLOCK.advance_until(lambda: inner.hanging == 2)
    inner.hanging = None
    for task in leaving:
        task.cancel()
    await asyncio.wait(leaving)
    await CLOCK.advance_until(lambda: inner.log[2:] == [("unregister", provider_url(1)), ("unsubscribe", CONSUMER)])
    await registry.close()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.spec("REG-33", "what was to be taken back without success is registered when it is asked for again")
async def test_registered_again_after_an_unregistration_that_failed(known: bool) -> None:
    inner = FakeRegistry(URL("fake", "10.1.1.1", 9090, params={"retry.period": "100000"}))
    registry = FailbackRegistry(inner, HOST)
    lasting = provider_url(1, dynamic="false")
    if known:
        await registry.register(lasting)
    inner.failure = AWAY
    await registry.unregister(lasting)
    inner.failure = None
    inner.log.clear()
    await registry.register(lasting)
    assert inner.log == [("register", lasting)]
    await registry.close()


async def test_registering_twice_is_done_once() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.register(provider_url(1))
    assert inner.log == [("register", provider_url(1))]
    await registry.close()


@pytest.mark.spec("REG-12", "what outlives its owner is taken back whoever registered it")
async def test_anybody_takes_back_what_lasts() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    lasting = provider_url(1, dynamic="false")
    inner.failure = AWAY
    await registry.unregister(lasting)
    await registry.unregister(provider_url(2))
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.log == [("unregister", lasting)])
    await registry.close()


@pytest.mark.spec("REG-34", "a registry that accepts some protocols is not told of others")
async def test_accepts() -> None:
    inner = FakeRegistry(URL.parse("fake://10.1.1.1:9090?accepts=REST,override"))
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    rest = provider_url(2).with_protocol("rest")
    await registry.register(rest)
    assert registry.registered == {rest}
    await registry.unregister(provider_url(1))
    await registry.close()
    assert inner.log == [("register", rest), ("unregister", rest)]


class Slow(FakeRegistry):
    """Works when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, asyncio.Event] = {}

    async def register(self, url: URL) -> None:
        if gate := self.gates.get(url.host):
            await gate.wait()
        await super().register(url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        if gate := self.gates.get(url.service_interface):
            await gate.wait()
        await super().subscribe(url, listener)


@pytest.mark.spec("REG-13", "a subscription that has to wait keeps no other one waiting")
async def test_subscriptions_do_not_wait_for_each_other() -> None:
    inner = Slow()
    gate = inner.gates["com.example.Slow"] = asyncio.Event()
    registry = FailbackRegistry(inner, HOST)
    waiting = asyncio.create_task(registry.subscribe(CONSUMER.with_path("com.example.Slow"), listener))
    await asyncio.sleep(0)
    await registry.subscribe(CONSUMER, listener)
    assert not waiting.done()
    gate.set()
    await waiting
    await registry.close()


@pytest.mark.spec("REG-33", "the opposite call waits for its turn, and wins")
async def test_a_wish_and_its_opposite_do_not_overtake_each_other() -> None:
    inner = Slow()
    gate = inner.gates["10.0.0.1"] = asyncio.Event()
    registry = FailbackRegistry(inner, HOST)
    registering = asyncio.create_task(registry.register(provider_url(1)))
    await asyncio.sleep(0)
    unregistering = asyncio.create_task(registry.unregister(provider_url(1)))
    await CLOCK.advance(0.01)
    assert inner.log == []
    gate.set()
    await asyncio.gather(registering, unregistering)
    assert inner.log == [("register", provider_url(1)), ("unregister", provider_url(1))]
    await registry.close()


async def registered_as_a_session_ended() -> tuple[Slow, FailbackRegistry]:
    """A registry that took a provider in a session which was over by then."""
    inner = Slow()
    gate = inner.gates["10.0.0.1"] = asyncio.Event()
    registry = FailbackRegistry(inner, HOST)
    registering = asyncio.create_task(registry.register(provider_url(1)))
    await asyncio.sleep(0)
    inner.new_session()
    gate.set()
    await registering
    return inner, registry


@pytest.mark.spec("REG-28", "what was registered while a session ended is registered again in the next one")
async def test_a_session_ends_in_the_middle() -> None:
    inner, registry = await registered_as_a_session_ended()
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1))] * 2)
    await registry.close()


@pytest.mark.spec("REG-12", "what was registered while a session ended can be taken back before it is registered again")
async def test_taken_back_after_a_session_ended_in_the_middle() -> None:
    inner, registry = await registered_as_a_session_ended()
    await registry.unregister(provider_url(1))
    assert inner.log[-1] == ("unregister", provider_url(1))
    await registry.close()


@pytest.mark.spec("REG-14", "whoever unsubscribes between two sessions is not told any more")
async def test_unsubscribed_after_a_session_ended() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.subscribe(CONSUMER, listener)
    inner.new_session()
    await registry.unsubscribe(CONSUMER, listener)
    assert inner.listeners == []
    await registry.close()


class NewSessionMeanwhile(FakeRegistry):
    """Each operation makes the connection, and so a new session."""

    async def register(self, url: URL) -> None:
        self.new_session()
        await super().register(url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        self.new_session()
        await super().subscribe(url, listener)


@pytest.mark.spec("REG-12", "what is taken back at once is taken back, also when the connection was made only for it")
async def test_what_was_registered_as_the_session_began_is_taken_back() -> None:
    inner = NewSessionMeanwhile()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.unregister(provider_url(1))
    assert inner.log == [("register", provider_url(1)), ("unregister", provider_url(1))]
    await registry.subscribe(CONSUMER, listener)
    await registry.unsubscribe(CONSUMER, listener)
    assert inner.listeners == []
    await registry.close()


async def test_the_first_session_repeats_nothing() -> None:
    class Connecting(FakeRegistry):
        connected = False

        def is_available(self) -> bool:
            return self.connected

        async def register(self, url: URL) -> None:
            if not self.connected:
                self.connected = True
                self.new_session()
            await super().register(url)

    inner = Connecting()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await CLOCK.advance(0.05)
    assert inner.log == [("register", provider_url(1))]
    await registry.close()


async def test_what_was_registered_as_the_session_began_is_taken_back_by_closing() -> None:
    inner = NewSessionMeanwhile()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    await registry.subscribe(CONSUMER, listener)
    await registry.close()
    assert inner.log[-2:] == [("unregister", provider_url(1)), ("unsubscribe", CONSUMER)]


async def test_a_cancelled_registration_is_taken_back() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    began = asyncio.Event()

    async def hang(url: URL) -> None:
        began.set()
        await asyncio.Event().wait()

    inner.register = hang  # type: ignore[method-assign]
    registering = asyncio.create_task(registry.register(provider_url(1)))
    await began.wait()
    registering.cancel()
    await asyncio.wait([registering])
    await registry.unregister(provider_url(1))
    assert inner.log == [("unregister", provider_url(1))], "it may have arrived"
    await registry.close()


class TellsFirst(FakeRegistry):
    """Tells the first list before a subscription returns."""

    async def subscribe(self, url: URL, listener: Listener) -> None:
        await super().subscribe(url, listener)
        await listener([provider_url(1)])


@pytest.mark.spec("REG-14", "a listener may end its own subscription, also while it is told the first time")
async def test_a_listener_unsubscribes_itself_at_once() -> None:
    inner = TellsFirst()
    registry = FailbackRegistry(inner, HOST)

    async def once(urls: Sequence[URL]) -> None:
        await registry.unsubscribe(CONSUMER, once)

    async with asyncio.timeout(5):
        await registry.subscribe(CONSUMER, once)
        await CLOCK.advance_until(lambda: inner.listeners == [])
        await registry.close()
    assert inner.log == [("subscribe", CONSUMER), ("unsubscribe", CONSUMER)]


@pytest.mark.spec("REG-14", "a listener may end another subscription to its service, also while it is told the first time")
async def test_a_listener_takes_the_place_of_another() -> None:
    inner = TellsFirst()
    registry = FailbackRegistry(inner, HOST)

    async def new(urls: Sequence[URL]) -> None:
        await registry.unsubscribe(CONSUMER, listener)

    async def of_another_service(urls: Sequence[URL]) -> None:
        await registry.subscribe(CONSUMER, new)

    async with asyncio.timeout(5):
        await registry.subscribe(CONSUMER, listener)
        await registry.subscribe(CONSUMER.with_path("com.example.Other"), of_another_service)
        await CLOCK.advance_until(lambda: (CONSUMER, listener) not in inner.listeners)
        assert (CONSUMER, new) in inner.listeners
        await registry.close()


class SlowCache(RegistryCache):
    """A file that is not read before somebody lets it."""

    def __init__(self) -> None:
        super().__init__(URL("fake", "10.1.1.1", 9090, params={"file.cache": "false"}), HOST)
        self.gate = asyncio.Event()
        self.asked = asyncio.Event()

    async def lookup(self, subscription: URL) -> list[URL]:
        self.asked.set()
        await self.gate.wait()
        return [provider_url(9)]


@pytest.mark.spec("REG-31", "a cached list never comes after one that the registry told")
async def test_the_registry_comes_back_while_the_cache_is_read() -> None:
    inner, cache = TellsFirst(), SlowCache()
    registry = FailbackRegistry(inner, HOST, cache)
    told: list[str] = []

    async def keep(urls: Sequence[URL]) -> None:
        told.extend(url.host for url in urls)

    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))  # repeated from now on
    subscribing = asyncio.create_task(registry.subscribe(CONSUMER, keep))
    await cache.asked.wait()
    inner.failure = None
    inner.new_session()
    await CLOCK.advance_until(lambda: inner.log)
    await CLOCK.advance_until(lambda: told == ["10.0.0.1"])
    cache.gate.set()
    await subscribing
    assert told == ["10.0.0.1"], "what the registry told is newer"
    await registry.close()


@pytest.mark.spec("REG-31", "what the registry has told by now makes the cache needless")
async def test_the_registry_comes_back_before_the_cache_is_read() -> None:
    class FailsOnce(TellsFirst):
        """Away for the first subscription alone."""

        async def subscribe(self, url: URL, listener: Listener) -> None:
            if self.attempts == 0:
                self._do("attempt", url)
                raise AWAY
            await super().subscribe(url, listener)

    inner, cache = FailsOnce(), SlowCache()
    cache.gate.set()
    registry = FailbackRegistry(inner, HOST, cache)
    told: list[str] = []

    async def keep(urls: Sequence[URL]) -> None:
        told.extend(url.host for url in urls)

    turn = registry._reconciler._turn(CONSUMER.service_interface)
    await turn.acquire()
    subscribing = asyncio.create_task(registry.subscribe(CONSUMER, keep))
    await CLOCK.advance(0.01)
    registry._reconciler.start()
    await CLOCK.advance(0.01)  # it waits for its turn, too
    turn.release()
    await subscribing
    assert told == ["10.0.0.1"]
    await registry.close()


async def test_a_listener_closes_the_registry_at_once() -> None:
    inner = TellsFirst()
    registry = FailbackRegistry(inner, HOST)

    async def last(urls: Sequence[URL]) -> None:
        await registry.close()

    async with asyncio.timeout(5):
        await registry.subscribe(CONSUMER, last)
    assert inner.closed


async def test_a_cancelled_close_goes_on_and_is_waited_for_by_the_next() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    for steps in range(3):
        closing = asyncio.create_task(registry.close())
        for _ in range(steps):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
    await asyncio.gather(registry.close(), registry.close())
    assert inner.closed
    assert inner.log == [("register", provider_url(1)), ("unregister", provider_url(1))]


class Remembers(SlowCache):
    """A cache that knows a provider at once."""

    def __init__(self) -> None:
        super().__init__()
        self.gate.set()


async def test_a_listener_told_from_the_cache_subscribes_another_one_of_its_service() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST, Remembers())
    told: list[str] = []

    async def other(urls: Sequence[URL]) -> None:
        told.append("other")

    async def one(urls: Sequence[URL]) -> None:
        told.append("one")
        await registry.subscribe(CONSUMER.with_params({"group": "b"}), other)

    inner.failure = AWAY
    async with asyncio.timeout(5):
        await registry.subscribe(CONSUMER, one)
    assert told == ["one", "other"]
    await registry.close()


async def test_a_subscription_without_an_answer_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    subscribe = inner.subscribe

    async def subscribe_and_lose(url: URL, listener: Listener) -> None:
        await subscribe(url, listener)
        raise AWAY

    monkeypatch.setattr(inner, "subscribe", subscribe_and_lose)

    async def listener(urls: Sequence[URL]) -> None: ...

    with pytest.raises(RegistryError, match="the registry is away"):
        await registry.subscribe(CONSUMER.with_params({"check": "true"}), listener)
    await CLOCK.advance_until(lambda: [what for what, _ in inner.log] == ["subscribe", "unsubscribe"])
    await registry.close()


async def test_many_unforeseen_failures_are_logged_once_in_a_pass(caplog: pytest.LogCaptureFixture) -> None:
    inner = FakeRegistry(URL("fake", "10.1.1.1", 9090, params={"retry.period": "100000"}))
    registry = FailbackRegistry(inner, HOST)
    for number in range(1, 21):
        await registry.register(provider_url(number))
    inner.failure = KeyError("a mistake")
    inner.new_session()
    await CLOCK.advance_until(lambda: "a mistake" in caplog.text)
    await CLOCK.advance(0.02)
    assert caplog.text.count("unforeseen failure") == 1
    inner.failure = None
    await registry.close()


async def test_an_operation_that_is_cancelled_by_itself_is_repeated() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner, HOST)
    await registry.register(provider_url(1))
    inner.failure = asyncio.CancelledError()  # as a foreign client may raise it
    inner.new_session()
    await CLOCK.advance_until(lambda: inner.attempts > 1)
    inner.failure = None
    await CLOCK.advance_until(lambda: inner.log == [("register", provider_url(1))] * 2)
    await registry.close()
