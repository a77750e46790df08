from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

from aiodubbo.governance.configurators import log_remarks
from aiodubbo.governance.routes import NamedRouter, Routers, RouteRules, Routes, is_route, read_routers, read_routes, route
from aiodubbo.governance.tag import TagRule
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import ROUTER
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import EndpointT, Invoker, Router
    from aiodubbo.rpc.call import Invocation

CONSUMER = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"application": "web"})
PLAIN = tuple(FakeInvoker(provider_url(number)) for number in (1, 2, 3))
TAGGED = (PLAIN[0], FakeInvoker(provider_url(2, **{"dubbo.tag": "gray"})), PLAIN[2])


def condition(text: str, **params: str) -> URL:
    return URL("condition", "0.0.0.0", 0, GREETER.interface, {"category": "routers", "rule": quote_plus(text), **params})


def asking(tag: str = "", force: str = "") -> Invocation:
    given = {"dubbo.tag": tag, "dubbo.force.tag": force}
    return replace(a_call(), attachments={key: value for key, value in given.items() if value})


def left(routes: Routes[Invoker], invocation: Invocation | None = None) -> list[str]:
    return [invoker.url.host.removeprefix("10.0.0.") for invoker in routes.candidates(invocation or a_call())]


def among(invokers: Sequence[Invoker], consumer: URL = CONSUMER) -> Routes[Invoker]:
    return Routes(consumer, None, invokers)


def follow(routes: Routes[Invoker], **rules: Any) -> None:
    routes.follow(read_routers(RouteRules(**rules), CONSUMER, Host(name="test")))


@pytest.mark.spec("CLU-77", "without tags and rules a call costs no look at tags, and the list is the providers' own")
def test_nothing_to_do() -> None:
    routes = among(PLAIN)
    assert routes.candidates(a_call()) is PLAIN
    assert routes.candidates(asking("gray")) is PLAIN
    assert left(routes, asking("gray", "true")) == [], "nobody has it, and nobody else will do"
    assert left(routes, asking("", "true")) == ["1", "2", "3"]


@pytest.mark.spec("CLU-77", "tags in the URLs of providers count without any rule")
def test_tags_of_providers() -> None:
    routes = among(TAGGED)
    assert (left(routes), left(routes, asking("gray")), left(routes, asking("red"))) == (["1", "3"], ["2"], ["1", "3"])
    routes.among(PLAIN)
    assert left(routes) == ["1", "2", "3"]
    gray = among(TAGGED, CONSUMER.with_param("dubbo.tag", "gray"))
    assert (left(gray), left(gray, asking("blue"))) == (["2"], ["1", "3"])
    gray.among(PLAIN)
    assert left(gray) == ["1", "2", "3"]


@pytest.mark.spec("CLU-78", "the rule of the configuration centre is followed and left")
def test_tag_rule() -> None:
    routes = among(PLAIN)
    follow(routes, tags=TagRule({"gray": ("10.0.0.3",)}))
    assert (left(routes), left(routes, asking("gray"))) == (["1", "2"], ["3"])
    follow(routes)
    assert left(routes) == ["1", "2", "3"]


class Watching:
    """A router that sees every call."""

    runtime = True

    def __init__(self, priority: int) -> None:
        self.priority = priority
        self.seen: list[list[str]] = []

    def __call__(self, invokers: Sequence[EndpointT], consumer: URL, invocation: Invocation) -> Sequence[EndpointT]:
        self.seen.append([invoker.url.host.removeprefix("10.0.0.") for invoker in invokers])
        return invokers


@pytest.mark.spec("CLU-70", "by priority: the registry's rules, tags, conditions of the service, conditions of the application")
@pytest.mark.parametrize(("priority", "sees"), [(0, ["1", "2", "3"]), (120, ["1", "3"]), (145, ["3"]), (200, ["3"])])
def test_order(priority: int, sees: list[str]) -> None:
    watching = Watching(priority)
    routes = among(TAGGED)
    rules = RouteRules(
        service=(condition("=> host != 10.0.0.1"),), application=(condition("=> host = 10.0.0.1"), condition("=> host = 10.0.0.3"))
    )
    read = read_routers(rules, CONSUMER, Host(name="test"))
    routes.follow(Routers((NamedRouter(watching, "watching"), *read.rules)))
    assert left(routes) == ["3"], "the application's first condition leaves nobody, and so does not count"
    assert watching.seen == [sees]
    routes.candidates(a_call())
    assert len(watching.seen) == 2, "it wants to see every call"


@pytest.mark.spec("CLU-70", "rules of the registry stand beside those of the configuration centre")
def test_registry_and_centre() -> None:
    of_registry = [condition("=> host != 10.0.0.1")]
    routes = among(PLAIN)
    follow(routes, registry=of_registry, service=(condition("=> host != 10.0.0.2"),))
    assert left(routes) == ["3"]
    follow(routes, application=(condition("=> host != 10.0.0.2"),))
    assert left(routes) == ["1", "3"]


def test_outcomes_are_kept_within_a_limit() -> None:
    routes = among(TAGGED)
    assert routes.candidates(asking("gray")) is routes.candidates(asking("gray"))
    for number in range(3000):
        routes.candidates(asking(str(number)))
    assert len(routes._outcomes) <= 1024


@pytest.mark.spec("CLU-72", "a condition that names arguments looks at every call")
def test_conditions_on_arguments() -> None:
    routes = among(PLAIN)
    follow(routes, service=(condition("arguments[0] = Ada => host = 10.0.0.2"),))
    assert (left(routes, a_call("Ada")), left(routes, a_call("Bob"))) == (["2"], ["1", "2", "3"])


# -- rules of a registry

INVOKERS = tuple(FakeInvoker(provider_url(number)) for number in (1, 2, 3))


def rule(text: str, **params: str) -> URL:
    return URL("route", "0.0.0.0", 0, GREETER.interface, {"category": "routers", "router": "condition", "rule": text, **params})


ONLY_1 = "=>+host+%3D+10.0.0.1"
NOT_1 = "=>+host+!=+10.0.0.1"


def routers(rules: Sequence[URL]) -> tuple[Router, ...]:
    named, remarks = read_routes(rules, Host(name="test"))
    log_remarks(remarks)
    return tuple(router.router for router in named)


class Failing:
    priority = 0
    runtime = False

    def __call__(self, invokers: Sequence[EndpointT], consumer: URL, invocation: Invocation) -> Sequence[EndpointT]:
        raise KeyError("plug-in")


@pytest.mark.spec("CLU-70", "rules come by priority, then by their text; disabled and empty ones do not count")
def test_order_of_the_rules_of_a_registry() -> None:
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
    rules = RouteRules([second, first, rule(ONLY_1, enabled="false"), rule("")])
    found = Routes(CONSUMER, read_routers(rules, CONSUMER, Host(name="test")), INVOKERS).left_out(a_call())
    assert [(one.url.host, why) for one, why in found] == [("10.0.0.1", f"the route {first}"), ("10.0.0.2", f"the route {second}")]
    assert Routes(CONSUMER, None, INVOKERS).left_out(a_call()) == []


def test_a_router_that_cannot_be_made_hides_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(url: URL, host: Host) -> Router:
        raise ValueError("a mistake in a plug-in")

    monkeypatch.setitem(ROUTER._loaded, "broken", broken)
    assert len(routers([rule("x", router="broken"), rule(ONLY_1)])) == 1
    assert "a mistake in a plug-in" in caplog.text
