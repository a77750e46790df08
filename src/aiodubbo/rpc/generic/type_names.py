"""Java types by the names that users write on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiodubbo import java
from aiodubbo.java.annotations import java_type
from aiodubbo.java.types import JavaType, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRIMITIVES: Final = (java.boolean, java.byte, java.short, java.int, java.long, java.float, java.double, java.char)
_BOXES: Final = (java.Boolean, java.Byte, java.Short, java.Integer, java.Long, java.Float, java.Double, java.Character)
_SINGLE: Final = (java.Object, java.String, java.BigDecimal, java.BigInteger, java.UUID)
_DATES: Final = (java.Date, java.SqlTimestamp, java.SqlDate, java.SqlTime)
_LOCAL: Final = (java.LocalDate, java.LocalTime, java.LocalDateTime)
_TIMES: Final = (java.Instant, java.OffsetDateTime, java.ZonedDateTime, java.Duration)
_LISTS: Final = (list[object], set[object], dict[object, object], java.Collection[object], java.ArrayList[object], java.LinkedList[object])
_SETS: Final = (java.HashSet[object], java.LinkedHashSet[object], java.TreeSet[object])
_MAPS: Final = (java.HashMap[object, object], java.LinkedHashMap[object, object], java.TreeMap[object, object])
_ANNOTATIONS: Final[tuple[object, ...]] = (
    *(*_PRIMITIVES, *_BOXES, *_SINGLE, *_DATES, *_LOCAL, *_TIMES),
    *(*_LISTS, *_SETS, *_MAPS, bytes, java.chars),
)

_TYPES: Final[Mapping[str, JavaType]] = {declared.name: declared for declared in map(java_type, _ANNOTATIONS)}

_SHORT: Final[Mapping[str, str]] = {name.rpartition(".")[2]: name for name in reversed(tuple(_TYPES))}
"""``String`` for ``java.lang.String``; of two classes with one short name the first of the table is meant."""


def java_type_named(name: str) -> JavaType:
    """The type of a Java name as in source: ``long``, ``java.lang.String``, ``String``, ``int[]``, ``com.example.User``.

    Packages may be left out for the classes of ``java.lang``, ``java.math``, ``java.time`` and ``java.util`` that Dubbo carries. Type
    arguments are dropped, as Java's compiler does. A class that is not known here is sent as it comes.
    """
    name = name.partition("<")[0].strip() + ("[]" if name.strip().endswith(">[]") else "")
    full = _SHORT.get(name, name)
    if full in _TYPES:
        return _TYPES[full]
    if full.endswith("[]"):
        item = java_type_named(full.removesuffix("[]"))
        return JavaType(Kind.ARRAY, f"{item.name}[]", item=item)
    return JavaType(Kind.OBJECT, full)


def split_types(text: str) -> tuple[str, ...]:
    """The names in a comma list; commas inside ``<...>`` do not count. An empty text is an empty list.

    Raises:
        ValueError: an empty name, or brackets that do not match.
    """
    if not text.strip():
        return ()
    names, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "<") - (char == ">")
        if depth < 0:
            break
        if char == "," and depth == 0:
            names.append(text[start:index].strip())
            start = index + 1
    names.append(text[start:].strip())
    if depth != 0:
        raise ValueError(f"the brackets < and > do not match in {text!r}")
    if not all(names):
        raise ValueError(f"there is an empty name in {text!r}; separate Java type names by commas, as in long,java.lang.String")
    return tuple(names)
