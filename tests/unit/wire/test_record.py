from __future__ import annotations

import pytest

from aiodubbo.wire.record import record


@record(frozen=True, slots=True)
class Pair:
    one: int
    two: str = "x"


def test_a_record_is_made_printed_and_compared_like_a_data_class() -> None:
    assert Pair(1) == Pair(1, "x")
    assert Pair(1) != Pair(2)
    assert repr(Pair(1)) == "Pair(one=1, two='x')"
    with pytest.raises(AttributeError):
        Pair(1).three  # type: ignore[attr-defined] # noqa: B018 - slots: there is no such field


def test_a_record_must_be_declared_frozen() -> None:
    with pytest.raises(AssertionError, match="plain dataclass"):
        record(frozen=False, slots=True)
