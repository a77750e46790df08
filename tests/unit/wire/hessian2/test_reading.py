"""What Python values the wire becomes: without a declared type (PRO-39), and with one."""

from __future__ import annotations

import contextlib
import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.wire.hessian2.classes_for_tests import (
    BOXED_INT,
    BOXED_LONG,
    CLASSES,
    COLOR,
    INT,
    KID,
    LONG,
    NODE,
    POINT,
    RUDE,
    STRING,
    WILD,
    Color,
    Kid,
    Node,
    Point,
    Rude,
    Wild,
    array_of,
    decode,
    definition,
    encode,
    list_of,
    map_of,
    set_of,
    text,
)

from aiodubbo import hessian2
from aiodubbo.errors import HessianDecodeError, StackFrame
from aiodubbo.hessian2 import JavaClass, JavaDate, JavaFile, JavaList, JavaLocale, JavaLong, JavaMap, JavaObject
from aiodubbo.java.types import OBJECT, VOID, JavaType, Kind
from aiodubbo.wire._impl import REFERENCE

UTC = datetime.UTC
CAUCHO = "com.alibaba.com.caucho.hessian.io."


@pytest.mark.spec("PRO-39", "without a declared type: lists, sets, dicts, numbers, aware datetimes, objects of unknown classes")
@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"N", None),
        (b"T", True),
        (b"\xe1", 1),
        (b"\x5c", 1.0),
        (b"\x22ab", b"ab"),
        (b"K\0\0\0\x01", datetime.datetime(1970, 1, 1, 0, 1, tzinfo=UTC)),
        (b"\x7a\x91\x92", [1, 2]),
        (b"X\x92\x91\x92", [1, 2]),
        (b"W\x91\x92Z", [1, 2]),
        (b"WZ", []),
        (b"\x72\x13java.util.ArrayList\x91\x92", [1, 2]),
        (b"V\x14java.util.LinkedList\x91\x91", [1]),
        (b"U\x14java.util.LinkedList\x91Z", [1]),
        (b"\x72\x04[int\x91\x92", [1, 2]),
        (b"\x71\x0bcom.example\x91", [1]),
        (b"\x72\x11java.util.HashSet\x91\x92", {1, 2}),
        (b"\x71" + text("java.util.Collections$UnmodifiableSet") + b"\x91", {1}),
        (b"\x71" + text("java.util.concurrent.ConcurrentHashMap$KeySetView") + b"\x91", {1}),
        (b"H\x01a\x91Z", {"a": 1}),
        (b"HZ", {}),
        (b"M\x11java.util.TreeMap\x01a\x91Z", {"a": 1}),
        (b"M\x0fcom.example.MapN\x91Z", {None: 1}),
        (b"H\x4a\0\0\0\0\0\0\0\x01NZ", {datetime.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC): None}),
        (b"H\x01a\x91\x01a\x92Z", JavaMap([("a", 1), ("a", 2)])),
        (b"H\x91\x01i\x5c\x01dT\x01bZ", JavaMap([(1, "i"), (1.0, "d"), (True, "b")])),
        (b"H\x91\x01i\xe1\x01lZ", JavaMap([(1, "i"), (1, "l")])),
        (b"\x72\x11java.util.HashSet\x91\xe1", JavaList([1, 1], "java.util.HashSet")),
        (b"\x71\x11java.util.HashSet\x79\x91", JavaList([[1]], "java.util.HashSet")),
        (definition("com.example.Point", "y", "x") + b"\x60\x92\x91", Point(1, 2)),
        (b"M\x11com.example.Point\x01x\x91\x01y\x92Z", Point(1, 2)),
        (definition("com.example.Color", "name") + b"\x60\x04BLUE", Color.BLUE),
        (b"H" + definition("com.example.Color", "name") + b"\x60\x04BLUE\x91Z", {Color.BLUE: 1}),
        (definition("java.math.BigDecimal", "value") + b"\x60\x041E+3", Decimal("1E+3")),
        (definition("java.math.BigInteger", "signum", "mag") + b"\x60\x8f\x7a\x91\x90", -(2**32)),
        (definition("java.math.BigInteger", "signum", "mag") + b"\x60\x90\x78", 0),
        (definition("java.math.BigInteger", "mag", "signum") + b"\x60\x71\x04[intI\x80\0\0\0\x91", 2**31),
        (definition("java.util.UUID", "value") + b"\x60" + text("00000000-0000-0000-0000-00000000000f"), uuid.UUID(int=15)),
        (definition("java.util.UUID", "leastSigBits", "mostSigBits") + b"\x60\xdf\xe1", uuid.UUID(int=2**64 + 2**64 - 1)),
        (definition("java.lang.Class", "name") + b"\x60\x02[I", JavaClass("[I")),
        (definition("java.io.File", "value") + b"\x60\x02/x", JavaFile("/x")),
        (definition(CAUCHO + "LocaleHandle", "value") + b"\x60\x05en_US", JavaLocale("en_US")),
        (definition("com.caucho.hessian.io.LocaleHandle", "value") + b"\x60\x05en_US", JavaLocale("en_US")),
        (definition(CAUCHO + "CalendarHandle", "date", "type") + b"\x60K\0\0\0\0N", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
        (definition("java.sql.Timestamp", "value") + b"\x60K\0\0\0\0", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
        (definition("java.sql.Date", "value") + b"\x60J\x7f" + b"\xff" * 7, JavaDate(2**63 - 1)),
        (definition("java.util.concurrent.atomic.AtomicInteger", "value") + b"\x60\x95", 5),
        (definition("java.util.concurrent.atomic.AtomicBoolean", "value") + b"\x60\x91", True),
        (
            definition("java.lang.StackTraceElement", "declaringClass", "methodName", "fileName", "lineNumber") + b"\x60\x01a\x01bN\x8e",
            StackFrame("a", "b", None, -2),
        ),
        (
            definition(CAUCHO + "EnumSetHandler", "type", "objects")
            + b"\x60N\x72\x07[object"
            + definition("com.example.Color", "name")
            + b"\x61\x03RED\x61\x04BLUE",
            {Color.RED, Color.BLUE},
        ),
    ],
)
def test_untyped(data: bytes, value: object) -> None:
    read = decode(data)
    assert read == value
    assert type(read) is type(value)
    assert decode(data, OBJECT) == value


