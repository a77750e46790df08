"""The values of the type tests: those of the Java class ``Samples``, under the same names and in the same order."""

from __future__ import annotations

import math
import uuid
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from .models import Address, Arrays, Box, Boxes, Color, Employee, Floats, Labelled, Level, Moments, Node, Person, Primitives

__all__ = ["COARSER", "OBJECT_KINDS", "numbered_bytes", "numbered_text", "samples", "shape"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = EPOCH + timedelta(milliseconds=1772360430456)


def samples() -> dict[str, list[object]]:
    """Method of TypesService without "echo" → its arguments, made anew."""
    return {
        "Boolean": [True, False],
        "Byte": [0, -128, 127],
        "Short": [0, -32768, 32767],
        "Int": [0, -17, 47, 48, 2048, -262145, -(2**31), 2**31 - 1],
        "Long": [0, -9, 16, 2048, 262144, 2**31, -(2**63), 2**63 - 1],
        "Float": [0.0, 1.5, -0.1, 3.4028235e38, math.inf],
        "Double": [0.0, 1.0, -128.0, 0.009, 3.14159, 5e-324, 1.7976931348623157e308, -math.inf, math.nan],
        "Char": ["A", "\0", "é", "中"],
        "BoxedBoolean": [True, None],
        "BoxedByte": [-1, None],
        "BoxedShort": [300, None],
        "BoxedInt": [1 << 20, None],
        "BoxedLong": [5, 1 << 40, None],
        "BoxedFloat": [0.1, 2.25, None],
        "BoxedDouble": [0.1, 1e100, None],
        "BoxedChar": ["Z", None],
        "Booleans": [[True, False, True], []],
        "Bytes": [numbered_bytes(0), numbered_bytes(15), numbered_bytes(1024), numbered_bytes(70000), None],
        "Shorts": [[-1, 0, 300]],
        "Ints": [[1, -2, 1 << 30], [], [i * i * 31 for i in range(300)], None],
        "Longs": [[1, -(1 << 50), 0]],
        "Floats": [[1.5, -0.10000000149011612]],  # items of float[] are widened
        "Doubles": [[0.0, 2.5, 0.009]],
        "Chars": ["héllo"],
        "BoxedInts": [[1, None, -70000]],
        "BoxedLongs": [[1, None, 1 << 40]],
        "BoxedDoubles": [[1.5, None]],
        "Strings": [["a", None, ""], []],
        "Objects": [[1, "two", 3.5, None, True, 1 << 40]],
        "Dates": [[MOMENT, None, EPOCH]],
        "ColorArray": [[Color.BLUE, Color.RED, Color.BLUE]],
        "PersonArray": [[person(1), None, person(2)], []],
        "IntMatrix": [[[1, 2], [], [3]], []],
        "ByteArrays": [[numbered_bytes(3), b"", numbered_bytes(40)]],
        "StringCube": [[[["a"], ["b", None]], []]],
        "String": [
            "",
            "hello",
            "é中\0x",
            "smile \U0001f600",
            numbered_text(32767) + "\U0001f600 over the border",
            numbered_text(100000),
            None,
        ],
        "Date": [MOMENT, EPOCH, EPOCH - timedelta(days=40000), EPOCH + timedelta(seconds=1_700_000_040), None],
        "SqlDate": [MOMENT],
        "SqlTime": [MOMENT],
        "SqlTimestamp": [MOMENT],
        "LocalDate": [date(2024, 2, 29), date(1, 1, 1), None],
        "LocalTime": [time(23, 59, 58, 123456), time(0)],
        "LocalDateTime": [datetime(2024, 2, 29, 1, 2, 3, 4), datetime(1999, 12, 31)],
        "Instant": [EPOCH + timedelta(seconds=1_700_000_000, microseconds=123456), EPOCH - timedelta(seconds=1)],
        "Duration": [timedelta(seconds=3661.5), timedelta(seconds=-1, microseconds=999999)],
        "OffsetDateTime": [datetime(2024, 2, 29, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))],
        "ZonedDateTime": [datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))],
        "BigDecimal": [Decimal("31.50"), Decimal("-1E+30"), Decimal("0.000000000000000000000001"), None],
        "BigInteger": [0, -(1 << 200), 4294967296, None],
        "Uuid": [uuid.UUID("01234567-89ab-cdef-fedc-ba9876543210"), None],
        "Color": [Color.GREEN, None],
        "Level": [Level.HIGH, Level.LOW],
        "IntegerList": [[1, 2, None, -70000], [], None],
        "LongList": [[1, None, 1 << 40]],
        "StringList": [["a", None, "c"], list("123456789")],
        "ObjectList": [[1, "two", 3.5, None, [True]]],
        "PersonList": [[person(1), person(2)]],
        "DateLists": [[[MOMENT], []]],
        "StringSet": [{"x", "y"}, set(), None],
        "ColorSet": [{Color.RED, Color.BLUE}],
        "StringMap": [{"one": 1, "two": 2}, {}, None],
        "LongMap": [{1: "a", 1 << 40: "b"}],
        "ColorMap": [{Color.RED: 1, Color.BLUE: 2}],
        "PersonMap": [{"team": [person(1), person(2)], "empty": []}],
        "LinkedList": [["a", "b"]],
        "LinkedMap": [{"one": 1}],
        "TreeMap": [{"a": 1, "b": 2}],
        "TreeSet": [{"a", "b"}],
        "Collection": [["a", "b"]],
        "Address": [address("Main", 1), None],
        "Person": [person(1), Person(), employee(), None],
        "Employee": [employee()],
        "Primitives": [Primitives(True, -5, 3000, -70000, 1 << 60, 0.1, "q"), Primitives()],
        "Boxes": [Boxes(True, -5, 3000, -70000, 5, 0.1, 0.1, "q"), Boxes()],
        "Moments": [
            Moments(
                MOMENT,
                date(2024, 2, 29),
                time(1, 2, 3),
                datetime(2024, 2, 29, 1, 2, 3),
                EPOCH + timedelta(seconds=1_700_000_000),
                timedelta(minutes=90),
            ),
            Moments(),
        ],
        "Arrays": [Arrays([1, 2, 3], ["a", None], numbered_bytes(10), [[1, 1 << 40], []], [address("A", 1)]), Arrays()],
        "Box": [
            Box("int", 5),
            Box("text", "t"),
            Box("person", person(3)),
            Box("list", [1, "a", person(4)]),
            Box("color", Color.GREEN),
            Box("map", {"k": 1}),
            Box("none", None),
        ],
        "Node": [chain(200), ring(), shared()],
        "FloatFields": [Floats(1.25, 2.5, 7.75)],
        "Labelled": [
            [labelled("a", Color.RED), labelled("b", Color.BLUE)],
            [labelled("a", Color.RED), labelled("b", Color.RED), labelled("c", Color.RED)],
        ],
        "Object": [5, 1 << 40, "text", 2.5, True, None, person(5), Color.RED, [1, 2], {"k": "v"}, Decimal("1.0"), MOMENT],
    }


