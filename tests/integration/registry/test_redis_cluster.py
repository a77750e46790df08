"""The redis registry on a Redis Cluster: nodes die, slots move, and calls go on."""

from __future__ import annotations

import asyncio
import functools
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from redis.crc import key_slot
from redis.exceptions import ClusterError

from aiodubbo import RegistryError
from aiodubbo.clients.redis_cluster import parse_map
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.integration.services import Shop, ShopImplementation
from tests.polling import elapse, until
from tests.servers import redis_server
from tests.servers.redis_server import ClusterNode, RedisCluster

from .calling import SHORT, addresses, calling, consumer, newcomers_find_each_other, provider
from .conftest import FAST, need, open_registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from aiodubbo.rpc.abc import Registry

    from .conftest import Kind

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SERVICE = "com.example.Greeter"


def greeter(number: int) -> URL:
    return URL("dubbo", f"10.0.0.{number}", 20880, SERVICE, {"interface": SERVICE})


WANTED = URL("consumer", "10.0.0.9", 0, SERVICE, {"interface": SERVICE, "category": "providers"})


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[RedisCluster]:
    """A cluster of the test's own, with a replica for each master."""
    need(redis_server.missing())
    with RedisCluster(tmp_path, replicas=True) as cluster:
        yield cluster


@asynccontextmanager
async def opened(*addresses: str) -> AsyncIterator[list[Registry]]:
    registries = [open_registry(address) for address in addresses]
    try:
        yield registries
    finally:
        for registry in registries:
            await registry.close()


async def until_asked(condition: Callable[[], bool]) -> None:
    """Wait for what is asked over a connection."""
    await until(lambda: asyncio.to_thread(condition), 40)


def gives_messages(node: ClusterNode) -> bool:
    """Whether somebody waits for messages there."""
    return bool(node.run("CLIENT", "LIST", "TYPE", "pubsub"))


def has_another_master(cluster: RedisCluster, key: str, before: ClusterNode) -> bool:
    return cluster.master_of(key) is not before and cluster.is_whole()


def is_followed(cluster: RedisCluster, master: ClusterNode) -> bool:
    return cluster.is_whole() and master.replicas() == 1


@pytest.mark.spec("REG-106", "each hash lies at the node in charge of its key")
async def test_where_hashes_lie(redis_cluster: RedisCluster) -> None:
    services = [f"com.example.Place{number}" for number in range(12)]
    async with opened(redis_cluster.address(f"{FAST}&group=places")) as (registry,):
        for service in services:
            await registry.register(URL("dubbo", "10.0.0.1", 20880, service, {"interface": service}))
        used = set()
        for service in services:
            key = f"/places/{service}/providers"
            node = await asyncio.to_thread(redis_cluster.master_of, key)
            used.add(node.port)
            assert await asyncio.to_thread(node.run, "HLEN", key) == 1
        assert len(used) > 1
        anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"}
        found = await registry.lookup(URL("admin", "10.0.0.9", 0, "*", anything))
        assert {url.service_interface for url in found} == set(services)


@pytest.mark.spec("REG-105", "who watches all services deletes what has expired at any node of a Redis Cluster")
async def test_cleaning(redis_cluster: RedisCluster) -> None:
    hashes = [f"/swept/com.example.Swept{number}/providers" for number in range(6)]
    gone, lasting = str(greeter(1)), str(greeter(2).with_params({"dynamic": "false"}))

    def left() -> list[list[str]]:
        return [redis_cluster.master_of(key).run("HKEYS", key) for key in hashes]

    for key in hashes:
        node = await asyncio.to_thread(redis_cluster.master_of, key)
        await asyncio.to_thread(node.run, "HSET", key, gone, "1", lasting, "1")
    anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"}
    async with opened(redis_cluster.address(f"{FAST}&group=swept&session=400")) as (admin,):
        await admin.subscribe(URL("admin", "10.0.0.9", 0, "*", anything), Notified())
        await until_asked(lambda: left() == [[lasting]] * 6)


