from __future__ import annotations

import pytest

from aiodubbo.errors import NetworkError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.integration.override_listener import Reexport, override_subscription
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeCenter, FakeExporter, implementation, provider_url

PROVIDER = provider_url(1, side="provider", timeout="1000")


def rule(**params: str) -> URL:
    return URL("override", "0.0.0.0", 0, GREETER.interface, {"category": "configurators", "dynamic": "false", **params})


NO_RULES = override_subscription(PROVIDER).with_protocol("empty")


@pytest.mark.spec("REG-42", "the subscription is the announced URL as provider://, for configurators, never an error at the start")
def test_subscription() -> None:
    assert override_subscription(PROVIDER) == PROVIDER.with_protocol("provider").with_params(
        {"category": "configurators", "check": "false"}
    )


@pytest.mark.spec("REG-43", "exported anew only when the settings differ, always from the original ones")
async def test_only_differences_count() -> None:
    exporter = FakeExporter(PROVIDER)
    listener = Reexport(exporter, implementation, Host(name="test")).listener(PROVIDER)
    await listener([NO_RULES])
    await listener([rule(timeout="1000")])
    assert exporter.replaced == []
    await listener([rule(timeout="5")])
    await listener([rule(timeout="5")])
    await listener([rule(token="x")])
    await listener([NO_RULES])
    changes: list[dict[str, str]] = [{"timeout": "5"}, {"token": "x"}, {}]
    assert exporter.replaced == [PROVIDER.with_params(change) for change in changes]


@pytest.mark.spec("REG-43", "what is not a rule for this service changes nothing; a rule without category counts by its protocol")
async def test_what_counts() -> None:
    exporter = FakeExporter(PROVIDER)
    listener = Reexport(exporter, implementation, Host(name="test")).listener(PROVIDER)
    await listener([])
    await listener([provider_url(2)])
    await listener([rule(timeout="5", group="other"), rule(timeout="5", version="2.0"), rule(timeout="5").with_path("com.example.Other")])
    await listener([rule(timeout="5", enabled="false")])
    await listener([rule(timeout="5").with_host("10.0.0.1")])  # the address of a consumer
    assert exporter.replaced == []
    await listener([rule(timeout="5").without_params(("category",))])
    assert exporter.url.param("timeout") == "5"


async def test_several_registries_do_not_undo_each_other() -> None:
    exporter = FakeExporter(PROVIDER)
    reexport = Reexport(exporter, implementation, Host(name="test"))
    first, second = reexport.listener(PROVIDER), reexport.listener(PROVIDER)
    await second([rule(timeout="2")])
    await first([rule(timeout="1", weight="7")])
    assert exporter.url == PROVIDER.with_params({"timeout": "2", "weight": "7"})
    await second([NO_RULES])
    assert exporter.url == PROVIDER.with_params({"timeout": "1", "weight": "7"})


async def test_rules_that_cannot_be_followed(caplog: pytest.LogCaptureFixture) -> None:
    exporter = FakeExporter(PROVIDER)
    listener = Reexport(exporter, implementation, Host(name="test")).listener(PROVIDER)
    await listener([rule(**{"service.filter": "nosuch"})])
    assert exporter.replaced == []
    assert "No such extension aiodubbo.filter by name nosuch" in caplog.text


OURS = provider_url(1, side="provider", timeout="1000", application="shop")


def centre_rule(key: str, scope: str = "application", **parameters: object) -> str:
    changes = ", ".join(f"{name}: {value}" for name, value in parameters.items())
    return f"scope: {scope}\nkey: {key}\nconfigs:\n- side: provider\n  addresses: ['0.0.0.0:20880']\n  parameters: {{{changes}}}\n"


async def nothing() -> None:
    """Nobody wants to know."""


@pytest.mark.spec("REG-44", "rules of the registry, then of the application, then of the service, always from the original settings")
async def test_rules_of_the_configuration_centre() -> None:
    center, exporter = FakeCenter({"shop.configurators": centre_rule("shop", timeout=2, weight=7)}), FakeExporter(OURS)
    reexport = Reexport(exporter, implementation, Host(name="test"))
    await reexport.start(CenterRules(center, check=True), nothing)
    assert exporter.url == reexport.announced == OURS.with_params({"timeout": "2", "weight": "7"}), "before anything is announced"
    await reexport.listener(OURS)([rule(timeout="1", token="x")])
    assert exporter.url == OURS.with_params({"timeout": "2", "weight": "7", "token": "x"})
    assert reexport.announced == OURS.with_params({"timeout": "2", "weight": "7"}), "consumers follow the registry by themselves"
    service = f"{GREETER.interface}::.configurators"
    await center.write(service, centre_rule(GREETER.interface, "service", timeout=3))
    assert reexport.announced == OURS.with_params({"timeout": "3", "weight": "7"})
    await center.write(service, "configs: 5")
    assert reexport.announced.param("timeout") == "3", "a rule that cannot be read leaves the old one"
    await center.write(service, None)
    await center.write("shop.configurators", None)
    assert (reexport.announced, exporter.url) == (OURS, OURS.with_params({"timeout": "1", "token": "x"}))
    await reexport.stop()
    assert center.keys == []


@pytest.mark.spec("CLU-100", "copies of rules that are meant for Dubbo 2.6 count only as long as the configuration centre tells nothing")
async def test_copies_of_rules() -> None:
    center, exporter = FakeCenter(), FakeExporter(OURS)
    center.failure = NetworkError("away")
    reexport = Reexport(exporter, implementation, Host(name="test"))
    await reexport.start(CenterRules(center, check=False), nothing)
    await reexport.listener(OURS)([rule(timeout="1", compatible_config="true")])
    assert exporter.url.param("timeout") == "1"
    center.failure = None
    await center.write("shop.configurators", None)
    assert exporter.url == OURS


@pytest.mark.spec("REG-44", "need-reexport=false leaves everything as it is")
async def test_rules_that_say_not_to_export_again() -> None:
    center, exporter = FakeCenter({"shop.configurators": centre_rule("shop", timeout=2, **{"need-reexport": "false"})}), FakeExporter(OURS)
    reexport = Reexport(exporter, implementation, Host(name="test"))
    await reexport.start(CenterRules(center, check=True), nothing)
    assert (exporter.replaced, reexport.announced) == ([], OURS)


async def test_what_cannot_be_followed_is_not_announced() -> None:
    center, exporter = FakeCenter({"shop.configurators": centre_rule("shop", **{"service.filter": "nosuch"})}), FakeExporter(OURS)
    reexport = Reexport(exporter, implementation, Host(name="test"))
    await reexport.start(CenterRules(center, check=True), nothing)
    assert (exporter.replaced, reexport.announced) == ([], OURS)
