from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, Protocol, TypedDict, TypeVar

import pytest

from aiodubbo import java
from aiodubbo.errors import ContractError
from aiodubbo.java.annotations import BARE_INT, evaluate, java_type, show
from aiodubbo.java.times import JavaYear
from aiodubbo.java.types import Kind
from aiodubbo.java.values import JavaClass, JavaLocale, JavaMap, JavaObject
from aiodubbo.rpc.contract.reading import interface

UserId = NewType("UserId", int)
T = TypeVar("T")
Bound = TypeVar("Bound", bound=str)


@java.model("org.aiodubbo.tests.annotations.Point")
@dataclass
class Point:
    x: java.int


@java.model("org.aiodubbo.tests.annotations.Color")
class Color(enum.Enum):
    RED = 1


@java.exception("org.aiodubbo.tests.annotations.Broken")
class BrokenError(Exception):
    pass


@interface("org.aiodubbo.tests.annotations.Listener")
class Listener(Protocol):
    async def heard(self, what: str) -> None: ...


class Options(TypedDict):
    name: str


class Unregistered:
    pass


class Shade(enum.Enum):
    DARK = 1


SINGLE = [
    (java.boolean, Kind.BOOLEAN, "boolean", "Z"),
    (java.byte, Kind.BYTE, "byte", "B"),
    (java.short, Kind.SHORT, "short", "S"),
    (java.int, Kind.INT, "int", "I"),
    (java.long, Kind.LONG, "long", "J"),
    (java.float, Kind.FLOAT, "float", "F"),
    (java.double, Kind.DOUBLE, "double", "D"),
    (java.char, Kind.CHAR, "char", "C"),
    (java.Boolean, Kind.BOOLEAN, "java.lang.Boolean", "Ljava/lang/Boolean;"),
    (java.Byte, Kind.BYTE, "java.lang.Byte", "Ljava/lang/Byte;"),
    (java.Short, Kind.SHORT, "java.lang.Short", "Ljava/lang/Short;"),
    (java.Integer, Kind.INT, "java.lang.Integer", "Ljava/lang/Integer;"),
    (java.Long, Kind.LONG, "java.lang.Long", "Ljava/lang/Long;"),
    (java.Float, Kind.FLOAT, "java.lang.Float", "Ljava/lang/Float;"),
    (java.Double, Kind.DOUBLE, "java.lang.Double", "Ljava/lang/Double;"),
    (java.Character, Kind.CHAR, "java.lang.Character", "Ljava/lang/Character;"),
    (java.Object, Kind.OBJECT, "java.lang.Object", "Ljava/lang/Object;"),
    (java.BigInteger, Kind.BIG_INTEGER, "java.math.BigInteger", "Ljava/math/BigInteger;"),
    (java.chars, Kind.CHARS, "char[]", "[C"),
    (java.Date, Kind.DATE, "java.util.Date", "Ljava/util/Date;"),
    (java.SqlTimestamp, Kind.SQL_DATE, "java.sql.Timestamp", "Ljava/sql/Timestamp;"),
    (java.LocalDateTime, Kind.TIME, "java.time.LocalDateTime", "Ljava/time/LocalDateTime;"),
    (java.Instant, Kind.TIME, "java.time.Instant", "Ljava/time/Instant;"),
    (None, Kind.VOID, "void", "V"),
    (float, Kind.DOUBLE, "double", "D"),
    (bool, Kind.BOOLEAN, "boolean", "Z"),
    (str, Kind.STRING, "java.lang.String", "Ljava/lang/String;"),
    (bytes, Kind.BYTES, "byte[]", "[B"),
    (Decimal, Kind.BIG_DECIMAL, "java.math.BigDecimal", "Ljava/math/BigDecimal;"),
    (uuid.UUID, Kind.UUID, "java.util.UUID", "Ljava/util/UUID;"),
    (datetime, Kind.DATE, "java.util.Date", "Ljava/util/Date;"),
    (date, Kind.TIME, "java.time.LocalDate", "Ljava/time/LocalDate;"),
    (time, Kind.TIME, "java.time.LocalTime", "Ljava/time/LocalTime;"),
    (timedelta, Kind.TIME, "java.time.Duration", "Ljava/time/Duration;"),
    (object, Kind.OBJECT, "java.lang.Object", "Ljava/lang/Object;"),
    (Any, Kind.OBJECT, "java.lang.Object", "Ljava/lang/Object;"),
    (Exception, Kind.THROWABLE, "java.lang.Exception", "Ljava/lang/Exception;"),
    (BrokenError, Kind.THROWABLE, "org.aiodubbo.tests.annotations.Broken", "Lorg/aiodubbo/tests/annotations/Broken;"),
    (Point, Kind.MODEL, "org.aiodubbo.tests.annotations.Point", "Lorg/aiodubbo/tests/annotations/Point;"),
    (Color, Kind.ENUM, "org.aiodubbo.tests.annotations.Color", "Lorg/aiodubbo/tests/annotations/Color;"),
    (Listener, Kind.FUNCTION, "org.aiodubbo.tests.annotations.Listener", "Lorg/aiodubbo/tests/annotations/Listener;"),
    (JavaObject, Kind.OBJECT, "java.lang.Object", "Ljava/lang/Object;"),
    (JavaMap, Kind.OBJECT, "java.util.Map", "Ljava/util/Map;"),
    (JavaLocale, Kind.LOCALE, "java.util.Locale", "Ljava/util/Locale;"),
    (JavaClass, Kind.CLASS, "java.lang.Class", "Ljava/lang/Class;"),
    (JavaYear, Kind.TIME, "java.time.Year", "Ljava/time/Year;"),
    (list[str], Kind.LIST, "java.util.List", "Ljava/util/List;"),
    (list, Kind.LIST, "java.util.List", "Ljava/util/List;"),
    (Sequence[str], Kind.LIST, "java.util.List", "Ljava/util/List;"),
    (Collection[str], Kind.LIST, "java.util.Collection", "Ljava/util/Collection;"),
    (tuple[str, ...], Kind.LIST, "java.util.List", "Ljava/util/List;"),
    (tuple[str, int], Kind.ARRAY, "java.lang.Object[]", "[Ljava/lang/Object;"),
    (set[str], Kind.SET, "java.util.Set", "Ljava/util/Set;"),
    (frozenset[str], Kind.SET, "java.util.Set", "Ljava/util/Set;"),
    (dict[str, str], Kind.MAP, "java.util.Map", "Ljava/util/Map;"),
    (dict, Kind.MAP, "java.util.Map", "Ljava/util/Map;"),
    (Mapping[str, str], Kind.MAP, "java.util.Map", "Ljava/util/Map;"),
    (Options, Kind.MAP, "java.util.Map", "Ljava/util/Map;"),
    (java.LinkedList[str], Kind.LIST, "java.util.LinkedList", "Ljava/util/LinkedList;"),
    (java.TreeMap[str, str], Kind.MAP, "java.util.TreeMap", "Ljava/util/TreeMap;"),
    (java.TreeSet[str], Kind.SET, "java.util.TreeSet", "Ljava/util/TreeSet;"),
    (java.array[java.int], Kind.ARRAY, "int[]", "[I"),
    (java.array[java.array[java.long]], Kind.ARRAY, "long[][]", "[[J"),
    (java.array[java.Integer], Kind.ARRAY, "java.lang.Integer[]", "[Ljava/lang/Integer;"),
    (java.array[bool], Kind.ARRAY, "boolean[]", "[Z"),
    (java.array[str], Kind.ARRAY, "java.lang.String[]", "[Ljava/lang/String;"),
    (java.array[Point], Kind.ARRAY, "org.aiodubbo.tests.annotations.Point[]", "[Lorg/aiodubbo/tests/annotations/Point;"),
    (UserId, Kind.OBJECT, "java.lang.Number", "Ljava/lang/Number;"),
    (T, Kind.OBJECT, "java.lang.Object", "Ljava/lang/Object;"),
    (Bound, Kind.STRING, "java.lang.String", "Ljava/lang/String;"),
    (Literal["a", "b"], Kind.STRING, "java.lang.String", "Ljava/lang/String;"),
    (Annotated[str, "unrelated"], Kind.STRING, "java.lang.String", "Ljava/lang/String;"),
    (Annotated[str, ["not hashable"]], Kind.STRING, "java.lang.String", "Ljava/lang/String;"),
    (Annotated[object, java.type_name("java.io.Serializable")], Kind.OBJECT, "java.io.Serializable", "Ljava/io/Serializable;"),
    (Annotated[list[str], java.type_name("java.util.Vector")], Kind.LIST, "java.util.Vector", "Ljava/util/Vector;"),
]


