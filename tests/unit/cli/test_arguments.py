"""JSON from the command line becomes values of Java types, or an error that says what to write."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from aiodubbo import java
from aiodubbo.cli.arguments import inferred_type, parse_json, typed
from aiodubbo.cli.java_names import java_type_named
from aiodubbo.errors import ArgumentError
from aiodubbo.java.annotations import java_type


@java.model("org.aiodubbo.test.cli.Colour")
class Colour(Enum):
    RED = 1
    GREEN = 2


@java.model("org.aiodubbo.test.cli.Part")
@dataclass(slots=True)
class Part:
    weight: Decimal
    made_at: datetime.datetime | None = None
    colour: Colour | None = None


@java.model("org.aiodubbo.test.cli.Machine")
@dataclass(slots=True)
class Machine:
    serial_number: java.long
    parts: list[Part]


NOON = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "type_name", "expected"),
    [
        ("42", "long", 42),
        ("4e1", "int", 40),
        ("-5", "java.lang.Short", -5),
        ("123456789012345678901234567890", "java.math.BigInteger", 123456789012345678901234567890),
        ("1", "double", 1.0),
        ("1.5", "float", 1.5),
        ('"-Infinity"', "double", -math.inf),
        ("true", "boolean", True),
        ('"x"', "char", "x"),
        ('"Ada"', "java.lang.String", "Ada"),
        ("null", "java.lang.String", None),
        ('"12.50"', "java.math.BigDecimal", Decimal("12.50")),
        ("0.1", "java.math.BigDecimal", Decimal("0.1")),
        ('"aGk="', "byte[]", b"hi"),
        ("[104, 105]", "byte[]", b"hi"),
        ("[1, 2]", "int[]", [1, 2]),
        ("[[1], [2]]", "long[][]", [[1], [2]]),
        ('["a"]', "java.util.List", ["a"]),
        ('{"a": 1}', "java.util.Map", {"a": 1}),
        ('"2026-11-21T12:00:00Z"', "java.util.Date", NOON),
        ('"2026-11-21T13:00:00+01:00"', "java.sql.Timestamp", NOON),
        (str(int(NOON.timestamp() * 1000)), "java.util.Date", NOON),
        ('"2026-11-21"', "java.time.LocalDate", datetime.date(2026, 11, 21)),
        ('{"class": "com.example.X", "a": 1}', "com.example.X", {"class": "com.example.X", "a": 1}),
    ],
)
def test_values_that_fit(text: str, type_name: str, expected: object) -> None:
    [value] = parse_json([text])
    assert typed(value, java_type_named(type_name), "argument 1") == expected


def test_a_date_without_zone_is_local_time() -> None:
    moment: Any = typed("2026-11-21 12:00:00", java_type_named("java.util.Date"), "argument 1")
    assert moment.tzinfo is not None
    assert moment == datetime.datetime(2026, 11, 21, 12).astimezone()


@pytest.mark.parametrize(
    ("text", "type_name", "expected"),
    [
        ('"42"', "long", 'expected long, got the string "42"; write a whole number, without quotes'),
        ("1.5", "int", "expected int, got the number 1.5; write a whole number"),
        ("true", "int", "expected int, got the boolean true"),
        ("3000000000", "int", "expected int, got int 3000000000: it does not fit"),
        ('"treu"', "boolean", 'expected boolean, got the string "treu"; write true or false'),
        ("5", "java.lang.String", "expected java.lang.String, got the number 5; write it in double quotes"),
        ('"1"', "double", "write a number, without quotes"),
        ("null", "long", "expected long, got null"),
        ("{}", "java.util.List", "expected java.util.List, got an object; write a list: [...]"),
        ("[]", "java.util.Map", "expected java.util.Map, got a list; write an object: {...}"),
        ('[1, "x"]', "int[]", '(x)[1]: expected int, got the string "x"'),
        ('"%"', "byte[]", "write base64 text"),
        ('"yesterday"', "java.util.Date", 'write "2026-11-21T10:00:00Z", or milliseconds since 1970'),
        ('"ab"', "char", "MUST only 1 char"),
        ('"twelve"', "java.math.BigDecimal", "expected java.math.BigDecimal, got str 'twelve'"),
    ],
)
def test_values_that_do_not_fit(text: str, type_name: str, expected: str) -> None:
    [value] = parse_json([text])
    with pytest.raises(ArgumentError) as caught:
        typed(value, java_type_named(type_name), "argument 1 (x)")
    assert str(caught.value).startswith("argument 1 (x)")
    assert expected in str(caught.value)


def test_models_take_java_and_python_names() -> None:
    declared = java_type(Machine)
    [value] = parse_json(['{"serial_number": 7, "parts": [{"weight": "1.20", "madeAt": "2026-11-21T12:00:00Z", "colour": "RED"}]}'])
    assert typed(value, declared, "argument 1") == Machine(7, [Part(Decimal("1.20"), NOON, Colour.RED)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"serialNumer": 7}', "has no field 'serialNumer'; did you mean serialNumber?"),
        ('{"x": 7}', "has no field 'x'; it has serialNumber, parts"),
        ('{"parts": [{"weight": true}]}', "argument 1: parts[0].weight: expected java.math.BigDecimal, got the boolean true"),
        ('{"parts": [{"colour": "PINK"}]}', "'PINK' is not a constant of org.aiodubbo.test.cli.Colour: RED, GREEN"),
    ],
)
def test_mistakes_inside_models_are_located(text: str, expected: str) -> None:
    [value] = parse_json([text])
    with pytest.raises(ArgumentError) as caught:
        typed(value, java_type(Machine), "argument 1")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada", """argument 2: Ada is not JSON; a string needs double quotes, and the shell single quotes around them: '"Ada"'"""),
        ("'Ada'", "the shell single quotes around them: '\"Ada\"'"),
        ("{'a': 1}", "JSON has double quotes only"),
        ('{"a": }', "is not JSON: Expecting value"),
        ("--tpyes", "it is an unknown one: see aiodubbo invoke --help"),
        ("[" * 100_000, "nested too deeply"),
        ("", "is not JSON"),
    ],
)
def test_text_that_is_not_json(text: str, expected: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_json(["1", text])
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "boolean"),
        (5, "int"),
        (-(2**31), "int"),
        (2**31, "long"),
        (2**63, "java.math.BigInteger"),
        (1.5, "double"),
        ("x", "java.lang.String"),
        ([1], "java.util.List"),
        ({"a": 1}, "java.util.Map"),
        ({"class": "com.example.User"}, "com.example.User"),
        ({"class": 5}, "java.util.Map"),
        (None, "java.lang.Object"),
    ],
)
def test_inferred_types(value: object, expected: str) -> None:
    assert inferred_type(value) == expected
