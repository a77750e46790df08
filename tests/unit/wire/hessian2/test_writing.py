"""What is written for Python values: without a declared type (PRO-38), and with one."""

from __future__ import annotations

import collections
import datetime
import enum
import types
import uuid
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.wire.hessian2.classes_for_tests import (
    BOXED_FLOAT,
    BOXED_INT,
    BOXED_LONG,
    CLASSES,
    COLOR,
    FLOAT,
    FLOATS,
    INT,
    KID,
    LONG,
    NODE,
    POINT,
    STRING,
    Color,
    Floats,
    Kid,
    Node,
    Point,
    array_of,
    definition,
    encode,
    list_of,
    map_of,
    set_of,
    text,
)

from aiodubbo.errors import HessianEncodeError
from aiodubbo.hessian2 import (
    Dialect,
    JavaArray,
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
from aiodubbo.java.types import OBJECT, VOID, JavaType, Kind
from aiodubbo.java.values import brief
from aiodubbo.wire._impl import REFERENCE

ARRAY_LIST = b"\x13java.util.ArrayList"
HASH_SET = b"\x11java.util.HashSet"


@pytest.mark.spec("PRO-38", "without a declared type the Python value decides")
@pytest.mark.parametrize(
    ("value", "data"),
    [
        (2**31, b"L\0\0\0\0\x80\0\0\0"),
        ([1, 2], b"\x72" + ARRAY_LIST + b"\x91\x92"),
        ([], b"\x70" + ARRAY_LIST),
        (list(range(8)), b"V" + ARRAY_LIST + b"\x98" + bytes(range(0x90, 0x98))),
        (collections.deque([1]), b"\x71" + ARRAY_LIST + b"\x91"),
        ((1, "a"), b"\x72\x07[object\x91\x01a"),
        ({1}, b"\x71" + HASH_SET + b"\x91"),
        (frozenset({1}), b"\x71" + HASH_SET + b"\x91"),
        ({"a": 1}, b"H\x01a\x91Z"),
        ({}, b"HZ"),
        (collections.OrderedDict(a=1), b"H\x01a\x91Z"),
        (types.MappingProxyType({"a": 1}), b"H\x01a\x91Z"),
        (JavaList([1]), b"\x79\x91"),
        (JavaList([1], "java.util.Vector"), b"\x71\x10java.util.Vector\x91"),
        (JavaArray("int", [1]), b"\x71\x04[int\x91"),
        (JavaMap([([], 1)]), b"H\x70" + ARRAY_LIST + b"\x91Z"),
        (JavaMap({1: 2}, "java.util.TreeMap"), b"M\x11java.util.TreeMap\x91\x92Z"),
        (JavaObject("a.B", [("c", 1)]), b"C\x03a.B\x91\x01c\x60\x91"),
        (JavaObject("a.B"), b"C\x03a.B\x90\x60"),
        (Decimal("1.50"), definition("java.math.BigDecimal", "value") + b"\x60\x041.50"),
        (Decimal("1E+3"), definition("java.math.BigDecimal", "value") + b"\x60\x041E+3"),
        (uuid.UUID(int=0), definition("java.util.UUID", "value") + b"\x60" + text("00000000-0000-0000-0000-000000000000")),
        (Color.RED, definition("com.example.Color", "name") + b"\x60\x03RED"),
        (JavaEnum("a.E", "X"), definition("a.E", "name") + b"\x60\x01X"),
        (JavaClass("int"), definition("java.lang.Class", "name") + b"\x60\x03int"),
        (JavaFile("/x"), definition("java.io.File", "value") + b"\x60\x02/x"),
        (JavaLocale("en_US"), definition("com.alibaba.com.caucho.hessian.io.LocaleHandle", "value") + b"\x60\x05en_US"),
        (Point(1, 2), definition("com.example.Point", "x", "y") + b"\x60\x91\x92"),
        (datetime.datetime(1970, 1, 1, 0, 1, tzinfo=datetime.UTC), b"K\0\0\0\x01"),
        (datetime.datetime(1970, 1, 1, 2, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), b"K\0\0\0\x01"),
        (datetime.datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=datetime.UTC), b"J\0\0\0\0\0\0\0\x01"),
    ],
    ids=brief,
)
def test_untyped(value: object, data: bytes) -> None:
    assert encode(value) == data
    assert encode(value, OBJECT) == data


