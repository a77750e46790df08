"""Java and Python find each other by multicast, in both directions and for each line of Dubbo; and each reads the other's cache file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, RpcError
from tests.polling import until_equal, until_raises

from . import java_build
from .conftest import find_free_port
from .contracts import GreetingService
from .registries import answering, where
from .services import Greeting

if TYPE_CHECKING:
    from .conftest import Peers
    from .peers import JavaPeer


@pytest.fixture
def group(java: JavaPeer, free_port: int) -> str:
    """A group that no other test uses."""
    if java.host.startswith("127."):
        pytest.skip("MULTICAST WITH JAVA LEFT OUT: this machine has no network but loopback, where Java does not look for providers")
    return f"multicast://224.5.6.7:{free_port}"


@pytest.mark.spec("REG-82", "a Java provider that appears is called, one that goes is not")
async def test_python_finds_java(java: JavaPeer, group: str, free_port: int) -> None:
    async with Application("python", registry=f"{group}?network.interface={java.host}") as app:
        service = await app.refer(GreetingService, timeout=5.0, retries=0, check=False, parameters={"timeout": "200"})
        await java.ask("export", name="found", service="greeting", host=java.host, port=free_port, registry=group)
        try:
            await until_it_answers(service)
            async with Application("late", registry=f"{group}?network.interface={java.host}") as late:
                await until_it_answers(await late.refer(GreetingService, timeout=5.0))  # Java answers the question
        finally:
            await java.ask("unexport", name="found")
        await until_raises(RpcError, lambda: service.say_hi("you"))


async def until_it_answers(service: GreetingService) -> None:
    await until_equal(lambda: service.say_hi("you"), "hi, you", ignoring=(RpcError,))


@pytest.mark.spec("REG-85", "Python answers Java's question; a second provider is noticed, and its end too")
async def test_java_finds_python(java: JavaPeer, group: str) -> None:
    registry = f"{group}?network.interface={java.host}"
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as first:
        await first.export(GreetingService, Greeting("first"))
        await java.ask("refer", name="through", service="greeting", registry=group, timeout=5000)
        try:
            assert await where(java) == "first"
            async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as second:
                await second.export(GreetingService, Greeting("second"))
                answered: set[str] = set()
                async with asyncio.timeout(20):
                    while answered != {"first", "second"}:
                        answered.add(await where(java))
            await until_equal(lambda: answering(java, 5), {"first"})
        finally:
            await java.ask("release", name="through")


@pytest.mark.spec("REG-22", "Java starts from a cache file that Python wrote")
@pytest.mark.parametrize("version", ["2.6", "2.7"])
async def test_java_reads_pythons_cache(peers: Peers, version: str, free_port: int) -> None:
    """In a group where nobody answers, Java's consumer finds the provider that Python's consumer of another group heard of."""
    java = peers[version]
    path = java_build.CACHE / f"registry-{java.pid}.cache"  # the one of every registry in this JVM
    registry = f"multicast://224.5.6.7:{free_port}?network.interface={java.host}&save.file=true&file={path}"
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as app:
        await app.export(GreetingService, Greeting("cached"), group="cached")
        await app.refer(GreetingService, group="cached")
        nobody = f"multicast://224.5.6.8:{find_free_port()}"
        await java.ask("refer", name="through", service="greeting", group="cached", registry=nobody, timeout=1000)
        try:
            assert await where(java) == "cached"
        finally:
            await java.ask("release", name="through")
