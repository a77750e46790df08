from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.integration.override_listener import override_subscription
from aiodubbo.integration.registry_protocol import RegisteredExporter, export
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.rpc.host import Host, Registration
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url import keys
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeCenter, FakeExporter, FakeProtocol, FakeRegistry, a_call, invoke_for, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Exporter, Invoke, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor

PROVIDER = provider_url(1, side="provider", timeout="1000")
SUBSCRIPTION = override_subscription(PROVIDER)


def exporter_at(
    *registries: FakeRegistry, shutdown_wait: float = 0.0, clock: ManualClock | None = None
) -> tuple[FakeExporter, RegisteredExporter]:
    exporter = FakeExporter(PROVIDER)
    return exporter, RegisteredExporter(exporter, invoke_for, registries, shutdown_wait, Host(name="test", clock=clock or ManualClock()))


@pytest.mark.spec("REG-49", "taken away in order: announcement, subscription, service")
async def test_order_of_registering_and_closing() -> None:
    registry, clock = FakeRegistry(), ManualClock()
    exporter, registered = exporter_at(registry, shutdown_wait=0.05, clock=clock)
    await registered.register()
    await registry.notify(URL("override", "0.0.0.0", 0, PROVIDER.path, {"category": "configurators", "timeout": "5"}))
    assert (registered.url, registered.effective_url.param("timeout")) == (PROVIDER, "5")
    closing = asyncio.create_task(registered.close())
    await clock.settle()
    expected = [("register", PROVIDER), ("subscribe", SUBSCRIPTION), ("unregister", PROVIDER), ("unsubscribe", SUBSCRIPTION)]
    assert registry.log == expected
    closed = [exporter.closed]
    await clock.advance(0.05)
    await closing
    assert [*closed, exporter.closed] == [False, True]
    assert registry.listeners == []


@pytest.mark.spec("REG-49", "served on while consumers still call, for the wait at most")
async def test_consumers_are_given_time_to_leave() -> None:
    clock = ManualClock()
    exporter, registered = exporter_at(FakeRegistry(), shutdown_wait=1.3, clock=clock)
    await registered.register()
    closing = asyncio.create_task(registered.close())
    await clock.advance(0.5)
    assert exporter.invoke is not None
    assert (await exporter.invoke(a_call())).value == PROVIDER.address
    assert exporter.url == PROVIDER
    await clock.advance(0.75)
    assert not exporter.closed, "half a second, then a quiet one, but 1.3 at most"
    await clock.advance(0.05)
    await closing


async def test_what_was_never_announced_is_closed_at_once() -> None:
    exporter, registered = exporter_at(FakeRegistry(), shutdown_wait=60)
    await registered.close()
    assert exporter.closed


@pytest.mark.spec("REG-183", "taken off and put back under the identical URL; rules are followed all the time")
@pytest.mark.spec("REG-46", "the table says whether it is announced")
async def test_offline_and_online() -> None:
    registry = FakeRegistry()
    exporter, registered = exporter_at(registry)
    entry = Registration(registry.url, PROVIDER, is_registered=True)
    assert registered.registrations == [replace(entry, is_registered=False)]
    await registered.register()
    assert registered.registrations == [entry]
    await registered.unregister()
    await registered.unregister()
    assert not registered.registrations[0].is_registered
    assert registry.listeners
    await registered.register()
    await registered.register()
    assert registered.registrations == [entry]
    registrations = [("register", PROVIDER), ("unregister", PROVIDER), ("register", PROVIDER)]
    assert [one for one in registry.log if one[1] == PROVIDER] == registrations
    assert not exporter.closed


@pytest.mark.spec("REG-45", "each registry is told in its own form; rules are subscribed under the full URL")
async def test_simplified_at_one_of_two() -> None:
    plain, simple = FakeRegistry(), FakeRegistry(URL.parse("fake://10.1.1.2?simplified=true"))
    _, registered = exporter_at(plain, simple)
    await registered.register()
    short = PROVIDER.without_params(("interface", "methods", "side"))
    assert [dict(registry.log)["register"] for registry in (plain, simple)] == [PROVIDER, short]
    assert dict(simple.log)["subscribe"] == SUBSCRIPTION
    assert registered.url == PROVIDER


@pytest.mark.parametrize(("parameter", "expected"), [("subscribe", ["register"]), ("register", ["subscribe"])])
async def test_a_registry_may_be_used_for_one_thing_alone(parameter: str, expected: list[str]) -> None:
    registry = FakeRegistry(URL("fake", "10.1.1.1", 9090, params={parameter: "false"}))
    _, registered = exporter_at(registry)
    await registered.register()
    assert [what for what, _ in registry.log] == expected


