"""Results as JSON. What JSON has no type for is written like this:

=============================================  =====================================================================
value                                          JSON
=============================================  =====================================================================
``BigDecimal``                                 text, ``"12.50"``: no digit is lost
``NaN``, ``Infinity``, ``-Infinity``           text
``java.util.Date`` and other instants          text in ISO 8601 with offset, ``"2026-11-21T10:00:00+00:00"``
local dates and times                          text in ISO 8601 without offset
durations                                      text in ISO 8601, ``"PT1M30S"``
``byte[]``                                     base64 text
instants outside the years 1 to 9999           number of milliseconds since 1970
UUID, enum constants, classes, locales, files  text
lists, arrays, sets                            list; a set is sorted by the JSON of its elements
objects (models, classes without a model)      object whose first entry is ``"class"``, the Java name
maps                                           object; keys that are no text (numbers, dates ...) are written as text
maps with objects or lists as keys, or two     list of ``[key, value]`` pairs
keys with the same text
exceptions                                     object with ``"class"``, ``"message"`` and their fields
a value inside itself                          ``{"$ref": "$.path.to.it"}``
=============================================  =====================================================================
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import json
import math
import uuid
from typing import TYPE_CHECKING

from aiodubbo.errors import JavaException, SerializationError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import ExceptionLayout, ModelLayout
from aiodubbo.java.values import JavaClass, JavaDate, JavaEnum, JavaFile, JavaLocale, JavaMap, JavaObject
from aiodubbo.url.redaction import json_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def json_text(value: object, *, indent: int | None = None) -> str:
    """The JSON text of a result.

    Raises:
        SerializationError: it is nested too deeply for JSON.
    """
    try:
        return json_safe(json.dumps(plain(value), ensure_ascii=False, indent=indent))
    except RecursionError:
        raise SerializationError("the result is nested too deeply to be written as JSON") from None


def plain(value: object) -> object:
    """`value` with nothing in it but what JSON has."""
    return _Plain().of(value, "$")


class _Plain:
    """One conversion; remembers what it is inside of, so that cycles end."""

    def __init__(self) -> None:
        self._around: dict[int, str] = {}

    def of(self, value: object, path: str) -> object:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and not isinstance(value, enum.Enum):
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else _not_a_number(value)
        if isinstance(value, JavaDate):
            return value.ms
        text = _text(value)
        if text is not None:
            return text
        if id(value) in self._around:
            return {"$ref": self._around[id(value)]}
        self._around[id(value)] = path
        try:
            return self._container(value, path)
        finally:
            del self._around[id(value)]

    def _container(self, value: object, path: str) -> object:
        if isinstance(value, dict | JavaMap):
            return self._map(list(value.items()), path)
        if isinstance(value, list | tuple):
            return [self.of(one, f"{path}[{index}]") for index, one in enumerate(value)]
        if isinstance(value, set | frozenset):
            return sorted((self.of(one, path) for one in value), key=lambda one: json.dumps(one, ensure_ascii=False))
        if isinstance(value, JavaObject):
            return self._object(value.class_name, value.fields, path)
        layout = CLASSES.by_python_type(type(value))
        if isinstance(layout, ModelLayout):
            return self._object(layout.class_name, [(field.name, getattr(value, field.attribute, None)) for field in layout.fields()], path)
        if isinstance(value, JavaException):
            return self._exception(value.class_name, value.message, value.fields, path)
        if isinstance(layout, ExceptionLayout) and isinstance(value, BaseException):
            fields = {field.name: getattr(value, field.attribute, None) for field in layout.fields()}
            return self._exception(layout.class_name, str(value), fields, path)
        return str(value)

    def _object(self, class_name: str, fields: Iterable[tuple[str, object]], path: str) -> dict[str, object]:
        return {"class": class_name} | {name: self.of(held, f"{path}.{name}") for name, held in fields}

    def _exception(self, class_name: str, message: str | None, fields: Mapping[str, object], path: str) -> dict[str, object]:
        return self._object(class_name, [("message", message), *fields.items()], path)

    def _map(self, pairs: list[tuple[object, object]], path: str) -> object:
        keys = [_key(key) for key, _ in pairs]
        texts = [key for key in keys if key is not None]
        if len(set(texts)) == len(pairs):
            return {text: self.of(held, f"{path}.{text}") for text, (_, held) in zip(texts, pairs, strict=True)}
        return [[self.of(key, path), self.of(held, f"{path}[{index}]")] for index, (key, held) in enumerate(pairs)]


def _key(key: object) -> str | None:
    """The text that stands for a key, or None for one that has no text of its own."""
    if key is None or isinstance(key, bool):
        return json.dumps(key)
    if isinstance(key, int) and not isinstance(key, enum.Enum):
        return str(int(key))
    if isinstance(key, float):
        return repr(float(key)) if math.isfinite(key) else _not_a_number(key)
    return _text(key)


def _text(value: object) -> str | None:
    """The text of a single value; None for containers and objects."""
    match value:
        case enum.Enum() | JavaEnum() | JavaClass() | JavaLocale():
            return str(value.name)
        case JavaFile():
            return value.path
        case str():
            return str(value)
        case decimal.Decimal() | uuid.UUID():
            return str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return _duration(value)
        case bytes() | bytearray():
            return base64.b64encode(value).decode("ascii")
        case _:
            return None


def _not_a_number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _duration(value: datetime.timedelta) -> str:
    """ISO 8601 as Java prints it: hours, minutes, seconds; each part has the sign of the whole."""
    micros = value // datetime.timedelta(microseconds=1)
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    minutes, rest = divmod(micros, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds, fraction = divmod(rest, 1_000_000)
    text = f"{seconds}.{fraction:06}".rstrip("0") if fraction else str(seconds)
    parts = [f"{sign}{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M")) if amount]
    if text != "0" or not parts:
        parts.append(f"{sign}{text}S")
    return "PT" + "".join(parts)
