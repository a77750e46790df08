"""Java classes that the tests of the codec use, in a table of their own."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiodubbo.java.classes import ClassRegistry
from aiodubbo.java.types import OBJECT, EnumLayout, ExceptionLayout, FieldLayout, JavaType, Kind, ModelLayout
from aiodubbo.wire._impl import REFERENCE
from aiodubbo.wire.hessian2.abc import DEFAULT_LIMITS, Dialect

INT = JavaType(Kind.INT, "int", nullable=False)
LONG = JavaType(Kind.LONG, "long", nullable=False)
FLOAT = JavaType(Kind.FLOAT, "float", nullable=False)
BOXED_FLOAT = JavaType(Kind.FLOAT, "java.lang.Float")
BOXED_INT = JavaType(Kind.INT, "java.lang.Integer")
BOXED_LONG = JavaType(Kind.LONG, "java.lang.Long")
STRING = JavaType(Kind.STRING, "java.lang.String")


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Rude(enum.Enum):
    """An Enum whose own hash must not run while decoding."""

    ONE = 1

    def __hash__(self) -> int:
        raise AssertionError("user code ran")


@dataclass
class Point:
    x: int
    y: int


@dataclass(slots=True)
class Node:
    value: int = 0
    next: Node | None = None
    children: list[Node] = field(default_factory=list)


class Wild:
    """A class all of whose own methods must stay asleep while decoding."""

    name: str

    def __init__(self) -> None:
        raise AssertionError("user code ran")

    def __getattribute__(self, name: str) -> object:
        raise AssertionError("user code ran")

    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError("user code ran")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("user code ran")

    def __hash__(self) -> int:
        raise AssertionError("user code ran")

    def __repr__(self) -> str:
        raise AssertionError("user code ran")


class Kid(Point):
    z: int


@dataclass
class Floats:
    primitive: float
    boxed: float | None


class OrderError(Exception):
    order_id: int = 0

    def __init__(self) -> None:
        raise AssertionError("user code ran")


CLASSES = ClassRegistry()


def model(class_name: str, cls: type, *fields: FieldLayout) -> ModelLayout:
    layout = ModelLayout(class_name, cls, lambda: fields, partial(object.__new__, cls))
    CLASSES.register(layout)
    return layout


def enumeration(class_name: str, cls: type[enum.Enum]) -> EnumLayout:
    layout = EnumLayout(class_name, cls, dict(cls.__members__), dict(zip(cls, cls.__members__, strict=True)) if cls is Color else {})
    CLASSES.register(layout)
    return layout


COLOR = JavaType(Kind.ENUM, "com.example.Color", layout=enumeration("com.example.Color", Color))
RUDE = JavaType(Kind.ENUM, "com.example.Rude", layout=enumeration("com.example.Rude", Rude))
POINT = JavaType(
    Kind.MODEL, "com.example.Point", layout=model("com.example.Point", Point, FieldLayout("x", "x", INT), FieldLayout("y", "y", INT))
)
KID = JavaType(
    Kind.MODEL,
    "com.example.Kid",
    layout=model("com.example.Kid", Kid, *(FieldLayout(name, name, INT) for name in "xyz")),
)
WILD = JavaType(Kind.MODEL, "com.example.Wild", layout=model("com.example.Wild", Wild, FieldLayout("name", "name", STRING, "?")))
FLOATS = JavaType(
    Kind.MODEL,
    "com.example.Floats",
    layout=model("com.example.Floats", Floats, FieldLayout("primitive", "primitive", FLOAT), FieldLayout("boxed", "boxed", BOXED_FLOAT)),
)
_node_fields: list[FieldLayout] = []
_node_layout = ModelLayout("com.example.Node", Node, lambda: tuple(_node_fields), partial(object.__new__, Node))
CLASSES.register(_node_layout)
NODE = JavaType(Kind.MODEL, "com.example.Node", layout=_node_layout)
_node_fields += (
    FieldLayout("value", "value", INT),
    FieldLayout("next", "next", NODE),
    FieldLayout("children", "children", JavaType(Kind.LIST, "java.util.List", item=NODE), default_factory=list),
)
CLASSES.register(ExceptionLayout("com.example.OrderException", OrderError, lambda: (FieldLayout("orderId", "order_id", LONG, 0),)))
THROWABLE = JavaType(Kind.THROWABLE, "java.lang.Throwable")


def list_of(item: JavaType = OBJECT, name: str = "java.util.List", python_type: type | None = None) -> JavaType:
    return JavaType(Kind.LIST, name, item=item, python_type=python_type)


def set_of(item: JavaType = OBJECT, name: str = "java.util.Set", python_type: type | None = None) -> JavaType:
    return JavaType(Kind.SET, name, item=item, python_type=python_type)


def array_of(item: JavaType) -> JavaType:
    return JavaType(Kind.ARRAY, f"{item.name}[]", item=item)


def map_of(key: JavaType = OBJECT, item: JavaType = OBJECT, name: str = "java.util.Map") -> JavaType:
    return JavaType(Kind.MAP, name, key=key, item=item)


def encode(value: object, declared: JavaType | None = None, dialect: Dialect = Dialect.LITE3) -> bytes:
    encoder = REFERENCE.encoder(CLASSES, dialect)
    encoder.write(value, declared)
    return encoder.getvalue()


def decode(data: bytes, declared: JavaType | None = None, lossless: bool = False) -> Any:
    decoder = REFERENCE.decoder(data, CLASSES, DEFAULT_LIMITS, lossless)
    value = decoder.read(declared)
    assert decoder.remaining == 0
    return value


def text(value: str) -> bytes:
    return encode(value)


def definition(name: str, *fields: str) -> bytes:
    return b"C" + text(name) + encode(len(fields)) + b"".join(map(text, fields))
