"""Java's own classes that travel as objects: readers and writers of each (PRO-48).

Both directions stand side by side. ``java.time`` is in `times`, exceptions in `throwables`.
"""

from __future__ import annotations

import datetime
import re
import uuid
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aiodubbo.errors import StackFrame
from aiodubbo.java.times import JAVA_CLASSES
from aiodubbo.java.values import JavaClass, JavaDate, JavaEnum, JavaFile, JavaList, JavaLocale, JavaObject, brief, datetime_of, new_object

from .times import HANDLE_CLASSES, read_handle, to_handle

if TYPE_CHECKING:
    from collections.abc import Callable

_CAUCHO: Final = ("com.alibaba.com.caucho.hessian.io.", "com.caucho.hessian.io.")

ENUM_SETS: Final = frozenset(f"{package}EnumSetHandler" for package in _CAUCHO)
"""Wire forms of ``java.util.EnumSet``."""

SQL_DATES: Final = frozenset({"java.sql.Date", "java.sql.Time", "java.sql.Timestamp"})


T = TypeVar("T")


def _part(node: JavaObject, name: str, cls: type[T], noun: str) -> T:
    """A field of an object from the wire. A bad one is a ValueError; the caller says where the object stood."""
    value = node.get(name)
    if not isinstance(value, cls):
        raise ValueError(f"{node.class_name}.{name} must be {noun}, got {brief(value)}")  # noqa: TRY004 - a bad value of the peer
    return value


def _text(node: JavaObject, name: str = "value") -> str:
    return _part(node, name, str, "a text")


def _whole(node: JavaObject, name: str = "value") -> int:
    return int(_part(node, name, int, "a whole number"))


_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,10})?", re.ASCII)


def _read_decimal(node: JavaObject) -> Decimal:
    text = _text(node)
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(f"java.math.BigDecimal {brief(text)} is no number")
    try:
        return Decimal(text)
    except DecimalException:
        raise ValueError(f"java.math.BigDecimal {brief(text)} is beyond what Decimal holds") from None


def _read_big_integer(node: JavaObject) -> int:
    signum = _whole(node, "signum")
    words = node.get("mag")
    if not isinstance(words, list) or signum not in (-1, 0, 1):
        raise ValueError("java.math.BigInteger needs the fields signum and mag")
    data = bytearray()
    for word in words:
        if word.__class__ is not int or not -0x80000000 <= word <= 0x7FFFFFFF:
            raise ValueError(f"java.math.BigInteger.mag holds {brief(word)}")
        data += (word & 0xFFFFFFFF).to_bytes(4)
    return signum * int.from_bytes(data)


def _read_uuid(node: JavaObject) -> uuid.UUID:
    if "value" in node:
        return uuid.UUID(_text(node))
    high, low = _whole(node, "mostSigBits"), _whole(node, "leastSigBits")  # before 2.6.9 and 2.7.8
    return uuid.UUID(int=(high & 0xFFFFFFFFFFFFFFFF) << 64 | low & 0xFFFFFFFFFFFFFFFF)


def _read_moment(node: JavaObject, name: str = "value") -> object:
    value = _part(node, name, JavaDate, "a date")
    return datetime_of(value.ms) or value


def _read_frame(node: JavaObject) -> StackFrame:
    file_name, line = node.get("fileName"), node.get("lineNumber", -1)
    if not (file_name is None or isinstance(file_name, str)) or not isinstance(line, int):
        raise ValueError("java.lang.StackTraceElement holds a file name or line number that is none")
    return StackFrame(_text(node, "declaringClass"), _text(node, "methodName"), file_name, line)


