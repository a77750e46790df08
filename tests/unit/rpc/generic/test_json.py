"""The JSON form of Java values: written, read, and read back."""

from __future__ import annotations

import datetime
import json
import math
import time
import uuid
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo import java
from aiodubbo.errors import ArgumentError, JavaException, SerializationError
from aiodubbo.java.annotations import java_type
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
from aiodubbo.rpc.generic.from_json import from_json
from aiodubbo.rpc.generic.json import MAX_TEXT, MAX_VALUES, inferred_type, json_text, read_json, to_json
from aiodubbo.rpc.generic.type_names import java_type_named


@java.model("org.aiodubbo.test.cli.Level")
class Level(Enum):
    LOW = 1


@java.model("org.aiodubbo.test.cli.Point")
@dataclass(slots=True)
class Point:
    x_axis: java.int
    level: Level | None = None


@java.model("org.aiodubbo.test.cli.DeepPoint")
@dataclass(slots=True)
class DeepPoint(Point):
    depth: java.int = 0


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
    assert to_json(value) == expected
    assert json.loads(json_text(value)) == expected


def test_a_value_inside_itself_becomes_a_reference() -> None:
    node: dict[str, object] = {"name": "a"}
    node["next"] = {"name": "b", "next": [node]}
    assert to_json(node) == {"name": "a", "next": {"name": "b", "next": [{"$ref": "$"}]}}


def test_a_value_used_twice_is_written_twice() -> None:
    shared = [1]
    assert to_json([shared, shared]) == [[1], [1]]


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


# -- reading


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
    value = read_json(text)
    assert from_json(value, java_type_named(type_name), "argument 1") == expected


def test_a_date_without_zone_is_local_time() -> None:
    moment: Any = from_json("2026-11-21 12:00:00", java_type_named("java.util.Date"), "argument 1")
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
    value = read_json(text)
    with pytest.raises(ArgumentError) as caught:
        from_json(value, java_type_named(type_name), "argument 1 (x)")
    assert str(caught.value).startswith("argument 1 (x)")
    assert expected in str(caught.value)


def test_models_take_java_and_python_names() -> None:
    declared = java_type(Machine)
    value = read_json('{"serial_number": 7, "parts": [{"weight": "1.20", "madeAt": "2026-11-21T12:00:00Z", "colour": "RED"}]}')
    assert from_json(value, declared, "argument 1") == Machine(7, [Part(Decimal("1.20"), NOON, Colour.RED)])


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
    value = read_json(text)
    with pytest.raises(ArgumentError) as caught:
        from_json(value, java_type(Machine), "argument 1")
    assert expected in str(caught.value)


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


# -- there and back

INSTANTS = st.datetimes(timezones=st.just(datetime.UTC))
WHOLE = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(st.characters(codec="utf-8"))

KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "boolean": (java.boolean, st.booleans()),
    "byte": (java.byte, st.integers(-128, 127)),
    "short": (java.short, st.integers(-(2**15), 2**15 - 1)),
    "int": (java.int, WHOLE),
    "long": (java.long, st.integers(-(2**63), 2**63 - 1)),
    "big integer": (java.BigInteger, st.integers()),
    "bare int": (int, st.integers()),
    "float": (java.float, st.floats(allow_nan=False, width=32)),
    "double": (java.double, st.floats(allow_nan=False)),
    "big decimal": (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    "char": (java.char, st.characters(max_codepoint=0xFFFF, categories=("L", "N", "P", "S", "Z"))),
    "string": (str, TEXTS),
    "chars": (java.chars, TEXTS),
    "bytes": (bytes, st.binary()),
    "date": (java.Date, INSTANTS),
    "rare date": (java.Date, st.integers(10**15, 2**63 - 1).map(JavaDate)),
    "timestamp": (java.SqlTimestamp, INSTANTS),
    "local date": (datetime.date, st.dates()),
    "local time": (datetime.time, st.times()),
    "local date-time": (java.LocalDateTime, st.datetimes()),
    "instant": (java.Instant, INSTANTS),
    "offset date-time": (java.OffsetDateTime, INSTANTS),
    "zoned date-time": (java.ZonedDateTime, INSTANTS),
    "duration": (datetime.timedelta, st.timedeltas()),
    "uuid": (uuid.UUID, st.uuids()),
    "locale": (JavaLocale, TEXTS.map(JavaLocale)),
    "class": (JavaClass, TEXTS.map(JavaClass)),
    "enum": (Colour, st.sampled_from(Colour)),
    "list": (list[Decimal | None], st.lists(st.none() | st.decimals(allow_nan=False, allow_infinity=False))),
    "set": (set[datetime.date], st.sets(st.dates())),
    "array": (java.array[java.long], st.lists(st.integers(-(2**63), 2**63 - 1))),
    "map by text": (dict[str, bytes], st.dictionaries(TEXTS, st.binary())),
    "map by number": (dict[java.Long, str | None], st.dictionaries(st.integers(-(2**63), 2**63 - 1), st.none() | TEXTS)),
    "map by boolean": (dict[java.Boolean, str], st.dictionaries(st.booleans(), TEXTS)),
    "map by date": (dict[java.Date, str], st.dictionaries(INSTANTS, TEXTS)),
    "map by enum": (dict[Colour, java.int], st.dictionaries(st.sampled_from(Colour), WHOLE)),
    "map by duration": (dict[datetime.timedelta, java.int], st.dictionaries(st.timedeltas(), WHOLE)),
    "model": (Part, st.builds(Part, st.decimals(allow_nan=False, allow_infinity=False), st.none() | INSTANTS, st.sampled_from(Colour))),
    "subclass": (Point, st.builds(DeepPoint, WHOLE, st.sampled_from(Level), WHOLE)),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_kind_comes_back(kind: str, data: st.DataObject) -> None:
    annotation, values = KINDS[kind]
    value = data.draw(values)
    again = from_json(read_json(json_text(value)), java_type(annotation), "argument 1")
    assert again == value
    assert type(again) is type(value)


def test_what_equality_does_not_show_comes_back() -> None:
    nan = from_json(read_json(json_text(math.nan)), java_type(java.double), "argument 1")
    assert isinstance(nan, float)
    assert math.isnan(nan)
    error = from_json(to_json(TooFarError(9)), java_type(TooFarError), "argument 1")
    assert isinstance(error, TooFarError)
    assert (error.distance, error.args) == (9, ("9 is too far",))


def test_keys_that_are_objects_come_back() -> None:
    table = JavaMap([(Point(1, Level.LOW), "a"), (Point(2), "b")])
    again = from_json(to_json(table), java_type(dict[Point, str]), "argument 1")
    assert isinstance(again, JavaMap)
    assert list(again.items()) == list(table.items())
    mixed: dict[object, object] = {1: "a", "1": "b"}
    assert from_json(to_json(mixed), java_type(dict[object, object]), "argument 1") == mixed
    assert isinstance(from_json([[1, "a"], [True, "b"]], java_type(dict[object, object]), "argument 1"), JavaMap)


@pytest.mark.parametrize("text", ["P", "PT", "P1DT", "1", "PT0.1234567S", "P1M"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"argument 1: expected java\.time\.Duration, got the string"):
        from_json(text, java_type(datetime.timedelta), "argument 1")


# -- limits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 201, "nested too deeply"),
        ('{"a":' * 201, "nested too deeply"),
        ("[" + "1," * MAX_VALUES, "more than"),
        ('"' + "x" * MAX_TEXT, "longer than"),
        ("1" * 5000, "Exceeds the limit"),
    ],
)
def test_limits(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read_json(text)


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    text = json.dumps("[{," * MAX_VALUES + '\\"[')
    assert read_json(text) == json.loads(text)
    assert read_json("[" * 200 + "]" * 200) is not None


@pytest.mark.parametrize("text", ['"' + '\\"' * 500_000, '"' + '\\"' * 500_000 + "\\"])
def test_a_string_without_an_end_takes_no_longer(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="Unterminated string"):
        read_json(text)
    assert time.process_time() - started < 2