@pytest.mark.spec("PRO-25", "each annotation has one JVM descriptor")
@pytest.mark.parametrize(("annotation", "kind", "name", "descriptor"), SINGLE, ids=lambda value: value if isinstance(value, str) else None)
def test_annotation_declares_a_java_type(annotation: object, kind: Kind, name: str, descriptor: str) -> None:
    declared = java_type(annotation)
    assert (declared.kind, declared.name, declared.descriptor) == (kind, name, descriptor)


def test_collections_hold_boxes_and_arrays_hold_what_is_written() -> None:
    listed, array = java_type(list[java.int]), java_type(java.array[java.int])
    assert listed.item is not None
    assert array.item is not None
    assert (listed.item.name, listed.item.nullable) == ("java.lang.Integer", True)
    assert (array.item.name, array.item.nullable) == ("int", False)
    mapped = java_type(dict[str, float])
    assert mapped.key is not None
    assert mapped.item is not None
    assert (mapped.key.name, mapped.item.name) == ("java.lang.String", "java.lang.Double")


@pytest.mark.parametrize(
    ("annotation", "built"),
    [
        (list[str], list),
        (tuple[str, ...], tuple),
        (set[str], set),
        (frozenset[str], frozenset),
        (Sequence[str], list),
        (Mapping[str, str], dict),
    ],
)
def test_the_python_collection_is_kept(annotation: object, built: type) -> None:
    assert java_type(annotation).python_type is built


