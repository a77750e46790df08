from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.governance.routers.chain import is_route, left_out, named_routers, route
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import ROUTER
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker, Router
    from aiodubbo.rpc.call import Invocation

CONSUMER = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"application": "web"})
INVOKERS = tuple(FakeInvoker(provider_url(number)) for number in (1, 2, 3))


def rule(text: str, **params: str) -> URL:
    return URL("route", "0.0.0.0", 0, GREETER.interface, {"category": "routers", "router": "condition", "rule": text, **params})


ONLY_1 = "=>+host+%3D+10.0.0.1"
NOT_1 = "=>+host+!=+10.0.0.1"


def routers(rules: Sequence[URL]) -> tuple[Router, ...]:
    return tuple(named.router for named in named_routers(rules, Host(name="test")))


class Failing:
    priority = 0
    runtime = False

    def __call__(self, invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> Sequence[Invoker]:
        raise KeyError("plug-in")


@pytest.mark.spec("CLU-70", "rules come by priority, then by their text; disabled and empty ones do not count")
def test_order() -> None:
    made = routers([rule(ONLY_1, priority="5"), rule(NOT_1, priority="1"), rule(ONLY_1, enabled="false"), rule(ONLY_1, priority="-1")])
    assert [one.priority for one in made] == [-1, 1, 5]
    assert routers([rule(ONLY_1).with_protocol("empty")]) == ()
    by_text = routers([rule(ONLY_1, force="true"), rule(NOT_1, force="true")])
    assert [one.url.host for one in route(by_text[:1], INVOKERS, CONSUMER, a_call())] == ["10.0.0.2", "10.0.0.3"]


@pytest.mark.spec("CLU-70", "one router after the other")
def test_all_routers_are_passed() -> None:
    made = routers([rule(NOT_1), rule("=>+host+!=+10.0.0.2")])
    assert list(route(made, INVOKERS, CONSUMER, a_call())) == [INVOKERS[2]]


@pytest.mark.spec("CLU-70", "a rule that cannot be used is left out")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (rule(""), "parameter 'rule' is missing"),
        (rule("a,b"), "Illegal route rule"),
        (rule("%zz"), "left out"),
        (rule(ONLY_1, priority="high"), "parameter priority"),
        (rule(ONLY_1, router="script"), "Dubbo for Java has it"),
        (rule(ONLY_1).without_params(("router",)), "No such extension aiodubbo.router by name route"),
    ],
)
def test_rules_that_cannot_be_used(bad: URL, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    assert len(routers([bad, rule(ONLY_1)])) == 1
    assert reason in caplog.text


@pytest.mark.spec("CLU-74", "a router that fails changes nothing")
def test_a_router_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    assert list(route([Failing(), *routers([rule(ONLY_1)])], INVOKERS, CONSUMER, a_call())) == [INVOKERS[0]]
    assert "is passed over" in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("route://0.0.0.0/a.B?rule=x", True),
        ("condition://0.0.0.0/a.B?category=routers", True),
        ("empty://0.0.0.0/a.B?category=routers", True),
        ("override://0.0.0.0/a.B?category=configurators", False),
        ("dubbo://10.0.0.1/a.B", False),
    ],
)
def test_which_urls_are_routes(text: str, expected: bool) -> None:
    assert is_route(URL.parse(text)) is expected


def test_who_is_left_out_and_by_which_rule() -> None:
    """As calls meet them: by priority, one after the other; rules that cannot be used count for nothing."""
    second, first = rule("=>+host+!=+10.0.0.2", priority="2"), rule(NOT_1, priority="1")
    found = left_out(
        named_routers([second, first, rule(ONLY_1, enabled="false"), rule("")], Host(name="test")), INVOKERS, CONSUMER, a_call()
    )
    assert [(one.url.host, why) for one, why in found] == [("10.0.0.1", f"the route {first}"), ("10.0.0.2", f"the route {second}")]
    assert left_out([], INVOKERS, CONSUMER, a_call()) == []


def test_a_router_that_cannot_be_made_hides_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(url: URL, host: Host) -> Router:
        raise ValueError("a mistake in a plug-in")

    monkeypatch.setitem(ROUTER._loaded, "broken", broken)
    assert len(routers([rule("x", router="broken"), rule(ONLY_1)])) == 1
    assert "a mistake in a plug-in" in caplog.text