def test_big_whole_numbers_become_big_integers() -> None:
    written = encode(2**64)
    assert written.startswith(b"C\x14java.math.BigInteger\x96\x03mag")
    assert written.endswith(b"\x60\x73\x04[int\x91\x90\x90\x90\x90\x90\x90\x91")
    assert encode(-(2**64))[-1] == 0x8F


def test_newer_dialect_writes_lists_without_type() -> None:
    assert encode([1, [2]], dialect=Dialect.LITE4) == b"\x7a\x91\x79\x92"
    assert encode([1, 2], list_of(INT), Dialect.LITE4) == b"\x7a\x91\x92"
    assert encode([1], list_of(INT, "java.util.LinkedList"), Dialect.LITE4) == b"\x71\x14java.util.LinkedList\x91"


class Text(str):
    __slots__ = ()


class Loose(enum.Enum):
    A = 1


def test_subclasses_are_written_as_their_parents() -> None:
    assert encode(Text("a")) == b"\x01a"
    assert encode(collections.Counter("a")) == b"H\x01a\x91Z"

    class Grandchild(Kid):
        pass

    kid = Grandchild(1, 2)
    kid.z = 3
    assert encode(kid) == definition("com.example.Kid", "x", "y", "z") + b"\x60\x91\x92\x93"


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        (object(), "", "no form for a Python object"),
        (1j, "", "no form for a Python complex"),
        (Loose.A, "", "java.model"),
        ([1, [object()]], "[1][0]", "no form"),
        ({"a": {"b": [object()]}}, "['a']['b'][0]", "no form"),
        ({Loose.A: 1}, "[<Loose>]", "java.model"),
        (JavaObject("a.B", {"c": Loose.A}), "c", "java.model"),
        ([Point(1, [])], "[0].y", "expected int"),  # type: ignore[arg-type]  # the point of the case
        (Decimal("NaN"), "", "no NaN"),
        (Decimal("-Infinity"), "", "no -Infinity"),
        (Decimal("1E+3000000000"), "", "exponent"),
        (Point.__new__(Point), "", "no value"),
    ],
    ids=brief,
)
def test_what_cannot_be_written_is_named_with_its_place(value: object, path: str, said: str) -> None:
    with pytest.raises(HessianEncodeError, match=said) as caught:
        encode(value)
    assert caught.value.path == path


DATE = JavaType(Kind.DATE, "java.util.Date")
MOMENT = datetime.datetime(1970, 1, 1, 0, 1, tzinfo=datetime.UTC)


def of(kind: Kind, name: str, nullable: bool = True) -> JavaType:
    return JavaType(kind, name, nullable)


