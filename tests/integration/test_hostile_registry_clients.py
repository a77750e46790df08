"""The simple registry and clients that mean no good: too many URLs, too long ones, impossible ones, listeners that do not answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.errors import AiodubboError
from aiodubbo.registry import simple
from aiodubbo.registry.dubbo import DubboRegistry
from aiodubbo.registry.untrusted import MAX_URL
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

pytestmark = pytest.mark.integration

SERVICE = "com.example.Greeter"
CONSUMER = URL("consumer", "10.0.0.9", 0, SERVICE, {"interface": SERVICE, "category": "providers"})


def provider(number: int = 1, **params: str) -> URL:
    return URL("dubbo", f"10.0.{number >> 8}.{number & 255}", 20880, SERVICE, {"interface": SERVICE, **params})


@asynccontextmanager
async def client(server: RegistryServer) -> AsyncIterator[DubboRegistry]:
    """A client without any policy: what is refused is an error at once."""
    protocol = PROTOCOL.load("dubbo")(ProtocolSettings(shutdown_wait=0.1), Host(name="client"))
    registry = DubboRegistry(URL.parse(f"{server.address}?timeout=10000"), Host(name="client", protocol=lambda name: protocol))
    try:
        yield registry
    finally:
        await registry.close()
        await protocol.close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches."""
    monkeypatch.setattr(simple, "MAX_PER_CLIENT", 4)  # one of them is the client's question who serves the registry
    monkeypatch.setattr(simple, "MAX_SERVICE", 1000)
    monkeypatch.setattr(simple, "MAX_TOTAL", 1500)


@pytest.mark.usefixtures("small")
@pytest.mark.spec("REG-113", "one client cannot fill the registry, nor make the list of a service too long for its consumers")
async def test_limits() -> None:
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server, client(server) as registry, client(server) as other:
        for number in range(3):
            await registry.register(provider(number))
            await registry.register(provider(number))  # again is no more
        for refused in (registry.register(provider(4)), registry.subscribe(CONSUMER, Notified())):
            with pytest.raises(AiodubboError, match="4 URLs and subscriptions of one connection"):
                await refused
        with pytest.raises(AiodubboError, match=f"1000 characters of URLs for one service, which {SERVICE} has already"):
            await other.register(provider(5, x="y" * 900))
        with pytest.raises(AiodubboError, match="1500 characters of URLs, and is full"):
            await _fill(other)
        await registry.unregister(provider(0))
        await registry.register(provider(4))


async def _fill(registry: DubboRegistry) -> None:
    for name in ("a", "b"):
        await registry.register(URL("dubbo", "10.0.0.1", 1, name, {"interface": name, "x": "y" * 900}))


async def test_what_no_consumer_could_use_is_refused() -> None:
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server, client(server) as registry:
        for url, why in [
            (provider().with_port(70_000), "port out of range"),
            (provider().with_host("a\nb"), r"U\+000A"),
            (provider(x="y" * MAX_URL), "may have 262144 characters"),
        ]:
            for operation in (
                registry.register(url),
                registry.unregister(url),
                registry.subscribe(url, Notified()),
                registry.lookup(url),
            ):
                with pytest.raises(AiodubboError, match=why):
                    await operation
        assert server.urls == []


@pytest.mark.spec("REG-12", "what is not dynamic is taken back by another client than the one that registered it")
async def test_lasting_entries_are_taken_back_by_others() -> None:
    lasting = provider(dynamic="false")
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server:
        async with client(server) as registry:
            await registry.register(lasting)
        async with client(server) as registry:
            assert server.urls == [lasting]
            await registry.unregister(lasting)
            assert server.urls == []


@pytest.mark.spec("REG-16", "a client that did not take a list in time is told again, and others do not wait for it")
async def test_a_slow_client_does_not_stay_with_an_old_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simple, "_AGAIN", 0.2)
    slow, release = Notified(), asyncio.Event()

    async def hang_once(urls: Sequence[URL]) -> None:
        if len(urls) == 2 and not release.is_set():
            await release.wait()
            return
        await slow(urls)

    parameters = {"timeout": "1000"}
    server = RegistryServer("127.0.0.1", 0, shutdown_wait=0.1, parameters=parameters)
    async with server, client(server) as registry, client(server) as hanging, client(server) as other:
        quick = Notified()
        await hanging.subscribe(CONSUMER, hang_once)
        await other.subscribe(CONSUMER, quick)
        for number in range(3):
            await registry.register(provider(number))
            await until(lambda count=number + 1: len(quick.of(SERVICE) or []) == count, 20)  # type: ignore[misc] # a lambda's default
        await until(lambda: len(slow.of(SERVICE) or []) == 3, 20)
        release.set()


@pytest.mark.spec("REG-16", "a crowd that comes at once is told in a few lists, the last of which is complete")
async def test_a_crowd_is_told_in_few_lists() -> None:
    told = Notified()
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server, client(server) as registry, client(server) as other:
        await other.subscribe(CONSUMER, told)
        crowd = [provider(number) for number in range(200)]
        await asyncio.gather(*(registry.register(url) for url in crowd))
        await until(lambda: set(told.of(SERVICE) or []) == set(crowd), 20)
        assert len(told.calls) < 100


async def test_subscriptions_come_and_go_without_a_trace() -> None:
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server:
        async with client(server) as registry:
            for number in range(50):
                subscription = CONSUMER.with_params({"timestamp": str(number)})
                await registry.register(provider(number))
                await registry.subscribe(subscription, told := Notified())
                await registry.unsubscribe(subscription, told)
                await registry.unregister(provider(number))
            store = server._registry._store
            assert (store.urls, store._services, store.size()) == ([], {}, 0)
            assert (len(store._subscriptions), store._held.total()) == (1, 1), "the client's question who serves the registry"
        await until(lambda: not server._registry._clients)
        assert (store._subscriptions, store._held.total()) == ({}, 0)
