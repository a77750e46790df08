"""Writers of declared types that hold no other values: numbers, texts, dates, and what Java writes as a small object."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.times import JAVA_CLASSES
from aiodubbo.java.types import JavaType, Kind
from aiodubbo.java.values import JavaClass, JavaDate, JavaLocale, milliseconds_of

from .java import SQL_DATES, big_integer, calendar_object, sql_object
from .plans import bounds, type_mismatch
from .scalars import encode_date, encode_double, encode_float_text, encode_int, encode_long, encode_string
from .times import to_handle
from .writers import WRITERS, write_bytes, write_java_object, write_untyped, write_value_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from .encoder import Frame, HessianEncoder, Writer


def _whole(declared: JavaType) -> Writer:
    low, high = bounds(declared)
    encode = encode_long if declared.kind is Kind.LONG else encode_int
    expected = f"{declared.name} ({low} to {high})"

    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if (value.__class__ is int or (isinstance(value, int) and not isinstance(value, bool))) and low <= value <= high:
            return encode(value)
        raise type_mismatch(expected, value)

    return write


def _real(value: Any, declared: JavaType) -> float:
    if value.__class__ is float:
        real: float = value
        return real
    if isinstance(value, (float, int)) and not isinstance(value, bool):
        return float(value)
    raise type_mismatch(declared.name, value)


def _double(declared: JavaType) -> Writer:
    return lambda encoder, value: encode_double(_real(value, declared))


def _float(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        real = _real(value, declared)
        try:
            return encode_float_text(real)
        except OverflowError:
            raise type_mismatch(f"{declared.name} (32 bits)", value) from None

    return write


def _char(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if isinstance(value, str) and len(value) == 1 and value <= "\uffff":
            return encode_string(value)
        raise type_mismatch(f"{declared.name} (one UTF-16 unit)", value)

    return write


def _moment(value: Any, declared: JavaType) -> JavaDate:
    if isinstance(value, JavaDate):
        return value
    if isinstance(value, datetime.datetime):
        if value.utcoffset() is None:
            raise type_mismatch(f"{declared.name}, a moment: give the datetime a time zone, such as datetime.UTC", value)
        return JavaDate(milliseconds_of(value))
    raise type_mismatch(declared.name, value)


_CALENDARS: Final = ("java.util.Calendar", "java.util.GregorianCalendar")


def _date(declared: JavaType) -> Writer:
    if declared.name in _CALENDARS:
        return lambda encoder, value: write_value_object(
            encoder, value, (id(value), declared.name), lambda value: calendar_object(_moment(value, declared))
        )
    return lambda encoder, value: encode_date(_moment(value, declared).ms)


def _sql_date(declared: JavaType) -> Writer:
    name = declared.name if declared.name in SQL_DATES else "java.sql.Timestamp"
    return lambda encoder, value: write_value_object(
        encoder, value, (id(value), name), lambda value: sql_object(_moment(value, declared), name)
    )


def _time(declared: JavaType) -> Writer:
    name = declared.name if declared.name in JAVA_CLASSES.values() else None

    return lambda encoder, value: write_value_object(encoder, value, (id(value), name), lambda value: to_handle(value, name))


def _instance(accepted: type | tuple[type, ...], write: Writer | None = None, expected: str = "{}") -> Callable[[JavaType], Writer]:
    """Maker of writers that refuse what is no instance of `accepted`. A bool is no number.

    Args:
        accepted: the Python classes.
        write: writes such a value; None: as where nothing is declared.
        expected: names the type in errors; holds ``{}`` for Java's name.
    """
    write_value = WRITERS[accepted] if write is None and isinstance(accepted, type) else write or write_untyped
    takes_bool = accepted is bool

    def make(declared: JavaType) -> Writer:
        due = expected.format(declared.name)

        def write_checked(encoder: HessianEncoder, value: Any) -> bytes | Frame:
            if isinstance(value, accepted) and (takes_bool or value.__class__ is not bool):
                return write_value(encoder, value)
            raise type_mismatch(due, value)

        return write_checked

    return make


def _big_integer(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    return write_java_object(encoder, big_integer(value))


_whole_of_any_size: Final = _instance(int, write_untyped, "a whole number")


def _object(declared: JavaType) -> Writer:
    """``java.lang.Object``, or an interface that nothing else is known of. With ``python_type`` int: a whole number of any size."""
    return _whole_of_any_size(declared) if declared.python_type is int else write_untyped


def _nothing(declared: JavaType) -> Writer:
    """``void`` has no value; a callback argument stands on the wire as null (PRO-24)."""
    return lambda encoder, value: b"N"


SINGLE_VALUES: Final[dict[Kind, Callable[[JavaType], Writer]]] = {
    Kind.VOID: _nothing,
    Kind.OBJECT: _object,
    Kind.BOOLEAN: _instance(bool),
    Kind.BYTE: _whole,
    Kind.SHORT: _whole,
    Kind.INT: _whole,
    Kind.LONG: _whole,
    Kind.FLOAT: _float,
    Kind.DOUBLE: _double,
    Kind.CHAR: _char,
    Kind.STRING: _instance(str),
    Kind.BYTES: _instance((bytes, bytearray, memoryview), write_bytes),
    Kind.CHARS: _instance(str),
    Kind.DATE: _date,
    Kind.SQL_DATE: _sql_date,
    Kind.BIG_DECIMAL: _instance(Decimal, expected="{} (Decimal)"),
    Kind.BIG_INTEGER: _instance(int, _big_integer),
    Kind.UUID: _instance(uuid.UUID, expected="{} (UUID)"),
    Kind.TIME: _time,
    Kind.LOCALE: _instance(JavaLocale, expected="{} (JavaLocale)"),
    Kind.CLASS: _instance(JavaClass, expected="{} (JavaClass)"),
    Kind.FUNCTION: _nothing,
}
"""Kind → maker of the writer of a type of that kind."""
