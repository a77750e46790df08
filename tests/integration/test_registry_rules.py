"""References and exports by way of a registry: what is found, chosen, refused, and what happens when things change."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo import (
    Application,
    ConfigurationError,
    ExtensionNotFoundError,
    NoProviderError,
    RegistryError,
    RegistryServer,
    SerializationError,
    interface,
)
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.points import FILTER
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until, until_equal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiodubbo import URL
    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.rpc.points import FilterFactory

pytestmark = pytest.mark.integration


@interface("org.aiodubbo.test.NamedService")
class Named(Protocol):
    async def name(self) -> str: ...


class One:
    """A provider that tells its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def name(self) -> str:
        return self._name


class Blocking:
    """A provider whose method is a plain `def`."""

    def __init__(self) -> None:
        self.together = threading.Barrier(2, timeout=5)

    def name(self) -> str:
        self.together.wait()
        return threading.current_thread().name


def application(name: str, registry: str | Sequence[str] | None, protocol: str = "dubbo://127.0.0.1:0") -> Application:
    return Application(name, registry=registry, protocol=protocol, shutdown_wait=1)


@asynccontextmanager
async def providers(*settings: dict[str, str]) -> AsyncIterator[tuple[RegistryServer, list[Application]]]:
    """A registry and one provider for each of `settings`, which are URL parameters; they are called "0", "1" and so on."""
    async with RegistryServer(port=0) as registry, AsyncExitStack() as stack:
        made = []
        for number, parameters in enumerate(settings):
            app = await stack.enter_async_context(application(f"provider-{number}", registry.address))
            await app.export(Named, One(str(number)), parameters=parameters)
            made.append(app)
        yield registry, made


async def answers(named: Named, calls: int) -> Counter[str]:
    return Counter([await named.name() for _ in range(calls)])


@pytest.mark.spec("CLU-1", "a call goes through cluster, list, load balance and connection")
@pytest.mark.spec("KEY-23", "weight=0 gets nothing while another has weight; equal weights share")
@pytest.mark.spec("KEY-24", "warmup=0 gives the whole weight at once")
@pytest.mark.parametrize(("weights", "chosen"), [(("0", "100"), {"1"}), (("100", "100"), {"0", "1"})])
async def test_weights(weights: tuple[str, str], chosen: set[str]) -> None:
    async with (
        providers(*({"weight": weight, "warmup": "0"} for weight in weights)) as (registry, _),
        application("consumer", registry.address) as app,
    ):
        assert set(await answers(await app.refer(Named), 60)) == chosen


@pytest.mark.spec("CLU-2", "cluster and load balance are chosen by name")
@pytest.mark.spec("KEY-43", "cluster=...")
@pytest.mark.spec("REG-60", "the cluster that the reference names")
async def test_an_unknown_cluster() -> None:
    async with providers({}) as (registry, _), application("consumer", registry.address) as app:
        with pytest.raises(ExtensionNotFoundError, match="forking"):
            await app.refer(Named, cluster="forking")
        with pytest.raises(ExtensionNotFoundError, match=r"nosuch[\s\S]*failover"):
            await app.refer(Named, cluster="nosuch")


@pytest.mark.spec("KEY-42", "loadbalance=...")
async def test_who_names_the_load_balance() -> None:
    async with providers({"loadbalance": "random"}, {}) as (registry, _), application("c", registry.address) as app:
        assert await (await app.refer(Named)).name() in {"0", "1"}
        with pytest.raises(ExtensionNotFoundError, match="nosuch"):
            await app.refer(Named, load_balance="nosuch")
        assert await (await app.refer(Named, load_balance="random")).name() in {"0", "1"}


@pytest.mark.spec("KEY-64", "service.filter and reference.filter name filters; an unknown one is told at the start")
async def test_named_filters() -> None:
    async with RegistryServer(port=0) as registry, application("provider", registry.address) as app:
        with pytest.raises(ExtensionNotFoundError, match="nosuch"):
            await app.export(Named, One("x"), parameters={"service.filter": "nosuch"})
        assert registry.urls == []
        await app.export(Named, One("x"), parameters={"service.filter": "-exception"})
        assert await (await app.refer(Named)).name() == "x"


@pytest.mark.spec("KEY-20", "backup: the next server of a registry is taken when the first is away")
@pytest.mark.spec("REG-9", "making a registry honours its backup addresses")
@pytest.mark.spec("REG-69", "a registry is reached by its addresses")
@pytest.mark.spec("REG-2", "as a service over dubbo://")
async def test_a_backup_registry() -> None:
    async with RegistryServer(port=0) as registry:
        port = registry.address.rpartition(":")[2]
        async with application("provider", f"dubbo://127.0.0.1:1?backup=127.0.0.1:{port}") as app:
            await app.export(Named, One("x"))
            assert await (await app.refer(Named)).name() == "x"


