from __future__ import annotations

import pytest

from aiodubbo.governance.routers.address_pattern import address_pattern


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
