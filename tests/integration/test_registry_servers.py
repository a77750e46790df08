"""A dubbo registry with several servers: which one is used, what it tells of itself, and what happens when it is silent or gone."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from aiodubbo import Application, RegistryServer
from aiodubbo.errors import RegistryError
from aiodubbo.registry.service import ALIBABA
from aiodubbo.url.url import URL
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodubbo.registry.dubbo import DubboRegistry
    from aiodubbo.registry.failback import FailbackRegistry

pytestmark = pytest.mark.integration

FAST = "retry.period=100&reconnect.period=100"


def application(registry: str, name: str = "app") -> Application:
    return Application(name, registry=registry, protocol="dubbo://127.0.0.1:0", shutdown_wait=0.5)


async def registry_of(app: Application) -> FailbackRegistry:
    return cast("FailbackRegistry", app._registries.open()[0])


async def server_of(app: Application) -> URL:
    """The server in use, with the settings for it."""
    inner = cast("DubboRegistry", (await registry_of(app))._inner)
    assert inner._invoker is not None
    return inner._invoker.url


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """Takes connections and never says a word."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


@pytest.mark.spec("REG-69", "a server that registers itself tells its settings; the connection stays")
@pytest.mark.spec("REG-113", "a server registers itself where it is told under which address it is reached")
async def test_a_server_tells_its_settings() -> None:
    async with RegistryServer(port=0, announce="127.0.0.1", parameters={"timeout": "3000"}) as server:
        assert {url.service_interface.rpartition(".")[2] for url in server.urls} == {"RegistryService"}
        async with application(server.address) as app, application(f"{server.address}?timeout=7000", "other") as other:
            await app.export(Shop, ShopImplementation())
            await other.refer(Shop)
            assert (await server_of(app)).param("timeout") == "3000"
            assert (await server_of(other)).param("timeout") == "7000", "what the client says itself counts more"
            assert (await server_of(app)).param("subscribe.1.callback") == "true"
            assert len(server._registry._clients) == 2, "one connection for each client"
            shop = await app.refer(Shop)
            assert await shop.find("x", limit=0) == []


@pytest.mark.spec("REG-69", "settings that a server announces and that nobody can use are not followed")
async def test_a_server_tells_settings_that_make_no_sense(caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as running:
        server = await running.enter_async_context(RegistryServer(port=0, announce="127.0.0.1", parameters={"connect.timeout": "soon"}))
        app = await running.enter_async_context(application(f"{server.address}?{FAST}"))
        await app.export(Shop, ShopImplementation())
        shop = await app.refer(Shop)
        assert await shop.find("x", limit=0) == []
        assert (await server_of(app)).param("connect.timeout") == "10000"
        assert "announces are not followed: parameter connect.timeout" in caplog.text


@pytest.mark.spec("REG-110", "the server is asked for RegistryService first, and need not tell anything")
async def test_a_server_that_tells_nothing() -> None:
    async with RegistryServer(port=0) as server, application(server.address) as app:
        await app.export(Shop, ShopImplementation())
        assert (await server_of(app)).param("timeout") == "10000"
        subscribed = [url for _, url in server._registry._store._subscriptions if url.service_interface == ALIBABA.interface]
        assert [url.protocol for url in subscribed] == ["consumer"]
        assert "0.0.0.0" not in subscribed[0].host


@pytest.mark.spec("REG-69", "servers that are announced are taken when the known ones are gone; all is registered there")
async def test_another_server_is_announced() -> None:
    async with RegistryServer(port=0) as second, AsyncExitStack() as running:
        first = await running.enter_async_context(RegistryServer(port=0))
        async with application(f"{first.address}?{FAST}") as app, application(second.address, "late") as late:
            exported = await app.export(Shop, ShopImplementation())
            shop = await app.refer(Shop)
            params = {"interface": ALIBABA.interface, "timeout": "4000", "connections": "3"}
            first._registry.register("an operator", URL.parse(second.address).with_path(ALIBABA.interface).with_params(params))
            inner = cast("DubboRegistry", (await registry_of(app))._inner)
            await until(lambda: len(inner._servers) == 2)
            assert inner._servers[1].param("timeout") == "4000"
            assert inner._servers[1].param("connections") == "", "one connection for all that is registered"
            assert (await server_of(app)).address == first.url.address, "the known one is used as long as it is there"
            await running.aclose()
            await until(lambda: exported.url in second.urls, 10)
            assert (await server_of(app)).address == second.url.address
            assert await (await late.refer(Shop)).find("x", limit=0) == []
            assert await shop.find("x", limit=0) == []


@pytest.mark.spec("REG-110", "a server that takes the connection and does not answer is left for the next")
async def test_a_silent_server() -> None:
    async with silent_server() as silent, RegistryServer(port=0) as server:
        async with application(f"dubbo://{silent}?backup={server.url.address}&timeout=300") as app:
            exported = await app.export(Shop, ShopImplementation())
            assert exported.url in server.urls
        async with application(f"dubbo://{silent}?timeout=300") as app:
            with pytest.raises(RegistryError, match=rf"no registry server can be reached at {silent} \(.*300 ms"):
                await app.export(Shop, ShopImplementation())


@pytest.mark.spec("REG-112", "whoever notices first that the server is back, everything is repeated")
async def test_an_operation_finds_the_server_again() -> None:
    server = RegistryServer(port=0)
    async with server:
        port = server.url.port
        # nothing looks for the server by itself: it is the second export that connects again
        app = application(f"{server.address}?retry.period=100&reconnect.period=60000")
        first = await app.export(Shop, ShopImplementation(), group="first")
    async with RegistryServer("127.0.0.1", port) as again:
        second = await app.export(Shop, ShopImplementation(), group="second")
        await until(lambda: {first.url, second.url} <= set(again.urls), 10)
        await app.close()
        assert again.urls == []


async def test_many_operations_share_one_attempt_to_connect() -> None:
    async with RegistryServer(port=0) as server, application(server.address) as app:
        await asyncio.gather(*(app.export(Shop, ShopImplementation(), group=f"g{number}") for number in range(20)))
        assert len(server._registry._clients) == 1
        assert len(server.urls) == 20
