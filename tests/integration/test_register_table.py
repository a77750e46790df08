"""What an application says about its own services and references, and what of them is left in a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, NoProviderError, RegistryServer, sync
from aiodubbo.integration.register_table import RegisterTable
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

if TYPE_CHECKING:
    from aiodubbo.url.url import URL

pytestmark = pytest.mark.integration


def application(*registries: str, name: str = "app") -> Application:
    return Application(name, registry=registries, protocol="dubbo://127.0.0.1:0", shutdown_wait=0.5)


def consumers(server: RegistryServer) -> list[URL]:
    return [url for url in server.urls if url.protocol == "consumer"]


@pytest.mark.spec("REG-46", "a line for each registry, for services and for references; it follows what happens")
async def test_table() -> None:
    async with (
        RegistryServer(port=0) as one,
        RegistryServer(port=0) as two,
        application(one.address, f"{two.address}?register=false") as app,
    ):
        assert app.register_table == RegisterTable((), ())
        exported = await app.export(Shop, ShopImplementation(), version="1.0")
        await app.refer(Shop, version="1.0")
        await app.refer(Shop, version="1.0", url=str(exported.url))  # a fixed address is in no registry
        table = app.register_table
        assert [(entry.service, entry.registry.address, entry.is_registered) for entry in table.provided] == [
            (exported.url.service_key, one.url.address, True),
            (exported.url.service_key, two.url.address, False),
        ]
        assert [(entry.service, entry.registry.address, entry.providers, entry.is_registered) for entry in table.consumed] == [
            (exported.url.service_key, one.url.address, 1, True),
            (exported.url.service_key, two.url.address, 0, False),
        ]
        await exported.unregister()
        assert not any(entry.is_registered for entry in app.register_table.provided)
        await until(lambda: app.register_table.consumed[0].providers == 0)
        await exported.register()
        assert one.urls[-1] == table.provided[0].url
        await until(lambda: app.register_table.consumed[0].providers == 1)
        await exported.close()
        assert app.register_table.provided == ()


def test_table_of_the_blocking_application() -> None:
    with sync.Application("blocking", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.5) as app:
        assert app.register_table == RegisterTable((), ())


@pytest.mark.spec("REG-68", "a reference that could not be made leaves nothing in the registry")
async def test_a_refused_reference_leaves_nothing() -> None:
    async with RegistryServer(port=0) as server, application(server.address) as app:
        with pytest.raises(NoProviderError):
            await app.refer(Shop)
        assert consumers(server) == []
        await app.refer(Shop, check=False)
        assert len(consumers(server)) == 1


@pytest.mark.spec("REG-45", "simplified announcements are enough to be found and called")
async def test_simplified() -> None:
    async with RegistryServer(port=0) as server, application(f"{server.address}?simplified=true&extra-keys=owner") as app:
        await app.export(Shop, ShopImplementation(), group="g", version="1.0", token="secret", parameters={"owner": "ada", "threads": "9"})
        shop = await app.refer(Shop, group="g", version="1.0", timeout=2.0)
        assert await shop.find("x", limit=0) == []
        of_methods = {"log.return", "watch.return", "watch.1.callback"}
        (announced,) = [url for url in server.urls if url.protocol == "dubbo"]
        assert set(announced.params) == {"application", "dubbo", "group", "owner", "timestamp", "token", "version", *of_methods}
        (consumer,) = consumers(server)
        assert set(consumer.params) == {"application", "category", "check", "dubbo", "group", "version"}
