"""Providers and consumers that find each other through the simple registry, without any server installed."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from aiodubbo import Application, ForbiddenError, NoProviderError, RegistryError
from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.integration.registry_directory import RegistryDirectory
from aiodubbo.registry.dubbo import DubboRegistry
from aiodubbo.registry.service import APACHE
from aiodubbo.rpc.abc import ProtocolSettings, State
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.integration.services import Item, OutOfStockError, Shop, ShopImplementation
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

pytestmark = pytest.mark.integration


@asynccontextmanager
async def registry(port: int = 0) -> AsyncIterator[str]:
    """The address of a registry that runs."""
    async with RegistryServer("127.0.0.1", port) as served:
        yield served.address


def dubbo_host() -> Host:
    protocol = PROTOCOL.load("dubbo")(ProtocolSettings(shutdown_wait=1), Host(name="test"))
    return Host(name="test", protocol=lambda name: protocol)


def provider(address: str, name: str = "provider", **options: Any) -> Application:
    return Application(name, registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1, **options)


def consumer(address: str, **options: Any) -> Application:
    return Application("consumer", registry=address, shutdown_wait=1, **options)


@pytest.mark.spec("REG-113", "a provider is found by its interface")
async def test_found() -> None:
    async with registry() as address, provider(address) as app, consumer(address) as client:
        await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop)
        assert len(await stub.find("apple", limit=2)) == 2


@pytest.mark.spec("REG-16", "consumers are told of providers that come and go; no call is lost meanwhile")
async def test_providers_come_and_go() -> None:
    async with registry() as address, consumer(address) as client:
        first = provider(address, "first")
        await first.export(Shop, ShopImplementation())
        stub = await client.refer(Shop, timeout=5.0)
        answered = 0
        stop = asyncio.Event()

        async def call() -> None:
            nonlocal answered
            while not stop.is_set():
                await stub.find("x", limit=1)
                answered += 1

        calling = [asyncio.create_task(call()) for _ in range(4)]
        await until(lambda: answered > 20)
        second = provider(address, "second")
        implementation = ShopImplementation()
        await second.export(Shop, implementation)
        await stub.log("x")
        before = answered
        await until(lambda: answered > before + 50)
        await first.close()
        before = answered
        await until(lambda: answered > before + 50)
        stop.set()
        await asyncio.gather(*calling)
        await second.close()
        await until(lambda: _is_empty(client))
        with pytest.raises((NoProviderError, ForbiddenError)):
            await stub.nothing()


def _is_empty(client: Application) -> bool:
    return all(not directory.snapshot.invokers for directory in client.host.catalogue.references)


@pytest.mark.spec("REG-30", "a registry that is away is an error at the start, or is waited for")
async def test_registry_away() -> None:
    async with registry() as address:
        pass
    async with provider(address) as app:
        with pytest.raises(RegistryError, match="no registry server can be reached"):
            await app.export(Shop, ShopImplementation())
    async with consumer(address) as client:
        with pytest.raises(RegistryError, match="no registry server can be reached"):
            await client.refer(Shop)


@pytest.mark.spec("REG-112", "a registry that comes back empty is told everything again")
async def test_registry_restarts() -> None:
    fast = "?retry.period=100&reconnect.period=100"
    async with registry() as address:
        port = int(address.rpartition(":")[2])
        app, client = provider(address + fast), consumer(address + fast)
        exported = await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop)
        await stub.nothing()
    await stub.nothing()
    async with RegistryServer("127.0.0.1", port) as again:
        await until(lambda: exported.url in again.urls, 10)
        await stub.nothing()
        late = provider(f"dubbo://127.0.0.1:{port}", "late")
        await late.export(Shop, ShopImplementation())
        await until(lambda: len(client.host.catalogue.references[0].snapshot.invokers) == 2, 10)
        await late.close()
        await client.close()
        await app.close()


@pytest.mark.spec("REG-13", "a subscription that is repeated, since its answer was late, is one subscription")
async def test_subscribed_twice() -> None:
    async with RegistryServer("127.0.0.1", 0) as served:
        registry = DubboRegistry(URL.parse(served.address), dubbo_host())
        told = Notified()
        url = URL("consumer", "127.0.0.1", 0, "com.example.Greeter", {"interface": "com.example.Greeter", "category": "providers"})
        for _ in range(3):
            await registry.subscribe(url, told)
        await registry.register(url.with_protocol("dubbo").with_port(20880))
        await until(lambda: told.calls)
        await registry.unregister(url.with_protocol("dubbo").with_port(20880))
        await until(lambda: told.calls[-1][0].protocol == "empty")
        await registry.lookup(url)  # whatever else was pushed comes before its answer
        assert len(told.calls) == 2
        await registry.close()


@pytest.mark.spec("REG-113", "a client that takes too long over one list is told the next one all the same")
async def test_a_slow_listener() -> None:
    url = URL("consumer", "127.0.0.1", 0, "com.example.Greeter", {"interface": "com.example.Greeter", "category": "providers"})
    first, second = (url.with_protocol("dubbo").with_port(port) for port in (20881, 20882))
    told = Notified()

    async def slow(urls: Sequence[URL]) -> None:
        if second not in urls:
            await asyncio.sleep(1.3)  # longer than the server waits for the answer
        elif not told.calls:
            await told(urls)  # without an answer in time, once more
            await asyncio.sleep(1.3)
        else:
            await told(urls)

    async with RegistryServer("127.0.0.1", 0) as served:
        registry = DubboRegistry(URL.parse(served.address), dubbo_host())
        await registry.subscribe(url, slow)
        await registry.register(first)
        await registry.register(second)
        await until(lambda: len(told.calls) >= 2, 20)
        assert all(urls == [first, second] for urls in told.calls)
        await registry.close()


@pytest.mark.spec("REG-111", "the registry speaks the language of 2.6 and of 2.7 at the same time")
async def test_both_flavors() -> None:
    async with registry() as address, provider(address) as app, consumer(f"{address}?interface={APACHE.interface}") as client:
        await app.export(Shop, ShopImplementation())
        assert await (await client.refer(Shop)).find("x", limit=0) == []


@pytest.mark.spec("CFG-156", "nobody registered: the error says so, and what to compare")
async def test_nobody() -> None:
    async with registry() as address, consumer(address) as client:
        with pytest.raises(NoProviderError, match="Nothing is registered under this name"):
            await client.refer(Shop)


@pytest.mark.spec("CFG-156", "a registry that never answered: nobody knows whether anybody is registered")
async def test_nobody_told_by_a_registry_that_is_away() -> None:
    async with registry() as address:
        pass
    async with consumer(f"{address}?check=false&timeout=200") as client:
        with pytest.raises(NoProviderError, match="The registry has not answered yet; check that it is running") as error:
            await client.refer(Shop)
        assert "Nothing is registered" not in str(error.value)


async def test_a_reference_that_is_given_up_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled while it looks for reasons why nobody can be called: it listens no longer."""
    looking, directories = asyncio.Event(), []

    async def look_for_ever(self: RegistryDirectory, invocation: object = None) -> None:
        directories.append(self)
        looking.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(RegistryDirectory, "explain", look_for_ever)
    async with registry() as address, consumer(address) as client:
        referring = asyncio.create_task(client.refer(Shop))
        await looking.wait()
        referring.cancel()
        await asyncio.wait([referring])
        assert referring.cancelled()
        await until(lambda: directories[0].snapshot.state is State.CLOSED)
        assert client.register_table.consumed == ()


