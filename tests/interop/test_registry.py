"""Java and Python find each other through aiodubbo's simple registry. Dubbo 3.x has no client for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, RegistryServer, RpcError
from aiodubbo.registry.service import ALIBABA, APACHE
from aiodubbo.url.url import URL
from tests.polling import until_equal, until_raises

from .contracts import GreetingService
from .registries import INTERFACE, answering, where
from .services import Greeting

if TYPE_CHECKING:
    from .conftest import Peers

VERSIONS = ("2.6", "2.7")
SERVICES = {"2.6": ALIBABA.interface, "2.7": APACHE.interface}


@pytest.mark.spec("REG-111", "real 2.6 and 2.7 providers register at the simple registry")
@pytest.mark.parametrize("version", VERSIONS)
async def test_python_finds_java(peers: Peers, version: str, free_port: int) -> None:
    java = peers[version]
    async with RegistryServer(java.host, 0) as server, Application("python", registry=server.address) as app:
        service = await app.refer(GreetingService, timeout=5.0, retries=0, check=False)
        await java.ask("export", name="found", service="greeting", host=java.host, port=free_port, registry=server.address)
        await until_equal(lambda: service.say_hi("you"), "hi, you", ignoring=(RpcError,))
        await java.ask("unexport", name="found")
        await until_raises(RpcError, lambda: service.say_hi("you"))


@pytest.mark.spec("REG-113", "real 2.6 and 2.7 consumers are told who comes and goes")
@pytest.mark.parametrize("version", VERSIONS)
async def test_java_finds_python(peers: Peers, version: str) -> None:
    java = peers[version]
    async with (
        RegistryServer(java.host, 0) as server,
        Application("python", registry=server.address, protocol=f"dubbo://{java.host}:0") as first,
    ):
        await first.export(GreetingService, Greeting("first"))
        await java.ask("refer", name="through", service="greeting", registry=server.address, timeout=5000)
        try:
            assert await where(java) == "first"
            async with Application("python", registry=server.address, protocol=f"dubbo://{java.host}:0") as second:
                await second.export(GreetingService, Greeting("second"))
                answered: set[str] = set()
                async with asyncio.timeout(10):
                    while answered != {"first", "second"}:
                        answered.add(await where(java))
            assert [await where(java) for _ in range(5)] == ["first"] * 5
        finally:
            await java.ask("release", name="through")


@pytest.mark.spec("REG-113", "a server that registers itself: real 2.6 and 2.7 clients move to the address it tells, and miss nothing")
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_registry_that_registers_itself(peers: Peers, version: str, free_port: int) -> None:
    java = peers[version]
    async with (
        RegistryServer(java.host, 0, announce=java.host, parameters={"timeout": "4000"}) as server,
        Application("python", registry=server.address, protocol=f"dubbo://{java.host}:0") as app,
    ):
        await app.export(GreetingService, Greeting("first"))
        await java.ask("export", name="own", service="greeting", host=java.host, port=free_port, registry=server.address, group="java")
        await java.ask("refer", name="through", service="greeting", registry=server.address, timeout=5000)
        try:
            async with Application("python", registry=server.address, protocol=f"dubbo://{java.host}:0") as second:
                await second.export(GreetingService, Greeting("second"))
                await until_equal(lambda: answering(java, 10), {"first", "second"})
            service = await app.refer(GreetingService, group="java", timeout=5.0)
            assert await service.say_hi("you") == "hi, you"
        finally:
            await java.ask("release", name="through")
            await java.ask("unexport", name="own")


@pytest.mark.spec("REG-111", "Python registers and subscribes at a registry that real 2.6 and 2.7 serve; its listeners are called back")
@pytest.mark.spec("REG-69", "such a server registers itself, as Java's own does, or does not")
@pytest.mark.parametrize("registers_itself", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_registry_that_java_serves(peers: Peers, version: str, free_port: int, registers_itself: bool) -> None:
    java = peers[version]
    where_served = {"host": java.host, "port": free_port}
    await java.ask(
        "serve-registry", name="registry", **where_served, **{"registers-itself": registers_itself, "parameters": {"timeout": "4000"}}
    )
    registry = f"dubbo://{java.host}:{free_port}?interface={SERVICES[version]}&reconnect.period=500"
    try:
        async with Application("consumer", registry=registry) as app:
            async with (
                Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as one,
                Application("python", registry=registry, protocol=f"dubbo://{java.host}:0") as two,
            ):
                await one.export(GreetingService, Greeting("one"))
                service = await app.refer(GreetingService, timeout=5.0)
                await two.export(GreetingService, Greeting("two"))
                await answered_by(service, {"one", "two"})
                await two.close()
                await answered_by(service, {"one"})
            server = app._registries.open()[0]._inner._invoker.url  # type: ignore[attr-defined] # behind FailbackRegistry
            assert server.param("timeout") == ("4000" if registers_itself else "10000")
            (reference,) = app.register_table.consumed
            assert reference.is_registered
            table = await java.ask("lookup", registry=registry, url=f"consumer://{java.host}/{INTERFACE}?category=consumers")
            assert [URL.parse(text).param("application") for text in table] == ["consumer"], "providers took back what they registered"
    finally:
        await java.ask("unexport", name="registry")


async def answered_by(service: GreetingService, wanted: set[str]) -> None:
    async def answering_now() -> set[str]:
        return {await service.where() for _ in range(10)}

    await until_equal(answering_now, wanted)
