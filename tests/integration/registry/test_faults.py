"""Calls go on while registries, sessions and providers come and go; everything finds together again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient

from aiodubbo import Application, RegistryError
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until
from tests.servers import zookeeper_server
from tests.servers.simple_registry_server import SimpleRegistryServer
from tests.servers.zookeeper_server import ensemble

from .calling import SHORT, addresses, attempts, calling, consumer, provider
from .conftest import FAST, Kind, need
from .provider_process import ProviderProcess

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.mark.spec("REG-11", "a provider is found; another one joins; the first one leaves; no call is lost")
async def test_providers_come_and_go(kind: Kind) -> None:
    async with provider(kind.address(), "second") as second, consumer(kind.address()) as client:
        first = provider(kind.address(), "first")
        await first.export(Shop, ShopImplementation(), group=kind.name)
        stub = await client.refer(Shop, group=kind.name, timeout=5.0)
        async with calling(stub) as calls:
            await calls.go_on()
            exported = await second.export(Shop, ShopImplementation(), group=kind.name)
            await until(lambda: len(addresses(client)) == 2)
            await calls.go_on()
            await first.close()
            await until(lambda: addresses(client) == {exported.url.address})
            await calls.go_on()


@pytest.mark.spec("REG-28", "a registry that is killed and comes back empty is told everything again; no call is lost meanwhile")
async def test_killed_and_restarted_empty(own: Kind) -> None:
    async with provider(own.address(SHORT)) as app, consumer(own.address(SHORT)) as client:
        exported = await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop, timeout=5.0)
        async with calling(stub) as calls:
            await calls.go_on()
            await asyncio.to_thread(own.server.kill)
            await calls.go_on()
            own.server.forget()
            await asyncio.to_thread(own.server.start)
            async with consumer(own.address(SHORT), check=False) as late:
                await late.refer(Shop)
                await until(lambda: addresses(late) == {exported.url.address}, 20)
            await calls.go_on()
            async with provider(own.address(SHORT), "late") as second:
                await second.export(Shop, ShopImplementation())
                await until(lambda: len(addresses(client)) == 2, 20)
            await until(lambda: addresses(client) == {exported.url.address}, 20)
            await calls.go_on()


async def end_session(kind: Kind, app: Application) -> None:
    """Have another client end the application's session, so that its nodes go and its connection is closed."""
    registry: Any = app._registries.open()[0]
    kazoo = registry._inner._client._link._kazoo  # nothing public knows the session's secret
    before = kazoo.client_id

    def take_over() -> None:
        other = KazooClient(kind.server.address, client_id=before)
        other.start()
        other.stop()
        other.close()

    await asyncio.to_thread(take_over)
    await until(lambda: kazoo.client_id is not None and kazoo.client_id[0] != before[0], 20)


@pytest.mark.spec("REG-77", "the sessions of the only provider and of the consumer end; no call is lost, everybody finds them again")
async def test_session_ends(zookeeper: Kind) -> None:
    group = "session-ends"
    address = zookeeper.address("retry.period=200")
    async with provider(address) as app, consumer(address) as client:
        exported = await app.export(Shop, ShopImplementation(), group=group)
        stub = await client.refer(Shop, group=group, timeout=5.0)
        async with calling(stub) as calls:
            for ended in (app, client, app):
                await end_session(zookeeper, ended)
                await calls.go_on()
            async with consumer(address, "third", check=False) as third:
                await third.refer(Shop, group=group)
                await until(lambda: addresses(third) == {exported.url.address}, 20)
            async with provider(address, "second") as second:
                await second.export(Shop, ShopImplementation(), group=group)
                await until(lambda: len(addresses(client)) == 2, 20)
            await until(lambda: addresses(client) == {exported.url.address}, 20)
            await calls.go_on()