@pytest.mark.spec("PRO-38", "a declared type wins over the value")
@pytest.mark.parametrize(
    ("declared", "value", "data"),
    [
        (LONG, 5, b"\xe5"),
        (BOXED_LONG, None, b"N"),
        (BOXED_LONG, JavaLong(5), b"\xe5"),
        (INT, 5, b"\x95"),
        (of(Kind.SHORT, "short", False), 300, b"\xc9\x2c"),
        (of(Kind.BYTE, "byte", False), -1, b"\x8f"),
        (of(Kind.DOUBLE, "double", False), 5, b"\x5d\x05"),
        (FLOAT, 1.1, b"\x5f\0\0\x04\x4c"),
        (BOXED_FLOAT, 1.1, b"\x5f\0\0\x04\x4c"),
        (of(Kind.BOOLEAN, "boolean", False), True, b"T"),
        (of(Kind.CHAR, "char", False), "é", b"\x01\xc3\xa9"),
        (of(Kind.CHARS, "char[]"), "ab", b"\x02ab"),
        (STRING, "ab", b"\x02ab"),
        (of(Kind.BYTES, "byte[]"), b"ab", b"\x22ab"),
        (of(Kind.BYTES, "byte[]"), bytearray(b"ab"), b"\x22ab"),
        (DATE, MOMENT, b"K\0\0\0\x01"),
        (DATE, JavaDate(1), b"J\0\0\0\0\0\0\0\x01"),
        (of(Kind.SQL_DATE, "java.sql.Timestamp"), MOMENT, definition("java.sql.Timestamp", "value") + b"\x60K\0\0\0\x01"),
        (
            of(Kind.DATE, "java.util.Calendar"),
            MOMENT,
            definition("com.alibaba.com.caucho.hessian.io.CalendarHandle", "type", "date") + b"\x60NK\0\0\0\x01",
        ),
        (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), Decimal("0.10"), definition("java.math.BigDecimal", "value") + b"\x60\x040.10"),
        (COLOR, Color.BLUE, definition("com.example.Color", "name") + b"\x60\x04BLUE"),
        (COLOR, JavaEnum("com.example.Color", "GREEN"), definition("com.example.Color", "name") + b"\x60\x05GREEN"),
        (VOID, None, b"N"),
        (of(Kind.FUNCTION, "com.example.Listener"), print, b"N"),
        (JavaType(Kind.OBJECT, "java.lang.Number", python_type=int), 5, b"\x95"),
        (list_of(BOXED_LONG), [1, None], b"\x72" + ARRAY_LIST + b"\xe1N"),
        (list_of(BOXED_LONG), (1,), b"\x71" + ARRAY_LIST + b"\xe1"),
        (list_of(BOXED_LONG, "java.util.Collection"), {1}, b"\x71" + ARRAY_LIST + b"\xe1"),
        (list_of(BOXED_LONG), JavaList([1], "java.util.Vector"), b"\x71\x10java.util.Vector\xe1"),
        (list_of(BOXED_LONG, "java.util.Queue"), [1], b"\x71\x14java.util.LinkedList\xe1"),
        (set_of(BOXED_LONG), {1}, b"\x71" + HASH_SET + b"\xe1"),
        (set_of(BOXED_LONG, "java.util.SortedSet"), frozenset({1}), b"\x71\x11java.util.TreeSet\xe1"),
        (map_of(STRING, BOXED_LONG), {"a": 1}, b"H\x01a\xe1Z"),
        (map_of(STRING, BOXED_LONG, "java.util.LinkedHashMap"), {"a": 1}, b"M" + text("java.util.LinkedHashMap") + b"\x01a\xe1Z"),
        (map_of(STRING, BOXED_LONG, "java.util.SortedMap"), {}, b"M" + text("java.util.TreeMap") + b"Z"),
        (map_of(BOXED_LONG, STRING), JavaMap([(1, "a"), (1, "b")]), b"H\xe1\x01a\xe1\x01bZ"),
        (array_of(INT), [1, 2], b"\x72\x04[int\x91\x92"),
        (array_of(LONG), (1,), b"\x71\x05[long\xe1"),
        (array_of(BOXED_INT), [None], b"\x71\x12[java.lang.IntegerN"),
        (array_of(STRING), ["a"], b"\x71\x07[string\x01a"),
        (array_of(OBJECT), [], b"\x70\x07[object"),
        (array_of(DATE), [JavaDate(0)], b"\x71\x05[dateK\0\0\0\0"),
        (array_of(POINT), [], b"\x70\x12[com.example.Point"),
        (array_of(array_of(INT)), [[1], [2]], b"\x72\x05[[int\x71\x04[int\x91\x71\x91\x92"),
        (array_of(of(Kind.BYTES, "byte[]")), [b"a"], b"\x71\x06[[byte\x21a"),
        (array_of(FLOAT), [0.1], b"\x71\x06[floatD\x3f\xb9\x99\x99\xa0\0\0\0"),
        (
            FLOATS,
            Floats(0.1, 0.1),
            definition("com.example.Floats", "primitive", "boxed") + b"\x60D\x3f\xb9\x99\x99\xa0\0\0\0\x5f\0\0\0\x64",
        ),
        (POINT, Point(1, 2), definition("com.example.Point", "x", "y") + b"\x60\x91\x92"),
        (POINT, JavaObject("com.example.Point", {"y": 1}), definition("com.example.Point", "y") + b"\x60\x91"),
        (KID, None, b"N"),
    ],
    ids=brief,
)
def test_typed(declared: JavaType, value: object, data: bytes) -> None:
    assert encode(value, declared) == data


