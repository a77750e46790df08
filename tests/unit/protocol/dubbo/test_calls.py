from __future__ import annotations

import itertools

import pytest

from aiodubbo.protocol.dubbo import calls
from aiodubbo.protocol.dubbo.calls import next_request_id


@pytest.mark.spec("PRO-5", "ids grow by one and wrap to negative like a Java long")
def test_ids_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_ids", itertools.count(2**63 - 2))
    assert [next_request_id() for _ in range(4)] == [2**63 - 2, 2**63 - 1, -(2**63), -(2**63) + 1]
    monkeypatch.setattr(calls, "_ids", itertools.count(2**64 - 1))
    assert [next_request_id() for _ in range(2)] == [-1, 0]


def test_ids_grow_by_one() -> None:
    first = next_request_id()
    assert [next_request_id(), next_request_id()] == [first + 1, first + 2]
