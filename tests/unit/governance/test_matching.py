"""Whether a consumer would call a provider, and on which keys it fails."""

from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.governance.configurators.rules import configurators
from aiodubbo.governance.matching import Reason, check_numbers, disabled, is_candidate, joined, judge, why_not
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, provider_url

WANTED = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"interface": GREETER.interface, "category": "providers,configurators,routers"})
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


def test_every_key_is_told() -> None:
    wanted = WANTED.with_params({"group": "a,b", "version": "2", "classifier": "x", "protocol": "tri, rest"})
    other = provider_url(1, group="c", version="1", classifier="y", category="odd", interface="com.example.Other", enabled="false")
    reasons = why_not(wanted, other)
    assert [reason.key for reason in reasons] == ["protocol", "category", "interface", "group", "version", "classifier"]
    assert joined(reasons[2:5]) == "interface is 'com.example.Other', wanted 'com.example.Greeter'; group is 'c', wanted 'a,b'; " + (
        "version is '1', wanted '2'"
    )


def test_what_fits_is_called_with_the_settings_of_both() -> None:
    url, reasons = judge(WANTED, {"timeout": "5"}, provider_url(1, timeout="7", retries="1"), ())
    assert reasons == ()
    assert url is not None
    assert (url.param("timeout"), url.param("retries")) == ("5", "1")


def test_rules_disable() -> None:
    assert judge(WANTED, {}, provider_url(1), configurators([DISABLING], "10.0.0.9", Host(name="test"))) == (
        None,
        (Reason("disabled", "disabled"),),
    )
    assert disabled(provider_url(1, enabled="false")) == disabled(provider_url(1, disabled="true")) == Reason("disabled", "disabled")
    assert disabled(provider_url(1)) is None


def test_a_parameter_that_makes_no_sense() -> None:
    url, (reason,) = judge(WANTED, {}, provider_url(1, payload="large"), ())
    assert (url, reason.key) == (None, "parameter")
    with pytest.raises(InvalidURLError, match="weight"):
        check_numbers(provider_url(1, **{"greet.weight": "heavy"}), ["greet"])
    check_numbers(provider_url(1, **{"other.weight": "heavy"}), ["greet"])
