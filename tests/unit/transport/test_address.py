from __future__ import annotations

import pytest

from aiodubbo.transport.address import format_address, is_loopback, towards
from aiodubbo.url.url import URL


@pytest.mark.parametrize(
    ("registry", "hosts"),
    [
        ("zookeeper://10.1.1.1:2181", ["10.1.1.1"]),
        ("zookeeper://zk.example:2181", ["zk.example"]),
        ("dubbo://[fd00::1]:9090", ["fd00::1"]),
        ("multicast://224.5.6.7:1234", ["224.5.6.7"]),
        ("multicast://224.5.6.7:1234?network.interface=10.0.0.5", ["10.0.0.5"]),
        ("multicast://224.5.6.7:1234?network.interface=eth1", ["224.5.6.7"]),
        ("multicast://[ff02::1]:1234?network.interface=eth1", []),
    ],
)
def test_towards(registry: str, hosts: list[str]) -> None:
    assert towards([URL.parse(registry)]) == hosts


@pytest.mark.parametrize(
    ("host", "expected"), [("localhost", True), ("127.9.9.9", True), ("[::1]", True), ("10.0.0.1", False), ("x", False)]
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("127.0.0.1", 20880), "127.0.0.1:20880"),
        (("provider.example", 1), "provider.example:1"),
        (("::1", 20880, 0, 0), "[::1]:20880"),
        (("", 0), ":0"),
        ("/run/dubbo.sock", "/run/dubbo.sock"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_addresses(address: object, text: str) -> None:
    assert format_address(address) == text