@pytest.mark.spec("REG-8", "several registries: announced at each")
@pytest.mark.spec("REG-1", "by one contract")
@pytest.mark.parametrize("separator", [";", "|", None])
async def test_several_registries(separator: str | None) -> None:
    async with RegistryServer(port=0) as one, RegistryServer(port=0) as two:
        addresses = [one.address, two.address]
        async with application("provider", separator.join(addresses) if separator else addresses) as app:
            await app.export(Named, One("x"))
            assert [len(one.urls), len(two.urls)] == [1, 1]
        assert [len(one.urls), len(two.urls)] == [0, 0]


@pytest.mark.parametrize("registry", ["127.0.0.1:9090", "dubbo://", "nosuch://127.0.0.1:1", "nacos://127.0.0.1:8848"])
async def test_a_registry_that_cannot_be(registry: str) -> None:
    with pytest.raises(ConfigurationError):
        async with application("provider", registry) as app:
            await app.export(Named, One("x"))


@pytest.mark.spec("REG-48", "a provider that comes back elsewhere is found there")
@pytest.mark.spec("REG-26", "every subscriber is told")
@pytest.mark.spec("REG-20", "and told again when it changes")
async def test_a_provider_moves() -> None:
    async with RegistryServer(port=0) as registry, application("a", registry.address) as one, application("b", registry.address) as two:
        first = application("provider", registry.address)
        await first.export(Named, One("here"))
        consumers = [await app.refer(Named) for app in (one, two)]
        assert [await named.name() for named in consumers] == ["here", "here"]
        async with application("provider", registry.address) as second:
            await second.export(Named, One("there"))
            await first.close()
            for named in consumers:
                await until_equal(named.name, "there")


@pytest.mark.spec("REG-113", "a provider whose connection is lost is forgotten")
@pytest.mark.spec("KEY-13", "unless its registration is persistent, dynamic=false")
async def test_a_lost_provider_is_forgotten() -> None:
    async with RegistryServer(port=0) as registry:
        app = application("provider", registry.address)
        await app.export(Named, One("x"))
        await app.export(Named, One("y"), group="fixed", parameters={"dynamic": "false"})
        assert len(registry.urls) == 2
        for protocol in app._life._protocols.values():  # as if the process were killed: no unregister, the connections just end
            await protocol.close()
        await until(lambda: len(registry.urls) < 2)
        assert [url.group for url in registry.urls] == ["fixed"]
        await app.close()


@pytest.mark.spec("REG-66", "a consumer's settings lie over the provider's; identity stays the provider's")
@pytest.mark.spec("KEY-12", "the provider's start goes along")
@pytest.mark.spec("URL-31", "a parameter that nobody here knows is kept")
async def test_the_merged_url() -> None:
    async with (
        providers({"timeout": "3000", "threads": "5", "retries": "7", "later": "1"}) as (registry, _),
        application("c", registry.address) as app,
    ):
        await app.refer(Named, timeout=0.5, parameters={"version.of.mine": "1"})
        [invoker] = app.host.catalogue.references[0].snapshot.invokers
        url: URL = invoker.url
    assert url.param("timeout") == "500"
    assert url.param("retries") == "7"
    assert url.param("later") == "1"
    assert url.param("version.of.mine") == "1"
    assert not url.has_param("threads"), "how the provider runs its threads says nothing about the consumer"
    assert url.param("remote.timestamp") == url.param("timestamp") != ""


@pytest.mark.spec("REG-65", "the order of providers is that of their URLs, not of their coming")
@pytest.mark.spec("CLU-3", "each is an invoker with a URL, available or not")
async def test_the_order_of_providers() -> None:
    async with providers({}, {}, {}) as (registry, _), application("c", registry.address) as app:
        await app.refer(Named)
        invokers = app.host.catalogue.references[0].snapshot.invokers
        assert all(invoker.is_available() for invoker in invokers)
        texts = [str(invoker.url) for invoker in invokers]
    assert len(texts) == 3
    assert texts == sorted(texts)


@pytest.mark.spec("REG-62", "the directory is both the list and its listener")
@pytest.mark.spec("REG-63", "what is not a provider does not change the list")
@pytest.mark.spec("REG-32", "what cannot be understood harms nobody")
async def test_other_notifications() -> None:
    async with providers({}) as (registry, _), application("c", registry.address) as app:
        named = await app.refer(Named)
        directory = app.host.catalogue.references[0]
        before = directory.snapshot
        rule = before.invokers[0].url.with_protocol("override").with_params({"category": "configurators", "weight": "nonsense"})
        assert callable(directory)
        await directory([rule])
        await directory([rule.with_protocol("route").with_param("category", "routers")])
        await directory([rule.with_protocol("nosuch").with_param("category", "nosuch")])
        assert directory.snapshot.invokers == before.invokers
        assert await named.name() == "0"


