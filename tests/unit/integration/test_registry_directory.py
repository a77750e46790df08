from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cluster.pick import no_provider
from aiodubbo.errors import NetworkError
from aiodubbo.governance import view
from aiodubbo.integration import registry_directory
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.integration.registry_directory import RegistryDirectory
from aiodubbo.rpc.abc import State
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.merge import merge
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeCenter, FakeInvoker, FakeProtocol, FakeRegistry, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.descriptor import ServiceDescriptor

CONSUMER = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"interface": GREETER.interface, "application": "test", "side": "consumer"})
PROVIDED = {"interface": GREETER.interface, "methods": "greet", "side": "provider", "application": "greeting"}
EMPTY = CONSUMER.with_protocol("empty").with_params({"category": "providers"})


async def opened(
    consumer: URL = CONSUMER, settings: str = "", center: FakeCenter | None = None, clock: ManualClock | None = None
) -> tuple[RegistryDirectory, FakeRegistry, FakeProtocol]:
    registry, protocol = FakeRegistry(URL.parse(f"fake://10.1.1.1:9090?{settings}")), FakeProtocol()
    rules = CenterRules(center, check=False) if center is not None else None
    directory = RegistryDirectory(
        GREETER, consumer, registry, Host(name="test", protocol=protocol.by_name, clock=clock or ManualClock()), rules
    )
    await directory.subscribe(check=True)
    return directory, registry, protocol


def hosts(directory: RegistryDirectory) -> list[str]:
    return [invoker.url.host for invoker in directory.snapshot.invokers]


@pytest.mark.spec("REG-61", "a consumer subscribes to providers, configurators and routers of its interface")
async def test_subscription() -> None:
    directory, registry, _ = await opened()
    assert directory.snapshot.state is State.EMPTY, "it was asked, and had nothing to tell"
    ((what, url),) = registry.log
    assert (what, url.param("category")) == ("subscribe", "providers,configurators,routers")


@pytest.mark.spec("REG-64", "providers that stay keep their invoker and so their connection; those that left are closed")
async def test_unchanged_invokers_are_kept() -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1), provider_url(2))
    kept = directory.snapshot.invokers[1]
    await registry.notify(provider_url(2), provider_url(3))
    assert hosts(directory) == ["10.0.0.2", "10.0.0.3"]
    assert directory.snapshot.invokers[0] is kept
    assert len(protocol.made) == 3
    await directory.close()
    assert all(invoker.closed for invoker in protocol.made)


async def settle() -> None:
    """Let the tasks go on that wait for nothing but their turn."""
    await ManualClock().settle()


def is_empty(directory: RegistryDirectory) -> bool:
    return (directory.snapshot.state, directory.snapshot.invokers) == (State.EMPTY, ())


@pytest.mark.spec(
    "REG-64", "a single empty:// URL means that nobody may be called; providers whose connections are gone are closed at once"
)
async def test_empty() -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1))
    protocol.made[0].available = False
    await registry.notify(EMPTY)
    assert is_empty(directory)
    await settle()
    assert protocol.made[0].closed
    await directory.close()


@pytest.mark.spec("REG-64", "an empty list is believed after the reconnect period, although a connection stands")
async def test_empty_although_a_provider_is_connected() -> None:
    clock = ManualClock()
    directory, registry, protocol = await opened(settings="reconnect.period=3000", clock=clock)
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY)
    assert hosts(directory) == ["10.0.0.1"], "it lost its session perhaps, and comes back in a moment"
    await clock.advance(2.9)
    assert hosts(directory) == ["10.0.0.1"]
    await clock.advance(0.2)
    assert is_empty(directory)
    assert protocol.made[0].closed
    await directory.close()


async def test_a_provider_that_comes_back_in_time_was_never_gone() -> None:
    directory, registry, protocol = await opened(settings="reconnect.period=60000")
    await registry.notify(provider_url(1))
    kept = directory.snapshot.invokers[0]
    await registry.notify(EMPTY)
    await registry.notify(rule(weight="50").with_host("10.0.0.7").with_port(20880), EMPTY)
    await registry.notify(provider_url(1))
    assert directory.snapshot.invokers == (kept,)
    protocol.made[0].available = False
    assert candidates(directory) == ["10.0.0.1"], "nothing is doubted any more"
    await directory.close()


