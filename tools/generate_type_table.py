"""Write docs/reference/java-types.md: Java type, Python type and bytes side by side, as the code has them.

``python tools/generate_type_table.py``           write it anew
``python tools/generate_type_table.py --check``   write nothing; fail when it is out of date
"""

from __future__ import annotations

import datetime
import enum
import sys
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiodubbo import hessian2, java
from aiodubbo.hessian2 import Dialect
from aiodubbo.java.annotations import java_type
from aiodubbo.java.classes import ClassRegistry
from aiodubbo.java.types import EnumLayout, FieldLayout, JavaType, Kind, ModelLayout
from aiodubbo.wire._impl import REFERENCE
from aiodubbo.wire.hessian2.abc import DEFAULT_LIMITS

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/java-types.md"

UTC = datetime.UTC
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=UTC)


class Color(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: int


CLASSES = ClassRegistry()
_INT = java_type(java.int)
_POINT = ModelLayout("com.example.Point", Point, lambda: (FieldLayout("x", "x", _INT), FieldLayout("y", "y", _INT)), lambda: Point(0, 0))
_COLOR = EnumLayout("com.example.Color", Color, {"RED": Color.RED}, {Color.RED: "RED"})
CLASSES.register(_POINT)
CLASSES.register(_COLOR)


def _model(name: str) -> JavaType:
    return JavaType(Kind.MODEL, name, layout=_POINT)


# What is written in an annotation, the type it stands for, and an example.
DECLARED: list[tuple[str, object, Any]] = [
    ("java.boolean, bool", java.boolean, True),
    ("java.byte", java.byte, -1),
    ("java.short", java.short, 300),
    ("java.int", java.int, 100_000),
    ("java.long", java.long, 5),
    ("java.float", java.float, 1.1),
    ("java.double, float", java.double, 1.1),
    ("java.char", java.char, "é"),
    ("java.Boolean \\| None", java.Boolean, None),
    ("java.Integer", java.Integer, 5),
    ("java.Long", java.Long, 2**40),
    ("java.Float", java.Float, 1.1),
    ("java.Double", java.Double, 2.0),
    ("java.Character", java.Character, "A"),
    ("int", int, 5),
    ("str", str, "hello \U0001f600"),
    ("bytes", bytes, b"\1\2"),
    ("java.chars", java.chars, "ab"),
    ("Decimal", Decimal, Decimal("1.50")),
    ("java.BigInteger", java.BigInteger, -(2**32)),
    ("UUID", uuid.UUID, uuid.UUID("123e4567-e89b-12d3-a456-426614174000")),
    ("datetime", datetime.datetime, MOMENT),
    ("java.SqlTimestamp", java.SqlTimestamp, MOMENT),
    ("java.Instant", java.Instant, MOMENT),
    ("java.OffsetDateTime", java.OffsetDateTime, MOMENT),
    ("java.ZonedDateTime", java.ZonedDateTime, MOMENT),
    ("java.LocalDateTime", java.LocalDateTime, MOMENT.replace(tzinfo=None)),
    ("date", datetime.date, datetime.date(2024, 2, 29)),
    ("time", datetime.time, datetime.time(12, 30)),
    ("timedelta", datetime.timedelta, datetime.timedelta(seconds=90)),
    ("a model", _model("com.example.Point"), Point(1, 2)),
    ("an Enum", JavaType(Kind.ENUM, "com.example.Color", layout=_COLOR), Color.RED),
    ("list[java.Long]", list[java.Long], [1, 2]),
    ("set[str]", set[str], {"a"}),
    ("dict[str, java.Integer]", dict[str, java.Integer], {"a": 1}),
    ("tuple[java.Integer, ...]", tuple[java.Integer, ...], (1, 2)),
    ("java.array[java.int]", java.array[java.int], [1, 2]),
    ("java.array[str]", java.array[str], ["a"]),
    ("java.array[java.float]", java.array[java.float], [0.5]),
    ("java.LinkedList[str]", java.LinkedList[str], ["a"]),
    ("java.TreeMap[str, str]", java.TreeMap[str, str], {"a": "b"}),
    ("object, Any", object, "decided by the value"),
]

UNTYPED: list[tuple[str, str, Any]] = [
    ("None", "null", None),
    ("bool", "java.lang.Boolean", True),
    ("int that fits 32 bits", "java.lang.Integer", 5),
    ("int that fits 64 bits", "java.lang.Long", 2**40),
    ("any other int", "java.math.BigInteger", 2**64),
    ("float", "java.lang.Double", 1.5),
    ("str", "java.lang.String", "abc"),
    ("bytes, bytearray, memoryview", "byte[]", b"abc"),
    ("aware datetime", "java.util.Date (milliseconds)", MOMENT),
    ("naive datetime", "java.time.LocalDateTime", MOMENT.replace(tzinfo=None)),
    ("date", "java.time.LocalDate", datetime.date(2024, 2, 29)),
    ("time", "java.time.LocalTime, OffsetTime with a zone", datetime.time(12, 30)),
    ("timedelta", "java.time.Duration", datetime.timedelta(seconds=90)),
    ("Decimal", "java.math.BigDecimal", Decimal("1.50")),
    ("UUID", "java.util.UUID", uuid.UUID("123e4567-e89b-12d3-a456-426614174000")),
    ("list", "java.util.ArrayList", [1, "a"]),
    ("tuple", "Object[]", (1, "a")),
    ("set, frozenset", "java.util.HashSet", {1}),
    ("dict, any Mapping", "java.util.HashMap", {"a": 1}),
    ("a model", "its Java class", Point(1, 2)),
    ("an Enum member", "its Java enum", Color.RED),
    ("an exception", "its Java class, or java.lang.RuntimeException", None),
    ("JavaByte, JavaShort, JavaInt", "java.lang.Byte, Short, Integer", hessian2.JavaByte(5)),
    ("JavaLong", "java.lang.Long", hessian2.JavaLong(5)),
    ("JavaFloat", "java.lang.Float", hessian2.JavaFloat(1.1)),
    ("JavaChar", "java.lang.Character", hessian2.JavaChar("A")),
    ("JavaDate", "java.util.Date of any year", hessian2.JavaDate(2**60)),
    ("JavaArray", "an array", hessian2.JavaArray("int", [1])),
    ("JavaList", "a list of a given class", hessian2.JavaList([1], "java.util.Vector")),
    ("JavaMap", "a map of a given class, with any keys", hessian2.JavaMap([(1, "int"), (1.0, "double")], "java.util.TreeMap")),
    ("JavaObject", "any class", hessian2.JavaObject("com.example.Shop", {"name": "x"})),
    ("JavaEnum", "an enum that no class is declared for", hessian2.JavaEnum("com.example.Level", "HIGH")),
    ("JavaClass", "java.lang.Class", hessian2.JavaClass("int")),
    ("JavaLocale", "java.util.Locale", hessian2.JavaLocale("en_US")),
    ("JavaFile", "java.io.File", hessian2.JavaFile("/tmp")),
    ("JavaPeriod", "java.time.Period", hessian2.JavaPeriod(1, 2, 3)),
    ("JavaYear", "java.time.Year", hessian2.JavaYear(2024)),
    ("JavaZoneId", "java.time.ZoneId", hessian2.JavaZoneId("Europe/Berlin")),
]

HEAD = """\
# Java types, Python types, bytes

Generated by `tools/generate_type_table.py`; a test fails when it is out of date.

Bytes are hex, texts stand in quotes with their length left out. They are in the default dialect (`lite3`, Dubbo 2.6 and 2.7); `lite4`
(Dubbo 3) differs in two places: `java.util.ArrayList` has no type name, and a long `byte[]` is cut into larger pieces.

## With a declared type

The type of a parameter, result or field decides. `None` is null where the Java type allows it. What does not fit is refused before anything
is sent, and the error names the place: `tags[3].name: expected long (...), got 'x' (str)`.

| annotation | Java type | example | bytes |
|---|---|---|---|
"""

MIDDLE = """
## Without a declared type

In an `object`, and in `aiodubbo.hessian2.dumps`, the Python value decides. The classes whose names begin with `Java` are in
`aiodubbo.hessian2`; they force a Java type, or hold what Python's own type would lose.

| Python | Java | example | bytes |
|---|---|---|---|
"""

BACK = """
## What comes back without a declared type

| Java | Python |
|---|---|
| Byte, Short, Integer, Long, AtomicInteger, AtomicLong, BigInteger | `int` |
| Float, Double | `float` |
| Character, String, `char[]` | `str` |
| `byte[]` | `bytes` |
| Date, java.sql.Date, Time, Timestamp, Calendar | aware `datetime`; `JavaDate` outside the years 1 to 9999 |
| java.time.* | Python's own type where it keeps every digit, else the class of the same name: `JavaInstant`, `JavaPeriod`, ... |
| BigDecimal, UUID | `Decimal`, `UUID` |
| any list, any array | `list` |
| java.util.\\*Set, EnumSet | `set`; a `JavaList` when items cannot be hashed without running your code, or are equal only to Python |
| any map | `dict`; a `JavaMap` when keys cannot be hashed without running your code, or are equal only to Python (1, 1.0, true) |
| a class with `java.model` | an instance, made without `__init__` |
| an enum with `java.model` | its member |
| a Throwable | the class with `java.exception`, else `JavaException` |
| Class, Locale, File, StackTraceElement | `JavaClass`, `JavaLocale`, `JavaFile`, `StackFrame` |
| any other class | `JavaObject`: class name and fields, and back to the same bytes |

`aiodubbo.hessian2.loads(data, lossless=True)` uses none of this: it returns `JavaList`, `JavaMap`, `JavaObject`, `JavaLong` and `JavaDate`
as the bytes have them, so that writing them again means the same to Java.
"""


def encode(value: object, declared: JavaType | None) -> bytes:
    """The bytes of one value."""
    encoder = REFERENCE.encoder(CLASSES, Dialect.LITE3)
    encoder.write(value, declared)
    data = encoder.getvalue()
    REFERENCE.decoder(data, CLASSES, DEFAULT_LIMITS, False).read(declared)
    return data


def shown(data: bytes) -> str:
    """Bytes for people: hex, with texts in quotes."""
    parts: list[str] = []
    position = 0
    while position < len(data):
        code = data[position]
        start, length = position + 1, 0
        if 0 < code < 0x20:
            length = code
        elif 0x30 <= code < 0x34 and start < len(data):
            length = ((code - 0x30) << 8) + data[start]
            start += 1
        text = data[start : start + length]
        if length and len(text) == length and text.isascii() and text.decode().isprintable():
            parts.append(f'"{text.decode()}"')
            position = start + length
        else:
            parts.append(f"{code:02x}")
            position += 1
    return " ".join(parts)


def render() -> str:
    """The page."""
    page = [HEAD]
    for annotation, meaning, value in DECLARED:
        declared = meaning if isinstance(meaning, JavaType) else java_type(meaning)
        names = ", ".join(f"`{name}`" for name in annotation.split(", ")) if "[" not in annotation else f"`{annotation}`"
        names = annotation if annotation.startswith("a") and " " in annotation else names
        page.append(f"| {names} | `{declared.name}` | `{value!r}` | `{shown(encode(value, declared))}` |\n")
    page.append(MIDDLE)
    for python, java_name, value in UNTYPED:
        example = "" if python == "an exception" else f"`{value!r}`"
        data = "" if python == "an exception" else f"`{shown(encode(value, None))}`"
        page.append(f"| {python} | {java_name} | {example} | {data} |\n")
    page.append(BACK)
    return "".join(page)


def main(arguments: list[str]) -> int:
    """Write or check the page."""
    page = render()
    if "--check" not in arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != page:
        print(f"{PAGE} is out of date: run python tools/generate_type_table.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
