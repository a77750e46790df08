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
checkers ``java.long`` is ``int``. `type_name` names any other Java class. `model` and `exception` register classes; `field` renames one.
"""

from __future__ import annotations

from .adapters import ModelAdapter, ModelField
from .aliases import (
    UUID,
    ArrayList,
    BigDecimal,
    BigInteger,
    Boolean,
    Byte,
    Character,
    Collection,
    Date,
    Double,
    Duration,
    Float,
    HashMap,
    HashSet,
    Instant,
    Integer,
    LinkedHashMap,
    LinkedHashSet,
    LinkedList,
    LocalDate,
    LocalDateTime,
    LocalTime,
    Long,
    Object,
    OffsetDateTime,
    Short,
    SqlDate,
    SqlTime,
    SqlTimestamp,
    String,
    TreeMap,
    TreeSet,
    ZonedDateTime,
    array,
    boolean,
    byte,
    char,
    chars,
    double,
    float,
    int,
    long,
    short,
)
from .markers import field, type_name
from .model import exception, model

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