def numbered_bytes(length: int) -> bytes:
    return bytes(i * 7 & 255 for i in range(length))


def numbered_text(length: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return (letters * (length // 26 + 1))[:length]


def address(street: str, zip_code: int) -> Address:
    return Address(street, "Zürich", zip_code, [f"t{zip_code}", "end"])


def person(number: int) -> Person:
    return Person(*_person_values(number))


def employee() -> Employee:
    return Employee(*_person_values(7), "CTO", person(8), 1234.5)


def _person_values(
    number: int,
) -> tuple[int, str, int, Decimal, datetime, Color, Address, list[Address], dict[str, int]]:
    return (
        (1 << 33) + number,
        f"P{number}",
        30 + number,
        Decimal(f"10.5{number}"),
        MOMENT + timedelta(milliseconds=number),
        Color.GREEN,
        address("Main", number),
        [address("Side", number)],
        {"go": number, "chess": 1 << 40},
    )


def chain(length: int) -> Node | None:
    last: Node | None = None
    for i in range(length, 0, -1):
        last = Node(f"n{i}", last)
    return last


def ring() -> Node:
    first, second = Node("first"), Node("second")
    first.next, second.next = second, first
    first.children = [second, first]
    second.children = [first]
    return first


def shared() -> Node:
    root, leaf, after = Node("root"), Node("leaf"), Node("next")
    root.children = after.children = [leaf, leaf]
    root.named = {"leaf": leaf}
    root.next = after
    return root


def labelled(text: str, color: Color) -> Labelled:
    return Labelled(_NAMED[text], color, text)


_NAMED = {  # Java's UUID.nameUUIDFromBytes
    "a": uuid.UUID("0cc175b9-c0f1-36a8-b1c3-99e269772661"),
    "b": uuid.UUID("92eb5ffe-e6ae-3fec-bad7-1c777531578f"),
    "c": uuid.UUID("4a8a08f0-9d37-3737-9564-9038408b5f33"),
}

OBJECT_KINDS = (
    "Locale", "Class", "int.class", "array.class", "Period", "Year", "YearMonth", "MonthDay", "ZoneOffset", "ZoneId",
    "OffsetTime", "Instant.nanos", "Duration.nanos", "LocalTime.nanos", "LocalDate.far", "Date.far", "Timestamp", "Calendar",
    "Unmapped", "Unmapped.list", "EnumSet", "EnumMap", "ArrayDeque", "Vector", "Stack", "LinkedHashSet", "Hashtable",
    "ConcurrentHashMap", "TreeMap", "mixed.keys", "object.keys", "small.long", "list.key", "BitSet", "AtomicInteger",
    "AtomicLong", "int[]", "long[][]", "Integer[]", "Object[]", "byte[]", "emptyList", "asList", "BigInteger", "surrogate",
    "ring", "shared", "same.twice", "list.of.itself", "null",
)  # fmt: skip
"""What ``make`` of the Java service knows."""

COARSER = {
    "Timestamp": "Date:1772360430456",
    "Calendar": "Date:1772360430456",
    "EnumSet": "HashSet[Color.GREEN, Color.RED]",
    "ArrayDeque": 'ArrayList["a", "b"]',
    "Vector": "ArrayList[Integer:1, Integer:2]",
    "Stack": 'ArrayList["s"]',
    "LinkedHashSet": 'HashSet["a", "b"]',
    "Hashtable": 'HashMap{"k"=Integer:1}',
    "ConcurrentHashMap": 'HashMap{"k"=Integer:1}',
    "TreeMap": 'HashMap{"k"=Integer:1}',
    "AtomicInteger": "Integer:7",
    "AtomicLong": "Integer:7",
    "int[]": "ArrayList[Integer:0, Integer:31, Integer:124, Integer:279, Integer:496]",
    "long[][]": "ArrayList[ArrayList[Integer:1], ArrayList[Integer:2, Integer:3]]",
    "Integer[]": "ArrayList[Integer:1, null]",
    "Object[]": 'ArrayList["a", Integer:1, ArrayList[Integer:1]]',
    "small.long": "ArrayList[Integer:1, Integer:2]",
    "mixed.keys": 'HashMap{"1"="text", Boolean:true="boolean", Double:1.0="double", Integer:1="long"}',
}
"""Kinds that an untyped place in Python holds as a plain list, set, dict, int or datetime, and what Java gets of those (PRO-38, PRO-39)."""


def shape(value: object) -> str:
    """A value as text: types, content, and which containers are the same object (``#n`` is the n-th that was met)."""
    met: dict[int, int] = {}

    def of(one: object) -> str:
        if isinstance(one, datetime):
            return f"datetime:{one.isoformat()}"  # a zone may be held in several ways
        if not isinstance(one, (list, dict, set)) and not is_dataclass(one):
            return f"{type(one).__name__}:{one!r}"
        if id(one) in met:
            return f"#{met[id(one)]}"
        met[id(one)] = len(met)
        name = type(one).__name__
        if isinstance(one, set):
            return f"{name}{{{', '.join(sorted(map(shape, one)))}}}"
        if isinstance(one, dict):
            return (
                f"{name}{{{', '.join(f'{shape(key)}={of(item)}' for key, item in sorted(one.items(), key=lambda pair: shape(pair[0])))}}}"
            )
        if is_dataclass(one):
            return f"{name}({', '.join(f'{field.name}={of(getattr(one, field.name))}' for field in fields(one))})"
        return f"{name}[{', '.join(map(of, one))}]"

    return of(value)
