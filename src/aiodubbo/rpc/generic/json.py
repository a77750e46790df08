"""The JSON form of Java values: for the command line, mocks, and every protocol and page that shows or takes values as JSON.

JSON has fewer types than Java, so some are written as text. Each form is read back as the declared type, except where noted:

=============================================  =====================================================================
value                                          JSON
=============================================  =====================================================================
numbers                                        number
``NaN``, ``Infinity``, ``-Infinity``           text
``BigDecimal``                                 text, ``"12.50"``: no digit is lost. Read from a number too
strings, characters, UUID, enum constants,     text
classes, locales, files
``java.util.Date`` and other instants          text in ISO 8601 with offset, ``"2026-11-21T10:00:00+00:00"``. Read without
                                               offset as time of this machine, and from milliseconds since 1970
instants outside the years 1 to 9999           number of milliseconds since 1970
local dates and times                          text in ISO 8601 without offset
durations                                      text in ISO 8601, ``"PT1M30S"``
``byte[]``                                     base64 text. Read from a list of numbers too
lists, arrays, sets                            list; a set is sorted by the JSON of its elements
objects (models, classes without a model)      object whose first entry is ``"class"``, the Java name. Read without it where
                                               the type is declared
maps                                           object; keys that are no text (numbers, dates ...) are written as text
maps with objects or lists as keys, or two     list of ``[key, value]`` pairs
keys with the same text
exceptions                                     object with ``"class"``, ``"message"`` and their fields
a value inside itself                          ``{"$ref": "$.path.to.it"}``; written only
=============================================  =====================================================================

`from_json.from_json` reads a declared type. Unlike a Java provider, it converts nothing silently: text is no number, and 1.5 is no ``int``.
Where ``java.lang.Object`` is declared, the value stays what JSON says.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import json
import math
import re
import uuid
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import JavaException, SerializationError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import ExceptionLayout, ModelLayout
from aiodubbo.java.values import JavaClass, JavaDate, JavaEnum, JavaFile, JavaLocale, JavaMap, JavaObject
from aiodubbo.url.redaction import json_safe

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TEXT: Final = 8 * 1024 * 1024
"""Characters of a JSON text that is read: as much as Dubbo's default payload has bytes."""

MAX_DEPTH: Final = 200
"""Nesting of lists and objects in it. Deeper ones would end Python's stack."""

MAX_VALUES: Final = 500_000
"""Values in it; each costs far more memory than its characters."""

_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{}\],]', re.DOTALL)


def json_text(value: object, *, indent: int | None = None) -> str:
    """The JSON text of a value.

    Raises:
        SerializationError: it is nested too deeply for JSON.
    """
    try:
        return json_safe(json.dumps(to_json(value), ensure_ascii=False, indent=indent))
    except RecursionError:
        raise SerializationError("the result is nested too deeply to be written as JSON") from None


def to_json(value: object) -> object:
    """`value` as data of JSON's own types."""
    return _Writer().write(value, "$")


class _Writer:
    """A conversion; remembers the values around the current one, so that cycles end."""

    def __init__(self) -> None:
        self._around: dict[int, str] = {}

    def write(self, value: object, path: str) -> object:
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
            return [self.write(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, set | frozenset):
            return sorted((self.write(item, path) for item in value), key=lambda item: json.dumps(item, ensure_ascii=False))
        if isinstance(value, JavaObject):
            return self._object(value.class_name, value.fields, path)
        layout = CLASSES.by_python_type(type(value))
        if isinstance(layout, ModelLayout):
            return self._object(layout.class_name, [(field.name, getattr(value, field.attribute, None)) for field in layout.fields()], path)
        if isinstance(value, JavaException):
            return self._object(value.class_name, [("message", value.message), *value.fields.items()], path)
        if isinstance(layout, ExceptionLayout) and isinstance(value, BaseException):
            fields = [(field.name, getattr(value, field.attribute, None)) for field in layout.fields()]
            return self._object(layout.class_name, [("message", str(value)), *fields], path)
        return str(value)

    def _object(self, class_name: str, fields: Iterable[tuple[str, object]], path: str) -> dict[str, object]:
        return {"class": class_name} | {name: self.write(value, f"{path}.{name}") for name, value in fields}

    def _map(self, pairs: list[tuple[object, object]], path: str) -> object:
        texts = [text for key, _ in pairs if (text := _key_text(key)) is not None]
        if len(set(texts)) == len(pairs):
            return {text: self.write(value, f"{path}.{text}") for text, (_, value) in zip(texts, pairs, strict=True)}
        return [[self.write(key, path), self.write(value, f"{path}[{index}]")] for index, (key, value) in enumerate(pairs)]


def _key_text(key: object) -> str | None:
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
        case str() | decimal.Decimal() | uuid.UUID():
            return str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return _duration_text(value)
        case bytes() | bytearray():
            return base64.b64encode(value).decode("ascii")
        case _:
            return None


def _not_a_number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _duration_text(value: datetime.timedelta) -> str:
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


def read_json(text: str) -> object:
    """Parse a JSON text, within `MAX_TEXT`, `MAX_DEPTH` and `MAX_VALUES`, which are checked before anything is built.

    Raises:
        ValueError: it is not JSON, or exceeds a limit.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"it is longer than {MAX_TEXT} characters")
    depth, values = 0, 1
    for token in _TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        if sign in "[{,":
            values += 1
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        if values > MAX_VALUES:
            raise ValueError(f"it has more than {MAX_VALUES} values")
    value: object = json.loads(text)
    return value


def inferred_type(value: object) -> str:
    """Name of the Java type that a JSON value most likely stands for."""
    match value:
        case bool():
            return "boolean"
        case int():
            if -(2**31) <= value < 2**31:
                return "int"
            return "long" if -(2**63) <= value < 2**63 else "java.math.BigInteger"
        case float():
            return "double"
        case str():
            return "java.lang.String"
        case list():
            return "java.util.List"
        case dict():
            name = value.get("class")
            return name if isinstance(name, str) and name else "java.util.Map"
        case _:
            return "java.lang.Object"