async def test_a_call_finds_out_that_the_last_connection_is_gone() -> None:
    directory, registry, protocol = await opened(settings="reconnect.period=60000")
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY)
    assert candidates(directory) == ["10.0.0.1"]
    protocol.made[0].available = False
    assert candidates(directory) == []
    assert is_empty(directory)
    await directory.close()


async def test_empty_protection_lasts_as_long_as_the_connection() -> None:
    clock = ManualClock()
    directory, registry, protocol = await opened(settings="reconnect.period=1&enable-empty-protection=true", clock=clock)
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY)
    await clock.advance(600)
    assert hosts(directory) == ["10.0.0.1"]
    protocol.made[0].available = False
    await clock.advance(0.2)
    assert is_empty(directory)
    await directory.close()


async def test_providers_of_the_cache_file_are_given_a_session_to_come_back() -> None:
    clock = ManualClock()
    directory, registry, _ = await opened(settings="reconnect.period=1000&session=60000", clock=clock)
    registry.failure = NetworkError("the registry is away")
    await registry.notify(provider_url(1))
    registry.failure = None
    await registry.notify(EMPTY)
    await clock.advance(60)
    assert hosts(directory) == ["10.0.0.1"]
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY)
    await clock.advance(1.1)
    assert is_empty(directory)
    await directory.close()


async def test_closing_ends_the_doubt() -> None:
    directory, registry, protocol = await opened(settings="reconnect.period=60000")
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY)
    await directory.close()
    assert directory.snapshot.state is State.CLOSED
    assert protocol.made[0].closed


@pytest.mark.spec("REG-64", "one change among a thousand providers makes one invoker, and nothing is worked out again for the others")
async def test_one_change_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, registry, protocol = await opened()
    many = [URL("dubbo", f"10.1.{number // 250}.{number % 250 + 1}", 20880, GREETER.interface, PROVIDED) for number in range(1000)]
    await registry.notify(*many)
    before = {invoker.url.address: invoker for invoker in directory.snapshot.invokers}
    merged: list[URL] = []

    def counting(provider: URL, consumer: Mapping[str, str]) -> URL:
        merged.append(provider)
        return merge(provider, consumer)

    monkeypatch.setattr(view, "merge", counting)
    started = time.thread_time()
    await registry.notify(*many[1:], provider_url(1))
    spent = time.thread_time() - started
    assert len(protocol.made) == 1001, "no unchanged provider got another invoker"
    assert merged == [provider_url(1)], "the settings of the others were not merged again"
    now = {invoker.url.address: invoker for invoker in directory.snapshot.invokers}
    assert now.keys() ^ before.keys() == {many[0].address, provider_url(1).address}
    assert all(before.get(address, invoker) is invoker for address, invoker in now.items())
    assert spent < 0.25, "some milliseconds, on a machine that does nothing else"


@pytest.mark.spec("REG-16", "a notification without the category providers leaves the list of providers alone")
async def test_other_categories_alone() -> None:
    directory, registry, _ = await opened()
    await registry.notify(provider_url(1))
    await registry.notify(EMPTY.with_params({"category": "routers"}), EMPTY.with_params({"category": "configurators"}))
    assert hosts(directory) == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("provider", "consumer", "reason"),
    [
        (provider_url(1, disabled="true"), {}, "disabled"),
        (provider_url(1, enabled="false"), {}, "disabled"),
        (provider_url(1, version="1.0"), {"version": "2.0"}, "version is '1.0', wanted '2.0'"),
        (provider_url(1, group="a"), {"group": "b"}, "group is 'a', wanted 'b'"),
        (provider_url(1, classifier="a"), {"classifier": "b"}, "classifier is 'a', wanted 'b'"),
        (provider_url(1, version="1.0", group="a"), {"version": "2.0"}, "group is 'a', wanted ''; version is '1.0', wanted '2.0'"),
        (provider_url(1, version="1.0", disabled="true"), {"version": "2.0"}, "version is '1.0', wanted '2.0'; disabled"),
        (provider_url(1).with_protocol("rest"), {"protocol": "dubbo"}, "protocol rest is not among those wanted: dubbo"),
        (provider_url(1).with_protocol("tri"), {}, "No such extension aiodubbo.protocol by name tri"),
        (provider_url(1, **{"greet.weight": "heavy"}), {}, "parameter weight of"),
        (provider_url(1, timeout="soon"), {}, "parameter timeout of"),
        (provider_url(1, payload="large"), {}, "parameter payload of"),
    ],
)
async def test_rejected_providers_are_listed_with_the_reason(provider: URL, consumer: dict[str, str], reason: str) -> None:
    directory, registry, _ = await opened(CONSUMER.with_params(consumer))
    await registry.notify(provider)
    assert directory.snapshot.invokers == ()
    assert directory.snapshot.rejected is not None
    assert reason in directory.snapshot.rejected["10.0.0.1:20880"]


