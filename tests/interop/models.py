"""The classes of ``org.aiodubbo.interop.model`` as Python models."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from aiodubbo import java

_PACKAGE = "org.aiodubbo.interop.model"


@java.model(f"{_PACKAGE}.Color")
class Color(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


@java.model(f"{_PACKAGE}.Level")
class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


@java.model(f"{_PACKAGE}.Address")
@dataclass(slots=True)
class Address:
    street: str | None = None
    city: str | None = None
    zip: java.int = 0
    tags: list[str] | None = None


@java.model(f"{_PACKAGE}.Person")
@dataclass(slots=True)
class Person:
    id: java.long = 0
    name: str | None = None
    age: java.Integer | None = None
    balance: Decimal | None = None
    created_at: datetime | None = None
    favorite: Color | None = None
    home: Address | None = None
    others: list[Address] | None = None
    scores: dict[str, java.Long] | None = None


@java.model(f"{_PACKAGE}.Employee")
@dataclass(slots=True)
class Employee(Person):
    title: str | None = None
    manager: Person | None = None
    salary: java.double = 0.0


@java.model(f"{_PACKAGE}.Primitives")
@dataclass(slots=True)
class Primitives:
    flag: java.boolean = False
    tiny: java.byte = 0
    small: java.short = 0
    medium: java.int = 0
    large: java.long = 0
    wide: java.double = 0.0
    letter: java.char = "\0"


@java.model(f"{_PACKAGE}.Floats")
@dataclass(slots=True)
class Floats:
    single: java.float = 0.0
    boxed: java.Float | None = None
    wide: java.double = 0.0


@java.model(f"{_PACKAGE}.Boxes")
@dataclass(slots=True)
class Boxes:
    flag: java.Boolean | None = None
    tiny: java.Byte | None = None
    small: java.Short | None = None
    medium: java.Integer | None = None
    large: java.Long | None = None
    single: java.Float | None = None
    wide: java.Double | None = None
    letter: java.Character | None = None


@java.model(f"{_PACKAGE}.Moments")
@dataclass(slots=True)
class Moments:
    instant: datetime | None = None
    day: date | None = None
    time: java.LocalTime | None = None
    local: java.LocalDateTime | None = None
    exact: java.Instant | None = None
    length: timedelta | None = None


@java.model(f"{_PACKAGE}.Arrays")
@dataclass(slots=True)
class Arrays:
    numbers: java.array[java.int] | None = None
    texts: java.array[str | None] | None = None
    data: bytes | None = None
    matrix: java.array[java.array[java.long]] | None = None
    places: java.array[Address] | None = None


@java.model(f"{_PACKAGE}.Box")
@dataclass(slots=True)
class Box:
    label: str | None = None
    content: object = None


@java.model(f"{_PACKAGE}.Node")
@dataclass(slots=True, eq=False, repr=False)
class Node:
    name: str | None = None
    next: Node | None = None
    children: list[Node] | None = None
    named: dict[str, Node] | None = None


@java.model(f"{_PACKAGE}.Labelled")
@dataclass(slots=True)
class Labelled:
    id: UUID | None = None
    color: Color | None = None
    text: str | None = None


@java.exception(f"{_PACKAGE}.BizException")
class BizError(Exception):
    code: java.int = 0
    reasons: list[str] | None = None

    def __init__(self, message: str, code: int = 0, reasons: list[str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reasons = reasons


@java.exception(f"{_PACKAGE}.PlainException")
class PlainError(Exception):
    detail: str | None = None

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.detail = detail
