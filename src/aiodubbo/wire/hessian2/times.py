"""``java.time`` on the wire: each class travels as a *handle*, an object of its fields; here is the way to and from Python's values."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.times import (
    JAVA_CLASSES,
    JavaDuration,
    JavaInstant,
    JavaLocalDate,
    JavaLocalDateTime,
    JavaLocalTime,
    JavaMonthDay,
    JavaOffsetDateTime,
    JavaOffsetTime,
    JavaPeriod,
    JavaTime,
    JavaYear,
    JavaYearMonth,
    JavaZonedDateTime,
    JavaZoneId,
    JavaZoneOffset,
)
from aiodubbo.java.values import EPOCH, JavaLong, JavaObject, brief, new_object

if TYPE_CHECKING:
    from collections.abc import Callable

HANDLES: Final = "com.alibaba.com.caucho.hessian.io.java8."
"""Package of the handle classes."""


# From the wire. A bad handle is a ValueError; the caller says where it stood.

_INT: Final = -0x80000000, 0x7FFFFFFF
_LONG: Final = -1 << 63, (1 << 63) - 1
_YEARS: Final = -999_999_999, 999_999_999
_NANOS: Final = 0, 999_999_999
_MAX_OFFSET: Final = 18 * 3600


def _number(handle: JavaObject, name: str, bounds: tuple[int, int]) -> int:
    value = handle.get(name)
    if value.__class__ is not int or not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"{handle.class_name}.{name} is {brief(value)}")
    number: int = value
    return number


def _text(handle: JavaObject, name: str) -> str:
    value = handle.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{handle.class_name}.{name} is {brief(value)}")  # noqa: TRY004 - a bad value of the peer
    return value


def _part(handle: JavaObject, name: str, part: str) -> JavaObject:
    value = handle.get(name)
    if not isinstance(value, JavaObject) or value.class_name != f"{HANDLES}{part}Handle":
        raise ValueError(f"{handle.class_name}.{name} is {brief(value)}")
    return value


def _read_date(handle: JavaObject) -> JavaLocalDate:
    return JavaLocalDate(_number(handle, "year", _YEARS), _number(handle, "month", (1, 12)), _number(handle, "day", (1, 31)))


def _read_time(handle: JavaObject) -> JavaLocalTime:
    return JavaLocalTime(
        _number(handle, "hour", (0, 23)),
        _number(handle, "minute", (0, 59)),
        _number(handle, "second", (0, 59)),
        _number(handle, "nano", _NANOS),
    )


def _read_date_time(handle: JavaObject) -> JavaLocalDateTime:
    return JavaLocalDateTime(_read_date(_part(handle, "date", "LocalDate")), _read_time(_part(handle, "time", "LocalTime")))


def _read_offset(handle: JavaObject) -> JavaZoneOffset:
    return JavaZoneOffset(_number(handle, "seconds", (-_MAX_OFFSET, _MAX_OFFSET)))


def _read_zoned(handle: JavaObject) -> JavaZonedDateTime:
    offset = _read_offset(_part(handle, "offset", "ZoneOffset"))
    zone = _text(handle, "zoneId")
    return JavaZonedDateTime(_read_date_time(_part(handle, "dateTime", "LocalDateTime")), offset, zone)


_READERS: Final[dict[str, Callable[[JavaObject], JavaTime]]] = {
    "LocalDate": _read_date,
    "LocalTime": _read_time,
    "LocalDateTime": _read_date_time,
    "Instant": lambda handle: JavaInstant(_number(handle, "seconds", _LONG), _number(handle, "nanos", _NANOS)),
    "Duration": lambda handle: JavaDuration(_number(handle, "seconds", _LONG), _number(handle, "nanos", _NANOS)),
    "Period": lambda handle: JavaPeriod(_number(handle, "years", _INT), _number(handle, "months", _INT), _number(handle, "days", _INT)),
    "Year": lambda handle: JavaYear(_number(handle, "year", _YEARS)),
    "YearMonth": lambda handle: JavaYearMonth(_number(handle, "year", _YEARS), _number(handle, "month", (1, 12))),
    "MonthDay": lambda handle: JavaMonthDay(_number(handle, "month", (1, 12)), _number(handle, "day", (1, 31))),
    "ZoneOffset": _read_offset,
    "ZoneId": lambda handle: JavaZoneId(_text(handle, "zoneId")),
    "OffsetTime": lambda handle: JavaOffsetTime(
        _read_time(_part(handle, "localTime", "LocalTime")), _read_offset(_part(handle, "zoneOffset", "ZoneOffset"))
    ),
    "OffsetDateTime": lambda handle: JavaOffsetDateTime(
        _read_date_time(_part(handle, "dateTime", "LocalDateTime")), _read_offset(_part(handle, "offset", "ZoneOffset"))
    ),
    "ZonedDateTime": _read_zoned,
}

HANDLE_CLASSES: Final[dict[str, str]] = {f"{HANDLES}{name}Handle": f"java.time.{name}" for name in _READERS}
"""Handle class → Java class."""


def read_handle(handle: JavaObject) -> object:
    """The Python value of a handle: Python's own type where it loses nothing, else the value class.

    Raises:
        ValueError: the handle's fields make no such value.
    """
    return to_python(_READERS[HANDLE_CLASSES[handle.class_name][10:]](handle))


def to_python(value: JavaTime) -> object:
    """Python's own type of the same value, or `value` itself where that would lose something."""
    try:
        match value:
            case JavaLocalDate(year, month, day):
                return datetime.date(year, month, day)
            case JavaLocalTime():
                return _time(value, None) or value
            case JavaLocalDateTime(date, time):
                return _date_time(date, time, None) or value
            case JavaInstant(seconds, nanos) if nanos % 1000 == 0:
                return EPOCH + datetime.timedelta(0, seconds, nanos // 1000)
            case JavaDuration(seconds, nanos) if nanos % 1000 == 0:
                return datetime.timedelta(0, seconds, nanos // 1000)
            case JavaOffsetTime(time, JavaZoneOffset(offset)):
                return _time(time, datetime.timezone(datetime.timedelta(0, offset))) or value
            case JavaOffsetDateTime(JavaLocalDateTime(date, time), JavaZoneOffset(offset)):
                return _date_time(date, time, datetime.timezone(datetime.timedelta(0, offset))) or value
            case JavaZonedDateTime(JavaLocalDateTime(date, time), JavaZoneOffset(offset), zone):
                return _date_time(date, time, datetime.timezone(datetime.timedelta(0, offset), zone)) or value
    except (ValueError, OverflowError):  # beyond the years 1 to 9999
        if isinstance(value, JavaLocalDate) and 1 <= value.year <= 9999:
            raise  # the 30th of February
    return value


def _time(time: JavaLocalTime, zone: datetime.timezone | None) -> datetime.time | None:
    if time.nano % 1000:
        return None
    return datetime.time(time.hour, time.minute, time.second, time.nano // 1000, zone)


def _date_time(date: JavaLocalDate, time: JavaLocalTime, zone: datetime.timezone | None) -> datetime.datetime | None:
    if time.nano % 1000:
        return None
    return datetime.datetime(date.year, date.month, date.day, time.hour, time.minute, time.second, time.nano // 1000, zone)


# To the wire.


def to_handle(value: object, java_class: str | None = None) -> JavaObject:
    """The handle of a value.

    Args:
        value: a value class of `aiodubbo.java.times`, or one of Python's.
        java_class: the class to write, such as ``java.time.Instant``; None takes the usual one for the Python type.

    Raises:
        ValueError: the value cannot be `java_class`, or lies outside what Java holds.
    """
    java = value if type(value) in JAVA_CLASSES else _from_python(value, java_class)
    actual = JAVA_CLASSES[type(java)]
    if java_class is not None and actual != java_class:
        raise ValueError(f"expected {java_class}, got {actual}")
    return _WRITERS[type(java)](java)


def _from_python(value: object, java_class: str | None) -> JavaTime:
    match value:
        case datetime.datetime():
            return _from_datetime(value, java_class)
        case datetime.date():
            return JavaLocalDate(value.year, value.month, value.day)
        case datetime.time():
            time = JavaLocalTime(value.hour, value.minute, value.second, value.microsecond * 1000)
            return time if value.tzinfo is None else JavaOffsetTime(time, _offset(value))
        case datetime.timedelta():
            return JavaDuration(value.days * 86400 + value.seconds, value.microseconds * 1000)
        case _:
            raise ValueError(f"expected {java_class or 'a date or time'}, got {brief(value)}")


def _from_datetime(value: datetime.datetime, java_class: str | None) -> JavaTime:
    local = JavaLocalDateTime(
        JavaLocalDate(value.year, value.month, value.day),
        JavaLocalTime(value.hour, value.minute, value.second, value.microsecond * 1000),
    )
    if java_class in (None, "java.time.LocalDateTime"):
        if value.tzinfo is not None:
            raise ValueError("java.time.LocalDateTime has no time zone: give a naive datetime (`replace(tzinfo=None)`)")
        return local
    if value.utcoffset() is None:
        raise ValueError(f"{java_class} is a moment: give the datetime a time zone, such as datetime.UTC")
    if java_class == "java.time.OffsetDateTime":
        return JavaOffsetDateTime(local, _offset(value))
    if java_class == "java.time.ZonedDateTime":
        offset = _offset(value)
        return JavaZonedDateTime(local, offset, _zone_id(value, offset.seconds))
    if java_class == "java.time.Instant":
        delta = value - EPOCH
        return JavaInstant(delta.days * 86400 + delta.seconds, delta.microseconds * 1000)
    raise ValueError(f"a datetime cannot be {java_class}")


def _offset(value: datetime.datetime | datetime.time) -> JavaZoneOffset:
    offset = value.utcoffset()
    if offset is None:
        raise ValueError(f"{value!r} has no offset from UTC on its own")
    seconds = offset.days * 86400 + offset.seconds
    if offset.microseconds or not -_MAX_OFFSET <= seconds <= _MAX_OFFSET:
        raise ValueError(f"Java's offsets are whole seconds within 18 hours, got {offset}")
    return JavaZoneOffset(seconds)


def _zone_id(value: datetime.datetime, seconds: int) -> str:
    """The zone's id: that of a ``ZoneInfo``, the name of a named fixed zone, or the offset."""
    key = getattr(value.tzinfo, "key", None)
    if isinstance(key, str):
        return key
    name = value.tzname()
    if isinstance(value.tzinfo, datetime.timezone) and name is not None and not name.startswith("UTC"):
        return name
    return offset_text(seconds)


def offset_text(seconds: int) -> str:
    """Java's text of an offset: ``Z``, ``+02:00``, ``-03:30:15``."""
    if not seconds:
        return "Z"
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else '+'}{hour:02}:{minute:02}{f':{second:02}' if second else ''}"


def _handle(name: str, fields: tuple[str, ...]) -> Callable[..., JavaObject]:
    class_name = f"{HANDLES}{name}Handle"

    def make(*values: object) -> JavaObject:
        return new_object(class_name, fields, list(values))

    return make


def _checked(value: int, bounds: tuple[int, int], what: str) -> int:
    if not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"{what} {brief(value)} is outside {bounds[0]} to {bounds[1]}")
    return value


# Java writes the fields in this order.
_LOCAL_DATE = _handle("LocalDate", ("day", "month", "year"))
_LOCAL_TIME = _handle("LocalTime", ("nano", "second", "minute", "hour"))
_LOCAL_DATE_TIME = _handle("LocalDateTime", ("time", "date"))
_INSTANT = _handle("Instant", ("nanos", "seconds"))
_DURATION = _handle("Duration", ("nanos", "seconds"))
_PERIOD = _handle("Period", ("days", "months", "years"))
_YEAR = _handle("Year", ("year",))
_YEAR_MONTH = _handle("YearMonth", ("month", "year"))
_MONTH_DAY = _handle("MonthDay", ("day", "month"))
_ZONE_OFFSET = _handle("ZoneOffset", ("seconds",))
_ZONE_ID = _handle("ZoneId", ("zoneId",))
_OFFSET_TIME = _handle("OffsetTime", ("zoneOffset", "localTime"))
_OFFSET_DATE_TIME = _handle("OffsetDateTime", ("offset", "dateTime"))
_ZONED_DATE_TIME = _handle("ZonedDateTime", ("offset", "dateTime", "zoneId"))


def _write_date(date: JavaLocalDate) -> JavaObject:
    return _LOCAL_DATE(
        _checked(date.day, (1, 31), "the day"), _checked(date.month, (1, 12), "the month"), _checked(date.year, _YEARS, "the year")
    )


def _write_time(time: JavaLocalTime) -> JavaObject:
    return _LOCAL_TIME(
        _checked(time.nano, _NANOS, "the nanosecond"),
        _checked(time.second, (0, 59), "the second"),
        _checked(time.minute, (0, 59), "the minute"),
        _checked(time.hour, (0, 23), "the hour"),
    )


def _write_date_time(value: JavaLocalDateTime) -> JavaObject:
    return _LOCAL_DATE_TIME(_write_time(value.time), _write_date(value.date))


def _write_offset(offset: JavaZoneOffset) -> JavaObject:
    return _ZONE_OFFSET(_checked(offset.seconds, (-_MAX_OFFSET, _MAX_OFFSET), "the offset"))


_WRITERS: Final[dict[type, Callable[[Any], JavaObject]]] = {
    JavaLocalDate: _write_date,
    JavaLocalTime: _write_time,
    JavaLocalDateTime: _write_date_time,
    JavaInstant: lambda value: _INSTANT(_checked(value.nanos, _NANOS, "the nanoseconds"), JavaLong(value.seconds)),
    JavaDuration: lambda value: _DURATION(_checked(value.nanos, _NANOS, "the nanoseconds"), JavaLong(value.seconds)),
    JavaPeriod: lambda value: _PERIOD(
        _checked(value.days, _INT, "the days"), _checked(value.months, _INT, "the months"), _checked(value.years, _INT, "the years")
    ),
    JavaYear: lambda value: _YEAR(_checked(value.year, _YEARS, "the year")),
    JavaYearMonth: lambda value: _YEAR_MONTH(_checked(value.month, (1, 12), "the month"), _checked(value.year, _YEARS, "the year")),
    JavaMonthDay: lambda value: _MONTH_DAY(_checked(value.day, (1, 31), "the day"), _checked(value.month, (1, 12), "the month")),
    JavaZoneOffset: _write_offset,
    JavaZoneId: lambda value: _ZONE_ID(value.zone_id),
    JavaOffsetTime: lambda value: _OFFSET_TIME(_write_offset(value.offset), _write_time(value.time)),
    JavaOffsetDateTime: lambda value: _OFFSET_DATE_TIME(_write_offset(value.offset), _write_date_time(value.date_time)),
    JavaZonedDateTime: lambda value: _ZONED_DATE_TIME(_write_offset(value.offset), _write_date_time(value.date_time), value.zone),
}
