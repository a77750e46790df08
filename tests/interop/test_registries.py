"""Java and Python find each other through ZooKeeper and Redis, in both directions and for each line of Dubbo."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, RpcError
from aiodubbo.url.url import URL
from tests.polling import until_equal, until_raises

from .contracts import GreetingService
from .registries import INTERFACE, answering, opened, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Callable

    from .peers import JavaPeer


@pytest.fixture(params=["zookeeper", "redis"])
def registry(request: pytest.FixtureRequest, address: Callable[[str], str]) -> str:
    """The address of each registry in turn."""
    return address(request.param)


async def test_python_finds_java(java: JavaPeer, registry: str, free_port: int) -> None:
    """A provider that appears is called, one that goes is not."""
    async with Application("python", registry=registry) as app:
        service = await app.refer(GreetingService, timeout=5.0, retries=0, check=False)
        await java.ask("export", name="found", service="greeting", host=java.host, port=free_port, registry=registry)
        try:
            await until_equal(lambda: service.say_hi("you"), "hi, you", ignoring=(RpcError,))
        finally:
            await java.ask("unexport", name="found")
        await until_raises(RpcError, lambda: service.say_hi("you"))


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
            await until_equal(lambda: answering(java, 5), {"first"})
            assert {url.param("application") for url in await look(registry, "consumers")} == {"interop"}
        finally:
            await java.ask("release", name="through")
    assert await look(registry, "providers") == []


async def look(registry: str, category: str) -> list[URL]:
    """What the registry holds of the service."""
    async with opened(registry) as client:
        return list(await client.lookup(URL("admin", "127.0.0.1", 0, INTERFACE, {"interface": INTERFACE, "category": category})))
