"""What a user writes is obeyed, refused, or reported once with its origin; what others write never stops a call."""

from __future__ import annotations

import logging

import pytest

from aiodubbo import Application, ConfigurationError, NoProviderError, RegistryServer
from tests.integration.services import Shop, ShopImplementation

pytestmark = pytest.mark.integration

PROTOCOL = "dubbo://127.0.0.1:0"


def _reports(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "aiodubbo.rpc.reporting"]


async def test_what_has_no_effect_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    registry = RegistryServer(port=0)
    async with (
        registry,
        Application(
            "shop",
            protocol=f"{PROTOCOL}?actives=1&threads=3",
            registry=f"{registry.address}?zone=east",
            parameters={"owner": "Ada", "sticky": "true"},
        ) as app,
    ):
        await app.export(Shop, ShopImplementation(), parameters={"executes": "1", "transporter": "mina", "shop.size": "5"})
        (exported,) = _reports(caplog)
        caplog.clear()
        await app.refer(Shop, parameters={"executes": "1"})
        (referred,) = _reports(caplog)
    assert exported.startswith(f"the service {exported.split()[2][:-1]}: no effect yet: ")
    for text in ("executes (parameters=)", "actives (protocol URL)", "zone (registry URL)", "sticky (parameters= of the application)"):
        assert text in exported
    assert "no effect in Python: transporter (parameters=)" in exported
    assert "shop.size" not in exported
    assert "owner" not in exported
    assert "actives" not in referred
    assert "executes (parameters=)" in referred


@pytest.mark.spec("KEY-83", "a serialization that is not there is refused where the user wrote it")
@pytest.mark.parametrize("value", ["kryo", "nonsense"])
async def test_serializations_are_refused(value: str) -> None:
    parameters = {"serialization": value}
    text = f"serialization={value}.*hessian2"
    async with Application("shop", protocol=PROTOCOL) as app:
        with pytest.raises(ConfigurationError, match=text):
            await app.export(Shop, ShopImplementation(), parameters=parameters)
        with pytest.raises(ConfigurationError, match=text):
            await app.refer(Shop, url="dubbo://127.0.0.1:1", parameters=parameters, check=False)
        for url in (f"dubbo://127.0.0.1:1?serialization={value}", f"dubbo://127.0.0.1:1?side=provider&executes=1&serialization={value}"):
            with pytest.raises(ConfigurationError, match=text):
                await app.refer(Shop, url=url, check=False)
    async with Application("shop", protocol=f"{PROTOCOL}?serialization={value}") as app:
        with pytest.raises(ConfigurationError, match=rf"{text}|protocol URL"):
            await app.export(Shop, ShopImplementation())


async def test_a_load_balance_in_parameters() -> None:
    async with Application("shop") as app:
        with pytest.raises(ConfigurationError, match=r"loadbalance=nosuch \(parameters=\): .*random"):
            await app.refer(Shop, url="dubbo://127.0.0.1:1", parameters={"loadbalance": "nosuch"}, check=False)


async def test_a_copied_address_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with Application("shop", protocol=PROTOCOL) as app:
        exported = await app.export(Shop, ShopImplementation())
        await app.refer(Shop, url=str(exported.url.with_params({"executes": "5", "loadbalance": "nosuch"})), check=False)
    assert _reports(caplog) == []


@pytest.mark.spec("KEY-83", "a provider whose serialization is not there is no candidate, with its reason")
async def test_a_provider_to_whom_one_cannot_speak() -> None:
    async with RegistryServer(port=0) as server:
        registry = server.address
        async with Application("shop", protocol=PROTOCOL, registry=registry) as provider, Application("web", registry=registry) as web:
            exported = await provider.export(Shop, ShopImplementation(), parameters={"register": "false"})
            (opened,) = web._registries.open()
            await opened.register(exported.url.with_params({"serialization": "kryo", "register": "true"}))
            with pytest.raises(NoProviderError, match="serialization 'kryo' is not available here, only hessian2"):
                await web.refer(Shop)
