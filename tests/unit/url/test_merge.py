from __future__ import annotations

import pytest
from tests.unit.fakes import provider_url

from aiodubbo.url.merge import merge

CASES: list[tuple[str, dict[str, str], dict[str, str], dict[str, str | None]]] = [
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
@pytest.mark.parametrize(("why", "provider", "consumer", "expected"), CASES)
def test_merge(why: str, provider: dict[str, str], consumer: dict[str, str], expected: dict[str, str | None]) -> None:
    merged = merge(provider_url(1, **provider), consumer)
    assert merged.address == "10.0.0.1:20880"
    for key, value in expected.items():
        assert merged.params.get(key) == value, why
