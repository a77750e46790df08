"""Python values for what Java distinguishes and Python does not.

Three uses. They force a Java type where nothing declares one (``JavaLong(5)``, ``JavaArray("int", [1, 2])``); they hold what a plain Python
value would lose (`JavaDate` of the year 292278994, `JavaMap` with a list as key); and they are what a lossless reading consists of
(`JavaList`, `JavaMap`, `JavaObject`, which keep the class names of the wire).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

T = TypeVar("T")

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_FIRST_MS = -62_135_596_800_000  # 0001-01-01T00:00:00Z
_LAST_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z

_SHOWN = 6  # how many parts of a container its repr shows
_SHOWN_TEXT = 60


def brief(value: object) -> str:
    """A short text for error messages and reprs; never follows references, never prints a huge number."""
    if isinstance(value, (str, bytes)):
        cut = value[:_SHOWN_TEXT]
        return repr(cut) if len(cut) == len(value) else f"{cut!r}... ({len(value)} in all)"
    if isinstance(value, int) and value.bit_length() > 200:
        return f"<int of {value.bit_length()} bits>"
    if value is None or isinstance(value, (bool, int, float, complex, datetime.date, datetime.time, datetime.timedelta)):
        return repr(value)
    if isinstance(value, JavaObject):
        return f"<{value.class_name}>"
    if isinstance(value, (list, tuple, set, frozenset, dict, JavaMap)):
        return f"<{type(value).__name__} of {len(value)}>"
    return f"<{type(value).__qualname__}>"


class _Whole(int):
    """A whole number of a given Java width."""

    __slots__ = ()
    bits: ClassVar[int]

    def __new__(cls, value: int) -> _Whole:
        if not -1 << cls.bits - 1 <= value < 1 << cls.bits - 1:
            raise ValueError(f"{cls.__name__} holds {cls.bits} bits, got {brief(value)}")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return type(self), (int(self),)


class JavaByte(_Whole):
    """``java.lang.Byte``; Hessian writes an int."""

    __slots__ = ()
    bits = 8


class JavaShort(_Whole):
    """``java.lang.Short``; Hessian writes an int."""

    __slots__ = ()
    bits = 16


class JavaInt(_Whole):
    """``java.lang.Integer``."""

    __slots__ = ()
    bits = 32


class JavaLong(_Whole):
    """``java.lang.Long``: written in a long form, however small."""

    __slots__ = ()
    bits = 64


class JavaFloat(float):
    """``java.lang.Float``: written through its shortest decimal text, as Java does."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"JavaFloat({float(self)!r})"


