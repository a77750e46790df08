"""Hessian 2 as Java Dubbo speaks it, for use without any network: ``dumps`` and ``loads``.

::

    data = hessian2.dumps({"name": "apple", "count": 3})
    hessian2.loads(data)                       # {"name": "apple", "count": 3}
    hessian2.loads(data, lossless=True)        # keeps what Java distinguishes and Python does not

`encoder` and `decoder` write and read several values of one stream, which share tables of references, type names and classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import HessianDecodeError, HessianEncodeError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.times import (
    JavaDuration,
    JavaInstant,
    JavaLocalDate,
    JavaLocalDateTime,
    JavaLocalTime,
    JavaMonthDay,
    JavaOffsetDateTime,
    JavaOffsetTime,
    JavaPeriod,
    JavaYear,
    JavaYearMonth,
    JavaZonedDateTime,
    JavaZoneId,
    JavaZoneOffset,
)
from aiodubbo.java.values import (
    JavaArray,
    JavaByte,
    JavaChar,
    JavaClass,
    JavaDate,
    JavaDouble,
    JavaEnum,
    JavaFile,
    JavaFloat,
    JavaInt,
    JavaList,
    JavaLocale,
    JavaLong,
    JavaMap,
    JavaObject,
    JavaShort,
)
from aiodubbo.wire._impl import HESSIAN2
from aiodubbo.wire.hessian2.abc import DEFAULT_LIMITS, Decoder, Dialect, Encoder, Limits

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "DEFAULT_LIMITS",
    "Decoder",
    "Dialect",
    "Encoder",
    "HessianDecodeError",
    "HessianEncodeError",
    "JavaArray",
    "JavaByte",
    "JavaChar",
    "JavaClass",
    "JavaDate",
    "JavaDouble",
    "JavaDuration",
    "JavaEnum",
    "JavaFile",
    "JavaFloat",
    "JavaInstant",
    "JavaInt",
    "JavaList",
    "JavaLocalDate",
    "JavaLocalDateTime",
    "JavaLocalTime",
    "JavaLocale",
    "JavaLong",
    "JavaMap",
    "JavaMonthDay",
    "JavaObject",
    "JavaOffsetDateTime",
    "JavaOffsetTime",
    "JavaPeriod",
    "JavaShort",
    "JavaYear",
    "JavaYearMonth",
    "JavaZoneId",
    "JavaZoneOffset",
    "JavaZonedDateTime",
    "Limits",
    "decoder",
    "dumps",
    "encoder",
    "loads",
]


def dumps(value: object, *, dialect: Dialect = Dialect.LITE3) -> bytes:
    """The bytes of one value.

    Classes declared with ``java.model`` are written as their Java classes. The dialect matters little: readers of both take both.

    Raises:
        HessianEncodeError: Hessian 2 has no form for the value or a part of it; the error's ``path`` says where.
    """
    writer = HESSIAN2.encoder(CLASSES, dialect)
    writer.write(value)
    return writer.getvalue()


def loads(data: bytes | bytearray | memoryview, lossless: bool = False, *, limits: Limits = DEFAULT_LIMITS) -> Any:
    """The value that `data` holds, and nothing beside it.

    Args:
        data: one value in Hessian 2.
        lossless: return what keeps everything that the bytes say, so that ``dumps`` of it means the same to Java: `JavaLong` for a long,
            `JavaList`, `JavaMap` and `JavaObject` with their Java class names, `JavaDate`. No class of yours is used then.
        limits: bounds on depth and size.

    Raises:
        HessianDecodeError: not one Hessian 2 value, a limit, or an object that makes no value of its class. Nothing else is raised.
    """
    reader = HESSIAN2.decoder(data, CLASSES, limits, lossless)
    value = reader.read()
    if reader.remaining:
        raise HessianDecodeError(f"{reader.remaining} bytes follow the value", offset=reader.position)
    return value


def encoder(dialect: Dialect = Dialect.LITE3) -> Encoder:
    """A writer of several values into one stream."""
    return HESSIAN2.encoder(CLASSES, dialect)


def decoder(data: bytes | bytearray | memoryview, *, lossless: bool = False, limits: Limits = DEFAULT_LIMITS) -> Decoder:
    """A reader of several values from one stream."""
    return HESSIAN2.decoder(data, CLASSES, limits, lossless)