@pytest.mark.spec("REG-77", "a provider that stood still for longer than its session is gone, and back when it runs again")
async def test_provider_stands_still(kind: Kind) -> None:
    group = f"still-{kind.name}"
    async with provider(kind.address(SHORT)) as app, consumer(kind.address(SHORT)) as client:
        living = await app.export(Shop, ShopImplementation(), group=group)
        async with ProviderProcess(kind.address(SHORT), group) as process:
            stub = await client.refer(Shop, group=group, timeout=0.5)
            await until(lambda: len(addresses(client)) == 2, 10)
            before = addresses(client)
            async with calling(stub) as calls:
                await calls.go_on()
                process.pause()
                await until(lambda: addresses(client) == {living.url.address}, 20)
                await calls.go_on()
                process.resume()
                await until(lambda: addresses(client) == before, 20)
                await calls.go_on()


@pytest.mark.spec("REG-71", "a provider that is killed is gone after its session, and not asked once the connection broke; no call is lost")
async def test_provider_killed(own: Kind) -> None:
    callers = 4
    with attempts() as counted:
        async with provider(own.address(SHORT)) as app, consumer(own.address(SHORT)) as client:
            living = await app.export(Shop, ShopImplementation(), group="killed")
            async with ProviderProcess(own.address(SHORT), "killed") as process:
                stub = await client.refer(Shop, group="killed", timeout=5.0)
                await until(lambda: len(addresses(client)) == 2, 10)
                (killed,) = addresses(client) - {living.url.address}
                async with calling(stub, callers) as calls:
                    await until(lambda: counted.made[killed] > 10, 10)
                    process.kill()
                    await calls.go_on()
                    asked = counted.made[killed]
                    await until(lambda: addresses(client) == {living.url.address}, 20)
                    await calls.go_on()
                assert counted.made[killed] == asked, "calls went to the provider while the registry still named it"
        assert counted.in_vain[killed] == 0
        assert counted.failed[killed] <= callers, "more than the calls that were under way"
        assert counted.failed[living.url.address] == 0


@pytest.mark.spec("REG-30", "a registry that is away is an error at the start, soon and clear")
async def test_away_at_the_start(own: Kind) -> None:
    own.server.kill()
    text = {
        "zookeeper": r"zookeeper not connected: no server answers at {0} \(waited 1 s\): check that ZooKeeper is running and that",
        "redis": r"redis not connected: no server answers at {0} \(.*\): check that Redis is running and that the address",
        "dubbo": r"no registry server can be reached at {0}.*: check that it is running \(aiodubbo registry\) and that the address",
    }[own.name].format(own.server.address)
    started = asyncio.get_running_loop().time()
    async with provider(own.address(SHORT)) as app, consumer(own.address(SHORT)) as client:
        with pytest.raises(RegistryError, match=f"Failed to register .* to registry {own.server.address}, cause: .*{text}"):
            await app.export(Shop, ShopImplementation())
        with pytest.raises(RegistryError, match=f"Failed to subscribe .*, cause: {text}"):
            await client.refer(Shop)
    assert asyncio.get_running_loop().time() - started < 8


@pytest.mark.spec("REG-30", "a registry that takes connections and never answers is an error at the start, too")
async def test_silent_at_the_start(own: Kind) -> None:
    own.server.freeze()
    started = asyncio.get_running_loop().time()
    async with provider(own.address(SHORT)) as app:
        with pytest.raises(RegistryError, match=f"Failed to register .* to registry {own.server.address}, cause: "):
            await app.export(Shop, ShopImplementation())
    assert asyncio.get_running_loop().time() - started < 8