class JavaDouble(float):
    """``java.lang.Double``. A plain float does the same, but for ``-0.0``: only this one keeps the sign, which Java's own writer drops."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"JavaDouble({float(self)!r})"


class JavaChar(str):
    """``java.lang.Character``: one UTF-16 unit, also a lone surrogate."""

    __slots__ = ()

    def __new__(cls, value: str) -> JavaChar:
        if len(value) != 1 or value > "\uffff":
            raise ValueError(f"JavaChar holds one UTF-16 unit, got {brief(value)}")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"JavaChar({str(self)!r})"


def milliseconds_of(value: datetime.datetime) -> int:
    """Milliseconds since the epoch of an aware datetime; what is below a millisecond is cut off."""
    return (value - EPOCH) // _MILLISECOND


def datetime_of(milliseconds: int) -> datetime.datetime | None:
    """The moment in UTC; None outside the years 1 to 9999."""
    if _FIRST_MS <= milliseconds <= _LAST_MS:
        seconds, rest = divmod(milliseconds, 1000)
        return EPOCH + datetime.timedelta(0, seconds, rest * 1000)
    return None


@dataclass(frozen=True, slots=True, order=True)
class JavaDate:
    """``java.util.Date`` of any year.

    Attributes:
        ms: milliseconds since 1970-01-01T00:00Z, signed, 64 bits.
    """

    ms: int

    def __post_init__(self) -> None:
        if not -1 << 63 <= self.ms < 1 << 63:
            raise ValueError(f"JavaDate holds 64 bits of milliseconds, got {brief(self.ms)}")

    def to_datetime(self) -> datetime.datetime:
        """The moment in UTC.

        Raises:
            OverflowError: outside the years 1 to 9999.
        """
        moment = datetime_of(self.ms)
        if moment is None:
            raise OverflowError(f"{self.ms} ms since 1970 is outside the years 1 to 9999")
        return moment


class JavaList(list[T]):
    """A list that keeps the type name of the wire.

    Attributes:
        java_type: ``"java.util.LinkedList"``, ``"[int"``, ..., or None for a list written without a type.
    """

    __slots__ = ("java_type",)

    def __init__(self, items: Iterable[T] = (), java_type: str | None = None) -> None:
        super().__init__(items)
        self.java_type = java_type

    def __repr__(self) -> str:
        shown = ", ".join(brief(item) for item in self[:_SHOWN])
        more = f", ... {len(self)} in all" if len(self) > _SHOWN else ""
        return f"{type(self).__name__}([{shown}{more}], {self.java_type!r})"


class JavaArray(JavaList[T]):
    """A Java array. ``JavaArray("int", [1, 2])`` is an ``int[]``, ``JavaArray("java.lang.Integer", ...)`` an ``Integer[]``."""

    __slots__ = ()

    def __init__(self, component: str, items: Iterable[T] = ()) -> None:
        super().__init__(items, array_name(component))


_ARRAY_NAMES = {"java.lang.String": "string", "java.lang.Object": "object", "java.util.Date": "date"}


def array_name(component: str) -> str:
    """The wire name of an array by its component: ``int`` → ``[int``, ``int[]`` → ``[[int``, ``java.lang.String`` → ``[string``."""
    dimensions = 1
    while component.endswith("[]"):
        component = component[:-2]
        dimensions += 1
    return "[" * dimensions + _ARRAY_NAMES.get(component, component)


class JavaMap:
    """A map in wire order whose keys may be anything: lists, models, 1 beside 1.0 and True.

    Looking up compares keys one by one, by value *and* Python type.

    Attributes:
        java_type: ``"java.util.TreeMap"``, ..., or None for a map written without a type (Java's HashMap).
    """

    __slots__ = ("_flat", "java_type")

    def __init__(self, pairs: Iterable[tuple[object, object]] | Mapping[Any, object] = (), java_type: str | None = None) -> None:
        items: Iterable[tuple[object, object]] = pairs.items() if isinstance(pairs, Mapping) else pairs
        self._flat: list[object] = [part for key, value in items for part in (key, value)]
        self.java_type = java_type

    def items(self) -> list[tuple[object, object]]:
        """The pairs, in order."""
        flat = self._flat
        return list(zip(flat[::2], flat[1::2], strict=True))

    def keys(self) -> list[object]:
        """The keys, in order."""
        return self._flat[::2]

    def values(self) -> list[object]:
        """The values, in order."""
        return self._flat[1::2]

    def get(self, key: object, default: object = None) -> object:
        """The value of the last key that equals `key` and is of the same Python type."""
        for other, value in reversed(self.items()):
            if other is key or (type(other) is type(key) and other == key):
                return value
        return default

    def append(self, key: object, value: object) -> None:
        """Add a pair at the end; an equal key is not replaced."""
        self._flat += (key, value)

    def __len__(self) -> int:
        return len(self._flat) // 2

    def __iter__(self) -> Iterator[object]:
        return iter(self._flat[::2])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JavaMap):
            return NotImplemented
        return self is other or (self.java_type == other.java_type and self._flat == other._flat)

    __hash__ = None  # type: ignore[assignment]  # mutable, like dict

    def __repr__(self) -> str:
        shown = ", ".join(f"({brief(key)}, {brief(value)})" for key, value in self.items()[:_SHOWN])
        more = f", ... {len(self)} in all" if len(self) > _SHOWN else ""
        return f"JavaMap([{shown}{more}], {self.java_type!r})"


class JavaObject:
    """An object of a Java class that no Python class is registered for: the class name and the fields in wire order.

    A field name can occur twice, when a Java class hides a field of its parent; the last one belongs to the class itself. Two objects are
    equal when they are the same object, as for a plain Python class, so cycles do no harm.

    Attributes:
        class_name: such as ``"com.example.User"``.
        names: the field names, in wire order.
        values: the values, in the same order.
    """

    __slots__ = ("__weakref__", "class_name", "names", "values")

    def __init__(self, class_name: str, fields: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        self.class_name = class_name
        self.names: tuple[str, ...] = tuple(name for name, _ in pairs)
        self.values: list[Any] = [value for _, value in pairs]

    @property
    def fields(self) -> list[tuple[str, Any]]:
        """(name, value) of each field, in wire order."""
        return list(zip(self.names, self.values, strict=True))

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field, or `default`."""
        index = self._index(name)
        return default if index < 0 else self.values[index]

    def _index(self, name: str) -> int:
        names = self.names
        for index in range(len(names) - 1, -1, -1):
            if names[index] == name:
                return index
        return -1

    def __getitem__(self, name: str) -> Any:
        index = self._index(name)
        if index < 0:
            raise KeyError(name)
        return self.values[index]

    def __setitem__(self, name: str, value: Any) -> None:
        index = self._index(name)
        if index >= 0:
            self.values[index] = value
            return
        self.names += (name,)
        self.values.append(value)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        shown = "".join(f", {name}={brief(value)}" for name, value in self.fields[:_SHOWN])
        more = f", ... {len(self.names)} in all" if len(self.names) > _SHOWN else ""
        return f"JavaObject({self.class_name!r}{shown}{more})"


def new_object(class_name: str, names: tuple[str, ...], values: list[Any]) -> JavaObject:
    """A `JavaObject` that takes over `names` and `values` as they are."""
    result = _new(JavaObject)
    result.class_name = class_name
    result.names = names
    result.values = values
    return cast("JavaObject", result)


_new: Any = object.__new__


@dataclass(frozen=True, slots=True)
class JavaEnum:
    """A constant of a Java enum that no Python class is registered for."""

    class_name: str
    name: str


@dataclass(frozen=True, slots=True)
class JavaClass:
    """``java.lang.Class``. ``name`` is Java's: ``int``, ``[I``, ``java.lang.String``. Nothing is ever loaded by it."""

    name: str


@dataclass(frozen=True, slots=True)
class JavaLocale:
    """``java.util.Locale``: ``en_US``, ``zh_CN_#Hans``."""

    name: str


@dataclass(frozen=True, slots=True)
class JavaFile:
    """``java.io.File``: the path as text, in the notation of the machine it came from."""

    path: str
