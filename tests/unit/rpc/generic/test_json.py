"""Results as JSON: the documented form of every type."""

from __future__ import annotations

import datetime
import json
import math
import uuid
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import pytest

from aiodubbo import java
from aiodubbo.errors import JavaException, SerializationError
from aiodubbo.java.values import (
    JavaArray,
    JavaChar,
    JavaClass,
    JavaDate,
    JavaEnum,
    JavaFile,
    JavaList,
    JavaLocale,
    JavaLong,
    JavaMap,
    JavaObject,
)
from aiodubbo.rpc.generic.json import json_text, plain


@java.model("org.aiodubbo.test.cli.Level")
class Level(Enum):
    LOW = 1


@java.model("org.aiodubbo.test.cli.Point")
@dataclass(slots=True)
class Point:
    x_axis: java.int
    level: Level | None = None


@java.exception("org.aiodubbo.test.cli.TooFarException")
class TooFarError(Exception):
    distance: java.int

    def __init__(self, distance: int) -> None:
        super().__init__(f"{distance} is too far")
        self.distance = distance


NOON = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        (JavaLong(5), 5),
        (1.5, 1.5),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (Decimal("12.50"), "12.50"),
        ("é", "é"),
        (JavaChar("x"), "x"),
        (b"hi", "aGk="),
        (NOON, "2026-11-21T12:00:00+00:00"),
        (JavaDate(10**17), 10**17),
        (datetime.datetime(2026, 11, 21, 12, 0, 0, 5000), "2026-11-21T12:00:00.005000"),
        (datetime.date(2026, 11, 21), "2026-11-21"),
        (datetime.time(12, 30), "12:30:00"),
        (datetime.timedelta(hours=25, seconds=90), "PT25H1M30S"),
        (datetime.timedelta(milliseconds=-1500), "PT-1.5S"),
        (datetime.timedelta(0), "PT0S"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Level.LOW, "LOW"),
        (JavaEnum("com.example.Level", "HIGH"), "HIGH"),
        (JavaClass("int"), "int"),
        (JavaLocale("en_US"), "en_US"),
        (JavaFile("/tmp/x"), "/tmp/x"),
        ([1, "a", [None]], [1, "a", [None]]),
        ((1, 2), [1, 2]),
        (JavaList([1], "java.util.LinkedList"), [1]),
        (JavaArray("int", [1]), [1]),
        ({3, 1, 2}, [1, 2, 3]),
        ({"a": 1}, {"a": 1}),
        ({1: "a", None: "b"}, {"1": "a", "null": "b"}),
        ({Decimal("1.0"): 1, NOON: 2, 1.5: 3}, {"1.0": 1, "2026-11-21T12:00:00+00:00": 2, "1.5": 3}),
        ({1: "a", "1": "b"}, [[1, "a"], ["1", "b"]]),
        (JavaMap([([1], "a")]), [[[1], "a"]]),
        (JavaMap([("a", 1)]), {"a": 1}),
        (JavaObject("com.example.X", {"a": 1}), {"class": "com.example.X", "a": 1}),
        (Point(5, Level.LOW), {"class": "org.aiodubbo.test.cli.Point", "xAxis": 5, "level": "LOW"}),
        (
            JavaException("com.example.E", "no", fields={"code": 5}),
            {"class": "com.example.E", "message": "no", "code": 5},
        ),
        (TooFarError(9), {"class": "org.aiodubbo.test.cli.TooFarException", "message": "9 is too far", "distance": 9}),
    ],
)
def test_form(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert json.loads(json_text(value)) == expected


def test_a_value_inside_itself_becomes_a_reference() -> None:
    node: dict[str, object] = {"name": "a"}
    node["next"] = {"name": "b", "next": [node]}
    assert plain(node) == {"name": "a", "next": {"name": "b", "next": [{"$ref": "$"}]}}


def test_a_value_used_twice_is_written_twice() -> None:
    shared = [1]
    assert plain([shared, shared]) == [[1], [1]]


def test_nesting_too_deep_for_json_is_an_error() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(SerializationError, match="nested too deeply"):
        json_text(value)
    while value:  # taken apart by hand, level by level
        inner = value.pop()
        assert isinstance(inner, list)
        value = inner