@pytest.mark.spec(
    "REG-106", "a master of a Redis Cluster is killed: its replica takes its place, everybody is registered there, no call is lost"
)
async def test_a_master_is_killed(own_cluster: RedisCluster) -> None:
    key = "/dubbo/org.aiodubbo.test.ShopService/providers"
    address = own_cluster.address(SHORT)
    async with provider(address) as app, consumer(address) as client:
        known = (await app.export(Shop, ShopImplementation())).url.address
        async with calling(await client.refer(Shop, timeout=5.0)) as calls:
            for _ in range(2):
                await calls.go_on()
                master = await asyncio.to_thread(own_cluster.master_of, key)
                await asyncio.to_thread(master.kill)
                await until_asked(functools.partial(has_another_master, own_cluster, key, master))
                await newcomers_find_each_other(address, client, known, calls)
                successor = await asyncio.to_thread(own_cluster.master_of, key)
                assert [URL.parse(field).address for field in await asyncio.to_thread(successor.run, "HKEYS", key)] == [known]
                await asyncio.to_thread(master.start)
                await until_asked(functools.partial(is_followed, own_cluster, successor))
                await calls.go_on()
            assert addresses(client) == {known}


@pytest.mark.spec("REG-104", "the node that gave messages is killed: they come from another one")
async def test_the_node_that_gives_messages_is_killed(own_cluster: RedisCluster) -> None:
    told = Notified()
    async with opened(*[own_cluster.address(f"{SHORT}&check=false")] * 2) as (watcher, registry):
        await watcher.subscribe(WANTED, told)
        (node,) = [node for node in own_cluster.nodes if await asyncio.to_thread(gives_messages, node)]
        await asyncio.to_thread(node.kill)
        await until_asked(lambda: any(gives_messages(node) for node in own_cluster.living()))
        await registry.register(greeter(1))  # once more when the node was in charge of it
        await until(lambda: told.of(SERVICE) == [greeter(1)], 40)


@pytest.mark.spec("REG-106", "a slot moves to another node, and its keys are found before, meanwhile and after")
async def test_a_slot_moves(redis_cluster: RedisCluster) -> None:
    group = "moves"
    key = f"/{group}/{SERVICE}/providers"
    told = Notified()
    slot = key_slot(key.encode())
    async with opened(*[redis_cluster.address(f"{FAST}&group={group}")] * 2) as (registry, watcher):
        await registry.register(greeter(1))
        await watcher.subscribe(WANTED, told)
        before = await asyncio.to_thread(redis_cluster.master_of, key)
        after = next(node for node in redis_cluster.nodes if node is not before)
        half, whole = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def between() -> None:
            loop.call_soon_threadsafe(half.set)
            asyncio.run_coroutine_threadsafe(whole.wait(), loop).result(20)

        moving = asyncio.create_task(asyncio.to_thread(redis_cluster.move_slot, slot, after, between=between))
        await half.wait()
        await registry.register(greeter(2))
        await until(lambda: told.of(SERVICE) == [greeter(1), greeter(2)], 20)
        whole.set()
        await moving
        await registry.register(greeter(3))
        await until(lambda: told.of(SERVICE) == [greeter(1), greeter(2), greeter(3)], 20)
        assert await asyncio.to_thread(redis_cluster.master_of, key) is after
        assert await asyncio.to_thread(after.run, "HLEN", key) == 3
        await registry.unregister(greeter(1))
        await until(lambda: told.of(SERVICE) == [greeter(2), greeter(3)], 20)


