"""Java's types in Python annotations, and which Python class is which Java class.

::

    from aiodubbo import java

    @java.model("com.example.User")
    @dataclass(slots=True)
    class User:
        id: java.Long
        name: str
        scores: java.array[java.int]

Types (``java.long``, ``java.Integer``, ``java.array[T]``, ``java.LocalDateTime``, ...) are for annotations only: to Python and to type
checkers each is the Python type in its first place. `type_name` names any other Java class. `model` and `exception` register classes;
`field` renames an attribute.
"""

from __future__ import annotations

import builtins
import datetime
import decimal
import uuid
from typing import Annotated, TypeAlias, TypeVar

from .adapters import ModelAdapter, ModelField
from .annotations import ArrayOf, TypeName, field, type_name
from .model import exception, model
from .types import JavaType, Kind

__all__ = [
    "UUID",
    "ArrayList",
    "BigDecimal",
    "BigInteger",
    "Boolean",
    "Byte",
    "Character",
    "Collection",
    "Date",
    "Double",
    "Duration",
    "Float",
    "HashMap",
    "HashSet",
    "Instant",
    "Integer",
    "LinkedHashMap",
    "LinkedHashSet",
    "LinkedList",
    "LocalDate",
    "LocalDateTime",
    "LocalTime",
    "Long",
    "ModelAdapter",
    "ModelField",
    "Object",
    "OffsetDateTime",
    "Short",
    "SqlDate",
    "SqlTime",
    "SqlTimestamp",
    "String",
    "TreeMap",
    "TreeSet",
    "ZonedDateTime",
    "array",
    "boolean",
    "byte",
    "char",
    "chars",
    "double",
    "exception",
    "field",
    "float",
    "int",
    "long",
    "model",
    "short",
    "type_name",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

# The names are Java's own, so some hide a builtin inside this module.

# Primitives: never None.
boolean: TypeAlias = Annotated[bool, JavaType(Kind.BOOLEAN, "boolean", nullable=False)]
byte: TypeAlias = Annotated[builtins.int, JavaType(Kind.BYTE, "byte", nullable=False)]
short: TypeAlias = Annotated[builtins.int, JavaType(Kind.SHORT, "short", nullable=False)]
int: TypeAlias = Annotated[builtins.int, JavaType(Kind.INT, "int", nullable=False)]
long: TypeAlias = Annotated[builtins.int, JavaType(Kind.LONG, "long", nullable=False)]
float: TypeAlias = Annotated[builtins.float, JavaType(Kind.FLOAT, "float", nullable=False)]
double: TypeAlias = Annotated[builtins.float, JavaType(Kind.DOUBLE, "double", nullable=False)]
char: TypeAlias = Annotated[str, JavaType(Kind.CHAR, "char", nullable=False)]

# Their boxes: None where the annotation says ``| None``.
Boolean: TypeAlias = Annotated[bool, JavaType(Kind.BOOLEAN, "java.lang.Boolean")]
Byte: TypeAlias = Annotated[builtins.int, JavaType(Kind.BYTE, "java.lang.Byte")]
Short: TypeAlias = Annotated[builtins.int, JavaType(Kind.SHORT, "java.lang.Short")]
Integer: TypeAlias = Annotated[builtins.int, JavaType(Kind.INT, "java.lang.Integer")]
Long: TypeAlias = Annotated[builtins.int, JavaType(Kind.LONG, "java.lang.Long")]
Float: TypeAlias = Annotated[builtins.float, JavaType(Kind.FLOAT, "java.lang.Float")]
Double: TypeAlias = Annotated[builtins.float, JavaType(Kind.DOUBLE, "java.lang.Double")]
Character: TypeAlias = Annotated[str, JavaType(Kind.CHAR, "java.lang.Character")]

# Single values.
Object: TypeAlias = Annotated[object, JavaType(Kind.OBJECT, "java.lang.Object")]
String: TypeAlias = Annotated[str, JavaType(Kind.STRING, "java.lang.String")]
chars: TypeAlias = Annotated[str, JavaType(Kind.CHARS, "char[]")]
BigDecimal: TypeAlias = Annotated[decimal.Decimal, JavaType(Kind.BIG_DECIMAL, "java.math.BigDecimal")]
BigInteger: TypeAlias = Annotated[builtins.int, JavaType(Kind.BIG_INTEGER, "java.math.BigInteger")]
UUID: TypeAlias = Annotated[uuid.UUID, JavaType(Kind.UUID, "java.util.UUID")]

# Dates and times. An instant is an aware datetime; what has no zone in Java is naive.
Date: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.DATE, "java.util.Date")]
SqlTimestamp: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.SQL_DATE, "java.sql.Timestamp")]
SqlDate: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.SQL_DATE, "java.sql.Date")]
SqlTime: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.SQL_DATE, "java.sql.Time")]
LocalDate: TypeAlias = Annotated[datetime.date, JavaType(Kind.TIME, "java.time.LocalDate")]
LocalTime: TypeAlias = Annotated[datetime.time, JavaType(Kind.TIME, "java.time.LocalTime")]
LocalDateTime: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.TIME, "java.time.LocalDateTime")]
Instant: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.TIME, "java.time.Instant")]
OffsetDateTime: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.TIME, "java.time.OffsetDateTime")]
ZonedDateTime: TypeAlias = Annotated[datetime.datetime, JavaType(Kind.TIME, "java.time.ZonedDateTime")]
Duration: TypeAlias = Annotated[datetime.timedelta, JavaType(Kind.TIME, "java.time.Duration")]

# Collections. A bare ``list``, ``set`` or ``dict`` is Java's List, Set or Map; these name one class.
array: TypeAlias = Annotated[list[T], ArrayOf()]
Collection: TypeAlias = Annotated[list[T], TypeName("java.util.Collection")]
ArrayList: TypeAlias = Annotated[list[T], TypeName("java.util.ArrayList")]
LinkedList: TypeAlias = Annotated[list[T], TypeName("java.util.LinkedList")]
HashSet: TypeAlias = Annotated[set[T], TypeName("java.util.HashSet")]
LinkedHashSet: TypeAlias = Annotated[set[T], TypeName("java.util.LinkedHashSet")]
TreeSet: TypeAlias = Annotated[set[T], TypeName("java.util.TreeSet")]
HashMap: TypeAlias = Annotated[dict[K, V], TypeName("java.util.HashMap")]
LinkedHashMap: TypeAlias = Annotated[dict[K, V], TypeName("java.util.LinkedHashMap")]
TreeMap: TypeAlias = Annotated[dict[K, V], TypeName("java.util.TreeMap")]