async def test_a_provider_whose_settings_changed_gets_a_new_invoker() -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1, weight="100"))
    await registry.notify(provider_url(1, weight="200"))
    assert len(protocol.made) == 2
    assert directory.snapshot.invokers[0].url.param("weight") == "200"


async def test_nothing_happens_after_close() -> None:
    directory, registry, protocol = await opened()
    await directory.close()
    await directory([provider_url(1)])
    assert protocol.made == []
    assert registry.listeners == []


def rule(**params: str) -> URL:
    return URL("override", "0.0.0.0", 0, GREETER.interface, {"category": "configurators", "dynamic": "false", **params})


NO_RULES = CONSUMER.with_protocol("empty").with_params({"category": "configurators"})


@pytest.mark.spec("CLU-98", "a rule changes the settings of providers and of the reference; without it they are as before")
@pytest.mark.spec("REG-66", "rules count more than the consumer, which counts more than the provider")
async def test_rules_change_settings_and_are_taken_back() -> None:
    directory, registry, _ = await opened(CONSUMER.with_params({"timeout": "2000"}))
    await registry.notify(provider_url(1, timeout="3000", retries="7"))
    assert directory.snapshot.invokers[0].url.param("timeout") == "2000"
    await registry.notify(rule(timeout="500", retries="0", loadbalance="random"))
    (invoker,) = directory.snapshot.invokers
    assert [invoker.url.param(name) for name in ("timeout", "retries")] == ["500", "0"]
    assert [directory.url.param(name) for name in ("timeout", "retries", "loadbalance")] == ["500", "0", "random"]
    await registry.notify(NO_RULES)
    assert directory.snapshot.invokers[0].url.param("timeout") == "2000"
    assert [directory.url.param(name) for name in ("timeout", "retries")] == ["2000", "7"], (
        "what the consumer leaves open is the provider's"
    )


@pytest.mark.spec("CLU-98", "disabled=true takes a provider away, disabled=false gives it back")
async def test_rules_disable_and_enable() -> None:
    directory, registry, _ = await opened()
    await registry.notify(provider_url(1), provider_url(2, disabled="true"))
    assert hosts(directory) == ["10.0.0.1"]
    first = rule(disabled="true").with_host("10.0.0.1").with_port(20880)
    second = rule(disabled="false").with_host("10.0.0.2").with_port(20880)
    await registry.notify(first, second)
    assert hosts(directory) == ["10.0.0.2"]
    assert directory.snapshot.rejected == {"10.0.0.1:20880": "disabled"}
    await registry.notify(first)
    assert (hosts(directory), directory.snapshot.state) == ([], State.READY)


@pytest.mark.spec("REG-64", "a rule for one provider leaves the connections of the others alone")
async def test_a_rule_keeps_the_invokers_that_it_does_not_mean() -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1), provider_url(2))
    kept = directory.snapshot.invokers[1]
    await registry.notify(rule(weight="50").with_host("10.0.0.1").with_port(20880))
    assert [invoker.url.param("weight") for invoker in directory.snapshot.invokers] == ["50", ""]
    assert directory.snapshot.invokers[1] is kept
    assert len(protocol.made) == 3


async def test_rules_that_come_first_count_for_what_comes_later() -> None:
    directory, registry, _ = await opened()
    await registry.notify(rule(timeout="500"))
    assert directory.url.param("timeout") == "500"
    await registry.notify(provider_url(1))
    assert directory.snapshot.invokers[0].url.param("timeout") == "500"


def a_route(text: str, **params: str) -> URL:
    return URL("route", "0.0.0.0", 0, GREETER.interface, {"category": "routers", "router": "condition", "rule": text, **params})


