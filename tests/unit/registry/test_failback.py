from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeRegistry, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Listener

CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"check": "false"})
AWAY = NetworkError("the registry is away")


async def listener(urls: Sequence[URL]) -> None:
    """Told nothing of interest."""


async def until(condition: object) -> None:
    async with asyncio.timeout(5):
        while not condition():  # type: ignore[operator] # a lambda
            await asyncio.sleep(0.002)


@pytest.mark.spec("REG-30", "a registration that fails is an error when it is to be checked, and is not repeated then")
async def test_register_checked() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    inner.failure = AWAY
    with pytest.raises(
        RegistryError, match=r"Failed to register .*10\.0\.0\.1.* to registry 10\.1\.1\.1:9090, cause: the registry is away"
    ):
        await registry.register(provider_url(1))
    inner.failure = None
    await asyncio.sleep(0.03)
    assert inner.log == []
    await registry.close()


@pytest.mark.parametrize(
    "url", [provider_url(1, check="false"), URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "consumers"})]
)
@pytest.mark.spec("REG-30", "with check=false, and for consumers always, a registration that fails is repeated until it succeeds")
async def test_register_unchecked_is_repeated(url: URL) -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    inner.failure = AWAY
    await registry.register(url)
    await asyncio.sleep(0.03)
    assert inner.log == []
    inner.failure = None
    await until(lambda: inner.log == [("register", url)])
    await registry.close()
    assert inner.log[-1] == ("unregister", url)


@pytest.mark.spec("REG-33", "the opposite call ends the repetition")
async def test_unregister_ends_the_repetition() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    inner.failure = AWAY
    await registry.register(provider_url(1, check="false"))
    await registry.unregister(provider_url(1, check="false"))
    inner.failure = None
    await asyncio.sleep(0.05)
    assert inner.log == []
    await registry.close()


@pytest.mark.spec("REG-31", "a subscription that fails is an error, or repeated, by its check")
async def test_subscribe() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    inner.failure = AWAY
    with pytest.raises(RegistryError, match="Failed to subscribe"):
        await registry.subscribe(CONSUMER.with_params({"check": "true"}), listener)
    await registry.subscribe(CONSUMER, listener)
    inner.failure = None
    await until(lambda: inner.listeners == [(CONSUMER, listener)])
    await registry.close()
    assert inner.listeners == []


@pytest.mark.spec("REG-28", "after a new session everything is registered and subscribed again")
async def test_new_session() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    await registry.register(provider_url(1))
    await registry.subscribe(CONSUMER, listener)
    inner.log.clear()
    inner.listeners.clear()
    inner.new_session()
    await until(lambda: inner.log == [("register", provider_url(1)), ("subscribe", CONSUMER)])
    await registry.close()


@pytest.mark.spec("REG-33", "an unregistration that fails is repeated, also in the next session")
async def test_unregister_is_repeated_in_a_new_session() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    lasting = provider_url(1, dynamic="false")
    await registry.register(lasting)
    inner.failure = AWAY
    await registry.unregister(lasting)
    inner.failure = None
    inner.new_session()
    await until(lambda: inner.log[-1] == ("unregister", lasting))
    await registry.close()


@pytest.mark.spec("REG-33", "an unregistration that fails is repeated")
async def test_unregister_is_repeated() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    await registry.register(provider_url(1))
    inner.failure = AWAY
    await registry.unregister(provider_url(1))
    inner.failure = None
    await until(lambda: inner.log[-1] == ("unregister", provider_url(1)))
    await registry.close()


@pytest.mark.spec("REG-29", "closing takes back all but what is persistent")
async def test_close() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
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
    registry = FailbackRegistry(inner)
    inner.failure = AWAY
    urls = [provider_url(number, check="false") for number in range(1, 8)]
    for url in urls:
        await registry.register(url)
    inner.failure = None
    await until(lambda: {url for _, url in inner.log} == set(urls[1:]))
    await registry.close()


async def test_registering_twice_is_done_once() -> None:
    inner = FakeRegistry()
    registry = FailbackRegistry(inner)
    await registry.register(provider_url(1))
    await registry.register(provider_url(1))
    assert inner.log == [("register", provider_url(1))]
    await registry.close()


async def test_a_slow_subscription_holds_up_no_other() -> None:
    registry, gate, told = FailbackRegistry(_Telling()), asyncio.Event(), asyncio.Event()

    async def slow(urls: Sequence[URL]) -> None:
        await gate.wait()

    async def quick(urls: Sequence[URL]) -> None:
        told.set()

    waiting = asyncio.create_task(registry.subscribe(CONSUMER, slow))
    async with asyncio.timeout(5):
        await registry.subscribe(CONSUMER, quick)
    assert told.is_set()
    assert not waiting.done()
    gate.set()
    await waiting
    await registry.close()


async def test_what_is_taken_back_while_it_is_registered_does_not_stay() -> None:
    inner = _Slow()
    registry = FailbackRegistry(inner)
    registering = asyncio.create_task(registry.register(provider_url(1)))
    await asyncio.sleep(0)
    leaving = asyncio.create_task(registry.unregister(provider_url(1)))
    await asyncio.sleep(0)
    assert inner.log == [("register", provider_url(1))]
    inner.gate.set()
    await asyncio.gather(registering, leaving)
    assert inner.log == [("register", provider_url(1)), ("unregister", provider_url(1))]
    await registry.close()


async def test_many_are_repeated_some_at_a_time() -> None:
    inner = _Slow()
    inner.gate.set()
    registry = FailbackRegistry(inner)
    urls = [provider_url(number) for number in range(200)]
    for url in urls:
        await registry.register(url)
    inner.log.clear()
    inner.gate.clear()
    inner.new_session()
    await until(lambda: len(inner.log) == 64)
    inner.gate.set()
    await until(lambda: sorted(str(url) for _, url in inner.log) == sorted(map(str, urls)))
    await registry.close()


class _Telling(FakeRegistry):
    """Tells a listener something before `subscribe` returns, as real registries do."""

    async def subscribe(self, url: URL, listener: Listener) -> None:
        await listener([provider_url(1)])
        await super().subscribe(url, listener)


class _Slow(FakeRegistry):
    """Takes a registration while `gate` is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def register(self, url: URL) -> None:
        await super().register(url)
        await self.gate.wait()