def test_a_model_declared_as_its_parent_keeps_its_own_class() -> None:
    kid = Kid(1, 2)
    kid.z = 3
    assert encode(kid, POINT) == definition("com.example.Kid", "x", "y", "z") + b"\x60\x91\x92\x93"


@pytest.mark.parametrize(
    ("declared", "value", "path", "said"),
    [
        (INT, True, "", "expected int .* got True .bool"),
        (INT, 2**31, "", "expected int"),
        (INT, None, "", "expected int"),
        (INT, 1.0, "", "expected int"),
        (INT, "1", "", "expected int"),
        (LONG, 2**63, "", "expected long"),
        (of(Kind.BYTE, "byte", False), 128, "", "-128 to 127"),
        (of(Kind.DOUBLE, "double"), True, "", "expected double"),
        (of(Kind.DOUBLE, "double"), 10**400, "", "too large"),
        (FLOAT, 1e39, "", "32 bits"),
        (of(Kind.BOOLEAN, "boolean", False), 1, "", "expected boolean"),
        (of(Kind.CHAR, "char", False), "ab", "", "one UTF-16 unit"),
        (STRING, b"a", "", "expected java.lang.String"),
        (of(Kind.BYTES, "byte[]"), "a", "", "expected byte"),
        (DATE, datetime.datetime(2024, 1, 1), "", "time zone"),
        (DATE, datetime.date(2024, 1, 1), "", "expected java.util.Date"),
        (DATE, 5, "", "expected java.util.Date"),
        (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), 1.5, "", "Decimal"),
        (of(Kind.UUID, "java.util.UUID"), "x", "", "UUID"),
        (of(Kind.BIG_INTEGER, "java.math.BigInteger"), True, "", "BigInteger"),
        (JavaType(Kind.OBJECT, "java.lang.Number", python_type=int), "5", "", "whole number"),
        (COLOR, "RED", "", "Color"),
        (POINT, {"x": 1}, "", "Point"),
        (list_of(BOXED_LONG), "ab", "", "java.util.List"),
        (list_of(BOXED_LONG), {1}, "", "java.util.List"),
        (list_of(BOXED_LONG), [1, 2, "x"], "[2]", "java.lang.Long"),
        (list_of(list_of(BOXED_LONG)), [[1], [2, "x"]], "[1][1]", "java.lang.Long"),
        (set_of(BOXED_LONG), [1], "", "java.util.Set"),
        (map_of(STRING, BOXED_LONG), [1], "", "java.util.Map"),
        (map_of(STRING, BOXED_LONG), {1: 1}, "[1]", "java.lang.String"),
        (map_of(STRING, BOXED_LONG), {"a": 1, "b": "x"}, "['b']", "java.lang.Long"),
        (array_of(INT), [1, None], "[1]", "int"),
        (array_of(FLOAT), ["x"], "[0]", "float"),
        (NODE, Node(1, Node(2, None, [Node("x")])), "next.children[0].value", "int"),  # type: ignore[arg-type]  # the point of the case
        (JavaType(Kind.THROWABLE, "java.lang.Throwable"), "x", "", "exception"),
        (of(Kind.INT, "java.lang.Integer", False), None, "", "java.lang.Integer"),
    ],
    ids=brief,
)
def test_what_does_not_fit_is_refused_with_its_place(declared: JavaType, value: object, path: str, said: str) -> None:
    with pytest.raises(HessianEncodeError, match=said) as caught:
        encode(value, declared)
    assert caught.value.path == path


@pytest.mark.spec("PRO-49", "the same list, map or object twice becomes a reference; equal ones do not")
def test_references() -> None:
    shared: list[Any] = [1]
    assert encode([shared, shared]) == b"\x72" + ARRAY_LIST + b"\x71\x90\x91" + b"Q\x91"
    assert encode([[1], [1]]) == b"\x72" + ARRAY_LIST + b"\x71\x90\x91\x71\x90\x91"
    assert encode([Color.RED, Color.RED]).endswith(b"\x60\x03REDQ\x91")
    point = Point(1, 2)
    assert encode({"a": point, "b": point}).endswith(b"\x01bQ\x91Z")
    shared.append(shared)
    assert encode(shared) == b"\x72" + ARRAY_LIST + b"\x91Q\x90"


