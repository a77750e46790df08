"""``java.time``, both ways."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.unit.wire.hessian2.classes_for_tests import decode, encode

from aiodubbo.errors import HessianDecodeError, HessianEncodeError
from aiodubbo.hessian2 import (
    JavaDuration,
    JavaInstant,
    JavaLocalDate,
    JavaLocalDateTime,
    JavaLocalTime,
    JavaMonthDay,
    JavaObject,
    JavaOffsetDateTime,
    JavaOffsetTime,
    JavaPeriod,
    JavaYear,
    JavaYearMonth,
    JavaZonedDateTime,
    JavaZoneId,
    JavaZoneOffset,
)
from aiodubbo.java.types import JavaType, Kind

UTC = datetime.UTC
TWO_HOURS = datetime.timezone(datetime.timedelta(hours=2))
DATE = JavaLocalDate(-5, 2, 29)
TIME = JavaLocalTime(1, 2, 3, 4)


def declared(name: str) -> JavaType:
    return JavaType(Kind.TIME, f"java.time.{name}")


@pytest.mark.spec("PRO-48", "java.time classes travel as handles, in the field order of Java's writer")
def test_handles() -> None:
    value: Any = decode(encode(datetime.datetime(2024, 2, 29, 1, 2, 3, 4)), lossless=True)
    assert value.class_name == "com.alibaba.com.caucho.hessian.io.java8.LocalDateTimeHandle"
    assert value.names == ("time", "date")
    assert value["time"].fields == [("nano", 4000), ("second", 3), ("minute", 2), ("hour", 1)]
    assert value["date"].fields == [("day", 29), ("month", 2), ("year", 2024)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LocalDate", datetime.date(2024, 2, 29)),
        ("LocalTime", datetime.time(23, 59, 59, 999999)),
        ("LocalDateTime", datetime.datetime(1, 1, 1)),
        ("Instant", datetime.datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)),
        ("Instant", datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("Duration", datetime.timedelta(days=-1, microseconds=1)),
        ("OffsetDateTime", datetime.datetime(2024, 1, 2, 3, tzinfo=TWO_HOURS)),
        ("OffsetTime", datetime.time(3, tzinfo=TWO_HOURS)),
        ("ZonedDateTime", datetime.datetime(2024, 1, 2, 3, tzinfo=TWO_HOURS)),
    ],
)
def test_what_python_has_a_type_for(name: str, value: object) -> None:
    written = encode(value, declared(name))
    read = decode(written, declared(name))
    assert read == value
    assert type(read) is type(value)
    assert decode(written) == value
    assert f"{name}Handle".encode() in written


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LocalDate", DATE),
        ("LocalDate", JavaLocalDate(999_999_999, 12, 31)),
        ("LocalTime", TIME),
        ("LocalDateTime", JavaLocalDateTime(DATE, TIME)),
        ("LocalDateTime", JavaLocalDateTime(JavaLocalDate(2024, 1, 1), TIME)),
        ("Instant", JavaInstant(2**62, 0)),
        ("Instant", JavaInstant(0, 1)),
        ("Duration", JavaDuration(-1, 999_999_999)),
        ("Duration", JavaDuration(2**62, 0)),
        ("Period", JavaPeriod(1, -2, 3)),
        ("Year", JavaYear(-999_999_999)),
        ("YearMonth", JavaYearMonth(2024, 12)),
        ("MonthDay", JavaMonthDay(2, 29)),
        ("ZoneOffset", JavaZoneOffset(-12615)),
        ("ZoneId", JavaZoneId("Europe/Berlin")),
        ("OffsetTime", JavaOffsetTime(TIME, JavaZoneOffset(0))),
        ("OffsetDateTime", JavaOffsetDateTime(JavaLocalDateTime(DATE, TIME), JavaZoneOffset(3600))),
        ("ZonedDateTime", JavaZonedDateTime(JavaLocalDateTime(DATE, TIME), JavaZoneOffset(3600), "Europe/Berlin")),
    ],
)
def test_what_python_would_lose_stays_a_value_of_its_own(name: str, value: object) -> None:
    assert decode(encode(value)) == value
    assert decode(encode(value, declared(name)), declared(name)) == value
    assert hash(value) == hash(decode(encode(value)))


def test_zones_keep_their_id() -> None:
    berlin = datetime.datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    written = encode(berlin, declared("ZonedDateTime"))
    read = decode(written, declared("ZonedDateTime"))
    assert read == berlin
    assert read.tzname() == "Europe/Berlin"
    assert encode(read, declared("ZonedDateTime")) == written


@pytest.mark.parametrize(
    ("offset", "zone"),
    [
        (datetime.timedelta(0), "Z"),
        (datetime.timedelta(hours=2), "+02:00"),
        (datetime.timedelta(hours=-3, minutes=-30, seconds=-15), "-03:30:15"),
    ],
)
def test_fixed_offsets_as_zone(offset: datetime.timedelta, zone: str) -> None:
    moment = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(offset))
    value: Any = decode(encode(moment, declared("ZonedDateTime")), lossless=True)
    assert value["zoneId"] == zone
    assert value["offset"]["seconds"] == offset // datetime.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Instant", datetime.datetime(2024, 1, 1), "time zone"),
        ("LocalDateTime", datetime.datetime(2024, 1, 1, tzinfo=UTC), "naive"),
        ("LocalDate", datetime.datetime(2024, 1, 1, tzinfo=UTC), "LocalDate"),
        ("LocalDate", "2024-01-01", "java.time.LocalDate"),
        ("Duration", datetime.time(1), "java.time.Duration"),
        ("LocalTime", datetime.time(1, tzinfo=UTC), "java.time.LocalTime"),
        ("Year", JavaYearMonth(2024, 1), "java.time.Year, got java.time.YearMonth"),
        ("LocalDate", JavaLocalDate(2024, 13, 1), "month 13"),
        ("LocalDate", JavaLocalDate(10**9, 1, 1), "year"),
        ("LocalTime", JavaLocalTime(0, 0, 0, 10**9), "nanosecond"),
        ("Instant", JavaInstant(2**63, 0), "64 bits"),
        ("ZoneOffset", JavaZoneOffset(10**6), "offset"),
        ("OffsetDateTime", datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=20))), "18 hours"),
        ("OffsetTime", datetime.time(1, tzinfo=ZoneInfo("Europe/Berlin")), "offset"),
    ],
)
def test_what_cannot_be_written(name: str, value: object, said: str) -> None:
    with pytest.raises(HessianEncodeError, match=said):
        encode(value, declared(name))


def test_a_handle_of_another_class_than_declared() -> None:
    with pytest.raises(HessianDecodeError, match=r"java\.time\.LocalDate"):
        decode(encode(JavaYear(2024)), declared("LocalDate"))
    with pytest.raises(HessianDecodeError, match=r"java\.time\.LocalDate"):
        decode(encode(JavaObject("com.example.Date", {"year": 1})), declared("LocalDate"))


def test_years_of_any_size_are_no_error() -> None:
    read = decode(encode(JavaOffsetDateTime(JavaLocalDateTime(JavaLocalDate(10_000, 1, 1), JavaLocalTime(0, 0, 0, 0)), JavaZoneOffset(0))))
    assert isinstance(read, JavaOffsetDateTime)
    assert read.date_time.date.year == 10_000