def test_objects_of_unknown_classes_keep_name_and_fields_in_order() -> None:
    data = definition("a.B", "d", "c", "d") + b"\x60\x91\xe1Q\x90"
    value = decode(data)
    assert type(value) is JavaObject
    assert value.fields == [("d", 1), ("c", 1), ("d", value)]
    lossless = decode(data, lossless=True)
    assert type(lossless["c"]) is JavaLong
    assert encode(lossless) == data


def test_shared_objects_are_the_same_object() -> None:
    first, second, third = decode(b"\x7b" + definition("com.example.Point", "x", "y") + b"\x60\x91\x92Q\x91" + b"\x60\x91\x92")
    assert first is second
    assert first == third
    assert first is not third


def test_values_that_took_a_slot_are_found_in_it() -> None:
    data = b"\x7c" + definition("java.math.BigDecimal", "value") + b"\x60\x011" + b"Q\x91" + b"\x78Q\x92"
    value = decode(data)
    assert value == [Decimal(1), Decimal(1), [], []]
    assert value[0] is value[1]
    assert value[2] is value[3]


def test_a_list_that_holds_itself() -> None:
    value = decode(b"\x79Q\x90")
    assert value[0] is value


def test_a_ring_through_list_map_and_model() -> None:
    data = b"\x79H\x01n" + definition("com.example.Node", "next", "children", "value") + b"\x60Q\x92\x79Q\x92\x95Z"
    (held,) = decode(data)
    node = held["n"]
    assert type(node) is Node
    assert node.next is node
    assert node.children[0] is node
    assert node.value == 5


