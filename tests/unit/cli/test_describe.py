"""What a registry holds for one service, and where each setting comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.describe import _lines, describe, with_unreachable
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from aiodubbo.cli.describe import Provider

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
    (provider,) = (describe(urls, wanted=wanted) if consumer is None else describe(urls, consumer, wanted)).providers
    return provider


def keys_of(provider: Provider) -> list[str]:
    return [reason.key for reason in provider.reasons]


@pytest.mark.parametrize(
    ("changes", "wanted", "key", "text"),
    [
        ({}, {"protocol": "tri,rest"}, "protocol", "protocol dubbo is not among those wanted: tri,rest"),
        ({"version": "1.0"}, {"version": "2.0"}, "version", "version is '1.0', wanted '2.0'"),
        ({}, {"version": "2.0"}, "version", "version is '', wanted '2.0'"),
        ({"group": "g"}, {"group": ""}, "group", "group is 'g', wanted ''"),
        ({"category": "consumers"}, {}, "category", "category is 'consumers', wanted 'providers'"),
        ({"enabled": "false"}, {}, "disabled", "disabled by the provider"),
        ({"disabled": "true"}, {}, "disabled", "disabled by the provider"),
        ({"weight": "heavy"}, {}, "parameter", "parameter weight of dubbo://10.0.0.2:20880/b.Shop"),
        ({"payload": "large"}, {}, "parameter", "parameter payload of dubbo://10.0.0.2:20880/b.Shop"),
    ],
)
def test_the_key_on_which_a_provider_fails(changes: dict[str, str], wanted: dict[str, str], key: str, text: str) -> None:
    (provider,) = describe([PROVIDER.with_params(changes)], wanted=wanted).providers
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
    assert (first.callable, first.partly) == (True, (f"route {route} leaves it out for pay",))
    assert (second.callable, second.partly) == (True, ())
    assert f"  route {route} leaves it out for pay" in _lines(found)


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