@pytest.mark.spec("REG-49", "an export that is cancelled while the registry answers is taken back: it may have been announced")
async def test_a_cancelled_export_is_taken_back() -> None:
    class Slow(FakeRegistry):
        """What is registered has arrived; the answer is on its way until somebody is cancelled."""

        def __init__(self) -> None:
            super().__init__()
            self.began = asyncio.Event()

        async def register(self, url: URL) -> None:
            await super().register(url)
            self.began.set()
            await asyncio.Event().wait()

    served = FakeExporter(PROVIDER)

    class Protocol(FakeProtocol):
        async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL) -> Exporter:
            return served

    inner = Slow()
    registry = FailbackRegistry(inner, Host(name="test"))
    protocol = cast("RpcProtocol", Protocol())
    host = Host(name="test", protocol=lambda name: protocol)
    exporting = asyncio.create_task(
        export(
            GREETER,
            invoke_for(PROVIDER),
            PROVIDER,
            host=host,
            registries=[registry],
            shutdown_wait=0.0,
        )
    )
    await inner.began.wait()
    exporting.cancel()
    await asyncio.wait([exporting])
    assert exporting.cancelled()
    assert inner.log == [("register", PROVIDER), ("unregister", PROVIDER)]
    assert registry.registered == frozenset()
    assert served.closed
    await registry.close()


async def test_what_a_cancelled_change_may_have_announced_is_taken_back() -> None:
    class Slow(FakeRegistry):
        async def register(self, url: URL) -> None:
            await super().register(url)
            if url != PROVIDER:
                await asyncio.Event().wait()

    center, registry = FakeCenter(), Slow()
    _, registered = exporter_at(registry)
    await registered.follow(CenterRules(center, check=True))
    await registered.register()
    writing = asyncio.create_task(center.write(KEY, RULE % "weight: 7"))
    seven = PROVIDER.with_param("weight", "7")
    await ManualClock().settle()
    assert ("register", seven) in registry.log
    writing.cancel()
    await asyncio.wait([writing])
    await registered.close()
    assert {url for what, url in registry.log if what == "unregister"} == {PROVIDER, seven}


async def test_what_the_registry_refused_is_not_taken_back() -> None:
    registry = FakeRegistry()
    _, registered = exporter_at(registry)
    registry.failure = RegistryError("not permitted")
    with pytest.raises(RegistryError):
        await registered.register()
    registry.failure = None
    await registered.close()
    assert registry.log == []


RULE = "key: com.example.Greeter\nconfigs: [{side: provider, addresses: ['0.0.0.0:20880'], parameters: {%s}}]"
KEY = "com.example.Greeter::.configurators"


@pytest.mark.spec("REG-44", "what the configuration centre changes is announced before the first time, and anew at each change")
async def test_rules_of_the_configuration_centre_are_announced() -> None:
    center, registry = FakeCenter({KEY: RULE % "weight: 7"}), FakeRegistry()
    exporter, registered = exporter_at(registry)
    await registered.follow(CenterRules(center, check=True))
    await registered.register()
    seven, nine = PROVIDER.with_param("weight", "7"), PROVIDER.with_param("weight", "9")
    assert (registered.url, exporter.url, registered.registrations[0].url) == (seven, seven, seven)
    assert registry.log == [("register", seven), ("subscribe", SUBSCRIPTION)]
    registry.log.clear()
    await center.write(KEY, RULE % "weight: 9")
    assert registry.log == [("register", nine), ("unregister", seven)], "consumers have somebody to call all the time"
    registry.log.clear()
    await center.write(KEY, RULE % "weight: 9, validation: true")
    assert exporter.url == nine.with_param("validation", "true")
    assert registry.log == [], "what is not announced changes no announcement"
    await registered.unregister()
    await center.write(KEY, None)
    assert registry.log == [("unregister", nine)], "what is taken off stays off"
    await registered.register()
    assert registry.log[1:] == [("register", PROVIDER)]
    await registered.close()
    assert center.keys == []


@pytest.mark.spec("REG-44", "an announcement that fails is tried again")
async def test_a_registry_that_is_away_is_told_later() -> None:
    center, registry = FakeCenter(), FakeRegistry()
    clock = ManualClock()
    _, registered = exporter_at(registry, clock=clock)
    await registered.follow(CenterRules(center, check=True))
    await registered.register()
    registry.failure = NetworkError("away")
    await center.write(KEY, RULE % "weight: 9")
    await center.write(KEY, RULE % "weight: 8")
    assert registered.registrations[0].url == PROVIDER
    registry.failure = None
    await clock.advance(registry.url.get(keys.RETRY_PERIOD))
    assert registered.registrations[0].url == PROVIDER.with_param("weight", "8")
    registry.failure = NetworkError("away")
    await center.write(KEY, RULE % "weight: 7")
    registry.failure = None
    await registered.close()
