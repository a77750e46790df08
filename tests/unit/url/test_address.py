"""Addresses as people write them."""

from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.url.address import parse_address, parse_addresses

pytestmark = pytest.mark.spec("URL-24", "addresses: comma list into backups, defaults for what is absent, several registries")


@pytest.mark.parametrize(
    ("address", "defaults", "text"),
    [
        ("zookeeper://h:2181", {}, "zookeeper://h:2181"),
        ("h", {}, "dubbo://h:9090"),
        (" h:1 ", {"protocol": "redis"}, "redis://h:1"),
        ("h:1,i:2, j", {}, "dubbo://h:1?backup=i:2,j"),
        ("zookeeper://h?backup=i", {"port": "2181"}, "zookeeper://h:2181?backup=i"),
        ("h?a=1,2", {}, "dubbo://h:9090?a=1,2"),
        ("h", {"port": "0"}, "dubbo://h:9090"),
        ("h", {"port": "5", "path": "p", "username": "u", "password": "w", "a": "b", "c": ""}, "dubbo://u:w@h:5/p?a=b"),
        (
            "x://v:z@i:6/q?a=c&d=",
            {"port": "5", "path": "p", "username": "u", "password": "w", "a": "b", "d": "e", "host": "k"},
            "x://v:z@i:6/q?a=c&d=e",
        ),
        ("[::1]:1", {}, "dubbo://[::1]:1"),
    ],
)
def test_address(address: str, defaults: dict[str, str], text: str) -> None:
    assert str(parse_address(address, defaults)) == text


@pytest.mark.parametrize("address", ["", "  ", ",", ", ,"])
def test_no_address(address: str) -> None:
    with pytest.raises(InvalidURLError, match="the address is empty; write one such as"):
        parse_address(address)


@pytest.mark.parametrize(("address", "defaults"), [("h:x", {}), ("h", {"port": "x"}), ("h", {"password": "p"})])
def test_wrong_address(address: str, defaults: dict[str, str]) -> None:
    with pytest.raises(InvalidURLError):
        parse_address(address, defaults)


@pytest.mark.parametrize("separator", ["|", ";", " | ", ";;", " ;| "])
def test_several_registries(separator: str) -> None:
    urls = parse_addresses(f"zookeeper://a:1{separator}b:2,c:3", {"group": "g"})
    assert [str(url) for url in urls] == ["zookeeper://a:1?group=g", "dubbo://b:2?backup=c:3&group=g"]


def test_one_registry_with_a_separator_at_the_end() -> None:
    assert [str(url) for url in parse_addresses("h:1|")] == ["dubbo://h:1"]
