"""Calls go on while registries, sessions and providers come and go; everything finds together again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import Application, RegistryError
from tests.integration.services import Shop, ShopImplementation, until
from tests.servers import zookeeper_server
from tests.servers.zookeeper_server import ensemble

from .conftest import FAST, need
from .provider_process import ProviderProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .conftest import Kind

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

SHORT = f"{FAST}&session=2000&timeout=1000"
"""Sessions that end soon, so that tests need not wait for a minute."""


def provider(address: str, name: str = "provider", **options: Any) -> Application:
    return Application(name, registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1, **options)


def consumer(address: str, **options: Any) -> Application:
    return Application("consumer", registry=address, shutdown_wait=1, **options)


def addresses(client: Application) -> set[str]:
    """Where the consumer would send calls."""
    return {invoker.url.address for directory in client._directories for invoker in directory.snapshot.invokers}


class Calls:
    """How many calls were answered; a call that fails ends the test."""

    def __init__(self) -> None:
        self.answered = 0

    async def go_on(self, number: int = 20) -> None:
        """Wait for further answers."""
        wanted = self.answered + number
        await until(lambda: self.answered >= wanted, 20)


@asynccontextmanager
async def calling(stub: Shop) -> AsyncIterator[Calls]:
    """Calls that go on while the block runs, none of which may fail."""
    calls = Calls()

    async def call() -> None:
        while True:
            await stub.find("x", limit=1)
            calls.answered += 1
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(call()) for _ in range(2)]
    try:
        yield calls
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)]
        assert not failures, f"calls were lost: {failures}"


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


@pytest.mark.spec("REG-77", "a registry that freezes for longer than a session loses nobody")
async def test_frozen(own: Kind) -> None:
    async with provider(own.address(SHORT)) as app, consumer(own.address(SHORT)) as client:
        exported = await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop, timeout=5.0)
        async with calling(stub) as calls:
            own.server.freeze()
            try:
                await asyncio.sleep(5)
                await calls.go_on()
            finally:
                own.server.thaw()
            async with provider(own.address(SHORT), "late", check=False) as second:
                await second.export(Shop, ShopImplementation())
                await until(lambda: len(addresses(client)) == 2, 30)
                await calls.go_on()
            await until(lambda: addresses(client) == {exported.url.address}, 30)
            async with consumer(own.address(SHORT), check=False) as late:
                await late.refer(Shop)
                await until(lambda: addresses(late) == {exported.url.address}, 20)


@pytest.mark.spec("REG-71", "a provider that is killed is gone after its session; no call fails, since another one lives")
async def test_provider_killed(kind: Kind) -> None:
    group = f"killed-{kind.name}"
    async with provider(kind.address(SHORT)) as app, consumer(kind.address(SHORT)) as client:
        living = await app.export(Shop, ShopImplementation(), group=group)
        async with ProviderProcess(kind.address(SHORT), group) as process:
            stub = await client.refer(Shop, group=group, timeout=5.0)
            await until(lambda: len(addresses(client)) == 2, 10)
            async with calling(stub) as calls:
                await calls.go_on()
                process.kill()
                await until(lambda: addresses(client) == {living.url.address}, 15)
                await calls.go_on()


@pytest.mark.spec("REG-30", "a registry that is away is an error at the start, soon and clear")
async def test_away_at_the_start(own: Kind) -> None:
    own.server.kill()
    started = asyncio.get_running_loop().time()
    async with provider(own.address(SHORT)) as app, consumer(own.address(SHORT)) as client:
        with pytest.raises(RegistryError, match=f"{own.name} not connected: no server answers at {own.server.address}"):
            await app.export(Shop, ShopImplementation())
        with pytest.raises(RegistryError, match="not connected"):
            await client.refer(Shop)
    assert asyncio.get_running_loop().time() - started < 8


@pytest.mark.spec("REG-30", "with check=false a registry that is away is waited for")
async def test_away_at_the_start_unchecked(own: Kind) -> None:
    own.server.kill()
    async with provider(own.address(SHORT + "&check=false")) as app, consumer(own.address(SHORT), check=False) as client:
        exported = await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop, timeout=5.0)
        await asyncio.to_thread(own.server.start)
        await until(lambda: addresses(client) == {exported.url.address}, 20)
        assert len(await stub.find("apple", limit=2)) == 2


@pytest.mark.spec("REG-76", "of three ZooKeeper servers one may go; with two gone calls go on; all find together again")
async def test_ensemble(tmp_path: Path) -> None:
    need(zookeeper_server.missing())
    servers = ensemble(tmp_path)
    try:
        for server in servers:
            server.launch()
        for server in servers:
            await asyncio.to_thread(server.wait_until_it_answers)
        backup = ",".join(server.address for server in servers[1:])
        address = f"zookeeper://{servers[0].address}?backup={backup}&{FAST}&session=4000&timeout=4000"
        async with provider(address) as app, consumer(address) as client:
            await app.export(Shop, ShopImplementation())
            stub = await client.refer(Shop, timeout=5.0)
            async with calling(stub) as calls:
                await calls.go_on()
                await asyncio.to_thread(servers[0].kill)
                async with provider(address, "second", check=False) as second:
                    await second.export(Shop, ShopImplementation())
                    await until(lambda: len(addresses(client)) == 2, 30)
                    await asyncio.to_thread(servers[1].kill)
                    await calls.go_on()
                    await asyncio.to_thread(servers[1].start)
                await until(lambda: len(addresses(client)) == 1, 40)
                await calls.go_on()
    finally:
        for server in servers:
            server.kill()