@pytest.mark.spec("REG-30", "with check=false a registry that is away is waited for, by providers and by consumers")
@pytest.mark.spec("REG-31", "a consumer that starts while the registry is away calls whom the cache file names")
async def test_away_at_the_start_unchecked(own: Kind, tmp_path: Path) -> None:
    kept = own.address(f"{SHORT}&file={tmp_path}/kept.cache")  # by name: a simple registry on loopback has none otherwise
    async with provider(own.address(SHORT)) as app:
        known = await app.export(Shop, ShopImplementation())
        async with consumer(kept) as client:
            await client.refer(Shop)
        await asyncio.to_thread(own.server.kill)
        own.server.forget()
        async with consumer(kept, check=False) as client, provider(own.address(SHORT), "late", check=False) as second:
            stub = await client.refer(Shop, timeout=5.0)
            assert addresses(client) == {known.url.address}
            async with calling(stub) as calls:
                late = await second.export(Shop, ShopImplementation())
                await calls.go_on()
                await asyncio.to_thread(own.server.start)
                await until(lambda: addresses(client) == {known.url.address, late.url.address}, 20)
                await calls.go_on()


@pytest.mark.spec("REG-76", "of three ZooKeeper servers one may go; with two gone calls go on, and a consumer starts from its cache")
async def test_ensemble(tmp_path: Path) -> None:
    need(zookeeper_server.missing())
    servers = ensemble(tmp_path)
    try:
        for server in servers:
            server.launch()
        for server in servers:
            await asyncio.to_thread(server.wait_until_it_answers)
        backup = ",".join(server.address for server in servers[1:])
        address = f"zookeeper://{servers[0].address}?backup={backup}&{FAST}&session=4000&timeout=2000"
        async with provider(address) as app, consumer(address) as client:
            first = await app.export(Shop, ShopImplementation())
            stub = await client.refer(Shop, timeout=5.0)
            async with calling(stub) as calls:
                await calls.go_on()
                await asyncio.to_thread(servers[0].kill)
                async with provider(address, "second", check=False) as second:
                    other = await second.export(Shop, ShopImplementation())
                    both = {first.url.address, other.url.address}
                    await until(lambda: addresses(client) == both, 30)
                    await asyncio.to_thread(servers[0].start)
                    for server in servers[:2]:
                        await asyncio.to_thread(server.kill)
                    await calls.go_on()
                    async with consumer(address, check=False) as late:  # of the same application, and so with the same cache file
                        started = await late.refer(Shop, timeout=5.0)
                        assert addresses(late) == both
                        async with calling(started) as further:
                            await further.go_on()
                            for server in servers[:2]:
                                server.launch()
                            for server in servers[:2]:
                                await asyncio.to_thread(server.wait_until_it_answers)
                            async with provider(address, "third", check=False) as third:
                                await third.export(Shop, ShopImplementation())
                                await until(lambda: len(addresses(client)) == len(addresses(late)) == 3, 40)
                            await further.go_on()
                await until(lambda: addresses(client) == {first.url.address}, 40)
                await calls.go_on()
    finally:
        for server in servers:
            server.kill()


@pytest.mark.spec("REG-112", "of two simple registries the one that answers is used: the first is killed, then the second freezes")
async def test_simple_registries(tmp_path: Path) -> None:
    with SimpleRegistryServer(tmp_path / "one") as one, SimpleRegistryServer(tmp_path / "other") as other:
        address = f"dubbo://{one.address}?backup={other.address}&{FAST}&timeout=1000&heartbeat=300"
        async with provider(address) as app, consumer(address) as client:
            exported = await app.export(Shop, ShopImplementation())
            stub = await client.refer(Shop, timeout=5.0)
            async with calling(stub) as calls:
                for gone, back in ((one.kill, one.start), (other.freeze, other.thaw)):
                    await calls.go_on()
                    await asyncio.to_thread(gone)
                    async with consumer(address, "third", check=False) as third, provider(address, "second", check=False) as second:
                        await third.refer(Shop)
                        await until(lambda: addresses(third) == {exported.url.address}, 20)
                        await second.export(Shop, ShopImplementation())
                        await until(lambda: len(addresses(client)) == 2, 20)
                        await calls.go_on()
                    await until(lambda: addresses(client) == {exported.url.address}, 20)
                    await asyncio.to_thread(back)
