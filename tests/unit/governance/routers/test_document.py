from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.governance.routers.condition import ConditionRouter
from aiodubbo.governance.routers.document import parse_conditions, parse_tags
from aiodubbo.governance.routers.tag import TagRule
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeInvoker, a_call, provider_url

CONDITIONS = """
configVersion: v2.7
scope: service
force: true
runtime: true
enabled: true
priority: 2
key: com.example.Greeter
conditions:
- "method=greet => host = 10.0.0.2"
- "=> host != 10.0.0.3"
"""
INVOKERS = tuple(FakeInvoker(provider_url(number)) for number in (1, 2, 3))
CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"application": "web"})


@pytest.mark.spec("REG-164", "each condition becomes a router, in the document's order")
def test_conditions() -> None:
    urls = parse_conditions(CONDITIONS)
    assert [(url.protocol, url.path, url.decoded_param("rule"), url.param("force")) for url in urls] == [
        ("condition", "com.example.Greeter", "method=greet => host = 10.0.0.2", "true"),
        ("condition", "com.example.Greeter", "=> host != 10.0.0.3", "true"),
    ]
    first, second = (ConditionRouter(url) for url in urls)
    assert list(first(INVOKERS, CONSUMER, a_call())) == [INVOKERS[1]]
    assert list(second(INVOKERS, CONSUMER, a_call())) == list(INVOKERS[:2])


@pytest.mark.spec("REG-164", "a document that is switched off, or has no conditions, has no effect")
@pytest.mark.parametrize("change", [("enabled: true", "enabled: false"), ("scope: service", "valid: false"), ("conditions:", "others:")])
def test_conditions_without_effect(change: tuple[str, str]) -> None:
    assert parse_conditions(CONDITIONS.replace(*change)) == ()


@pytest.mark.spec("REG-166", "all mistakes of a rule are told at once, each with its place")
def test_mistakes_in_conditions() -> None:
    text = "enabled: 7\nforce: perhaps\npriority: high\nconditions:\n- a, b\n- => host = x\n- {from: x, to: y}\n- ''\n"
    with pytest.raises(ConfigurationError) as error:
        parse_conditions(text)
    for part in (
        "line 1: enabled must be true or false, got '7'",
        "line 2: force must",
        "line 3: priority must be a whole number",
        'line 5: conditions[0] Illegal route rule "a, b"',
        "line 7: conditions[2] is a condition of Dubbo 3 that is not understood here; write one such as",
        "line 8: conditions[3] Illegal route rule!",
    ):
        assert part in str(error.value)
    assert str(error.value).count("conditions[2]") == 1
    with pytest.raises(ConfigurationError, match=r"cannot be used: line 1: conditions is a condition of Dubbo 3 [^:]*$"):
        parse_conditions("conditions: {from: x, to: y}")


TAGS = """
force: true
runtime: false
enabled: true
key: user-provider
tags:
- name: gray
  addresses: ["10.0.0.5:20880", 10.0.0.0/24]
- name: blue
"""


@pytest.mark.spec("REG-165", "the addresses of each tag")
def test_tags() -> None:
    assert parse_tags(TAGS) == TagRule({"gray": ("10.0.0.5:20880", "10.0.0.0/24"), "blue": ()}, force=True)


@pytest.mark.spec("REG-165", "a document that is switched off, or has no tags, is none")
@pytest.mark.parametrize("change", [("enabled: true", "enabled: false"), ("runtime: false", "valid: false"), ("tags:", "others:")])
def test_tags_without_effect(change: tuple[str, str]) -> None:
    assert parse_tags(TAGS.replace(*change)) is None


@pytest.mark.spec("REG-166", "all mistakes of a rule are told at once, each with its place")
def test_mistakes_in_tags() -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_tags("tags:\n- addresses: [10.0.0.0/99]\n- name: x\n  match: [{key: a}]\n- y\n- addresses: [h,\n    1.1.1.1/x]\n  name: z\n")
    for part in (
        "line 2: tags[0].name is missing",
        "line 2: tags[0].addresses[0] is no address: ",
        "line 7: tags[3].addresses[1] is no address: ",
        "line 4: tags[1].match is a condition of Dubbo 3",
        "line 5: tags[2] must be a map of fields",
    ):
        assert part in str(error.value)
