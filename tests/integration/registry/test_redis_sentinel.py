"""Sentinels replace the master of the redis registry while calls flow: nobody is lost, and newcomers find each other."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from aiodubbo import RegistryError
from aiodubbo.url.url import URL
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until, until_blocking
from tests.servers import redis_server
from tests.servers.redis_server import RedisServer, SentinelServer

from .calling import SHORT, addresses, calling, consumer, newcomers_find_each_other, provider
from .conftest import need, open_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

_PATIENCE = 90.0
"""Seconds for sentinels to notice, agree and act, on a busy machine."""

_KEY = "/dubbo/org.aiodubbo.test.ShopService/providers"


class Guarded:
    """A master, its replica, and three sentinels of which two must agree."""

    def __init__(self, folder: Path) -> None:
        self.one = RedisServer(folder / "one")
        self.other = RedisServer(folder / "other", master=self.one.port)
        self.sentinels = [SentinelServer(folder / f"sentinel-{n}", master=self.one.port, name="main", quorum=2) for n in range(3)]

    def address(self, name: str = "main") -> str:
        first, *others = (sentinel.address for sentinel in self.sentinels)
        return f"redis://{first}?backup={','.join(others)}&redis-client=sentinel&master.name={name}&{SHORT}"

    def wait_until_ready(self) -> None:
        """Wait until the sentinels know each other and the replica."""
        until_blocking(lambda: all(sentinel.replicas() == 1 and sentinel.sentinels() == 3 for sentinel in self.sentinels), _PATIENCE)

    async def until_all_agree_on(self, master: RedisServer) -> None:
        await until_asked(lambda: all(sentinel.master() == master.port for sentinel in self.sentinels))


async def until_asked(condition: Callable[[], bool]) -> None:
    """Wait for what is asked over a connection."""
    await until(lambda: asyncio.to_thread(condition), _PATIENCE)


async def registered(server: RedisServer) -> set[str]:
    """Where the providers are that a server knows."""
    client = await asyncio.to_thread(lambda: Redis(port=server.port, decode_responses=True))
    try:
        return {URL.parse(str(field)).address for field in await client.hkeys(_KEY)}
    finally:
        await client.aclose()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    need(redis_server.missing())
    made = Guarded(tmp_path)
    with ExitStack() as stack:
        for server in (made.one, made.other, *made.sentinels):
            stack.enter_context(server)
        made.wait_until_ready()
        yield made


@pytest.mark.spec(
    "REG-106", "sentinels replace a killed master, and later its successor: no call is lost, everybody is registered at the new one"
)
@pytest.mark.spec("REG-104", "after a failover everything is registered and read again")
async def test_the_master_is_killed(guarded: Guarded) -> None:
    async with provider(guarded.address()) as app, consumer(guarded.address()) as client:
        known = (await app.export(Shop, ShopImplementation())).url.address
        async with calling(await client.refer(Shop, timeout=5.0)) as calls:
            for master, successor in ((guarded.one, guarded.other), (guarded.other, guarded.one)):
                await calls.go_on()
                assert known in await registered(master)
                await asyncio.to_thread(master.kill)
                await guarded.until_all_agree_on(successor)
                await newcomers_find_each_other(guarded.address(), client, known, calls)
                assert await registered(successor) == {known}
                await asyncio.to_thread(master.start)
                await until_asked(master.is_replica)
                await calls.go_on()
            assert addresses(client) == {known}


@pytest.mark.spec("REG-106", "a master that gives its place to another, and lives on, is left by everybody")
async def test_the_master_is_replaced_by_command(guarded: Guarded) -> None:
    async with provider(guarded.address()) as app, consumer(guarded.address()) as client:
        known = (await app.export(Shop, ShopImplementation())).url.address
        async with calling(await client.refer(Shop, timeout=5.0)) as calls:
            await calls.go_on()
            await asyncio.to_thread(guarded.sentinels[0].fail_over)
            await guarded.until_all_agree_on(guarded.other)
            await newcomers_find_each_other(guarded.address(), client, known, calls)
            assert await registered(guarded.other) == {known}


@pytest.mark.spec("REG-106", "one sentinel is enough to find the master")
async def test_one_sentinel_is_left(guarded: Guarded) -> None:
    async with provider(guarded.address()) as app, consumer(guarded.address()) as client:
        known = (await app.export(Shop, ShopImplementation())).url.address
        async with calling(await client.refer(Shop, timeout=5.0)) as calls:
            for gone in guarded.sentinels[:2]:
                await asyncio.to_thread(gone.kill)
            await newcomers_find_each_other(guarded.address(), client, known, calls)


@pytest.mark.spec("REG-107", "a master's name that sentinels do not know is told, with those that they know")
async def test_a_wrong_name(guarded: Guarded) -> None:
    registry = open_registry(guarded.address("other"))
    with pytest.raises(RegistryError, match=r"the sentinels know no master named 'other', but 'main': mend 'master\.name'"):
        await registry.register(URL.parse("dubbo://10.0.0.1:20880/com.example.Greeter?interface=com.example.Greeter"))
    await registry.close()