def test_several_values_share_one_table() -> None:
    point = definition("com.example.Point", "x", "y") + b"\x60\x91\x92"
    decoder = REFERENCE.decoder(b"\x01m" + point + b"\x60\x93\x94" + b"Q\x90" + b"\x95" + b"H\x01aQ\x91Z", CLASSES)
    assert decoder.read_string() == "m"
    first = decoder.read_data()
    second = decoder.read_data()
    third = decoder.read_data()
    assert decoder.read_int() == 5
    attachments = decoder.build(decoder.read_data())
    assert decoder.remaining == 0
    built = decoder.build(first, POINT)
    assert built == Point(1, 2)
    assert decoder.build(third) is built
    assert isinstance(attachments, dict)
    assert attachments["a"] is decoder.build(second, POINT)


def test_reading_data_instantiates_nothing() -> None:
    decoder = REFERENCE.decoder(definition("com.example.Point", "x", "y") + b"\x60\x91\x92", CLASSES)
    assert type(decoder.read_data()) is JavaObject


def test_positions() -> None:
    decoder = REFERENCE.decoder(memoryview(b"\x01aN\xe1"), CLASSES)
    assert (decoder.position, decoder.remaining) == (0, 4)
    assert decoder.read_string() == "a"
    assert decoder.read_string() is None
    assert (decoder.position, decoder.remaining) == (3, 1)
    with pytest.raises(HessianDecodeError, match="begins no int"):
        decoder.read_int()
    with pytest.raises(HessianDecodeError, match="begins none"):
        decoder.read_string()


def of(kind: Kind, name: str) -> JavaType:
    return JavaType(kind, name)


DATE = of(Kind.DATE, "java.util.Date")
BOOLEAN = of(Kind.BOOLEAN, "boolean")
NUMBER = JavaType(Kind.OBJECT, "java.lang.Number", python_type=int)
HASH_SET = b"\x11java.util.HashSet"


