"""What a registry holds for one service, and where each setting comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.describe import _lines
from aiodubbo.errors import AiodubboError, ConfigurationError
from aiodubbo.filter.chain import FilteredProtocol
from aiodubbo.governance.documents import parse_conditions, parse_configurators, parse_tags
from aiodubbo.operations.center_view import CenterView
from aiodubbo.operations.describe import _descriptor, check_usable, choose, describe, services, with_unreachable
from aiodubbo.protocol.dubbo.protocol import DubboProtocol
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from aiodubbo.operations.describe import Provider

PROVIDER = URL.parse(
    "dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&methods=order,pay&weight=50&side=provider&pay.timeout=9000&token=secret"
)
CONSUMER = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop&retries=0&side=consumer")
FOR_WEB = URL.parse("override://0.0.0.0/b.Shop?category=configurators&dynamic=false&application=web&timeout=500")
KICKED = URL.parse("override://10.0.0.2:20880/b.Shop?category=configurators&dynamic=false&disabled=true&token=hidden")
OFF = URL.parse("override://0.0.0.0/b.Shop?category=configurators&dynamic=false&enabled=false&weight=1")
ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=x")
EMPTY = URL.parse("empty://10.0.0.9/b.Shop?category=routers&interface=b.Shop")


def settings(*urls: URL, consumer: URL | None = None) -> dict[str, tuple[str, str]]:
    found = describe(urls) if consumer is None else describe(urls, consumer)
    (provider,) = found.providers
    return {one.name: (one.value, one.origin) for one in provider.settings}


def test_origins_without_a_consumer() -> None:
    assert settings(PROVIDER, CONSUMER, FOR_WEB, OFF, EMPTY) == {
        "disabled": ("false", "default"),
        "loadbalance": ("random", "default"),
        "pay.timeout": ("9000", "provider"),
        "retries": ("2", "default"),
        "timeout": ("1000", "default"),
        "warmup": ("600000", "default"),
        "weight": ("50", "provider"),
    }


def test_origins_for_a_consumer() -> None:
    found = settings(PROVIDER, CONSUMER, FOR_WEB, consumer=CONSUMER)
    assert found["retries"] == ("0", "consumer")
    assert found["timeout"] == ("500", f"rule {FOR_WEB}")
    assert found["weight"] == ("50", "provider")


def test_secrets_are_hidden_and_the_disabled_marked() -> None:
    found = describe([PROVIDER, CONSUMER, KICKED, ROUTE])
    assert not found.providers[0].callable
    text = "\n".join(_lines(found))
    assert "secret" not in text
    assert "hidden" not in text
    assert f"provider  b.Shop  10.0.0.2:20880  shop  (not called: disabled by rule {KICKED.redacted()})" in text
    assert "  token = ***  [rule override://10.0.0.2:20880/b.Shop?" in text
    assert "consumer  b.Shop  10.0.0.3  web" in text
    assert f"rule  {ROUTE}" in text


def test_nothing() -> None:
    found = describe([EMPTY])
    assert (found.providers, found.consumers, found.rules, _lines(found)) == ((), (), (), [])


def only(*urls: URL, consumer: URL | None = None, **wanted: str) -> Provider:
    (provider,) = (describe(urls, narrowed=wanted) if consumer is None else describe(urls, consumer, wanted)).providers
    return provider


def keys_of(provider: Provider) -> list[str]:
    return [reason.key for reason in provider.reasons]


@pytest.mark.parametrize(
    ("changes", "wanted", "key", "text"),
    [
        ({}, {"protocol": "tri,rest"}, "protocol", "protocol dubbo is not among those wanted: tri,rest"),
        ({"version": "1.0"}, {"version": "2.0"}, "version", "version is '1.0', wanted '2.0'"),
        ({}, {"version": "2.0"}, "version", "version is '', wanted '2.0'"),
        ({"reference.filter": "nosuch"}, {}, "parameter", "nosuch"),
        ({"connections": "abc"}, {}, "parameter", "parameter connections of dubbo://10.0.0.2:20880/b.Shop"),
        ({"group": "g"}, {"group": ""}, "group", "group is 'g', wanted ''"),
        ({"category": "consumers"}, {}, "category", "category is 'consumers', wanted 'providers'"),
        ({"enabled": "false"}, {}, "disabled", "disabled by the provider"),
        ({"disabled": "true"}, {}, "disabled", "disabled by the provider"),
        ({"weight": "heavy"}, {}, "parameter", "parameter weight of dubbo://10.0.0.2:20880/b.Shop"),
        ({"payload": "large"}, {}, "parameter", "parameter payload of dubbo://10.0.0.2:20880/b.Shop"),
    ],
)
def test_the_key_on_which_a_provider_fails(changes: dict[str, str], wanted: dict[str, str], key: str, text: str) -> None:
    (provider,) = describe([PROVIDER.with_params(changes)], narrowed=wanted).providers
    assert (provider.callable, keys_of(provider)) == (False, [key])
    assert text in provider.reasons[0].text


def test_a_protocol_that_is_not_there() -> None:
    provider = only(PROVIDER.with_protocol("nowhere"))
    assert keys_of(provider) == ["protocol"]
    assert "nowhere" in provider.reasons[0].text


def test_all_keys_are_named() -> None:
    odd = PROVIDER.with_params({"group": "g", "version": "1", "disabled": "true"})
    provider = only(odd, group="", version="2", protocol="tri")
    assert keys_of(provider) == ["protocol", "group", "version", "disabled"]


def test_nothing_fails_on_what_nobody_wants() -> None:
    provider = only(PROVIDER.with_params({"group": "g", "version": "1", "classifier": "c"}))
    assert (provider.callable, provider.reasons, provider.partly) == (True, (), ())


def test_a_registered_consumer_wants_what_it_registered() -> None:
    old = PROVIDER.with_params({"version": "1"})
    wants = CONSUMER.with_params({"version": "2"})
    assert only(old, consumer=wants).reasons[0].text == "version is '1', wanted '2'"
    assert only(old, consumer=wants, version="1").callable, "an option goes before"


def test_a_disabled_provider_that_a_rule_enables_is_called() -> None:
    on = KICKED.with_params({"disabled": "false"})
    assert only(PROVIDER.with_params({"disabled": "true"}), on).callable


def a_route(rule: str) -> URL:
    return ROUTE.with_params({"rule": rule, "force": "true"})


@pytest.mark.spec("CLU-92", "a rule that makes a provider unusable is not followed")
def test_rules_that_make_a_provider_unusable() -> None:
    """A consumer goes on without all of them."""
    bad = FOR_WEB.with_params({"reference.filter": "nosuch"})
    provider = only(PROVIDER, bad, consumer=CONSUMER)
    assert provider.callable
    assert [one.value for one in provider.settings if one.name in ("timeout", "reference.filter")] == ["1000"]
    (partly,) = provider.partly
    assert partly.startswith("the rules for its settings are not followed: ")
    assert "nosuch" in partly
    off = only(PROVIDER, bad, KICKED, consumer=CONSUMER)
    assert (keys_of(off), off.partly) == (["disabled"], ())
    assert keys_of(only(PROVIDER.with_params({"connections": "abc"}), bad, consumer=CONSUMER)) == ["parameter"]


def test_rules_that_cannot_be_used(caplog: pytest.LogCaptureFixture) -> None:
    """They are told once, where the rules are, and not for each provider."""
    bad = FOR_WEB.with_params({"timeout": "abc"})
    found = describe([PROVIDER, PROVIDER.with_host("10.0.0.5"), bad, FOR_WEB, ROUTE.with_params({"router": "script"})], CONSUMER)
    assert [one.value for provider in found.providers for one in provider.settings if one.name == "timeout"] == ["500", "500"]
    first, second, third = sorted(found.rules)
    assert first == str(FOR_WEB)
    assert second.startswith(f"{bad}  (not followed: parameter timeout: ")
    assert "  (not followed: " in third
    assert caplog.records == []
    center = CenterView({"web": tuple(one.with_params({"timeout": "abc"}) for one in a_timeout(2000, "application", "web"))})
    (provider,) = describe([PROVIDER, CONSUMER], CONSUMER, center=center).providers
    assert [one.value for one in provider.settings if one.name == "timeout"] == ["1000"]
    assert caplog.records == []


SECOND = PROVIDER.with_host("10.0.0.5").with_params({"methods": "order"})


def test_routes_that_leave_a_provider_out() -> None:
    route = a_route("=>+host+=+10.0.0.5")
    first, second = describe([PROVIDER, SECOND, route]).providers
    assert (first.callable, keys_of(first), first.reasons[0].text) == (False, ["route"], f"left out by the route {route}")
    assert second.callable


def test_routes_that_leave_a_provider_out_for_some_methods() -> None:
    route = a_route("method+=+pay+=>+host+=+10.0.0.9")
    found = describe([PROVIDER, SECOND, route])
    first, second = found.providers
    assert (first.callable, first.partly) == (True, (f"the route {route} leaves it out for pay",))
    assert (second.callable, second.partly) == (True, ())
    assert f"  the route {route} leaves it out for pay" in _lines(found)


NAMELESS = PROVIDER.without_params(("methods", "pay.timeout"))


@pytest.mark.parametrize("rule", ["method != pay =>", "method = pay =>", "method = p* =>"])
def test_routes_by_method_where_no_method_is_known(rule: str) -> None:
    route = a_route(rule.replace(" ", "+"))
    for nameless in (NAMELESS, PROVIDER.with_params({"methods": "*"})):
        provider = only(nameless, route)
        assert (provider.callable, provider.partly) == (True, (f"the route {route} may leave it out for some methods",))
    assert keys_of(only(NAMELESS, a_route("=>"))) == ["route"]
    assert only(NAMELESS, a_route("application+=+nobody+=>")).partly == ()


def test_methods_of_the_consumer_where_the_provider_names_none() -> None:
    consumer = CONSUMER.with_params({"methods": "order,pay"})
    route = a_route("method+!=+order+=>")
    provider = only(NAMELESS, route, consumer=consumer)
    assert provider.partly == (f"the route {route} leaves it out for pay",)
    assert keys_of(only(NAMELESS, a_route("method+=+order,pay+=>"), consumer=consumer)) == ["route"]


def test_routes_see_generic_calls_as_invoke() -> None:
    generic = CONSUMER.with_params({"methods": "*", "generic": "true"})
    for provider in (PROVIDER, NAMELESS):
        assert only(provider, a_route("method+=+order,pay+=>"), consumer=generic).callable
        assert keys_of(only(provider, a_route("method+=+$invoke+=>"), consumer=generic)) == ["route"]
        assert keys_of(only(provider, a_route("method+!=+order+=>"), consumer=generic)) == ["route"]
    odd = PROVIDER.with_params({"pay.weight": "heavy"})
    assert only(odd, consumer=generic).callable, "it never looks at pay"
    assert only(odd, consumer=CONSUMER.with_params({"methods": "order"})).callable
    assert keys_of(only(odd, consumer=CONSUMER)) == ["parameter"]


@pytest.mark.spec("URL-26", "a route for one version is told to consumers of that version only")
def test_routes_for_one_version() -> None:
    old, new = PROVIDER.with_params({"version": "1"}), PROVIDER.with_params({"version": "2"})
    found = describe([old, new, a_route("=>").with_params({"version": "1"})]).providers
    assert [(provider.service, provider.callable) for provider in found] == [("b.Shop:1", False), ("b.Shop:2", True)]


def test_routes_for_one_consumer() -> None:
    route = a_route("application+=+web+=>")
    assert only(PROVIDER, route).callable
    assert keys_of(only(PROVIDER, route, consumer=CONSUMER)) == ["route"]


def test_a_port_that_takes_no_connection() -> None:
    found = with_unreachable(describe([PROVIDER, SECOND.with_params({"disabled": "true"})]), {"10.0.0.5:20880": "no answer within 1 s"})
    first, second = found.providers
    assert first.callable
    assert keys_of(second) == ["disabled", "unreachable"]
    assert "(not called: disabled by the provider; unreachable from here: no answer within 1 s)" in "\n".join(_lines(found))


def test_one_bad_provider_does_not_hide_the_others() -> None:
    found = describe([PROVIDER.with_params({"payload": "large"}), SECOND])
    assert [provider.callable for provider in found.providers] == [False, True]
    assert found.providers[0].settings == ()


def a_timeout(milliseconds: int, scope: str, key: str) -> tuple[URL, ...]:
    return parse_configurators(f"scope: {scope}\nkey: {key}\nconfigs:\n- side: consumer\n  parameters: {{timeout: {milliseconds}}}\n")


@pytest.mark.spec("CLU-98", "rules of the registry, then those of the application, then those of the service: the last one wins")
def test_settings_of_the_configuration_centre() -> None:
    center = CenterView({"b.Shop::": a_timeout(3000, "service", "b.Shop"), "web": a_timeout(2000, "application", "web")})
    (found,) = describe([PROVIDER, CONSUMER, FOR_WEB], CONSUMER, center=center).providers
    assert [(one.value, one.origin) for one in found.settings if one.name == "timeout"] == [
        ("3000", f"rule b.Shop::.configurators: {center.configurators['b.Shop::'][0]}")
    ]
    anybody = describe([PROVIDER, CONSUMER, FOR_WEB], center=CenterView({"web": a_timeout(2000, "application", "web")})).providers[0]
    assert [one.value for one in anybody.settings if one.name == "timeout"] == ["1000"], "nobody's application"


@pytest.mark.spec("CLU-100", "copies for Dubbo 2.6 do not count beside the configuration centre")
def test_copies_of_rules() -> None:
    copy = FOR_WEB.with_params({"compatible_config": "true"})
    route = a_route("=>").with_params({"compatible_config": "true"})
    for center, expected in ((None, (False, "500")), (CenterView(), (True, "1000"))):
        (found,) = describe([PROVIDER, CONSUMER, copy, route], CONSUMER, center=center).providers
        assert (found.callable, next(one.value for one in found.settings if one.name == "timeout")) == expected


def test_each_service_has_rules_of_its_own() -> None:
    """Who looks at an interface sees each version as a consumer of that version does."""
    old, new = PROVIDER.with_params({"version": "1"}), PROVIDER.with_params({"version": "2", "group": "g"})
    assert services([old, new, CONSUMER]) == {"b.Shop:1:", "b.Shop:2:g"}
    assert services([old, new], narrowed={"version": "2"}) == {"b.Shop:2:", "b.Shop:2:g"}
    assert services([old, new], CONSUMER) == {"b.Shop::"}
    center = CenterView(conditions={"b.Shop:1:": parse_conditions("key: b.Shop\nforce: true\nconditions: ['=> host = 10.0.0.9']\n")})
    second, first = describe([old, new], center=center).providers
    assert first.reasons[0].text == "left out by the route b.Shop:1:.condition-router: => host = 10.0.0.9"
    assert second.callable


TAGS = "tags: a call that asks for one goes to providers that have it, any other to providers without"


@pytest.mark.spec("CLU-77", "providers with a tag are not called by who asks for none")
def test_tags() -> None:
    gray = SECOND.with_params({"dubbo.tag": "gray"})
    first, second = describe([PROVIDER, gray]).providers
    assert (first.callable, keys_of(second), second.reasons[0].text) == (True, ["route"], f"left out by {TAGS}")
    first, second = describe([PROVIDER, gray], CONSUMER.with_params({"dubbo.tag": "gray"})).providers
    assert (keys_of(first), second.callable) == (["route"], True)
    rule = parse_tags("key: shop\ntags:\n- {name: red, addresses: ['10.0.0.2:20880']}\n")
    assert rule is not None
    found = describe([PROVIDER, SECOND], center=CenterView(tags={"shop": rule}))
    assert [provider.callable for provider in found.providers] == [False, True]
    assert "rule  shop.tag-router: red = 10.0.0.2:20880" in _lines(found)


# -- checks without a connection

LAZY = URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&lazy=true&methods=order,pay&side=provider")
HOST = Host(name="shop")
BROKEN = [
    {"reference.filter": "nosuch"},
    {"connections": "abc"},
    {"connections": "257"},
    {"shareconnections": "1000"},
    {"shareconnections": "x"},
    {"heartbeat": "-1"},
    {"heartbeat": "x"},
    {"heartbeat": "1000", "heartbeat.timeout": "1500"},
    {"heartbeat.timeout": "x"},
    {"payload": "large"},
    {"connect.timeout": "soon"},
    {"reconnect": "never"},
]
FINE = [{}, {"heartbeat": "0"}, {"lazy": "perhaps"}, {"send.reconnect": "x"}, {"connections": "2"}, {"nosuch": "abc"}, {"payload": "0"}]


@pytest.mark.parametrize("changes", BROKEN)
async def test_it_finds_what_a_consumer_finds(changes: dict[str, str]) -> None:
    url = LAZY.with_params(changes)
    protocol = DubboProtocol(ProtocolSettings(), Host(name="test"))
    with pytest.raises(ConfigurationError) as real:
        await FilteredProtocol(protocol, Host(name="test")).refer(_descriptor(url, ["order"]), url)
    await protocol.close()
    with pytest.raises(ConfigurationError) as found:
        check_usable(url, ["order"], HOST)
    assert str(found.value) == str(real.value)


@pytest.mark.parametrize("changes", FINE)
async def test_it_finds_nothing_where_a_consumer_finds_nothing(changes: dict[str, str]) -> None:
    url = LAZY.with_params(changes)
    protocol = DubboProtocol(ProtocolSettings(), Host(name="test"))
    if "lazy" not in changes:  # it would connect
        await (await FilteredProtocol(protocol, Host(name="test")).refer(_descriptor(url, ["order"]), url)).close()
    await protocol.close()
    check_usable(url, ["order"], HOST)


def test_numbers_of_methods_that_are_called() -> None:
    url = LAZY.with_params({"pay.weight": "heavy"})
    check_usable(url, ["order"], HOST)
    with pytest.raises(ConfigurationError, match=r"pay\.weight|parameter weight"):
        check_usable(url, ["order", "pay"], HOST)


def test_a_filter_of_somebody_else_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("aiodubbo.operations.describe.consumer_filters", fails)
    with pytest.raises(AiodubboError, match="KeyError"):
        check_usable(LAZY, ["order"], HOST)


def test_a_protocol_of_somebody_else_reads_what_it_likes() -> None:
    check_usable(LAZY.with_protocol("tri").with_params({"connections": "abc"}), ["order"], HOST)


# -- references of an application

OLD = URL.parse(
    "consumer://10.0.0.3/b.Shop?application=web&category=consumers&check=false&interface=b.Shop&pid=7&side=consumer&timestamp=1&version=1"
)
NEW = OLD.with_params({"version": "2", "group": "g", "pid": "8"})
SIMPLIFIED = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&check=false&dubbo=2.0.2&version=1")


def test_it_is_as_the_application_has_it() -> None:
    """What routes may ask for must be what a running consumer has."""
    assert choose([OLD], {}) == (OLD.without_params(("category", "check")), [])


def test_a_simplified_one_is_a_consumer_all_the_same() -> None:
    found, notes = choose([SIMPLIFIED], {})
    assert (found.param("side"), found.param("interface"), found.version) == ("consumer", "b.Shop", "1")
    assert notes == ["web registered with simplified=true: settings of its own, such as a timeout or a tag, are not known here"]


def test_the_one_that_fits_goes_first() -> None:
    assert [choose([NEW, OLD], wanted)[0].service_key for wanted in ({}, {"version": "2"}, {"group": ""}, {"version": "3"})] == [
        "b.Shop:1",
        "g/b.Shop:2",
        "b.Shop:1",
        "b.Shop:1",
    ]
    assert choose([NEW, OLD], {"version": "2"})[1] == [], "whoever chose knows that there are others"
    assert choose([NEW, OLD], {})[1] == [
        "web is shown as a consumer of b.Shop:1; it also is one of g/b.Shop:2: --group and --version choose, '' is none"
    ]


def test_many_others_are_counted() -> None:
    (told,) = choose([OLD.with_params({"version": str(number)}) for number in range(10, 25)], {})[1]
    assert "b.Shop:20 and 4 more: " in told


def test_other_settings_for_the_same_service_are_told() -> None:
    restarted, patient = OLD.with_params({"pid": "9", "timestamp": "5"}), OLD.with_params({"timeout": "9000"})
    assert choose([OLD, restarted], {})[1] == []
    (told,) = choose([OLD, restarted, patient], {})[1]
    assert told.startswith("web registered b.Shop:1 with other settings too, 2 in all; shown is consumer://10.0.0.3/b.Shop?")
