"""Value classes of ``java.time`` for what Python's ``datetime`` cannot hold.

Python's own type (``date``, ``time``, ``datetime``, ``timedelta``) is used whenever it keeps every digit. These are for the rest: years
beyond 1 to 9999, nanoseconds that are no whole microseconds, and classes that Python has nothing for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, get_args


@dataclass(frozen=True, slots=True, order=True)
class JavaLocalDate:
    """``java.time.LocalDate`` of any year."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True, order=True)
class JavaLocalTime:
    """``java.time.LocalTime`` with nanoseconds."""

    hour: int
    minute: int
    second: int
    nano: int


@dataclass(frozen=True, slots=True, order=True)
class JavaLocalDateTime:
    """``java.time.LocalDateTime`` of any year, with nanoseconds."""

    date: JavaLocalDate
    time: JavaLocalTime


@dataclass(frozen=True, slots=True, order=True)
class JavaInstant:
    """``java.time.Instant``: seconds since 1970 and nanoseconds (0 to 999 999 999)."""

    seconds: int
    nanos: int


@dataclass(frozen=True, slots=True, order=True)
class JavaDuration:
    """``java.time.Duration``: seconds and nanoseconds (0 to 999 999 999)."""

    seconds: int
    nanos: int


@dataclass(frozen=True, slots=True)
class JavaPeriod:
    """``java.time.Period``."""

    years: int
    months: int
    days: int


@dataclass(frozen=True, slots=True, order=True)
class JavaYear:
    """``java.time.Year``."""

    year: int


@dataclass(frozen=True, slots=True, order=True)
class JavaYearMonth:
    """``java.time.YearMonth``."""

    year: int
    month: int


@dataclass(frozen=True, slots=True, order=True)
class JavaMonthDay:
    """``java.time.MonthDay``."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class JavaZoneOffset:
    """``java.time.ZoneOffset``: seconds east of Greenwich."""

    seconds: int


@dataclass(frozen=True, slots=True)
class JavaZoneId:
    """``java.time.ZoneId`` of a region, such as ``Europe/Berlin``."""

    zone_id: str


@dataclass(frozen=True, slots=True)
class JavaOffsetTime:
    """``java.time.OffsetTime``."""

    time: JavaLocalTime
    offset: JavaZoneOffset


@dataclass(frozen=True, slots=True)
class JavaOffsetDateTime:
    """``java.time.OffsetDateTime``."""

    date_time: JavaLocalDateTime
    offset: JavaZoneOffset


@dataclass(frozen=True, slots=True)
class JavaZonedDateTime:
    """``java.time.ZonedDateTime``: the zone is an id (``Europe/Berlin``) or the text of an offset (``+02:00``, ``Z``)."""

    date_time: JavaLocalDateTime
    offset: JavaZoneOffset
    zone: str


JavaTime: TypeAlias = (
    JavaLocalDate
    | JavaLocalTime
    | JavaLocalDateTime
    | JavaInstant
    | JavaDuration
    | JavaPeriod
    | JavaYear
    | JavaYearMonth
    | JavaMonthDay
    | JavaZoneOffset
    | JavaZoneId
    | JavaOffsetTime
    | JavaOffsetDateTime
    | JavaZonedDateTime
)

JAVA_CLASSES: Final[dict[type, str]] = {cls: f"java.time.{cls.__name__[4:]}" for cls in get_args(JavaTime)}
"""Value class → Java class."""
