"""How else Java announces its services: at several registries, with few parameters, as instances of an application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient

from aiodubbo import Application, NoProviderError
from aiodubbo.url.url import URL
from tests.polling import until_equal

from . import java_build
from .contracts import GreetingService
from .peers import JavaPeer
from .registries import INTERFACE, opened, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.process import ServerProcess

    from .conftest import Peers

SIMPLIFIED = {"application", "deprecated", "dubbo", "group", "release", "timeout", "timestamp"}
"""The parameters that a simplified 2.7 provider announces of what these tests set; no ``interface`` and no ``methods``."""


def at(java: JavaPeer, port: int, registry: str, group: str) -> dict[str, Any]:
    return {"service": "greeting", "host": java.host, "port": port, "registry": registry, "group": group}


async def providers(registry: str, group: str) -> list[URL]:
    async with opened(registry) as admin:
        urls = await admin.lookup(URL.parse(f"admin://127.0.0.1/{INTERFACE}?interface={INTERFACE}&category=providers&group={group}"))
    return [url for url in urls if url.protocol != "empty"]


@pytest.mark.spec("REG-8", "a Python provider of two registries is found by Java in each alone and in both together, and the reverse")
async def test_several_registries(java: JavaPeer, address: Callable[[str], str], free_port: int) -> None:
    places = [address("zookeeper"), address("redis")]
    group = f"several-{java.version}"
    async with Application("python", registry=places, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting("python"), group=group)
        for registry in (*places, ";".join(places)):
            await java.ask("refer", name="through", service="greeting", registry=registry, group=group, timeout=5000)
            try:
                assert await where(java) == "python"
            finally:
                await java.ask("release", name="through")
        assert [len(await providers(place, group)) for place in places] == [1, 1]
    assert [await providers(place, group) for place in places] == [[], []]

    await java.ask("export", name="several", **at(java, free_port, ";".join(places), group))
    try:
        for wanted in (*places, places):
            async with Application("python", registry=wanted) as app:
                stub = await app.refer(GreetingService, group=group, timeout=5.0, retries=0)
                assert await stub.where() == f"{group}:null"
    finally:
        await java.ask("unexport", name="several")


@pytest.mark.spec("REG-177", "a simplified 2.7 provider, which announces neither methods nor defaults, is found and called")
@pytest.mark.parametrize("kind", ["zookeeper", "redis"])
async def test_simplified(peers: Peers, kind: str, address: Callable[[str], str], free_port: int) -> None:
    java = peers["2.7"]
    registry = address(kind)
    parameters = {"timeout": "4000", "owner": "team"}
    await java.ask("export", name="simple", **at(java, free_port, f"{registry}&simplified=true", "simple"), parameters=parameters)
    try:
        (url,) = await providers(registry, "simple")
        assert set(url.params) == SIMPLIFIED
        async with Application("python", registry=registry) as app:
            stub = await app.refer(GreetingService, group="simple", retries=0)
            assert await stub.where() == "simple:null"
            assert await stub.many(2, {"a": 1}) == ["0 {a=1}", "1 {a=1}"]
            (invoker,) = app.host.catalogue.references[0].snapshot.invokers
            assert invoker.url.param("timeout") == "4000"
    finally:
        await java.ask("unexport", name="simple")


@pytest.mark.spec("REG-170", "a 3.x provider that announces interfaces is found, also one that announces its instance besides")
@pytest.mark.parametrize("mode", ["interface", "all"])
async def test_register_mode(peers: Peers, mode: str, address: Callable[[str], str], free_port: int) -> None:
    java = peers["3.x"]
    registry, group = address("zookeeper"), f"mode-{mode}"
    await java.ask("export", name=mode, **at(java, free_port, f"{registry}&register-mode={mode}", group))
    try:
        async with Application("python", registry=registry) as app:
            assert await (await app.refer(GreetingService, group=group, timeout=5.0)).where() == f"{group}:null"
    finally:
        await java.ask("unexport", name=mode)


@pytest.mark.spec(
    "REG-170", "a 3.x provider that announces its instance alone is not found; the error says that nobody registered the interface"
)
async def test_instances_alone(
    peers: Peers, servers: Callable[[str], ServerProcess], address: Callable[[str], str], free_port: int
) -> None:
    java_build.build()
    registry, server = address("zookeeper"), servers("zookeeper").address

    def instances() -> list[str]:
        client = KazooClient(server)
        client.start()
        try:
            return list(client.get_children("/services/interop")) if client.exists("/services/interop") else []
        finally:
            client.stop()
            client.close()

    with JavaPeer("3.x", "3.x instance") as java:  # of its own: an application starts once
        where_it_is = at(java, free_port, f"{registry}&register-mode=instance", "instance")
        await java.ask("export", name="instance", **where_it_is)
        await java.ask("start", registry=f"{registry}&register-mode=instance")

        async def announced() -> bool:
            return f"{java.host}:{free_port}" in await asyncio.to_thread(instances)

        await until_equal(announced, True)
        async with Application("python", registry=registry) as app:
            with pytest.raises(
                NoProviderError, match=f"No provider available for the service instance/{INTERFACE}.*\n?.*Nothing is registered"
            ):
                await app.refer(GreetingService, group="instance")
            direct = await app.refer(GreetingService, group="instance", url=f"dubbo://{java.host}:{free_port}", timeout=5.0)
            assert await direct.where() == "instance:null"
