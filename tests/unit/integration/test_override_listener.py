from __future__ import annotations

import pytest

from aiodubbo.integration.override_listener import Reexport, override_subscription
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeExporter, invoke_for, provider_url

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
    listener = Reexport(exporter, invoke_for).listener(PROVIDER)
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
    listener = Reexport(exporter, invoke_for).listener(PROVIDER)
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
    reexport = Reexport(exporter, invoke_for)
    first, second = reexport.listener(PROVIDER), reexport.listener(PROVIDER)
    await second([rule(timeout="2")])
    await first([rule(timeout="1", weight="7")])
    assert exporter.url == PROVIDER.with_params({"timeout": "2", "weight": "7"})
    await second([NO_RULES])
    assert exporter.url == PROVIDER.with_params({"timeout": "1", "weight": "7"})


async def test_rules_that_cannot_be_followed(caplog: pytest.LogCaptureFixture) -> None:
    exporter = FakeExporter(PROVIDER)
    listener = Reexport(exporter, invoke_for).listener(PROVIDER)
    await listener([rule(**{"service.filter": "nosuch"})])
    assert exporter.replaced == []
    assert "No such extension aiodubbo.filter by name nosuch" in caplog.text