async def test_the_error_lists_candidates_with_the_reason() -> None:
    async with registry() as address, provider(address) as app, consumer(address) as client:
        await app.export(Shop, ShopImplementation(), version="1.0")
        stub = await client.refer(Shop, version="2.0", check=False)
        with pytest.raises(NoProviderError) as caught:
            await stub.nothing()
        assert "version is '1.0', wanted '2.0'" in str(caught.value)


@pytest.mark.spec("CFG-113", "a service is announced in every registry, and found through any of them")
async def test_several_registries() -> None:
    async with registry() as one, registry() as two, provider(f"{one};{two}") as app:
        await app.export(Shop, ShopImplementation())
        for address in (one, two, f"{one};{two}"):
            async with consumer(address) as client:
                assert await (await client.refer(Shop)).find("x", limit=0) == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize("registry_tls", [True, False])
async def test_tls(authority: trustme.CA, registry_tls: bool) -> None:
    """Providers over TLS; the registry over TLS when its address says so, whatever the providers speak."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    async with RegistryServer("127.0.0.1", 0, server_ssl=server if registry_tls else None) as served:
        address = served.address + ("?ssl-enabled=true" if registry_tls else "")
        async with provider(address, server_ssl=server, client_ssl=client) as app, consumer(address, client_ssl=client) as user:
            await app.export(Shop, ShopImplementation())
            assert await (await user.refer(Shop)).find("x", limit=0) == []


@pytest.mark.spec("REG-29", "what was announced with dynamic=false stays when its provider ends")
async def test_persistent_providers_stay() -> None:
    async with RegistryServer("127.0.0.1", 0) as served:
        async with provider(served.address) as app:
            exported = await app.export(Shop, ShopImplementation(), parameters={"dynamic": "false"})
            url = exported.url
        assert served.urls == [url]


@pytest.mark.spec("PRO-95", "a contract works with a provider that serves generically: arguments, results and exceptions are translated")
async def test_contract_and_generic_provider() -> None:
    class Mock:
        async def invoke(self, method: str, types: list[str], args: list[object]) -> object:
            if method == "find":
                assert types == ["java.lang.String", "int"]
                return [{"class": "org.aiodubbo.test.Item", "name": args[0], "price": 2.0, "tags": [], "parent": None}] * int(str(args[1]))
            if method == "total":
                return len(args)
            if method == "fail":
                raise OutOfStockError("none left")
            return None

    async with registry() as address, provider(address) as app, consumer(address) as client:
        await app.export_generic("org.aiodubbo.test.ShopService", Mock())
        stub = await client.refer(Shop)
        assert await stub.find("apple", limit=2) == [Item("apple", 2.0), Item("apple", 2.0)]
        assert await stub.total_of_item(Item("a")) == 1.0
        await stub.nothing()
        with pytest.raises(OutOfStockError, match="none left"):
            await stub.fail("x")