FROM_WIRE: Final[dict[str, Callable[[JavaObject], object]]] = {
    "java.math.BigDecimal": _read_decimal,
    "java.math.BigInteger": _read_big_integer,
    "java.util.UUID": _read_uuid,
    "java.lang.Class": lambda node: JavaClass(_text(node, "name")),
    "java.io.File": lambda node: JavaFile(_text(node)),
    "java.lang.StackTraceElement": _read_frame,
    "java.util.concurrent.atomic.AtomicInteger": _whole,
    "java.util.concurrent.atomic.AtomicLong": _whole,
    "java.util.concurrent.atomic.AtomicBoolean": lambda node: _whole(node) != 0,
    **dict.fromkeys(SQL_DATES, _read_moment),
    **dict.fromkeys(HANDLE_CLASSES, read_handle),
    **{f"{package}LocaleHandle": lambda node: JavaLocale(_text(node)) for package in _CAUCHO},
    **{f"{package}CalendarHandle": lambda node: _read_moment(node, "date") for package in _CAUCHO},
}
"""Java class → how its objects become Python values, all of them immutable. None of these contains further objects of any class."""


_MAX_SCALE: Final = 0x7FFFFFFF


def decimal_text(value: Decimal) -> str:
    """Text of a number as ``BigDecimal.toString`` gives it.

    Raises:
        ValueError: NaN, infinite, or of an exponent that Java's scale cannot hold.
    """
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"java.math.BigDecimal has no {value}")  # noqa: TRY004 - the type is right, the number is not
    if not -_MAX_SCALE <= exponent <= _MAX_SCALE:
        raise ValueError(f"java.math.BigDecimal has no exponent {exponent}")
    return str(value).replace("e", "E")


_BIG_INTEGER: Final = ("mag", "firstNonzeroIntNumPlusTwo", "lowestSetBitPlusTwo", "bitLengthPlusOne", "bitCountPlusOne", "signum")


def big_integer(value: int) -> JavaObject:
    """A ``java.math.BigInteger``: sign and magnitude in big-endian words of 32 bits. The helper fields are caches, 0 is "not known"."""
    magnitude = abs(value)
    data = magnitude.to_bytes((magnitude.bit_length() + 31) // 32 * 4)
    words = JavaList((int.from_bytes(data[at : at + 4], signed=True) for at in range(0, len(data), 4)), "[int")
    return new_object("java.math.BigInteger", _BIG_INTEGER, [words, 0, 0, 0, 0, (value > 0) - (value < 0)])


def sql_object(moment: JavaDate, java_class: str) -> JavaObject:
    """A ``java.sql.Date``, ``Time`` or ``Timestamp``; Hessian keeps milliseconds only."""
    return new_object(java_class, ("value",), [moment])


def calendar_object(moment: JavaDate) -> JavaObject:
    """A ``java.util.Calendar``; Hessian does not keep its zone."""
    return new_object(f"{_CAUCHO[0]}CalendarHandle", ("type", "date"), [None, moment])


_FRAME: Final = ("lineNumber", "fileName", "methodName", "declaringClass")


def frame_object(frame: StackFrame) -> JavaObject:
    """A ``java.lang.StackTraceElement``."""
    return new_object("java.lang.StackTraceElement", _FRAME, [frame.line_number, frame.file_name, frame.method_name, frame.class_name])


_VALUE: Final = ("value",)
_NAME: Final = ("name",)

TO_WIRE: Final[dict[type, Callable[[Any], JavaObject]]] = {
    Decimal: lambda value: new_object("java.math.BigDecimal", _VALUE, [decimal_text(value)]),
    uuid.UUID: lambda value: new_object("java.util.UUID", _VALUE, [str(value)]),
    JavaEnum: lambda value: new_object(value.class_name, _NAME, [value.name]),
    JavaClass: lambda value: new_object("java.lang.Class", _NAME, [value.name]),
    JavaLocale: lambda value: new_object(f"{_CAUCHO[0]}LocaleHandle", _VALUE, [value.name]),
    JavaFile: lambda value: new_object("java.io.File", _VALUE, [value.path]),
    StackFrame: frame_object,
    **dict.fromkeys(JAVA_CLASSES, to_handle),
    **dict.fromkeys((datetime.date, datetime.time, datetime.timedelta), to_handle),
}
"""Python type → the object it is written as where nothing declares another. Aware ``datetime`` is no object but a ``java.util.Date``."""