@pytest.mark.spec("REG-110", "Java's parameters on the registry's own URL")
async def test_the_registrys_own_url() -> None:
    async with RegistryServer(port=0) as registry, application("provider", registry.address) as app:
        await app.export(Named, One("x"))
        inner = app._registries.open()[0]._inner  # type: ignore[attr-defined] # behind FailbackRegistry
        assert inner is not None
        url: URL = inner._invoker.url
    expected = {
        "callbacks": "10000",
        "connect.timeout": "10000",
        "methods": "lookup,register,subscribe,unregister,unsubscribe",
        "reconnect": "false",
        "sticky": "true",
        "subscribe.1.callback": "true",
        "timeout": "10000",
        "unsubscribe.1.callback": "false",
    }
    assert expected.items() <= url.params.items()


@pytest.mark.spec("PRO-56", "blocking implementations run in threads, two at once here")
@pytest.mark.spec("KEY-86", "threads=2")
async def test_a_pool_of_two() -> None:
    async with application("provider", None, "dubbo://127.0.0.1:0?threads=2") as app, application("consumer", None) as client:
        url = (await app.export(Named, Blocking())).url
        named = await client.refer(Named, url=f"dubbo://{url.address}", timeout=5.0)
        names = await asyncio.gather(named.name(), named.name())
    assert len(set(names)) == 2
    assert all(name.startswith("DubboServerHandler") for name in names)


@pytest.mark.spec("PRO-52", "a port in use is told with the address, and nothing is announced")
async def test_a_port_in_use() -> None:
    async with RegistryServer(port=0) as registry, application("provider", registry.address, registry.address) as app:
        with pytest.raises(ConfigurationError, match=registry.address.rpartition(":")[2]):
            await app.export(Named, One("x"))
        assert registry.urls == []


@pytest.mark.spec("KEY-111", "retry.period=50: a registry that comes later is told after 50 ms")
@pytest.mark.spec("REG-33", "what failed is tried again")
async def test_a_registry_that_comes_later() -> None:
    async with RegistryServer(port=0) as found:
        port = int(found.address.rpartition(":")[2])
    address = f"dubbo://127.0.0.1:{port}?retry.period=50&reconnect.period=50&check=false&connect.timeout=200"
    async with application("provider", address) as app:
        await app.export(Named, One("x"))
        async with RegistryServer(port=port) as registry:
            await until(lambda: registry.urls)
        with pytest.raises(RegistryError):
            async with application("checked", f"dubbo://127.0.0.1:{port}?connect.timeout=200") as checked:
                await checked.export(Named, One("x"))


@pytest.mark.spec("KEY-90", "connect.timeout=200: an address that does not answer costs 200 ms")
async def test_an_address_that_does_not_answer() -> None:
    with socket.socket() as deaf:  # its queue is full, so that a further connection is neither taken nor refused
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        async with application("consumer", None) as app:
            with pytest.raises(NoProviderError):
                await app.refer(Named, url=f"dubbo://127.0.0.1:{port}?connect.timeout=200")
        assert 0.1 < time.monotonic() - started < 2.5
        for one in waiting:
            one.close()


@pytest.mark.spec("KEY-88", "8 MiB when nobody says otherwise")
async def test_the_default_payload() -> None:
    async with application("provider", None) as app, application("consumer", None) as client:
        url = (await app.export(Shop, ShopImplementation())).url
        shop = await client.refer(Shop, url=f"dubbo://{url.address}", timeout=10.0, retries=0)
        assert len(await shop.payload(bytes(8_000_000))) == 8_000_000
        with pytest.raises(SerializationError, match=r"Data length too large: \d+, max payload: 8388608"):
            await shop.payload(bytes(8_400_000))


@pytest.mark.spec("FIL-30", "before, calling on, after; or an answer without calling on")
async def test_a_filter_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []

    class Guard:
        def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
            self._closed = url.param("closed") == "true"
            self._is_ours = service.interface == describe(Named).interface  # calls to the registry go through filters, too

        async def __call__(self, invocation: Invocation, call_next: Invoke) -> Result:
            if not self._is_ours:
                return await call_next(invocation)
            if self._closed:
                return Result("closed")
            log.append("before")
            result = await call_next(invocation)
            log.append("after")
            return result

    activate = FILTER.activate

    def with_guard(self: object, url: URL, key: str, group: str) -> list[FilterFactory]:
        is_guarded = self is FILTER and url.param(key) != "-default"
        return [Guard, *activate(url, key, group)] if is_guarded else []

    monkeypatch.setattr(type(FILTER), "activate", with_guard)
    async with providers({}) as (registry, apps), application("c", registry.address) as app:
        named = await app.refer(Named)
        assert await named.name() == "0"
        assert log == ["before", "before", "after", "after"], "consumer's around provider's"
        await apps[0].export(Named, One("x"), group="closed", parameters={"closed": "true"})
        assert await (await app.refer(Named, group="closed")).name() == "closed"
