"""Java types as data: all that codecs and converters need to know of a declared type.

`JavaType` knows no codec, so that any number of them read the same description. ``aiodubbo.java`` makes it from annotations.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from .names import descriptor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Kind(enum.Enum):
    """Family of a declared type; decides the wire form and the Python type."""

    VOID = "void"  #                     None
    OBJECT = "object"  #                 java.lang.Object: the value decides (PRO-38, PRO-39)
    BOOLEAN = "boolean"  #               bool
    BYTE = "byte"  #                     int -128..127
    SHORT = "short"  #                   int, 16 bits
    INT = "int"  #                       int, 32 bits
    LONG = "long"  #                     int, 64 bits, always the long form
    FLOAT = "float"  #                   float
    DOUBLE = "double"  #                 float
    CHAR = "char"  #                     str of one UTF-16 unit
    STRING = "string"  #                 str
    BYTES = "bytes"  #                   bytes (byte[])
    CHARS = "chars"  #                   str (char[])
    DATE = "date"  #                     aware datetime (java.util.Date); JavaDate outside the years 1..9999
    SQL_DATE = "sql_date"  #             datetime (java.sql.Date, Time, Timestamp by name)
    BIG_DECIMAL = "big_decimal"  #       Decimal
    BIG_INTEGER = "big_integer"  #       int of any size
    UUID = "uuid"  #                     uuid.UUID
    TIME = "time"  #                     java.time.* by name: date, time, naive datetime, timedelta, ... see the docs' table
    LOCALE = "locale"  #                 str wrapped in JavaLocale
    CLASS = "class"  #                   JavaClass
    ENUM = "enum"  #                     enum.Enum class of `layout`
    LIST = "list"  #                     list[item]; name says which Java class is written
    SET = "set"  #                       set[item] or frozenset[item]
    MAP = "map"  #                       dict[key, item]
    ARRAY = "array"  #                   list[item]; typed `[int`, `[com.example.User`, ...
    MODEL = "model"  #                   an instance of `layout`'s class
    THROWABLE = "throwable"  #           BaseException
    FUNCTION = "function"  #             a callback argument; the protocol layer handles it, on the wire it is null


@dataclass(frozen=True, slots=True)
class JavaType:
    """Declared type.

    Attributes:
        kind: the family.
        name: Java's name as in source: ``long``, ``java.lang.Long``, ``java.util.List``, ``com.example.User``, ``int[]``.
        nullable: whether None is allowed (never for primitives).
        item: element type of LIST, SET and ARRAY; value type of MAP.
        key: key type of MAP.
        layout: description of the class for MODEL and ENUM.
        python_type: the collection class to build (``list``, ``tuple``, ``set``, ``frozenset``, ``dict``, ...), or None for the usual one.
    """

    kind: Kind
    name: str
    nullable: bool = True
    item: JavaType | None = None
    key: JavaType | None = None
    layout: ModelLayout | EnumLayout | None = None
    python_type: type | None = None

    @property
    def descriptor(self) -> str:
        """The JVM descriptor (PRO-25): ``J``, ``Ljava/lang/Long;``, ``[I``."""
        return descriptor_of(self.name)

    def __repr__(self) -> str:
        return f"<{self.kind.name} {self.name}>"  # a layout may lead back here

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """Field of a model: its Java name, its Python attribute, its type."""

    name: str
    attribute: str
    type: JavaType
    default: object = None
    default_factory: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ModelLayout:
    """Description by which objects of a Java class are written and built.

    Attributes:
        class_name: Java's class name.
        python_type: the Python class.
        fields: returns the fields, the same tuple every time; a call, because models may refer to each other.
        create: makes an instance *without* running user code (``__init__``, ``__post_init__``, validators).
        assign: stores one attribute without running user code.
        finish: called once all fields are stored (attrs/pydantic/msgspec adapters set their private state here).
    """

    class_name: str
    python_type: type
    fields: Callable[[], tuple[FieldLayout, ...]]
    create: Callable[[], Any]
    assign: Callable[[Any, str, object], None] = object.__setattr__
    finish: Callable[[Any], None] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EnumLayout:
    """A Java enum: constant names ↔ members."""

    class_name: str
    python_type: type[enum.Enum]
    by_name: Mapping[str, enum.Enum] = field(default_factory=dict)
    name_of: Mapping[enum.Enum, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ExceptionLayout:
    """A Java exception class ↔ a Python exception class; `fields` are those beyond Throwable's own."""

    class_name: str
    python_type: type[BaseException]
    fields: Callable[[], tuple[FieldLayout, ...]]


Layout: TypeAlias = ModelLayout | EnumLayout | ExceptionLayout


class ClassTable(Protocol):
    """Registered classes, looked up in both directions. The codec never imports a class by a name from the wire."""

    def by_java_name(self, name: str, /) -> Layout | None:
        """The registered class of that Java name."""

    def by_python_type(self, cls: type, /) -> Layout | None:
        """The registered class for instances of exactly this Python class."""


OBJECT = JavaType(Kind.OBJECT, "java.lang.Object")
VOID = JavaType(Kind.VOID, "void")
