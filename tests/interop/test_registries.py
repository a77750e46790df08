"""Java and Python find each other through ZooKeeper and Redis, in both directions and for each line of Dubbo."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, RpcError
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.points import PROTOCOL, REGISTRY
from aiodubbo.url.url import URL
from tests.servers import redis_server, zookeeper_server
from tests.servers.redis_server import RedisServer
from tests.servers.zookeeper_server import ZooKeeperServer

from .contracts import GreetingService
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.process import ServerProcess

    from .peers import JavaPeer

INTERFACE = "org.aiodubbo.interop.GreetingService"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ServerProcess]]:
    """One server of each kind for the module, started when first asked for."""
    running: dict[str, ServerProcess] = {}

    def server(kind: str) -> ServerProcess:
        if kind not in running:
            reason = zookeeper_server.missing() if kind == "zookeeper" else redis_server.missing()
            if reason is not None:
                if os.environ.get("CI", "").lower() in ("1", "true"):
                    pytest.fail(f"in CI the tests with real registries must run: {reason}")
                pytest.skip(f"REAL REGISTRIES LEFT OUT: {reason}")
            folder = tmp_path_factory.mktemp(kind)
            made: ServerProcess = ZooKeeperServer(folder) if kind == "zookeeper" else RedisServer(folder)
            made.start()
            running[kind] = made
        return running[kind]

    yield server
    for one in running.values():
        one.kill()


@pytest.fixture(params=["zookeeper", "redis"])
def registry(request: pytest.FixtureRequest, servers: Callable[[str], ServerProcess]) -> str:
    """The address of each registry in turn. Sessions are short, so that what ends badly is gone soon."""
    return f"{request.param}://{servers(request.param).address}?session=6000&timeout=5000"


async def where(java: JavaPeer) -> str:
    return str((await java.ask("call", name="through", method="where"))["value"])


async def test_python_finds_java(java: JavaPeer, registry: str, free_port: int) -> None:
    """A provider that appears is called, one that goes is not."""
    async with Application("python", registry=registry) as app:
        service = await app.refer(GreetingService, timeout=5.0, retries=0, check=False)
        await java.ask("export", name="found", service="greeting", host=java.host, port=free_port, registry=registry)
        try:
            async with asyncio.timeout(20):
                while True:
                    try:
                        assert await service.say_hi("you") == "hi, you"
                        break
                    except RpcError:
                        await asyncio.sleep(0.05)
        finally:
            await java.ask("unexport", name="found")
        async with asyncio.timeout(20):
            while True:
                try:
                    await service.say_hi("you")
                    await asyncio.sleep(0.05)
                except RpcError:
                    break


async def test_java_finds_python(java: JavaPeer, registry: str) -> None:
    """A second provider is noticed, and its end too."""
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as first:
        await first.export(GreetingService, Greeting("first"))
        await java.ask("refer", name="through", service="greeting", registry=registry, timeout=5000)
        try:
            assert await where(java) == "first"
            async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as second:
                await second.export(GreetingService, Greeting("second"))
                answered: set[str] = set()
                async with asyncio.timeout(20):
                    while answered != {"first", "second"}:
                        answered.add(await where(java))
            async with asyncio.timeout(20):
                while [await where(java) for _ in range(5)] != ["first"] * 5:
                    await asyncio.sleep(0.05)
            assert {url.param("application") for url in await look(registry, "consumers")} == {"interop"}
        finally:
            await java.ask("release", name="through")
    assert await look(registry, "providers") == []


async def look(registry: str, category: str) -> list[URL]:
    """What the registry holds of the service."""
    url = URL.parse(registry)
    client = REGISTRY.load(url.protocol)(url, lambda name: PROTOCOL.load(name)(ProtocolSettings("look")))
    try:
        return list(await client.lookup(URL("admin", "127.0.0.1", 0, INTERFACE, {"interface": INTERFACE, "category": category})))
    finally:
        await client.close()