def candidates(directory: RegistryDirectory) -> list[str]:
    return [invoker.url.host for invoker in directory.candidates(a_call())]


@pytest.mark.spec("CLU-70", "rules for routes count from the moment they are told until they are taken back")
@pytest.mark.parametrize("runtime", ["true", "false"])
async def test_routes(runtime: str) -> None:
    directory, registry, _ = await opened()
    await registry.notify(provider_url(1), provider_url(2))
    assert candidates(directory) == ["10.0.0.1", "10.0.0.2"]
    await registry.notify(a_route("method+%3D+greet+=>+host+!=+10.0.0.1", runtime=runtime))
    assert candidates(directory) == ["10.0.0.2"]
    assert directory.candidates(a_call()) is directory.candidates(a_call()), "looked at once"
    await registry.notify(provider_url(1), provider_url(2), provider_url(3))
    assert candidates(directory) == ["10.0.0.2", "10.0.0.3"]
    await registry.notify(CONSUMER.with_protocol("empty").with_params({"category": "routers"}))
    assert candidates(directory) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]


async def test_a_call_that_no_route_leaves_anybody_says_so() -> None:
    directory, registry, _ = await opened()
    await registry.notify(provider_url(1))
    nobody = a_route("=>")
    await registry.notify(nobody)
    error = await no_provider(directory, a_call())
    assert f"10.0.0.1:20880: left out by the route {nobody}" in str(error)


@pytest.mark.spec("CLU-77", "a call that is left nobody for the sake of its tag is told so, and what else is wrong with a provider")
async def test_the_error_names_tags() -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1), provider_url(2, **{"dubbo.tag": "red"}))
    protocol.made[1].available = False
    forced = replace(a_call(), attachments={"dubbo.tag": "gray", "dubbo.force.tag": "true"})
    assert directory.candidates(forced) == []
    tags = "left out by tags: a call that asks for one goes to providers that have it, any other to providers without"
    assert await directory.explain(forced) == {"10.0.0.1:20880": tags, "10.0.0.2:20880": f"unreachable; {tags}"}
    await registry.notify(provider_url(1))
    assert await directory.explain(forced) == {"10.0.0.1:20880": tags}, "also where nobody has a tag"
    assert await directory.explain(a_call()) == {}


