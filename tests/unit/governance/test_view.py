"""What providers and rules come to for a consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.governance.configurators import read_changes
from aiodubbo.governance.routes import RouteRules
from aiodubbo.governance.tag import TagRule
from aiodubbo.governance.view import (
    Consumer,
    Reason,
    Rules,
    SettingRules,
    check_numbers,
    consumer_url,
    is_candidate,
    joined,
    judge,
    settings_of,
    view,
)
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.governance.view import Provider

HOST = Host(name="test")

WANTED = URL(
    "consumer",
    "10.0.0.9",
    0,
    GREETER.interface,
    {"interface": GREETER.interface, "category": "providers,configurators,routers", "side": "consumer"},
)
DISABLING = URL("override", "10.0.0.1", 20880, GREETER.interface, {"category": "configurators", "disabled": "true"})


@pytest.mark.parametrize(
    ("text", "candidate"),
    [
        ("dubbo://h:1/a", True),
        ("dubbo://h:1/a?category=odd", True),
        ("empty://h/a?category=providers", True),
        ("empty://h/a?category=routers", False),
        ("dubbo://h:1/a?category=routers", False),
        ("override://h/a", False),
        ("absent://h/a", False),
        ("route://h/a", False),
        ("consumer://h/a?category=providers", False),
    ],
)
def test_what_is_a_candidate(text: str, candidate: bool) -> None:
    assert is_candidate(URL.parse(text)) is candidate


def judged(provider: URL, *rules: URL, **consumer: str) -> Provider:
    who = Consumer.of(WANTED.with_params(consumer))
    return judge(provider, who, read_changes(rules, WANTED.host, HOST)[0], lambda url: check_numbers(url, ["greet"]))


def test_every_key_is_named() -> None:
    other = provider_url(1, group="c", version="1", classifier="y", category="odd", interface="com.example.Other", enabled="false")
    reasons = judged(other, group="a,b", version="2", classifier="x", protocol="tri, rest").reasons
    assert [reason.key for reason in reasons] == ["protocol", "category", "interface", "group", "version", "classifier", "disabled"]
    assert joined(reasons[2:5]) == "interface is 'com.example.Other', wanted 'com.example.Greeter'; group is 'c', wanted 'a,b'; " + (
        "version is '1', wanted '2'"
    )


def test_what_fits_is_called_with_the_settings_of_both() -> None:
    provider = judged(provider_url(1, timeout="7", retries="1"), timeout="5")
    assert provider.is_called
    assert (provider.url.param("timeout"), provider.url.param("retries")) == ("5", "1")


def test_rules_disable_and_enable() -> None:
    assert judged(provider_url(1), DISABLING).reasons == (Reason("disabled", "disabled"),)
    for off in (provider_url(1, enabled="false"), provider_url(1, disabled="true")):
        assert judged(off).reasons == (Reason("disabled", "disabled"),)
    assert judged(provider_url(1, disabled="true"), DISABLING.with_params({"disabled": "false"})).is_called


def test_a_protocol_that_is_not_installed() -> None:
    (reason,) = judged(provider_url(1).with_protocol("nosuch")).reasons
    assert (reason.key, "nosuch" in reason.text) == ("protocol", True)


def test_a_serialization_that_is_not_there() -> None:
    (reason,) = judged(provider_url(1, serialization="kryo")).reasons
    assert reason == Reason("serialization", "serialization 'kryo' is not available here, only hessian2")
    assert judged(provider_url(1, serialization="fastjson2", **{"prefer.serialization": "fastjson2,hessian2"})).is_called


def test_a_parameter_that_makes_no_sense() -> None:
    assert [reason.key for reason in judged(provider_url(1, payload="large")).reasons] == ["parameter"]
    assert [reason.key for reason in judged(provider_url(1, **{"greet.weight": "heavy"})).reasons] == ["parameter"]
    assert judged(provider_url(1, **{"other.weight": "heavy"})).is_called
    with pytest.raises(InvalidURLError, match="weight"):
        check_numbers(provider_url(1, **{"greet.weight": "heavy"}), ["greet"])


@pytest.mark.spec("CLU-92", "rules that make a provider unusable are not applied to it")
def test_rules_that_make_a_provider_unusable() -> None:
    def no_five(url: URL) -> None:
        if url.param("timeout") == "5":
            raise ConfigurationError("never five")

    five = URL("override", "0.0.0.0", 0, GREETER.interface, {"category": "configurators", "timeout": "5", "retries": "1"})
    changes = read_changes([five], WANTED.host, HOST)[0]
    provider = judge(provider_url(1), Consumer.of(WANTED), changes, no_five)
    assert (provider.is_called, provider.problem, provider.changes) == (True, "never five", ())
    assert (provider.url.param("timeout"), provider.url.param("retries")) == ("", "")
    by_itself = judge(provider_url(1, timeout="5"), Consumer.of(WANTED), (), no_five)
    assert by_itself.reasons == (Reason("parameter", "never five"),)


@pytest.mark.spec("CLU-98", "rules of the registry, then of the application, then of the service; each setting knows where it comes from")
def test_origins() -> None:
    def rule(**params: str) -> URL:
        return URL("override", "0.0.0.0", 0, GREETER.interface, {"category": "configurators", **params})

    rules = Rules(SettingRules([rule(timeout="1", retries="1", weight="1")], [rule(timeout="2", retries="2")], [rule(timeout="3")]))
    consumer = Consumer.of(WANTED.with_params({"application": "web", "loadbalance": "random"}))
    whole = view([provider_url(1, owner="me"), provider_url(2, version="2")], rules, consumer, HOST)
    first, second = whole.providers
    settings = settings_of(first, consumer)
    assert {name: (settings[name].value, settings[name].origin) for name in ("owner", "loadbalance", "weight", "retries", "timeout")} == {
        "owner": ("me", "provider"),
        "loadbalance": ("random", "consumer"),
        "weight": ("1", f"rule {rules.settings.registry[0]}"),
        "retries": ("2", f"rule web.configurators: {rules.settings.application[0]}"),
        "timeout": ("3", f"rule com.example.Greeter::.configurators: {rules.settings.service[0]}"),
    }
    assert {name: setting.value for name, setting in settings.items()} == dict(first.url.params)
    assert [reason.key for reason in second.reasons] == ["version"]
    assert (whole.url.param("timeout"), whole.url.param("owner")) == ("3", "me")
    assert whole.url == consumer_url(consumer.url, first.changes, first.url)


def test_routes_and_tags_of_the_first_provider() -> None:
    rules = Rules(routes=RouteRules([DISABLING.with_protocol("route")]), tags={"shop": TagRule({"gray": ("10.0.0.2",)})})
    whole = view([provider_url(1, application="shop"), provider_url(2), provider_url(3, disabled="true")], rules, Consumer.of(WANTED), HOST)
    assert [provider.url.host for provider in whole.routes.candidates(a_call())] == ["10.0.0.1"]
    assert [remark.rule.protocol for remark in whole.remarks] == ["route"]
