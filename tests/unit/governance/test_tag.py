from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aiodubbo.governance.tag import TagRouter, TagRule, address_pattern
from aiodubbo.url.url import URL
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.call import Invocation

CONSUMER = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"application": "web"})
INVOKERS = (
    FakeInvoker(provider_url(1)),
    FakeInvoker(provider_url(2, **{"dubbo.tag": "gray"})),
    FakeInvoker(provider_url(3, **{"dubbo.tag": "blue"})),
    FakeInvoker(provider_url(4)),
)


def call(**attachments: object) -> Invocation:
    return replace(a_call(), attachments={key.replace("_", "."): value for key, value in attachments.items()})


def left(rule: TagRule | None, invocation: Invocation, consumer: URL = CONSUMER) -> list[int]:
    """The numbers of the providers that tags leave."""
    chosen = TagRouter(rule)(INVOKERS, consumer, invocation)
    return [INVOKERS.index(invoker) + 1 for invoker in chosen]


@pytest.mark.spec("CLU-77", "without a rule the tags in the URLs of providers count; nobody has it: those without any, unless forced")
@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ({}, [1, 4]),
        ({"dubbo_tag": ""}, [1, 4]),
        ({"dubbo_tag": 7}, [1, 4]),
        ({"dubbo_tag": "gray"}, [2]),
        ({"dubbo_tag": "red"}, [1, 4]),
        ({"dubbo_tag": "red", "dubbo_force.tag": "true"}, []),
        ({"dubbo_tag": "red", "dubbo_force.tag": True}, []),
        ({"dubbo_tag": "red", "dubbo_force.tag": "false"}, [1, 4]),
        ({"dubbo_force.tag": "true"}, [1, 4]),
    ],
)
def test_tags_of_urls(attachments: dict[str, object], expected: list[int]) -> None:
    assert left(None, call(**attachments)) == expected


@pytest.mark.spec("CLU-77", "the reference's URL may ask for a tag; the call's attachment counts more")
def test_tag_of_the_reference() -> None:
    gray = CONSUMER.with_param("dubbo.tag", "gray")
    red = CONSUMER.with_params({"dubbo.tag": "red", "dubbo.force.tag": "true"})
    assert (left(None, call(), gray), left(None, call(dubbo_tag="blue"), gray)) == ([2], [3])
    assert (left(None, call(), red), left(None, call(**{"dubbo_force.tag": "false"}), red)) == ([], [1, 4])


RULE = TagRule({"gray": ("10.0.0.1:20880", "10.0.0.9"), "blue": (), "gone": ("10.9.9.9",)})


@pytest.mark.spec("CLU-78", "with a rule its addresses count first, then the tags in URLs")
@pytest.mark.parametrize(
    ("rule", "attachments", "expected"),
    [
        (RULE, {}, [4]),  # those whose own tag the rule names are not for calls without one
        (RULE, {"dubbo_tag": "gray"}, [1]),
        (RULE, {"dubbo_tag": "blue"}, [3]),
        (RULE, {"dubbo_tag": "gone"}, [4]),
        (RULE, {"dubbo_tag": "gone", "dubbo_force.tag": "true"}, []),
        (RULE, {"dubbo_tag": "unknown"}, [4]),
        (RULE, {"dubbo_tag": "unknown", "dubbo_force.tag": "true"}, []),
        (TagRule(RULE.tags, force=True), {"dubbo_tag": "gone"}, []),
        (TagRule(RULE.tags, force=True), {"dubbo_tag": "unknown"}, [4]),
        (TagRule({"red": ("0.0.0.0:20880",)}), {}, []),
        (TagRule({"red": ("10.0.0.4",)}), {}, [1, 2, 3]),
    ],
)
def test_tags_of_a_rule(rule: TagRule, attachments: dict[str, object], expected: list[int]) -> None:
    assert left(rule, call(**attachments)) == expected


def test_each_tag_is_looked_at_once_for_a_list() -> None:
    router = TagRouter(RULE)
    assert router(INVOKERS, CONSUMER, call(dubbo_tag="gray")) is router(INVOKERS, CONSUMER, call(dubbo_tag="gray"))
    others = INVOKERS[1:]
    assert list(router(others, CONSUMER, call(dubbo_tag="gray"))) == [INVOKERS[3]]
    for number in range(1000):
        router(others, CONSUMER, call(dubbo_tag=str(number)))
    assert len(router._seen[1]) <= 256


@pytest.mark.spec("REG-165", "addresses with and without port, ranges, networks, and any host")
@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("10.0.0.5:20880", [("10.0.0.5", 20880)], [("10.0.0.5", 20881), ("10.0.0.6", 20880)]),
        (" 10.0.0.5 ", [("10.0.0.5", 1), ("10.0.0.5", 2)], [("10.0.0.50", 1)]),
        ("0.0.0.0:20880", [("10.0.0.5", 20880), ("db", 20880)], [("10.0.0.5", 20881)]),
        ("10.0.*.1-20:20880", [("10.0.9.1", 20880), ("10.0.0.20", 20880)], [("10.0.0.21", 20880), ("10.1.0.1", 20880), ("10.0.0.1", 1)]),
        ("10.0.0.*", [("10.0.0.255", 1)], [("10.0.1.1", 1), ("db", 1), ("10.0.0.x.1", 1)]),
        ("10.0.0.1-9", [], [("10.0.0.x", 1)]),
        ("10.0.0.0/24", [("10.0.0.7", 1)], [("10.0.1.7", 1), ("db", 1), ("::1", 1)]),
        ("2001:db8::/32", [("2001:db8::7", 1)], [("2001:db9::7", 1), ("10.0.0.1", 1)]),
        ("[2001:DB8::5]:20880", [("2001:db8:0:0:0:0:0:5", 20880), ("2001:db8::5", 20880)], [("2001:db8::5", 1), ("2001:db8::6", 20880)]),
        ("2001:db8::5", [("2001:db8::5", 1)], [("2001:db8::6", 1)]),
        ("[::1]", [("::1", 1)], [("::2", 1)]),
        ("2001:db8:0:0:0:0:0:1-f", [("2001:db8:0:0:0:0:0:a", 1)], [("2001:db8:0:0:0:0:0:1f", 1)]),
        ("*", [("anything", 1)], []),
        ("*.*.*.*", [("10.0.0.1", 1)], []),
        ("db-1.example.com:20880", [("DB-1.example.com", 20880)], [("db-2.example.com", 20880)]),
        ("", [], [("10.0.0.1", 1)]),
    ],
)
def test_patterns(pattern: str, meant: list[tuple[str, int]], not_meant: list[tuple[str, int]]) -> None:
    means = address_pattern(pattern)
    assert [address for address in meant if not means(*address)] == []
    assert [address for address in not_meant if means(*address)] == []


@pytest.mark.parametrize("pattern", ["10.0.0.0/33", "host/24", "/"])
def test_no_networks(pattern: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        address_pattern(pattern)
