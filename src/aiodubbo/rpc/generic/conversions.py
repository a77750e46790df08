"""Java's compatible conversions of single values for generic calls: text and numbers to what a parameter declares (PRO-94, PRO-99).

Where Java would lose part of a number without a word, the value is refused.
"""

from __future__ import annotations

import datetime
import math
import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from aiodubbo.java.types import JavaType, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DATE_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,1000}")
_MAX_DIGITS: Final = 1000
"""Longer numbers are refused: turning text into numbers of any size is quadratic work for whoever sends them."""
_BYTE: Final = JavaType(Kind.BYTE, "byte", nullable=False)

_RANGES: Final[Mapping[Kind, range]] = {
    Kind.BYTE: range(-(2**7), 2**7),
    Kind.SHORT: range(-(2**15), 2**15),
    Kind.INT: range(-(2**31), 2**31),
    Kind.LONG: range(-(2**63), 2**63),
}


def convert(value: object, declared: JavaType) -> object:
    """`value` as a Python value of the declared type; `value` itself when it is one already.

    Raises:
        ValueError: there is no such conversion, or part of the value would be lost. The text says what was expected and what was got.
    """
    conversion = _CONVERSIONS.get(declared.kind)
    return value if conversion is None else conversion(value, declared)


def _refused(value: object, declared: JavaType, why: str = "") -> ValueError:
    shown = repr(value)
    if len(shown) > 100:
        shown = f"{shown[:100]}…"
    return ValueError(f"expected {declared.name}, got {type(value).__name__} {shown}{why}")


def _whole(value: object, declared: JavaType) -> int:
    """A whole number from a number (its fraction cut off, as Java does) or from decimal text."""
    if isinstance(value, bool):
        raise _refused(value, declared)
    if (
        isinstance(value, int)
        or (isinstance(value, float) and math.isfinite(value))
        or (isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MAX_DIGITS)
        or (isinstance(value, str) and _INTEGER.fullmatch(value))
    ):
        return int(value)
    raise _refused(value, declared)


def _ranged(value: object, declared: JavaType) -> int:
    number = _whole(value, declared)
    if number not in _RANGES[declared.kind]:
        raise _refused(value, declared, ": it does not fit")
    return number


def _floating(value: object, declared: JavaType) -> float:
    if isinstance(value, bool):
        raise _refused(value, declared)
    if isinstance(value, (int, float, Decimal)) or (isinstance(value, str) and "_" not in value and len(value) <= _MAX_DIGITS):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise _refused(value, declared)


def _boolean(value: object, declared: JavaType) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"  # java.lang.Boolean.valueOf: every other text is false
    raise _refused(value, declared)


def _char(value: object, declared: JavaType) -> str:
    if not isinstance(value, str):
        raise _refused(value, declared)
    if len(value) != 1 or ord(value) > 0xFFFF:
        raise ValueError(f"CAN NOT convert String({value[:100]}) to char! when convert String to char, the String MUST only 1 char.")
    return value


def _string(value: object, declared: JavaType) -> str:
    if isinstance(value, str):
        return value
    raise _refused(value, declared)


def _big_decimal(value: object, declared: JavaType) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        raise _refused(value, declared)
    if isinstance(value, int):
        return Decimal(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(float(value)))
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and "_" not in value:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
    raise _refused(value, declared)


def _instant(value: object, declared: JavaType) -> object:
    if isinstance(value, str):
        try:
            return datetime.datetime.strptime(value, _DATE_FORMAT).astimezone()
        except (ValueError, OverflowError) as error:
            raise ValueError(f"Failed to parse date {value[:100]} by format yyyy-MM-dd HH:mm:ss, cause: {error}") from None
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(milliseconds=value)
        except OverflowError:
            raise _refused(value, declared, ": milliseconds beyond the year 9999") from None
    if isinstance(value, (bool, float, bytes, Decimal)):
        raise _refused(value, declared)
    return value


_FROM_ISO: Final[Mapping[str, Callable[[str], object]]] = {
    "java.time.LocalDate": datetime.date.fromisoformat,
    "java.time.LocalTime": datetime.time.fromisoformat,
    "java.time.LocalDateTime": datetime.datetime.fromisoformat,
    "java.time.Instant": datetime.datetime.fromisoformat,
    "java.time.OffsetDateTime": datetime.datetime.fromisoformat,
}


def _time(value: object, declared: JavaType) -> object:
    if not isinstance(value, str):
        return value
    parse = _FROM_ISO.get(declared.name)
    if parse is None:
        raise _refused(value, declared)
    try:
        return parse(value)
    except ValueError as error:
        raise _refused(value, declared, f": {error}") from None


def _uuid(value: object, declared: JavaType) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str):
        try:
            return uuid.UUID(value)
        except ValueError:
            pass
    raise _refused(value, declared)


def _bytes(value: object, declared: JavaType) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, (list, tuple)):
        try:
            return bytes(_ranged(item, _BYTE) & 0xFF for item in value)
        except ValueError as error:
            raise ValueError(f"expected {declared.name}: {error}") from None
    raise _refused(value, declared)


def _object(value: object, declared: JavaType) -> object:
    """A bare ``int`` of a contract is the one Object that is checked."""
    return value if declared.python_type is not int else _whole(value, declared)


_CONVERSIONS: Final[Mapping[Kind, Callable[[object, JavaType], object]]] = {
    Kind.BYTE: _ranged,
    Kind.SHORT: _ranged,
    Kind.INT: _ranged,
    Kind.LONG: _ranged,
    Kind.FLOAT: _floating,
    Kind.DOUBLE: _floating,
    Kind.BOOLEAN: _boolean,
    Kind.CHAR: _char,
    Kind.STRING: _string,
    Kind.CHARS: _string,
    Kind.BYTES: _bytes,
    Kind.BIG_INTEGER: _whole,
    Kind.BIG_DECIMAL: _big_decimal,
    Kind.DATE: _instant,
    Kind.SQL_DATE: _instant,
    Kind.TIME: _time,
    Kind.UUID: _uuid,
    Kind.OBJECT: _object,
}
