"""Java and Python announce one service at one registry: what each left there, side by side, and what each sees of the other."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from redis.asyncio import Redis

from aiodubbo import Application
from aiodubbo.url.grammar import decode
from aiodubbo.url.url import URL
from tests.golden.registry.differences import difference
from tests.polling import until_equal

from .contracts import GreetingService
from .registries import INTERFACE, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.servers.process import ServerProcess

    from .peers import JavaPeer

UNASKED = {
    "note.return": "our contract says that this method is one-way; Java was not told",
    "scope": "Java was told to look at the registry, not into its own process",
}


@asynccontextmanager
async def side_by_side(java: JavaPeer, registry: str, port: int, group: str) -> AsyncIterator[GreetingService]:
    """A provider and a consumer in Java and in Python, of one application name; the Python consumer's stub."""
    async with Application("interop", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting("python"), group=group, version="1.0")
        stub = await app.refer(GreetingService, group=group, version="1.0", timeout=5.0, retries=0)
        where_it_is: dict[str, Any] = {"registry": registry, "group": group, "version": "1.0", "service": "greeting"}
        await java.ask("export", name="beside", host=java.host, port=port, **where_it_is)
        try:
            await java.ask("refer", name="beside", timeout=5000, **where_it_is)
            try:
                yield stub
            finally:
                await java.ask("release", name="beside")
        finally:
            await java.ask("unexport", name="beside")


def compare(java: JavaPeer, urls: list[URL], port: int) -> None:
    """Two providers and two consumers, alike but for the differences with a reason."""
    assert sorted(url.protocol for url in urls) == ["consumer", "consumer", "dubbo", "dubbo"]
    (theirs,) = [url for url in urls if url.port == port]
    (ours,) = [url for url in urls if url.protocol == "dubbo" and url != theirs]
    assert difference(theirs, ours, java.dubbo_version, unasked=UNASKED) == {}
    ours_first = sorted((url for url in urls if url.protocol == "consumer"), key=lambda url: url.param("pid") != ours.param("pid"))
    assert difference(ours_first[1], ours_first[0], java.dubbo_version, unasked=UNASKED) == {}
    assert {url.host for url in urls} == {java.host}


@pytest.mark.spec("REG-184", "beside a running Java provider and consumer: the same folders, kinds of nodes and data, keys and values")
@pytest.mark.spec("REG-78", "Java's folders are ours")
async def test_zookeeper(java: JavaPeer, servers: Callable[[str], ServerProcess], address: Callable[[str], str], free_port: int) -> None:
    group = f"beside-{java.version}"

    def read() -> dict[str, tuple[bool, bytes, list[Any]]]:
        client = KazooClient(servers("zookeeper").address)
        client.start()
        try:
            found = {}
            for category in client.get_children(folder := f"/dubbo/{INTERFACE}"):
                for name in client.get_children(f"{folder}/{category}"):
                    data, stat = client.get(path := f"{folder}/{category}/{name}")
                    found[f"{category}/{decode(name)}"] = (stat.ephemeralOwner != 0, data, client.get_acls(path)[0])
            return found
        finally:
            client.stop()
            client.close()

    async with side_by_side(java, address("zookeeper"), free_port, group) as stub:
        await both_answer(stub, java, group)
        nodes = {path: node for path, node in (await asyncio.to_thread(read)).items() if f"group={group}" in path}
    compare(java, [URL.parse(path.partition("/")[2]) for path in nodes], free_port)
    assert {path.partition("://")[0] for path in nodes} == {"providers/dubbo", "consumers/consumer"}
    assert all(ephemeral for ephemeral, _, _ in nodes.values())
    assert {data for _, data, _ in nodes.values()} <= {java.host.encode(), b"127.0.0.1", b"127.0.1.1"}, (
        "the writer's address, as each knows it"
    )
    assert len({tuple(acl) for _, _, acl in nodes.values()}) == 1, "without a user everything is open to all"


@pytest.mark.spec(
    "REG-100", "beside a running Java provider and consumer: the same hashes, keys and values, and an expiry of the same length"
)
async def test_redis(java: JavaPeer, servers: Callable[[str], ServerProcess], address: Callable[[str], str], free_port: int) -> None:
    group = f"beside-{java.version}"
    client: Any = await asyncio.to_thread(lambda: Redis(port=servers("redis").port, decode_responses=True))
    try:
        async with side_by_side(java, address("redis"), free_port, group) as stub:
            await both_answer(stub, java, group)
            now = 1000 * int((await client.time())[0])
            hashes = {category: await client.hgetall(f"/dubbo/{INTERFACE}/{category}") for category in ("providers", "consumers")}
    finally:
        await client.aclose()
    fields = {
        category: {field: expiry for field, expiry in all_of_it.items() if f"group={group}" in field}
        for category, all_of_it in hashes.items()
    }
    assert [len(found) for found in fields.values()] == [2, 2]
    compare(java, [URL.parse(field) for found in fields.values() for field in found], free_port)
    assert all(0 < int(expiry) - now <= 7000 for found in fields.values() for expiry in found.values())


async def both_answer(stub: GreetingService, java: JavaPeer, group: str) -> None:
    """Both consumers call both providers."""
    both = {"python", f"{group}:1.0"}

    async def python() -> set[str]:
        return {await stub.where() for _ in range(12)}

    async def from_java() -> set[str]:
        return {await where(java, "beside") for _ in range(12)}

    await until_equal(python, both)
    await until_equal(from_java, both)


@pytest.mark.spec("REG-15", "what Java's registry client looks up and is notified of is what Python registered, complete for each category")
@pytest.mark.parametrize("kind", ["zookeeper", "redis"])
async def test_what_java_is_told(java: JavaPeer, kind: str, address: Callable[[str], str]) -> None:
    registry, group = address(kind), f"told-{java.version}"
    wanted = f"consumer://{java.host}/{INTERFACE}?interface={INTERFACE}&group={group}&check=false"
    async with Application("interop", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        exported = await app.export(GreetingService, Greeting("python"), group=group)
        assert [URL.parse(text).address for text in await java.ask("lookup", registry=registry, url=f"{wanted}&category=providers")] == [
            exported.url.address
        ]
        await java.ask("watch", name="told", registry=registry, url=f"{wanted}&category=providers,configurators,routers")
        heard: dict[str, set[tuple[str, str]]] = {}

        async def last_told() -> dict[str, set[tuple[str, str]]]:
            """Category → protocol and address of each URL that was told last."""
            for urls in await java.ask("told", name="told"):
                parsed = [URL.parse(text) for text in urls]
                heard[parsed[0].param("category", "providers")] = {(url.protocol, url.address if url.port else "") for url in parsed}
            return heard

        try:
            first = ("dubbo", exported.url.address)
            empty = {category: {("empty", "")} for category in ("configurators", "routers")}
            rest = empty if kind == "zookeeper" else {}  # of a hash that is not there Java's Redis client tells nothing
            await until_equal(last_told, {"providers": {first}, **rest})
            async with Application("interop", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as other:
                second = ("dubbo", (await other.export(GreetingService, Greeting("other"), group=group)).url.address)
                await until_equal(last_told, {"providers": {first, second}, **rest})
            await until_equal(last_told, {"providers": {first}, **rest})
        finally:
            await java.ask("unwatch", name="told")