@pytest.mark.spec("REG-101", "a node that does not answer delays nothing that lies at another one")
async def test_a_node_that_stands_still(redis_cluster: RedisCluster) -> None:
    def url(service: str) -> URL:
        return URL("dubbo", "10.0.0.1", 20880, service, {"interface": service})

    still = redis_cluster.nodes[0]
    there: list[str] = []
    elsewhere: list[str] = []
    for number in range(60):
        service = f"com.example.Still{number}"
        node = await asyncio.to_thread(redis_cluster.master_of, f"/still/{service}/providers")
        (there if node is still else elsewhere).append(service)
    async with opened(redis_cluster.address(f"{FAST}&group=still&check=false&timeout=2000")) as (registry,):
        await registry.register(url(elsewhere[0]))
        await asyncio.to_thread(still.run, "CLIENT", "PAUSE", "2500", "ALL")
        waiting = [asyncio.create_task(registry.register(url(service))) for service in there]
        await elapse(0.1)
        async with asyncio.timeout(1.5):
            await registry.register(url(elsewhere[1]))
        assert len(waiting) > 8
        assert not any(task.done() for task in waiting)
        await asyncio.wait(waiting)


@pytest.mark.spec("REG-106", "every node is sent the password; a wrong one is told as such")
async def test_password(tmp_path: Path) -> None:
    need(redis_server.missing())
    with RedisCluster(tmp_path, password="s3cret") as cluster:
        told = Notified()
        async with opened(cluster.address(FAST), cluster.address(FAST).replace("s3cret", "wrong")) as (registry, other):
            await registry.register(greeter(1))
            await registry.subscribe(WANTED, told)
            assert told.of(SERVICE) == [greeter(1)]
            with pytest.raises(RegistryError, match="give the registry's address the right password"):
                await other.register(greeter(2))


@pytest.mark.spec("REG-107", "a Redis that is no cluster, or is one unexpectedly, is told as such")
async def test_another_kind_of_server(redis: Kind, redis_cluster: RedisCluster) -> None:
    node = await asyncio.to_thread(redis_cluster.master_of, f"/dubbo/{SERVICE}/providers")
    other = next(one for one in redis_cluster.nodes if one is not node)
    async with opened(redis.address(f"{FAST}&redis-client=cluster"), f"redis://{other.address}?{FAST}") as (no_cluster, no_single):
        with pytest.raises(RegistryError, match="this is no Redis Cluster: take redis-client=cluster from the registry's address"):
            await no_cluster.register(greeter(1))
        with pytest.raises(RegistryError, match="this is a node of a Redis Cluster: add redis-client=cluster to the registry's address"):
            await no_single.register(greeter(1))


INFO = "cluster_state:ok\r\ncluster_current_epoch:7\r\n"


def test_the_map_is_read() -> None:
    rows = [[0, 100, ["10.0.0.1", 7000, "id"], ["10.0.0.2", 7000, "id"]], [200, 16383, ["", 7001, "id"], ["?", 7002, "id"]]]
    found = parse_map(INFO, rows, ("10.0.0.9", 1))
    assert found.works
    assert found.epoch == 7
    assert [found.masters[slot] for slot in (0, 100, 101, 200, 16383)] == [
        ("10.0.0.1", 7000),
        ("10.0.0.1", 7000),
        None,
        ("10.0.0.9", 7001),
        ("10.0.0.9", 7001),
    ]
    assert found.nodes == {("10.0.0.1", 7000), ("10.0.0.2", 7000), ("10.0.0.9", 7001)}


@pytest.mark.parametrize(
    "rows",
    [
        "OK",
        [[0]],
        [[0, 1]],
        [[5, 3, ["h", 1]]],
        [[-1, 3, ["h", 1]]],
        [[0, 16384, ["h", 1]]],
        [[0, 16383, ["h", 1]]] * 2,
        [[0, 1, ["h", 70000]]],
        [[0, 1, [7, 1]]],
        [[0, 1, "x"]],
        [[0, 1, None]],
    ],
    ids=repr,
)
def test_what_is_no_map(rows: Any) -> None:
    with pytest.raises(ClusterError, match=re.escape("h:1 gave no map of a Redis Cluster")):
        parse_map(INFO, rows, ("h", 1))