@pytest.mark.spec("PRO-39", "a declared type takes what Java's reader takes for it")
@pytest.mark.parametrize(
    ("declared", "data", "value"),
    [
        (INT, b"\xe5", 5),
        (INT, b"\x5d\x05", 5),
        (INT, b"T", 1),
        (INT, b"N", 0),
        (BOXED_INT, b"N", None),
        (LONG, b"\x95", 5),
        (LONG, b"N", 0),
        (of(Kind.DOUBLE, "double"), b"\x95", 5.0),
        (of(Kind.DOUBLE, "double"), b"N", 0.0),
        (of(Kind.FLOAT, "float"), b"\x5f\0\0\0\x64", 0.1),
        (BOOLEAN, b"N", False),
        (BOOLEAN, b"\x91", True),
        (BOOLEAN, b"\x5b", False),
        (of(Kind.BOOLEAN, "java.lang.Boolean"), b"N", None),
        (of(Kind.CHAR, "char"), b"N", "\0"),
        (of(Kind.CHAR, "java.lang.Character"), b"\x01\xed\xa0\xbd", "\ud83d"),
        (STRING, b"\x02ab", "ab"),
        (of(Kind.BYTES, "byte[]"), b"\x22ab", b"ab"),
        (DATE, b"K\0\0\0\0", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
        (DATE, definition("java.sql.Timestamp", "value") + b"\x60K\0\0\0\0", datetime.datetime(1970, 1, 1, tzinfo=UTC)),
        (DATE, b"J\x7f" + b"\xff" * 7, JavaDate(2**63 - 1)),
        (VOID, b"\x95", None),
        (NUMBER, b"\xe5", 5),
        (NUMBER, b"\x5d\x05", 5),
        (NUMBER, b"N", None),
        (COLOR, definition("com.example.Color", "name") + b"\x60\x03RED", Color.RED),
        (RUDE, definition("com.example.Rude", "name") + b"\x60\x03ONE", Rude.ONE),
        (POINT, definition("com.example.Point", "x", "y") + b"\x60\xe1\x5c", Point(1, 1)),
        (POINT, b"H\x01y\x92\x01x\x91Z", Point(1, 2)),
        (POINT, definition("com.example.NewPoint", "x", "y", "z") + b"\x60\x91\x92\x93", Point(1, 2)),
        (list_of(BOXED_LONG), b"\x7a\x91N", [1, None]),
        (list_of(BOXED_LONG), b"\x71\x04[int\x91", [1]),
        (list_of(BOXED_LONG), b"\x71" + HASH_SET + b"\x91", [1]),
        (list_of(BOXED_LONG, python_type=tuple), b"\x7a\x91\x92", (1, 2)),
        (list_of(list_of(BOXED_LONG, python_type=tuple), python_type=tuple), b"\x7a\x79\x91Q\x91", ((1,), (1,))),
        (set_of(BOXED_LONG), b"\x7a\x91\x92", {1, 2}),
        (set_of(BOXED_LONG, python_type=frozenset), b"\x71" + HASH_SET + b"\x91", frozenset({1})),
        (
            set_of(POINT),
            b"\x79" + definition("com.example.Point", "x", "y") + b"\x60\x91\x92",
            JavaList([Point(1, 2)], "java.util.HashSet"),
        ),
        (
            set_of(COLOR),
            definition(CAUCHO + "EnumSetHandler", "objects") + b"\x60\x79" + definition("com.example.Color", "name") + b"\x61\x03RED",
            {Color.RED},
        ),
        (array_of(INT), b"\x7a\x91\x92", [1, 2]),
        (array_of(array_of(INT)), b"\x72\x05[[int\x71\x04[int\x91\x71\x91\x92", [[1], [2]]),
        (map_of(STRING, BOXED_LONG), b"H\x01a\x91Z", {"a": 1}),
        (map_of(STRING, list_of(POINT)), b"H\x01a\x78Z", {"a": []}),
        (map_of(RUDE, INT), b"H" + definition("com.example.Rude", "name") + b"\x60\x03ONE\x91Z", JavaMap([(Rude.ONE, 1)])),
        (map_of(POINT, INT), b"H" + definition("com.example.Point", "x", "y") + b"\x60\x91\x92\x91Z", JavaMap([(Point(1, 2), 1)])),
        (of(Kind.UUID, "java.util.UUID"), b"N", None),
    ],
    ids=repr,
)
def test_typed(declared: JavaType, data: bytes, value: object) -> None:
    read = decode(data, declared)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("declared", "data", "said"),
    [
        (INT, b"\x01a", "expected int"),
        (INT, b"L\0\0\0\0\x80\0\0\0", "expected int"),
        (INT, b"\x5f\0\0\0\x01", "expected int"),
        (LONG, b"D\x43\xf0\0\0\0\0\0\0", "expected long"),
        (of(Kind.BYTE, "byte"), b"\xc8\x80", "-128 to 127"),
        (of(Kind.DOUBLE, "double"), b"\x01a", "expected double"),
        (BOOLEAN, b"\x01a", "expected boolean"),
        (of(Kind.CHAR, "char"), b"\x02ab", "UTF-16"),
        (of(Kind.CHAR, "char"), b"\x00", "UTF-16"),
        (of(Kind.CHAR, "char"), b"\x02\xed\xa0\xbd\xed\xb8\x80", "UTF-16"),
        (STRING, b"\x91", "java.lang.String"),
        (of(Kind.BYTES, "byte[]"), b"\x01a", "byte"),
        (DATE, b"\xe1", "java.util.Date"),
        (NUMBER, b"\x01a", "whole number"),
        (NUMBER, b"\x5f\0\0\0\x01", "whole number"),
        (COLOR, b"\x03RED", "Color"),
        (COLOR, definition("com.example.Color", "name") + b"\x60\x05GREEN", "no constant 'GREEN'.*RED, BLUE"),
        (COLOR, definition("com.example.Rude", "name") + b"\x60\x03ONE", "Color"),
        (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), b"\x011", "BigDecimal"),
        (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), b"\x5c", "BigDecimal"),
        (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), definition("java.lang.Class", "name") + b"\x60\x01a", "BigDecimal"),
        (POINT, definition("com.example.Node", "value") + b"\x60\x91", "com.example.Point"),
        (POINT, definition("java.lang.Class", "name") + b"\x60\x01a", "com.example.Point"),
        (POINT, definition("com.example.Point", "x") + b"\x60\x01a", r"com.example.Point.x: expected int"),
        (POINT, b"\x79\x91", "com.example.Point"),
        (list_of(BOXED_LONG), b"\x7a\x91\x01a", "in a list: expected java.lang.Long"),
        (list_of(BOXED_LONG), b"HZ", "java.util.List"),
        (set_of(BOXED_LONG), b"HZ", "java.util.Set"),
        (map_of(STRING, BOXED_LONG), b"\x78", "java.util.Map"),
        (map_of(STRING, BOXED_LONG), b"H\x91\x91Z", "java.lang.String"),
        (map_of(STRING, BOXED_LONG), b"H\x01k\x01vZ", r"\['k'\]: expected java.lang.Long"),
        (JavaType(Kind.THROWABLE, "java.lang.Throwable"), b"\x01a", "java.lang.Throwable"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_refused(declared: JavaType, data: bytes, said: str) -> None:
    with pytest.raises(HessianDecodeError, match=said):
        decode(data, declared)


def test_a_registered_child_where_its_parent_is_declared() -> None:
    kid = decode(definition("com.example.Kid", "x", "y", "z") + b"\x60\x91\x92\x93", POINT)
    assert type(kid) is Kid
    assert (kid.x, kid.y, kid.z) == (1, 2, 3)
    with pytest.raises(HessianDecodeError, match=r"com\.example\.Kid"):
        decode(definition("com.example.Point", "x", "y") + b"\x60\x91\x92", KID)


def test_missing_fields_keep_their_defaults_and_unknown_ones_are_skipped() -> None:
    node = decode(definition("com.example.Node", "value", "new") + b"\x60\x95\x79\x91", NODE)
    assert node.value == 5
    assert node.children == []
    assert node.next is None


def wild(*arguments: bytes) -> bytes:
    return definition("com.example.Wild", "name") + b"".join(b"\x60\x01" + name for name in arguments)


@pytest.mark.parametrize(
    "data",
    [
        wild(b"a"),
        b"\x79" + wild(b"a"),
        b"\x71" + HASH_SET + wild(b"a"),
        b"H" + wild(b"a") + b"\x91Z",
        b"H\x01a" + wild(b"a") + b"Z",
        b"H\x79" + wild(b"a") + b"\x91Z",
        b"\x7a" + wild(b"a", b"a"),
        b"\x7a" + wild(b"a") + b"Q\x91",
        definition("a.E", "cause", "detailMessage", "stackTrace") + b"\x60" + wild(b"a").replace(b"\x60", b"\x61") + b"NN",
        definition("a.E", "detailMessage", "cause", "stackTrace") + b"\x60NN\x79" + wild(b"a").replace(b"\x60", b"\x61"),
    ],
)
@pytest.mark.parametrize("declared", [None, OBJECT, DATE, COLOR, NUMBER, WILD, POINT, list_of(WILD), set_of(OBJECT), map_of(OBJECT, WILD)])
@pytest.mark.parametrize("kind", [Kind.OBJECT, Kind.THROWABLE, Kind.TIME, Kind.BIG_DECIMAL])
def test_no_code_of_a_users_class_runs(data: bytes, declared: JavaType | None, kind: Kind) -> None:
    decode(data)
    for wanted in (declared, JavaType(kind, "java.time.Year")):
        with contextlib.suppress(HessianDecodeError):
            decode(data, wanted)


def test_no_code_of_a_users_class_runs_for_declared_types() -> None:
    value = decode(b"\x79" + wild(b"a"), list_of(WILD))[0]
    assert type(value) is Wild
    assert object.__getattribute__(value, "name") == "a"
    made = decode(b"\x72" + HASH_SET + wild(b"a", b"a"), set_of(WILD))
    assert type(made) is JavaList
    made = decode(b"H" + wild(b"a") + b"\x91Z", map_of(WILD, INT))
    assert type(made) is JavaMap


def test_models_with_identity_hash_can_be_in_sets() -> None:
    value = decode(b"\x72" + HASH_SET + definition("a.B", "c") + b"\x60\x91\x60\x91")
    assert type(value) is set
    assert sorted(item["c"] for item in value) == [1, 1]


def test_the_same_data_under_two_declared_types() -> None:
    decoder = REFERENCE.decoder(b"\x79\x91" + b"Q\x90" + b"Q\x90" + b"Q\x90" + b"Q\x90", CLASSES)
    values: list[Any] = [
        decoder.read(declared) for declared in (None, list_of(BOXED_LONG), set_of(BOXED_LONG), list_of(OBJECT), list_of(BOXED_LONG))
    ]
    assert values == [[1], [1], {1}, [1], [1]]
    assert values[0] is values[3]
    assert values[1] is values[4]


def test_a_1000_linked_models_and_back() -> None:
    node: Node | None = None
    for number in range(1000):
        node = Node(number, node)
    read = decode(encode(node, NODE), NODE)
    count = 0
    while read is not None:
        count += 1
        read = read.next
    assert count == 1000


def test_field_types_of_a_map_that_stands_for_an_object() -> None:
    with pytest.raises(HessianDecodeError, match="field names"):
        decode(b"M\x11com.example.Point\x91\x91Z")
    with pytest.raises(HessianDecodeError, match="field names"):
        decode(b"H\x91\x91Z", POINT)


def test_a_class_may_be_defined_otherwise_in_the_next_message() -> None:
    for _ in range(2):
        assert decode(definition("com.example.Point", "x", "y") + b"\x60\x91\x92") == Point(1, 2)
        assert decode(definition("com.example.Point", "y", "x") + b"\x60\x91\x92") == Point(2, 1)
        assert decode(definition("com.example.Point", "y") + b"\x60\x91", OBJECT).y == 1
        assert decode(
            b"\x7a" + definition("com.example.Point", "x", "y") + definition("com.example.Point", "y", "x") + b"\x60\x91\x92\x61\x91\x92"
        ) == [
            Point(1, 2),
            Point(2, 1),
        ]


def test_a_lossless_decoder_looks_at_no_declared_type() -> None:
    value = decode(b"\x79\xe1", list_of(STRING), lossless=True)
    assert value == [1]
    assert type(value[0]) is JavaLong


def test_an_object_of_an_unknown_class_is_written_back_as_it_came() -> None:
    """Nobody here says what its fields are, so the width of its numbers is kept."""
    inner = JavaObject("com.example.Inner", [("n", hessian2.JavaLong(7))])
    data = hessian2.dumps(
        JavaObject(
            "com.example.Unknown", [("small", hessian2.JavaLong(5)), ("int", 5), ("list", [hessian2.JavaLong(1), 2]), ("inner", inner)]
        )
    )
    read = hessian2.loads(data)
    assert isinstance(read, JavaObject)
    assert (read["small"], read["int"], read["list"]) == (5, 5, [1, 2])
    assert hessian2.dumps(read) == data
    assert type(hessian2.loads(hessian2.dumps(hessian2.JavaLong(5)))) is int, "elsewhere a number is a number"
