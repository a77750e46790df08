from __future__ import annotations

import logging
from typing import Protocol
from urllib.parse import quote_plus

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.governance.condition import MOST_PATTERNS, ConditionRouter, Values, methods_in, parse
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.url.grammar import encode
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeInvoker, a_call, provider_url


@interface("com.example.Routed")
class Routed(Protocol):
    async def find_user(self, name: str | None, strict: bool, limit: int) -> str: ...


CONSUMER = URL("consumer", "10.20.153.10", 0, "com.example.Greeter", {"application": "web", "default.region": "north"})
INVOKERS = (FakeInvoker(provider_url(1)), FakeInvoker(provider_url(2, zone="a")), FakeInvoker(provider_url(3).with_host("10.20.153.10")))


def router(rule: str, **params: str) -> ConditionRouter:
    return ConditionRouter(URL("condition", "0.0.0.0", 0, "com.example.Greeter", {"rule": quote_plus(rule), **params}))


def left(rule: str, invocation: Invocation | None = None, **params: str) -> list[int]:
    """The numbers of the providers that a rule leaves."""
    chosen = router(rule, **params)(INVOKERS, CONSUMER, invocation or a_call())
    return [INVOKERS.index(invoker) + 1 for invoker in chosen]


@pytest.mark.spec("CLU-71", "keys, values, further values, and values that must not be")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host = 1.1.1.1", {"host": Values(["1.1.1.1"])}),
        ("host=1.1.1.1,2.2.2.2", {"host": Values(["1.1.1.1", "2.2.2.2"])}),
        ("host != 1.1.1.1 , 2.2.2.2 & a = b", {"host": Values([], ["1.1.1.1", "2.2.2.2"]), "a": Values(["b"])}),
        ("host = 1.* & host != 1.1.*", {"host": Values(["1.*"], ["1.1.*"])}),
        ("a = b & ", {"a": Values(["b"])}),
        ("alone", {"alone": Values()}),
        ("", {}),
    ],
)
def test_parse(text: str, expected: dict[str, Values]) -> None:
    assert parse(text) == expected


@pytest.mark.spec("CLU-71", "anything else is an error with Java's words")
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("= x", "The error char '=' at index 0 before \"x\""),
        ("a, b", "The error char ',' at index 1 before \"b\""),
        ("a == b", "The error char '==' at index 2 before \"b\""),
        ("a =! b", "The error char '=!' at index 2"),
        ("a & , b", "The error char ',' at index 4"),
    ],
)
def test_illegal_rules(text: str, error: str) -> None:
    with pytest.raises(ConfigurationError, match="Illegal route rule") as caught:
        parse(text)
    assert error in str(caught.value)


@pytest.mark.parametrize("rule", ["", "  "])
def test_a_rule_is_needed(rule: str) -> None:
    with pytest.raises(ConfigurationError, match="parameter 'rule' is missing or empty"):
        router(rule)


def test_a_huge_rule_is_read_in_time() -> None:
    with pytest.raises(ConfigurationError):
        parse("&" * 300_000 + " " * 300_000 + "a")
    assert len(parse("host = " + ",".join(["10.0.0.1"] * 50_000))["host"].matches) == 50_000


@pytest.mark.spec("CLU-75", "the rules of Dubbo's documentation")
@pytest.mark.spec("CLU-74", "what a rule leaves")
@pytest.mark.parametrize(
    ("rule", "force", "expected"),
    [
        ("host = 10.20.153.10,10.20.153.11 =>", False, []),
        ("host = 10.20.153.11 =>", False, [1, 2, 3]),
        ("host != 10.20.153.10 =>", False, [1, 2, 3]),
        ("host != 10.20.153.11 =>", False, []),
        ("=> host = $host", False, [3]),
        ("application != kylin => host != 10.0.0.1", False, [2, 3]),
        ("application = kylin => host != 10.0.0.1", False, [1, 2, 3]),
        ("method = find*,list*,get* => host = 10.0.0.1", False, [1, 2, 3]),
        ("method = find*,gr* => host = 10.0.0.1", False, [1]),
        ("consumer.application = web => provider.host = 10.0.0.2", False, [2]),
        ("=> host = 10.9.9.9", False, [1, 2, 3]),
        ("=> host = 10.9.9.9", True, []),
        ("true => false", False, []),
        ("=> zone = a", False, [2]),
        ("=> zone != a", False, [1, 3]),
        ("host = 10.0.0.2", False, [2]),
        ("region = north => host = 10.0.0.1", False, [1]),
        ("nosuch = x => host = 10.0.0.1", False, [1, 2, 3]),
        ("nosuch != x => host = 10.0.0.1", False, [1]),
        ("application = $application => host = 10.0.0.1", False, [1, 2, 3]),
        ("=> address = 10.0.0.1:20880", False, [1]),
        ("=> port = 20880 & host = 10.0.0.* & host != 10.0.0.1", False, [2]),
    ],
)
def test_documented_rules(rule: str, force: bool, expected: list[int]) -> None:
    assert left(rule, force="true" if force else "false") == expected