async def test_a_listener_that_is_cancelled_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a reference is closed while one of its new providers does not answer: the others are connected already."""
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1))
    refer = protocol.refer

    async def refer_slowly(service: ServiceDescriptor, url: URL) -> FakeInvoker:
        if url.host == "10.0.0.3":
            await asyncio.Event().wait()
        return await refer(service, url)

    monkeypatch.setattr(protocol, "refer", refer_slowly)
    listening = asyncio.create_task(registry.notify(provider_url(1), provider_url(2), provider_url(3)))
    while len(protocol.made) < 2:
        await asyncio.sleep(0)
    assert [invoker.url.host for invoker in protocol.made] == ["10.0.0.1", "10.0.0.2"]
    listening.cancel()
    await asyncio.wait([listening])
    await asyncio.sleep(0)
    assert [invoker.closed for invoker in protocol.made] == [False, True]
    await directory.close()
    assert all(invoker.closed for invoker in protocol.made)


async def test_a_connection_that_is_cancelled_by_itself_loses_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, registry, protocol = await opened()
    refer = protocol.refer

    async def refer_or_be_cancelled(service: ServiceDescriptor, url: URL) -> FakeInvoker:
        if url.host == "10.0.0.1":
            raise asyncio.CancelledError
        await asyncio.sleep(0)
        return await refer(service, url)

    monkeypatch.setattr(protocol, "refer", refer_or_be_cancelled)
    await registry.notify(provider_url(1), provider_url(2))
    assert hosts(directory) == ["10.0.0.2"]
    await directory.close()
    assert [invoker.closed for invoker in protocol.made] == [True]


@pytest.mark.spec("REG-63", "what is registered as something else is no provider and does not change the list; an error names it")
async def test_a_provider_in_another_category() -> None:
    directory, registry, _ = await opened()
    await registry.notify(provider_url(1))
    await registry.notify(provider_url(2, category="provider"))
    assert hosts(directory) == ["10.0.0.1"]
    assert await directory.explain() == {"10.0.0.2:20880": "category is 'provider', wanted 'providers'"}
    await registry.notify(provider_url(1))
    assert await directory.explain() == {}


@pytest.mark.spec("CLU-41", "the error lists each candidate with every key on which it fails")
async def test_the_error_names_every_key() -> None:
    directory, registry, protocol = await opened(CONSUMER.with_params({"version": "2.0", "protocol": "dubbo"}))
    registry.held = [
        provider_url(1, version="1.0"),
        provider_url(1, version="3.0"),
        provider_url(2, version="2.0", group="g"),
        provider_url(3, version="2.0").with_protocol("rest"),
        provider_url(4, version="2.0", disabled="true"),
        provider_url(5, version="2.0", category="consumers"),
        provider_url(8, version="2.0", payload="large"),
        CONSUMER.with_params({"category": "consumers"}),
    ]
    await registry.notify(provider_url(4, version="2.0", disabled="true"), provider_url(6, version="2.0"), provider_url(7, version="2.0"))
    protocol.made[0].available = False
    elsewhere = a_route("=>+host+=+10.0.0.6", force="true")
    await registry.notify(elsewhere)
    error = await no_provider(directory, a_call())
    *told, last = sorted(str(error).splitlines()[1:])
    assert "10.0.0.8:20880: parameter payload of" in last
    assert told == [
        "  - 10.0.0.1:20880: version is '1.0', wanted '2.0'; version is '3.0', wanted '2.0'",
        "  - 10.0.0.2:20880: group is 'g', wanted ''",
        "  - 10.0.0.3:20880: protocol rest is not among those wanted: dubbo",
        "  - 10.0.0.4:20880: disabled",
        "  - 10.0.0.5:20880: category is 'consumers', wanted 'providers'",
        "  - 10.0.0.6:20880: unreachable",
        f"  - 10.0.0.7:20880: left out by the route {elsewhere}",
    ]


async def test_a_provider_that_fails_in_an_unforeseen_way_hides_nobody(caplog: pytest.LogCaptureFixture) -> None:
    directory, registry, protocol = await opened()
    protocol.failing["10.0.0.1"] = ValueError("embedded null character")
    await registry.notify(provider_url(1), provider_url(2))
    assert hosts(directory) == ["10.0.0.2"]
    assert directory.snapshot.rejected == {"10.0.0.1:20880": "embedded null character"}
    assert "cannot be used" in caplog.text


async def test_rules_that_make_a_provider_unusable_are_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1, timeout="5"))
    await registry.notify(rule(**{"reference.filter": "nosuch"}))
    assert hosts(directory) == ["10.0.0.1"]
    assert directory.snapshot.invokers[0].url.param("reference.filter") == ""
    assert caplog.text.count("are not followed: No such extension") == 1
    kept = directory.snapshot.invokers[0]
    await registry.notify(provider_url(1, timeout="5"), provider_url(2))
    assert directory.snapshot.invokers[0] is kept, "and nothing is tried or logged again"
    assert caplog.text.count("are not followed") == 2, "once for each provider"
    assert [(invoker.url.host, invoker.closed) for invoker in protocol.made] == [
        ("10.0.0.1", True),
        ("10.0.0.1", False),
        ("10.0.0.2", False),
    ]


async def test_a_provider_that_is_unusable_by_itself_stays_rejected() -> None:
    directory, registry, _ = await opened()
    await registry.notify(rule(weight="5"), provider_url(1, **{"reference.filter": "nosuch"}), provider_url(2))
    assert hosts(directory) == ["10.0.0.2"]
    assert "No such extension" in (directory.snapshot.rejected or {})["10.0.0.1:20880"]


def centre_rule(key: str, milliseconds: int, scope: str = "application") -> str:
    return f"scope: {scope}\nkey: {key}\nconfigs:\n- side: consumer\n  parameters: {{timeout: {milliseconds}}}\n"


@pytest.mark.spec("REG-66", "rules of the registry, then of the application, then of the service; a later one counts more")
async def test_rules_of_the_configuration_centre() -> None:
    center = FakeCenter({"test.configurators": centre_rule("test", 20)})
    directory, registry, protocol = await opened(center=center)
    assert directory.url.param("timeout") == "20"
    await registry.notify(rule(timeout="10", retries="1"))
    await registry.notify(provider_url(1))
    assert len(protocol.made) == 1, "it is met with the right settings"
    settings = [*(directory.snapshot.invokers[0].url.param(name) for name in ("timeout", "retries")), directory.url.param("timeout")]
    assert settings == ["20", "1", "20"]
    service = f"{GREETER.interface}::.configurators"
    await center.write(service, centre_rule(GREETER.interface, 30, "service"))
    assert directory.snapshot.invokers[0].url.param("timeout") == "30"
    await center.write("test.configurators", "configs: 5")
    await center.write(service, None)
    assert directory.snapshot.invokers[0].url.param("timeout") == "20", "a rule that cannot be read leaves the old one"
    await center.write("test.configurators", None)
    assert (directory.snapshot.invokers[0].url.param("timeout"), directory.url.param("timeout")) == ("10", "10")
    await center.write("test.configurators", centre_rule("test", 10))
    made = len(protocol.made)
    await center.write("test.configurators", centre_rule("test", 10) + "# the same")
    assert len(protocol.made) == made
    await directory.close()
    assert center.keys == []
    await center.write("test.configurators", centre_rule("test", 5))


@pytest.mark.spec("CLU-100", "copies of rules that are meant for Dubbo 2.6 count only as long as the configuration centre tells nothing")
async def test_copies_of_rules() -> None:
    center = FakeCenter()
    center.failure = NetworkError("away")
    directory, registry, _ = await opened(center=center)
    await registry.notify(provider_url(1), provider_url(2))
    await registry.notify(rule(timeout="10", compatible_config="true"), rule(retries="1"))
    await registry.notify(a_route("=>+host+=+10.0.0.1", compatible_config="true"))
    assert (directory.snapshot.invokers[0].url.param("timeout"), candidates(directory)) == ("10", ["10.0.0.1"])
    center.failure = None
    await center.write("test.configurators", None)
    assert [directory.snapshot.invokers[0].url.param(name) for name in ("timeout", "retries")] == ["", "1"]
    assert candidates(directory) == ["10.0.0.1", "10.0.0.2"]
    plain, registry, _ = await opened()
    await registry.notify(provider_url(1), rule(timeout="10", compatible_config="true"))
    assert plain.snapshot.invokers[0].url.param("timeout") == "10"


@pytest.mark.spec("REG-164", "conditions of the configuration centre count for running references, and are taken back")
async def test_conditions_of_the_configuration_centre() -> None:
    center = FakeCenter({"test.condition-router": "conditions: ['=> host != 10.0.0.1']"})
    directory, registry, protocol = await opened(center=center)
    await registry.notify(provider_url(1), provider_url(2), provider_url(3))
    assert candidates(directory) == ["10.0.0.2", "10.0.0.3"]
    await center.write(f"{GREETER.interface}::.condition-router", "conditions: ['=> host != 10.0.0.2']")
    assert candidates(directory) == ["10.0.0.3"]
    await registry.notify(a_route("=>+host+=+10.0.0.2"))
    assert candidates(directory) == ["10.0.0.2"], "rules that would leave nobody do not count"
    await registry.notify(CONSUMER.with_protocol("empty").with_params({"category": "routers"}))
    await center.write("test.condition-router", None)
    assert candidates(directory) == ["10.0.0.1", "10.0.0.3"]
    assert len(protocol.made) == 3, "routes change no connection"


@pytest.mark.spec("CLU-78", "the rule for tags of the application that provides")
async def test_tags_of_the_configuration_centre() -> None:
    center = FakeCenter({"shop.tag-router": "tags: [{name: gray, addresses: [10.0.0.2]}]"})
    directory, registry, _ = await opened(center=center)
    await registry.notify(provider_url(1, application="shop"), provider_url(2, application="shop"))
    await settle()
    assert candidates(directory) == ["10.0.0.1"]
    gray = replace(a_call(), attachments={"dubbo.tag": "gray"})
    assert [one.url.host for one in directory.candidates(gray)] == ["10.0.0.2"]
    await center.write("shop.tag-router", None)
    assert candidates(directory) == ["10.0.0.1", "10.0.0.2"]
    await registry.notify(provider_url(1, application="other"))
    await settle()
    assert "other.tag-router" in center.keys
    assert "shop.tag-router" not in center.keys
    await directory.close()
    assert center.keys == []


class SlowProtocol(FakeProtocol):
    """Connects only while `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def refer(self, service: ServiceDescriptor, url: URL) -> FakeInvoker:
        await self.go_on.wait()
        return await super().refer(service, url)


async def cancelled(work: Coroutine[object, object, object]) -> None:
    """Begin the work, and cancel it when it waits for something."""
    task = asyncio.create_task(work)
    await settle()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


@pytest.mark.spec("REG-66", "rules whose taking was cancelled are followed with the next notification, whatever it tells")
async def test_rules_whose_taking_was_cancelled() -> None:
    protocol = SlowProtocol()
    directory = RegistryDirectory(GREETER, CONSUMER, FakeRegistry(), Host(name="test", protocol=protocol.by_name))
    await directory.subscribe(check=True)
    await directory([provider_url(1)])
    protocol.go_on.clear()
    await cancelled(directory([rule(timeout="77")]))
    protocol.go_on.set()
    await directory([rule(timeout="77")])
    assert [invoker.url.param("timeout") for invoker in directory.snapshot.invokers] == ["77"]
    made = len(protocol.made)
    await directory([rule(timeout="77")])
    assert len(protocol.made) == made, "and nothing is done twice"
    await directory.close()


async def test_others_have_their_turn_while_many_providers_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_directory, "_TURN", -1.0)
    directory, registry, protocol = await opened()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await registry.notify(*(provider_url(number) for number in range(1, 200)))
    assert turns > 190
    registry.held = [provider_url(number, version="2.0") for number in range(1, 200)]
    turns = 0
    assert len(await directory.explain()) == 199
    assert turns > 190
    kept = directory.snapshot.invokers
    notifying = asyncio.create_task(registry.notify(rule(timeout="5"), *(provider_url(number) for number in range(1, 200))))
    for _ in range(50):
        await asyncio.sleep(0)
    assert directory.snapshot.invokers is kept, "the list is replaced at once, when all is judged"
    await directory.close()
    await notifying
    assert len(protocol.made) == 199, "nobody connects any more after closing"
    assert all(invoker.closed for invoker in protocol.made)
    counting.cancel()


async def test_calls_that_fail_at_the_same_time_look_once_what_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, registry, _ = await opened(CONSUMER.with_params({"version": "2.0"}))
    answer, looks = asyncio.Event(), 0

    async def lookup(url: URL) -> list[URL]:
        nonlocal looks
        looks += 1
        await answer.wait()
        return [provider_url(1, version="1.0")]

    monkeypatch.setattr(registry, "lookup", lookup)
    failing = [asyncio.create_task(directory.explain(a_call())) for _ in range(200)]
    await asyncio.sleep(0)
    failing[0].cancel()  # the one that began to look
    await asyncio.wait([failing[0]])
    answer.set()
    told = await asyncio.gather(*failing[1:])
    assert told == [{"10.0.0.1:20880": "version is '1.0', wanted '2.0'"}] * 199
    assert await directory.explain() == told[0]
    assert looks == 1
    await directory.close()


async def test_closing_ends_the_look_at_what_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, registry, _ = await opened()

    async def lookup(url: URL) -> list[URL]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(registry, "lookup", lookup)
    explaining = asyncio.create_task(directory.explain())
    await settle()
    async with asyncio.timeout(0.5):
        await directory.close()
        assert await explaining == {}
    assert await directory.explain() == {}


async def test_a_look_that_fails_in_an_unforeseen_way_explains_nothing(caplog: pytest.LogCaptureFixture) -> None:
    directory, registry, _ = await opened()
    registry.failure = KeyError("mistake")
    assert await directory.explain() == {}
    assert "other providers cannot be looked up" in caplog.text
    registry.failure = None
    await directory.close()


@pytest.mark.spec("REG-68", "closing goes on when the one who asked for it is cancelled")
async def test_closing_that_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, registry, protocol = await opened()
    await registry.notify(provider_url(1))
    go_on, unsubscribe = asyncio.Event(), registry.unsubscribe

    async def slow(url: URL, listener: Listener) -> None:
        await go_on.wait()
        await unsubscribe(url, listener)

    monkeypatch.setattr(registry, "unsubscribe", slow)
    await cancelled(directory.close())
    go_on.set()
    await directory.close()
    assert (protocol.made[0].closed, registry.listeners, directory.snapshot.state) == (True, [], State.CLOSED)
    await directory.close()
