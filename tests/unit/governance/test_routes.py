from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import pytest

from aiodubbo.governance.routers.chain import NamedRouter, named_routers
from aiodubbo.governance.routers.tag import TagRule
from aiodubbo.governance.routes import Routes
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.rpc.call import Invocation

CONSUMER = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"application": "web"})
PLAIN = tuple(FakeInvoker(provider_url(number)) for number in (1, 2, 3))
TAGGED = (PLAIN[0], FakeInvoker(provider_url(2, **{"dubbo.tag": "gray"})), PLAIN[2])


def condition(text: str, **params: str) -> URL:
    return URL("condition", "0.0.0.0", 0, GREETER.interface, {"category": "routers", "rule": quote_plus(text), **params})


def asking(tag: str = "", force: str = "") -> Invocation:
    given = {"dubbo.tag": tag, "dubbo.force.tag": force}
    return a_call().with_attachments({key: value for key, value in given.items() if value})


def left(routes: Routes, invocation: Invocation | None = None) -> list[str]:
    return [invoker.url.host.removeprefix("10.0.0.") for invoker in routes.candidates(invocation or a_call())]


def among(invokers: Sequence[Invoker], consumer: URL = CONSUMER) -> Routes:
    routes = Routes(consumer)
    routes.among(invokers)
    return routes


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
    routes.follow((), TagRule({"gray": ("10.0.0.3",)}))
    assert (left(routes), left(routes, asking("gray"))) == (["1", "2"], ["3"])
    routes.follow(())
    assert left(routes) == ["1", "2", "3"]


class Watching:
    """A router that sees every call."""

    runtime = True

    def __init__(self, priority: int) -> None:
        self.priority = priority
        self.seen: list[list[str]] = []

    def __call__(self, invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> Sequence[Invoker]:
        self.seen.append([invoker.url.host.removeprefix("10.0.0.") for invoker in invokers])
        return invokers


@pytest.mark.spec("CLU-70", "by priority: the registry's rules, tags, conditions of the service, conditions of the application")
@pytest.mark.parametrize(("priority", "sees"), [(0, ["1", "2", "3"]), (120, ["1", "3"]), (145, ["3"]), (200, ["3"])])
def test_order(priority: int, sees: list[str]) -> None:
    watching = Watching(priority)
    routes = among(TAGGED)
    routes.follow(
        (NamedRouter(watching, "watching"),),
        None,
        (condition("=> host != 10.0.0.1"),),
        (condition("=> host = 10.0.0.1"), condition("=> host = 10.0.0.3")),
    )
    assert left(routes) == ["3"], "the application's first condition leaves nobody, and so does not count"
    assert watching.seen == [sees]
    routes.candidates(a_call())
    assert len(watching.seen) == 2, "it wants to see every call"


@pytest.mark.spec("CLU-70", "rules of the registry stand beside those of the configuration centre")
def test_registry_and_centre() -> None:
    of_registry = named_routers([condition("=> host != 10.0.0.1")], Host(name="test"))
    routes = among(PLAIN)
    routes.follow(of_registry, None, (condition("=> host != 10.0.0.2"),))
    assert left(routes) == ["3"]
    routes.follow((), None, (), (condition("=> host != 10.0.0.2"),))
    assert left(routes) == ["1", "3"]


def test_outcomes_are_kept_within_a_limit() -> None:
    routes = among(TAGGED)
    assert routes.candidates(asking("gray")) is routes.candidates(asking("gray"))
    for number in range(3000):
        routes.candidates(asking(str(number)))
    assert len(routes._settled) <= 1024


@pytest.mark.spec("CLU-72", "a condition that names arguments looks at every call")
def test_conditions_on_arguments() -> None:
    routes = among(PLAIN)
    routes.follow((), None, (condition("arguments[0] = Ada => host = 10.0.0.2"),))
    assert (left(routes, a_call("Ada")), left(routes, a_call("Bob"))) == (["2"], ["1", "2", "3"])
