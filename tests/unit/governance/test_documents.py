from __future__ import annotations

import json

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.governance.condition import ConditionRouter
from aiodubbo.governance.documents import parse_conditions, parse_configurators, parse_tags
from aiodubbo.governance.tag import TagRule
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


SERVICE = """
configVersion: v2.7
scope: service
key: g/com.example.UserService:1.0
enabled: true
runtime: true
configs:
- side: consumer
  addresses: [0.0.0.0]
  parameters: {timeout: 3000, getUser.retries: 0}
- side: provider
  addresses: ["10.0.0.5:20880", "[2001:db8::5]:20880"]
  providerAddresses: ["10.0.0.5:20880", "10.0.0.6:20880"]
  applications: [web, job]
  parameters:
    weight: 7
"""


@pytest.mark.spec("REG-162", "the fields of a document")
@pytest.mark.spec("REG-163", "a document for a service: one URL for each address and application")
def test_scope_service() -> None:
    common = "category=dynamicconfigurators&configVersion=v2.7&enabled=true&group=g&version=1.0"
    rest = f"{common}&providerAddresses=10.0.0.5:20880,10.0.0.6:20880&side=provider&weight=7"
    assert {str(url) for url in parse_configurators(SERVICE)} == {
        str(URL.parse(text))
        for text in (
            f"override://0.0.0.0/com.example.UserService?{common}&side=consumer&timeout=3000&getUser.retries=0",
            f"override://10.0.0.5:20880/com.example.UserService?{rest}&application=web",
            f"override://10.0.0.5:20880/com.example.UserService?{rest}&application=job",
            f"override://[2001:db8::5]:20880/com.example.UserService?{rest}&application=web",
            f"override://[2001:db8::5]:20880/com.example.UserService?{rest}&application=job",
        )
    }


@pytest.mark.spec("REG-163", "a document for an application: one URL for each address and service, every service when none is named")
def test_scope_application() -> None:
    text = """
scope: application
key: web
configs:
- {side: consumer, parameters: {timeout: 5}}
- {side: consumer, services: [a.B, "g/c.D:2"], parameters: {timeout: 6}}
"""
    common = "application=web&category=appdynamicconfigurators&configVersion=v2.7&enabled=true&side=consumer"
    assert parse_configurators(text) == (
        URL.parse(f"override://0.0.0.0/*?{common}&timeout=5"),
        URL.parse(f"override://0.0.0.0/a.B?{common}&timeout=6"),
        URL.parse(f"override://0.0.0.0/c.D?{common}&timeout=6&group=g&version=2"),
    )


@pytest.mark.spec("REG-163", "the document is switched as a whole; an item of a special type has a switch of its own")
@pytest.mark.parametrize(
    ("document", "item", "enabled"),
    [
        ("", "", "true"),
        ("enabled: false", "", "false"),
        ("enabled: false", "type: general, enabled: true", "false"),
        ("enabled: false", "type: weight, enabled: true", "true"),
        ("enabled: true", "type: balancing, enabled: false", "false"),
        ("enabled: true", "type: disabled", "false"),
    ],
)
def test_enabled(document: str, item: str, enabled: str) -> None:
    (url,) = parse_configurators(f"key: a.B\n{document}\nconfigs:\n- {{parameters: {{x: y}}, {item}}}\n")
    assert url.param("enabled") == enabled


@pytest.mark.spec("REG-162", "a JSON list of URLs is read as well")
def test_json() -> None:
    urls = ["override://0.0.0.0/a.B?category=configurators&timeout=5", "absent://10.0.0.1/a.B?x=y"]
    assert parse_configurators(f' ["{urls[0]}", "{urls[1]}"]') == tuple(URL.parse(url) for url in urls)
    assert parse_configurators("[]") == ()