def test_values_without_identity_are_never_references() -> None:
    data = b"x" * 5
    assert b"Q" not in encode([data, data, MOMENT, MOMENT, "abc", "abc", 1.5, 1.5])


def test_the_same_list_under_two_declared_types_is_written_twice() -> None:
    encoder = REFERENCE.encoder(CLASSES)
    numbers = [1]
    for declared in (list_of(BOXED_LONG), list_of(BOXED_LONG), array_of(INT), None, JavaType(Kind.LIST, "java.util.List", item=BOXED_LONG)):
        encoder.write(numbers, declared)
    assert encoder.getvalue() == b"\x71" + ARRAY_LIST + b"\xe1" + b"Q\x90" + b"\x71\x04[int\x91" + b"Q\x90" + b"Q\x90"


def test_references_keep_what_they_know_alive() -> None:
    encoder = REFERENCE.encoder(CLASSES)
    for _ in range(100):
        encoder.write([None])  # a new list each time, often at the address of the last one
    assert b"Q" not in encoder.getvalue()


@pytest.mark.spec("PRO-48", "a class is defined once in a message; from number 16 on, objects name their definition by an int")
def test_definitions_beyond_16() -> None:
    objects = [JavaObject(f"a.C{number}") for number in range(18)] + [JavaObject("a.C0"), JavaObject("a.C17")]
    written = encode(objects)
    assert written.count(b"C\x04a.C") + written.count(b"C\x05a.C") == 18
    assert b"C\x05a.C16\x90O\xa0" in written
    assert written.endswith(b"\x60O\xa1")


@pytest.mark.spec("PRO-47", "type names are written once and numbered in one table of lists and maps")
def test_types_are_numbered() -> None:
    value = JavaList([JavaList([], "a.L"), JavaMap((), "a.M"), JavaList([], "a.L"), JavaMap((), "a.M")])
    assert encode(value) == b"\x7c\x70\x03a.LM\x03a.MZ\x70\x90M\x91Z"


def test_tables_span_the_values_of_a_message_until_reset() -> None:
    encoder = REFERENCE.encoder(CLASSES)
    point = Point(1, 2)
    encoder.write_string("x")
    encoder.write_byte(-1)
    encoder.write(point)
    encoder.write(Point(3, 4), POINT)
    encoder.write(point)
    encoder.write_map({"a": point, "b": 1})
    head = definition("com.example.Point", "x", "y")
    assert encoder.getvalue() == b"\x01x\x8f" + head + b"\x60\x91\x92\x60\x93\x94Q\x90H\x01aQ\x90\x01b\x91Z"
    encoder.write([])
    encoder.reset()
    encoder.write(point)
    assert encoder.getvalue() == head + b"\x60\x91\x92"


def test_attachments_are_a_map_and_take_a_number() -> None:
    encoder = REFERENCE.encoder(CLASSES)
    encoder.write_map({})
    shared: list[int] = []
    encoder.write([shared, shared])
    assert encoder.getvalue() == b"HZ\x72" + ARRAY_LIST + b"\x70\x90Q\x92"
    with pytest.raises(HessianEncodeError, match="a map"):
        encoder.write_map([1])


def test_a_list_of_1000_linked_models() -> None:
    node = None
    for number in range(1000):
        node = Node(number, node)
    assert len(encode(node)) == len(encode(node, NODE)) > 1000


def test_a_ring_of_models() -> None:
    first, second = Node(1), Node(2)
    first.next, second.next, first.children = second, first, [first, second]
    assert encode(first, NODE) == definition("com.example.Node", "value", "next", "children") + (
        b"\x60\x91" + b"\x60\x92Q\x90\x70" + ARRAY_LIST + b"\x72\x90Q\x90Q\x91"
    )


def test_too_deep() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(HessianEncodeError, match="deeper than 2000") as caught:
        encode(deep)
    assert caught.value.path == "[0]" * 20 + "..." + "[0]" * 20
    while deep:  # taken apart by hand: the interpreter would do it recursively
        (deep,) = deep