def test_bare_int_leaves_the_width_to_the_value() -> None:
    assert java_type(int) is BARE_INT
    assert java_type(int | None) == BARE_INT
    item = java_type(list[int]).item
    assert item == BARE_INT


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (float | None, "java.lang.Double"),
        (bool | None, "java.lang.Boolean"),
        (java.Integer | None, "java.lang.Integer"),
        (str | None, "java.lang.String"),
        (Point | None, "org.aiodubbo.tests.annotations.Point"),
    ],
)
def test_none_makes_it_nullable(annotation: object, name: str) -> None:
    declared = java_type(annotation)
    assert (declared.name, declared.nullable) == (name, True)


@pytest.mark.parametrize(
    ("annotation", "advice"),
    [
        (java.int | None, "java.Integer | None"),
        (java.char | None, "java.Character | None"),
        (int | str, "int | str is several Java types"),
        (java.array[int], "says no width"),
        (java.array[java.byte], "written as bytes"),
        (java.array[java.char], "java.chars"),
        (complex, "complex has no Java counterpart"),
        (bytearray, "annotated as bytes"),
        (Callable[[str], None], "@interface contract"),
        (Unregistered, '@java.model("com.example.Unregistered")'),
        (Shade, "on the Enum class"),
        (ValueError, "@java.exception"),
        (Literal["a", 1], "several types"),
        (list[Listener], "cannot be an element"),
        (set[Unregistered], "Unregistered is not known to Java"),
        ("quoted", "was not evaluated"),
    ],
)
def test_what_java_cannot_express_is_refused_with_advice(annotation: object, advice: str) -> None:
    with pytest.raises(ContractError, match=re.escape(advice)):
        java_type(annotation)


def test_evaluate_reads_text_with_the_names_of_its_place() -> None:
    assert evaluate("list[Point]", globals(), {}) == list[Point]
    assert evaluate("Local", {}, {"Local": int}) is int


@pytest.mark.parametrize("text", ["Missing", "list[", "1 / 0", "java.nothing"])
def test_evaluate_says_which_annotation_it_cannot_read(text: str) -> None:
    with pytest.raises(ContractError, match="cannot be read") as caught:
        evaluate(text, globals(), {})
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (java.long, "java.long"),
        (java.Integer | None, "java.Integer | None"),
        (java.array[java.int], "java.array[java.int]"),
        (java.array[str], "java.array[str]"),
        (Point, "Point"),
        (list[Point], "list[Point]"),
        (dict[str, java.long | Point], "dict[str, java.long | Point]"),
        (tuple[str, ...], "tuple[str, ...]"),
        (Literal["a"], "Literal['a']"),
        (Annotated[str, "x"], "str"),
    ],
)
def test_show_writes_annotations_as_their_author_would(annotation: object, text: str) -> None:
    assert show(annotation) == text