@pytest.mark.spec("REG-163", "an item without parameters is an error in Java's words")
@pytest.mark.spec("REG-166", "all mistakes of a rule are told at once, each with its place")
def test_mistakes() -> None:
    text = """
enabled: perhaps
configs:
- side: consumer
- addresses: ["10.0.0.1:http"]
  parameters: {timeout: [1]}
  match: {app: x}
"""
    with pytest.raises(ConfigurationError) as error:
        parse_configurators(text)
    for part in (
        "line 2: key is missing",
        "line 2: enabled must be true or false, got 'perhaps'",
        "line 4: configs[0].parameters is missing: Invalid configurator rule, please specify at least one parameter you want to change",
        "line 6: configs[1].parameters.timeout must be a single value",
        'line 5: configs[1].addresses[0] For input string: "http"',
        "line 7: configs[1].match is a condition of Dubbo 3",
    ):
        assert part in str(error.value)


MANY = [f"h{number}" for number in range(50)]


@pytest.mark.spec("REG-166", "what is named many times over counts once")
def test_what_is_named_again_and_again() -> None:
    (url,) = parse_configurators(f"key: a.B\nconfigs: [{{addresses: [{'10.0.0.1:1, ' * 8000}], parameters: {{x: y}}}}]")
    assert url.address == "10.0.0.1:1"
    of_application = "scope: application\nkey: a\nconfigs: [{services: [a.B, c.D, a.B], parameters: {x: y}}]"
    assert [url.path for url in parse_configurators(of_application)] == ["a.B", "c.D"]
    (url,) = parse_configurators("key: a.B\nconfigs: [{applications: [web, web], parameters: {x: y}}]")
    assert url.param("application") == "web"
    first, last = "override://h/a.B?timeout=1", "override://h/a.B?timeout=2"
    assert parse_configurators(json.dumps([last, first, last])) == (URL.parse(first), URL.parse(last)), "the last one counts most"


@pytest.mark.spec("REG-166", "a character that no URL may hold is a mistake: the provider could not be announced with it")
def test_characters_that_no_url_may_hold() -> None:
    text = """
key: "a.B\\0"
configs:
- side: provider
  addresses:
  - 10.0.0.1
  - "10.0.0.2\\e"
  parameters:
    note: |
      more than
      one line
    "a\\rb": x
"""
    with pytest.raises(ConfigurationError) as error:
        parse_configurators(text)
    for part in (
        "line 2: key must not hold the character U+0000: it is written into URLs",
        "line 7: configs[0].addresses[1] must not hold the character U+001B",
        "line 9: configs[0].parameters.note must not hold the character U+000A",
        r"line 12: configs[0].parameters.a\rb must not hold the character U+000D",
    ):
        assert part in str(error.value)
    assert str(error.value).isprintable()
    assert parse_configurators("key: a.B\nconfigs: [{parameters: {note: 測試}}]")[0].param("note") == "測試"


@pytest.mark.spec("REG-166", "the place of a mistake is that of the item in a list")
def test_the_line_of_an_item() -> None:
    text = "scope: application\nkey: a\nconfigs:\n- parameters: {x: y}\n  addresses:\n  - h\n  - h:http\n  services:\n  - ':1'\n"
    with pytest.raises(
        ConfigurationError, match=r"line 7: configs\[0\]\.addresses\[1\] .*line 9: configs\[0\]\.services\[0\] is no service"
    ):
        parse_configurators(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r'["override://h/x?a=\ud800"]', "[0]: a URL must not hold the character U+D800: override://h/x?a="),
        (r'["override://h/x?a=b\nc"]', "[0]: a URL must not hold the character U+000A"),
        ("key: a.B", "configs is missing"),
        ("key: ':1.0'\nconfigs: [{parameters: {x: y}}]", "key is no service: ':1.0'"),
        ("[" * 50_000, "begins like a JSON list of URLs and is none"),
        ("[override://x]", "begins like a JSON list of URLs and is none"),
        ('["override://h:port/x", 5]', "[0]: "),
        ('["override://h/x?a=b", 5]', "[1]: must be a URL in quotes"),
        (json.dumps([f"override://h{number}/x?a=b" for number in range(1001)]), "1001 URLs, more than the 1000"),
        (
            f"scope: application\nkey: a\nconfigs: [{{addresses: {MANY}, services: {MANY}, parameters: {{x: y}}}}]",
            "has 50 addresses for 50 services or applications, and stands for more than 1000 changes in all: write 0.0.0.0 for",
        ),
    ],
)
def test_texts_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_configurators(text)
    assert reason in str(error.value)
