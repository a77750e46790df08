"""Plans of declared types, and the error for values that do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.java.types import JavaType, Kind
from aiodubbo.wire.hessian2 import plans as module
from aiodubbo.wire.hessian2.plans import plans, type_mismatch

if TYPE_CHECKING:
    import pytest

LONG = JavaType(Kind.LONG, "long", nullable=False)


def test_a_plan_is_worked_out_once_for_equal_types() -> None:
    asked: list[JavaType] = []

    def make(declared: JavaType) -> object:
        asked.append(declared)
        return object()

    plan_of = plans(make)
    first = plan_of(LONG)
    assert plan_of(LONG) is first
    assert plan_of(replace(LONG)) is first
    assert plan_of(replace(LONG, nullable=True)) is not first
    assert asked == [LONG, replace(LONG, nullable=True)]


def test_tables_of_two_codecs_are_apart() -> None:
    reads, writes = plans(lambda declared: f"read {declared}"), plans(lambda declared: f"write {declared}")
    assert (reads(LONG), writes(LONG)) == ("read long", "write long")


def test_types_made_up_at_run_time_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KNOWN", 3)
    names: list[str] = []

    def make(declared: JavaType) -> str:
        names.append(declared.name)
        return declared.name

    plan_of = plans(make)
    for name in [f"com.example.T{index}" for index in range(10)] * 2:
        assert plan_of(JavaType(Kind.MODEL, name)) == name
    assert len(names) == 20  # none was kept so long


def test_mismatch_says_what_was_due_and_what_came() -> None:
    assert str(type_mismatch("a date", "x")) == "expected a date, got 'x' (str)"
