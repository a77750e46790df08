"""``java.time`` on the wire: each class travels as a *handle*, an object of its fields; here is the way to and from Python's values."""

from __future__ import annotations

import datetime
from typing import Any, Final, NamedTuple

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

_PACKAGE: Final = "com.alibaba.com.caucho.hessian.io.java8."


class _Bounds(NamedTuple):
    """Range of a number, and its name in errors; a wide one is a ``long`` in Java."""

    low: int
    high: int
    name: str
    wide: bool = False


_MAX_OFFSET: Final = 18 * 3600
_DAY: Final = _Bounds(1, 31, "the day")
_MONTH: Final = _Bounds(1, 12, "the month")
_YEAR: Final = _Bounds(-999_999_999, 999_999_999, "the year")
_NANOS: Final = _Bounds(0, 999_999_999, "the nanoseconds")
_SECONDS: Final = _Bounds(-1 << 63, (1 << 63) - 1, "the seconds", wide=True)
_OFFSET: Final = _Bounds(-_MAX_OFFSET, _MAX_OFFSET, "the offset")


def _any_int(name: str) -> _Bounds:
    return _Bounds(-0x80000000, 0x7FFFFFFF, name)


_FIELDS: Final[dict[type, tuple[tuple[str, str, _Bounds | type], ...]]] = {
    JavaLocalDate: (("day", "day", _DAY), ("month", "month", _MONTH), ("year", "year", _YEAR)),
    JavaLocalTime: (
        ("nano", "nano", _NANOS),
        ("second", "second", _Bounds(0, 59, "the second")),
        ("minute", "minute", _Bounds(0, 59, "the minute")),
        ("hour", "hour", _Bounds(0, 23, "the hour")),
    ),
    JavaLocalDateTime: (("time", "time", JavaLocalTime), ("date", "date", JavaLocalDate)),
    JavaInstant: (("nanos", "nanos", _NANOS), ("seconds", "seconds", _SECONDS)),
    JavaDuration: (("nanos", "nanos", _NANOS), ("seconds", "seconds", _SECONDS)),
    JavaPeriod: tuple((name, name, _any_int(f"the {name}")) for name in ("days", "months", "years")),
    JavaYear: (("year", "year", _YEAR),),
    JavaYearMonth: (("month", "month", _MONTH), ("year", "year", _YEAR)),
    JavaMonthDay: (("day", "day", _DAY), ("month", "month", _MONTH)),
    JavaZoneOffset: (("seconds", "seconds", _OFFSET),),
    JavaZoneId: (("zoneId", "zone_id", str),),
    JavaOffsetTime: (("zoneOffset", "offset", JavaZoneOffset), ("localTime", "time", JavaLocalTime)),
    JavaOffsetDateTime: (("offset", "offset", JavaZoneOffset), ("dateTime", "date_time", JavaLocalDateTime)),
    JavaZonedDateTime: (("offset", "offset", JavaZoneOffset), ("dateTime", "date_time", JavaLocalDateTime), ("zoneId", "zone", str)),
}
"""Value class → fields of its handle in Java's order: name, attribute, and either the range, ``str``, or the class of a part."""

_HANDLE_OF: Final = {cls: f"{_PACKAGE}{cls.__name__[4:]}Handle" for cls in _FIELDS}
_CLASS_OF: Final = {handle: cls for cls, handle in _HANDLE_OF.items()}

HANDLE_CLASSES: Final[dict[str, str]] = {handle: JAVA_CLASSES[cls] for cls, handle in _HANDLE_OF.items()}
"""Handle class → Java class."""


def _read(handle: JavaObject) -> Any:
    """Value of a handle. A bad field is a ValueError; the caller says where it stood."""
    cls = _CLASS_OF[handle.class_name]
    values = {}
    for name, attribute, form in _FIELDS[cls]:
        value = handle.get(name)
        if isinstance(form, _Bounds):
            fits = value.__class__ is int and form.low <= value <= form.high
        elif form is str:
            fits = isinstance(value, str)
        else:
            fits = value.__class__ is JavaObject and value.class_name == _HANDLE_OF[form]
            value = _read(value) if fits else value
        if not fits:
            raise ValueError(f"{handle.class_name}.{name} is {brief(value)}")
        values[attribute] = value
    return cls(**values)


def _write(value: Any) -> JavaObject:
    cls = type(value)
    names, written = [], []
    for name, attribute, form in _FIELDS[cls]:
        part = getattr(value, attribute)
        if isinstance(form, _Bounds):
            part = JavaLong(part) if form.wide else part  # refuses what takes more than 64 bits
            if not form.low <= part <= form.high:
                raise ValueError(f"{form.name} {brief(part)} is outside {form.low} to {form.high}")
        elif form is not str:
            part = _write(part)
        names.append(name)
        written.append(part)
    return new_object(_HANDLE_OF[cls], tuple(names), written)


def read_handle(handle: JavaObject) -> object:
    """The Python value of a handle: Python's own type where it loses nothing, else the value class.

    Raises:
        ValueError: the handle's fields make no such value.
    """
    return to_python(_read(handle))


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
    return _write(java)


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
        JavaLocalDate(value.year, value.month, value.day), JavaLocalTime(value.hour, value.minute, value.second, value.microsecond * 1000)
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