@pytest.mark.spec("CLU-72", "the arguments of a call")
@pytest.mark.parametrize(
    ("condition", "means"),
    [
        ("arguments[0] = Ada", True),
        ("arguments[0] = Bob", False),
        ("arguments[1] = true", True),
        ("arguments[2] = 7", True),
        ("arguments[3] = x", False),
        ("arguments[0] = A* & method = findUser", True),
    ],
)
def test_arguments(condition: str, means: bool) -> None:
    service = describe(Routed)
    call = Invocation(service, service.methods[0], ("Ada", True, 7))
    assert left(f"{condition} => host = 10.0.0.1", call) == ([1] if means else [1, 2, 3])
    assert router(f"{condition} => host = 10.0.0.1").runtime


def test_no_argument() -> None:
    service = describe(Routed)
    assert left("arguments[0] = null => host = 10.0.0.1", Invocation(service, service.methods[0], (None, True, 7))) == [1]


@pytest.mark.spec("CLU-73", "values that must be, must not be, and values that are missing")
@pytest.mark.parametrize(
    ("values", "value", "fits"),
    [
        (Values(["a"]), "a", True),
        (Values(["a*", "b"]), "b", True),
        (Values(["a"]), "c", False),
        (Values(["a"]), None, False),
        (Values([], ["a"]), "a", False),
        (Values([], ["a"]), "c", True),
        (Values([], ["a"]), None, True),
        (Values(["a*"], ["ab"]), "ab", False),
        (Values(["a*"], ["ab"]), "ac", True),
        (Values(["a*"], ["ab"]), "c", False),
        (Values(), "x", False),
    ],
)
def test_fits(values: Values, value: str | None, fits: bool) -> None:
    assert values.fits(value, None) is fits


@pytest.mark.spec("CLU-74", "the log tells when nobody is left")
def test_warnings(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        left("=>")
        left("=> host = 10.9.9.9", force="true")
    assert "The current consumer in the service blacklist" in caplog.text
    assert "The route result is empty and force execute" in caplog.text


def test_settings_and_another_list() -> None:
    made = router("=> host = 10.0.0.1", priority="3", runtime="true")
    assert (made.priority, made.runtime) == (3, True)
    assert router("=> host = x").runtime is False
    once = made(INVOKERS, CONSUMER, a_call())
    assert made(INVOKERS, CONSUMER, a_call()) is once
    assert list(made(INVOKERS[:1], CONSUMER, a_call())) == [INVOKERS[0]]


@pytest.mark.parametrize("rule", ["=> = =", "=> &", "= => host = 1.1.1.1", "!= =>"])
def test_a_rule_without_any_condition_is_refused(rule: str) -> None:
    """Taken for an empty condition, a slip of the pen would forbid every call."""
    with pytest.raises(ConfigurationError, match="names no condition"):
        router(rule)


def test_many_plain_values_cost_no_time_and_many_patterns_are_refused() -> None:
    values = parse("host != " + ",".join(f"10.0.{index}" for index in range(50_000)))["host"]
    assert all(values.fits("10.1.1.1", None) for _ in range(10_000)), "five hundred million comparisons one by one"
    with pytest.raises(ConfigurationError, match="1001 values with '\\*'"):
        parse("host = " + ",".join(f"10.0.{index}.*" for index in range(MOST_PATTERNS + 1)))


def test_a_refusal_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    refusing = router("=>", runtime="true")
    assert [refusing(INVOKERS, CONSUMER, a_call()) for _ in range(3)] == [(), (), ()]
    assert caplog.text.count("service blacklist") == 1


@pytest.mark.parametrize(
    ("rule", "methods"),
    [
        ("method = find*,get & host = 10.0.0.1 => host = 10.0.0.2", {"find*", "get"}),
        ("method != pay & application != web => ", {"pay"}),
        ("consumer.methods = pay =>", {"pay"}),
        ("true => method = x", set()),
        ("=> method = x", set()),
        ("host = 10.0.0.1", set()),
        ("method ,x =>", set()),
        ("", set()),
    ],
)
def test_methods_that_a_rule_names(rule: str, methods: set[str]) -> None:
    assert methods_in(URL("route", "0.0.0.0", params={"rule": encode(rule)})) == methods
