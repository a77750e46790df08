"""A consumer's URL beside a provider's: matching and merging."""

from __future__ import annotations

import pytest
from tests.unit.fakes import provider_url

from aiodubbo.url.match import is_match, is_match_category, is_match_glob, merge, mismatches
from aiodubbo.url.url import URL


@pytest.mark.spec("URL-26", "interface, category, enabled, group, version and classifier must fit; the key that does not is told")
@pytest.mark.parametrize(
    ("consumer", "provider", "key"),
    [
        ("I", "I", ""),
        ("*", "I", ""),
        ("I", "*", ""),
        ("I", "J", "interface"),
        ("I?interface=J", "p?interface=J", ""),
        ("I?category=consumers", "I", "category"),
        ("I?category=providers,configurators", "I?category=configurators", ""),
        ("I?category=*", "I?category=routers", ""),
        ("I", "I?category=routers", "category"),
        ("I", "I?enabled=false", "enabled"),
        ("I?enabled=true", "I?enabled=false", "enabled"),
        ("I?enabled=*", "I?enabled=false", ""),
        ("I?group=a", "I?group=a", ""),
        ("I?group=a", "I?group=b", "group"),
        ("I?group=a", "I", "group"),
        ("I", "I?group=a", "group"),
        ("I?group=*", "I?group=a", ""),
        ("I?group=*", "I", ""),
        ("I?group=b, a", "I?group=a", ""),
        ("I?group=ab", "I?group=a", "group"),
        ("I?group=a,b", "I", "group"),
        ("I?version=1", "I?version=1", ""),
        ("I?version=1", "I?version=2", "version"),
        ("I?version=*", "I?version=2", ""),
        ("I", "I?version=2", "version"),
        ("I?version=0.0.0", "I", "version"),
        ("I?classifier=x", "I", "classifier"),
        ("I?classifier=x", "I?classifier=x", ""),
        ("I", "I?classifier=x", ""),
    ],
)
def test_match(consumer: str, provider: str, key: str) -> None:
    wanted, offered = URL.parse(f"consumer://c/{consumer}"), URL.parse(f"dubbo://p:1/{provider}")
    assert next(mismatches(wanted, offered), "") == key
    assert is_match(wanted, offered) is (key == "")


@pytest.mark.spec("URL-25", "a category among those wanted: none, all, all but some, or a list")
@pytest.mark.parametrize(
    ("category", "wanted", "fits"),
    [
        ("providers", "", True),
        ("routers", "", False),
        ("routers", "*", True),
        ("routers", "providers,*", True),
        ("routers", "-routers", False),
        ("providers", "-routers", True),
        ("providers", "configurators,providers", True),
        ("routers", "configurators,providers", False),
        ("provider", "providers", True),
    ],
)
def test_category(category: str, wanted: str, fits: bool) -> None:
    assert is_match_category(category, wanted) is fits


@pytest.mark.spec("URL-27", "only the last * of a pattern is a wildcard; $name stands for a part or parameter")
@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("*", "", True),
        ("*", "x", True),
        ("", "", True),
        ("", "x", False),
        ("x", "", False),
        ("x", "x", True),
        ("x", "xy", False),
        ("10.20.*", "10.20.1.2", True),
        ("10.20.*", "10.2.1.2", False),
        ("*.2", "10.20.1.2", True),
        ("10*.2", "10.20.1.2", True),
        ("10*.3", "10.20.1.2", False),
        ("a*b*c", "a*bxc", True),
        ("a*b*c", "axbxc", False),
        ("$host", "h", True),
        ("$host", "i", False),
        ("$a", "10.1", True),
        ("$none", "", True),
        ("$none", "x", False),
    ],
)
def test_glob(pattern: str, value: str, fits: bool) -> None:
    assert is_match_glob(pattern, value, URL.parse("dubbo://h?a=10.*")) is fits


def test_glob_without_a_url_takes_a_dollar_literally() -> None:
    assert is_match_glob("$host", "$host")
    assert not is_match_glob("$host", "h")


MERGED: list[tuple[str, dict[str, str], dict[str, str], dict[str, str | None]]] = [
    ("the consumer's setting wins", {"timeout": "1"}, {"timeout": "2"}, {"timeout": "2"}),
    ("what the consumer leaves open is the provider's", {"timeout": "1"}, {}, {"timeout": "1"}),
    ("threads are the provider's own business", {"threads": "9", "default.threads": "9"}, {}, {"threads": None, "default.threads": None}),
    ("identity stays the provider's", {"group": "a", "version": "1"}, {"group": "*", "version": "*"}, {"group": "a", "version": "1"}),
    ("dubbo, methods and timestamp stay the provider's",
     {"dubbo": "2.0.2", "timestamp": "5"}, {"dubbo": "x", "timestamp": "9", "methods": "m"},
     {"dubbo": "2.0.2", "timestamp": "5", "methods": "greet"}),
    ("timestamp and application are also kept as remote", {"timestamp": "5", "application": "p"}, {"application": "c"},
     {"remote.timestamp": "5", "remote.application": "p", "application": "c"}),
    ("a provider cannot lift the consumer's payload limit", {"payload": "0"}, {}, {"payload": None}),
    ("a provider's payload limit", {"payload": "100"}, {}, {"payload": "100"}),
    ("the consumer itself can lift its payload limit", {"payload": "0"}, {"payload": "-1"}, {"payload": "-1"}),
    ("filters of both are joined", {"reference.filter": "a"}, {"reference.filter": "b"}, {"reference.filter": "a,b"}),
]  # fmt: skip


@pytest.mark.spec("CLU-20", "provider's settings, overlaid by the consumer's, identity kept")
@pytest.mark.parametrize(("why", "provider", "consumer", "expected"), MERGED)
def test_merge(why: str, provider: dict[str, str], consumer: dict[str, str], expected: dict[str, str | None]) -> None:
    merged = merge(provider_url(1, **provider), consumer)
    assert merged.address == "10.0.0.1:20880"
    for key, value in expected.items():
        assert merged.params.get(key) == value, why
