"""Writers of declared types that hold no other values: numbers, texts, dates, and what Java writes as a small object."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.times import JAVA_CLASSES
from aiodubbo.java.types import JavaType, Kind
from aiodubbo.java.values import (
    JavaClass,
    JavaDate,
    JavaLocale,
    JavaObject,
    milliseconds_of,
)

from .java import SQL_DATES, TO_WIRE, big_integer, calendar_object, sql_object
from .plans import type_mismatch
from .scalars import encode_binary, encode_date, encode_double, encode_float_text, encode_int, encode_long, encode_string
from .times import to_handle
from .writers import (
    write_java_object,
    write_untyped,
    write_value_object,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .encoder import Frame, HessianEncoder, Writer

_BITS: Final = {Kind.BYTE: 8, Kind.SHORT: 16, Kind.INT: 32, Kind.LONG: 64}


def bounds(declared: JavaType) -> tuple[int, int]:
    bits = _BITS[declared.kind]
    return -1 << bits - 1, (1 << bits - 1) - 1


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


def _boolean(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if value is True:
            return b"T"
        if value is False:
            return b"F"
        raise type_mismatch(declared.name, value)

    return write


def _char(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if isinstance(value, str) and len(value) == 1 and value <= "\uffff":
            return encode_string(value)
        raise type_mismatch(f"{declared.name} (one UTF-16 unit)", value)

    return write


def _string(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if isinstance(value, str):
            return encode_string(value)
        raise type_mismatch(declared.name, value)

    return write


def _bytes(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return encode_binary(bytes(value), encoder.binary_chunk)
        raise type_mismatch(declared.name, value)

    return write


def _moment(value: Any, declared: JavaType) -> JavaDate:
    """A moment in time."""
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

    def make(value: Any) -> JavaObject:
        return to_handle(value, name)

    return lambda encoder, value: write_value_object(encoder, value, (id(value), name), make)


def _instance(cls: type, make: Callable[[Any], JavaObject]) -> Callable[[JavaType], Writer]:
    """A Python class that travels as an object."""

    def maker(declared: JavaType) -> Writer:
        def write(encoder: HessianEncoder, value: Any) -> bytes | Frame:
            if isinstance(value, cls) and not isinstance(value, bool):
                return write_value_object(encoder, value, id(value), make)
            raise type_mismatch(f"{declared.name} ({cls.__name__})", value)

        return write

    return maker


def _big_integer(declared: JavaType) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes | Frame:
        if isinstance(value, int) and not isinstance(value, bool):
            return write_java_object(encoder, big_integer(value))
        raise type_mismatch(declared.name, value)

    return write


def _object(declared: JavaType) -> Writer:
    """``java.lang.Object``, or an interface that nothing else is known of. With ``python_type`` int: a whole number of any size."""
    if declared.python_type is not int:
        return write_untyped

    def write(encoder: HessianEncoder, value: Any) -> bytes | Frame:
        if isinstance(value, int) and not isinstance(value, bool):
            return write_untyped(encoder, value)
        raise type_mismatch("a whole number", value)

    return write


def _nothing(declared: JavaType) -> Writer:
    """``void`` has no value; a callback argument stands on the wire as null (PRO-24)."""
    return lambda encoder, value: b"N"


SINGLE_VALUES: Final[dict[Kind, Callable[[JavaType], Writer]]] = {
    Kind.VOID: _nothing,
    Kind.OBJECT: _object,
    Kind.BOOLEAN: _boolean,
    Kind.BYTE: _whole,
    Kind.SHORT: _whole,
    Kind.INT: _whole,
    Kind.LONG: _whole,
    Kind.FLOAT: _float,
    Kind.DOUBLE: _double,
    Kind.CHAR: _char,
    Kind.STRING: _string,
    Kind.BYTES: _bytes,
    Kind.CHARS: _string,
    Kind.DATE: _date,
    Kind.SQL_DATE: _sql_date,
    Kind.BIG_DECIMAL: _instance(Decimal, TO_WIRE[Decimal]),
    Kind.BIG_INTEGER: _big_integer,
    Kind.UUID: _instance(uuid.UUID, TO_WIRE[uuid.UUID]),
    Kind.TIME: _time,
    Kind.LOCALE: _instance(JavaLocale, TO_WIRE[JavaLocale]),
    Kind.CLASS: _instance(JavaClass, TO_WIRE[JavaClass]),
    Kind.FUNCTION: _nothing,
}
"""Kind → maker of the writer of a type of that kind."""
