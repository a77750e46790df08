"""JSON data → values of declared Java types; `json` has the table of forms."""

from __future__ import annotations

import base64
import binascii
import datetime
import difflib
import json
import re
from typing import Final, NoReturn

from aiodubbo.errors import ArgumentError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import OBJECT, JavaType, Kind, ModelLayout
from aiodubbo.java.values import JavaClass, JavaDate, JavaLocale, JavaMap

from .realize import realize

_WHOLE: Final = frozenset({Kind.BYTE, Kind.SHORT, Kind.INT, Kind.LONG, Kind.BIG_INTEGER})
_FRACTIONS: Final = frozenset({Kind.FLOAT, Kind.DOUBLE})
_TEXTS: Final = frozenset({Kind.STRING, Kind.CHAR, Kind.CHARS, Kind.ENUM, Kind.UUID, Kind.LOCALE, Kind.CLASS})
_SEQUENCES: Final = frozenset({Kind.LIST, Kind.SET, Kind.ARRAY})
_NOT_NUMBERS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_DURATION: Final = re.compile(r"(-)?P(?:(-?\d{1,9})D)?(?:T(?:(-?\d{1,12})H)?(?:(-?\d{1,12})M)?(?:(-?)(\d{1,12})(?:\.(\d{1,6}))?S)?)?")
_EPOCH: Final = datetime.datetime(1970, 1, 1)
_FIRST_MS: Final = (datetime.datetime.min - _EPOCH) // datetime.timedelta(milliseconds=1)
_LAST_MS: Final = (datetime.datetime.max - _EPOCH) // datetime.timedelta(milliseconds=1)


def from_json(value: object, declared: JavaType, place: str) -> object:
    """Turn data from `read_json` into a Python value of the declared Java type; errors name `place`, such as ``"argument 2 (limit)"``.

    Raises:
        ArgumentError: it does not fit; the text says where, what was expected and what was got.
    """
    try:
        data = _read(value, declared, "")
        if declared.python_type is int and data is not None:
            return data  # a bare `int`: the value decides its width, see MethodDescriptor.for_arguments
        return realize(data, declared)
    except ArgumentError as error:
        text = str(error)
        raise ArgumentError(f"{place}{text}" if text.startswith("[") else f"{place}: {text}") from None


def _read(value: object, declared: JavaType, path: str) -> object:
    """`value` in the form that `realize` takes for the declared type, once it is known to be of the right JSON kind."""
    kind = declared.kind
    if value is None:
        return None
    if declared.python_type is int or kind in _WHOLE:
        return _whole(value, declared, path)
    if kind in (Kind.OBJECT, Kind.THROWABLE):
        return value
    if kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else _refuse(value, declared, path, "write true or false")
    if kind in _FRACTIONS:
        return _fraction(value, declared, path)
    if kind is Kind.BIG_DECIMAL:
        fits = isinstance(value, int | float | str) and not isinstance(value, bool)
        return value if fits else _refuse(value, declared, path, 'write a number, or text as in "12.50"')
    if kind in _TEXTS:
        return _string(value, declared, path)
    if kind is Kind.BYTES:
        return _bytes(value, declared, path)
    if kind in (Kind.DATE, Kind.SQL_DATE):
        return _instant(value, declared, path)
    if kind is Kind.TIME:
        return _time(value, declared, path)
    if kind in _SEQUENCES:
        if not isinstance(value, list):
            _refuse(value, declared, path, "write a list: [...]")
        item = declared.item or OBJECT
        return [_read(element, item, f"{path}[{index}]") for index, element in enumerate(value)]
    if kind is Kind.MAP and isinstance(value, list) and value and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return _pairs(value, declared, path)
    if not isinstance(value, dict):
        _refuse(value, declared, path, "write an object: {...}")
    if isinstance(declared.layout, ModelLayout):
        return _model(value, declared.layout, path)
    item = declared.item or OBJECT
    return {_key(key, declared.key or OBJECT, path): _read(entry, item, f"{path}[{key!r}]") for key, entry in value.items()}


def _whole(value: object, declared: JavaType, path: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    _refuse(value, declared, path, "write a whole number, without quotes")


def _fraction(value: object, declared: JavaType, path: str) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _NOT_NUMBERS:
        return _NOT_NUMBERS[value]
    _refuse(value, declared, path, "write a number, without quotes")


def _string(value: object, declared: JavaType, path: str) -> object:
    if not isinstance(value, str):
        _refuse(value, declared, path, "write it in double quotes")
    if declared.kind is Kind.LOCALE:
        return JavaLocale(value)
    return JavaClass(value) if declared.kind is Kind.CLASS else value


def _bytes(value: object, declared: JavaType, path: str) -> object:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        _refuse(value, declared, path, "write base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        _refuse(value, declared, path, f"write base64 text: {error}")


def _instant(value: object, declared: JavaType, path: str) -> object:
    hint = 'write "2026-11-21T10:00:00Z", or milliseconds since 1970'
    if isinstance(value, int) and not isinstance(value, bool):
        is_rare = declared.kind is Kind.DATE and not _FIRST_MS <= value <= _LAST_MS and -(2**63) <= value < 2**63
        return JavaDate(value) if is_rare else value
    if not isinstance(value, str):
        _refuse(value, declared, path, hint)
    try:
        return datetime.datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        _refuse(value, declared, path, hint)


def _time(value: object, declared: JavaType, path: str) -> object:
    if not isinstance(value, str):
        _refuse(value, declared, path, "write it as text in ISO 8601")
    if declared.name == "java.time.Duration":
        match = _DURATION.fullmatch(value)
        if match is None or value[-1] in "PT":
            _refuse(value, declared, path, 'write it as text in ISO 8601, such as "PT1M30S"')
        sign, days, hours, minutes, minus, seconds, fraction = match.groups()
        micros = int(f"{minus or ''}{seconds or 0}{(fraction or '').ljust(6, '0')}")
        try:
            duration = datetime.timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), microseconds=micros)
        except OverflowError:
            _refuse(value, declared, path, "write fewer days")
        return -duration if sign else duration
    if declared.name == "java.time.ZonedDateTime":
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            _refuse(value, declared, path, "write it as text in ISO 8601")
    return value


def _pairs(value: list[list[object]], declared: JavaType, path: str) -> object:
    """Map entries that are written as a list of pairs."""
    key, item = declared.key or OBJECT, declared.item or OBJECT
    entries = [
        (_read(name, key, f"{path}[{index}][0]"), _read(entry, item, f"{path}[{index}][1]")) for index, (name, entry) in enumerate(value)
    ]
    if any(isinstance(name, list | dict | JavaMap) for name, _ in entries):
        return JavaMap(entries)
    distinct = dict(entries)  # 1 and true are one key in Python and two in Java
    return distinct if len(distinct) == len(entries) else JavaMap(entries)


def _key(text: str, declared: JavaType, path: str) -> object:
    """A map key from its text; `realize` reads numbers and whatever is text in Java."""
    if text == "null" and declared.nullable and declared.kind not in (Kind.STRING, Kind.OBJECT):
        return None
    if declared.kind is Kind.BOOLEAN and text in ("true", "false"):
        return text == "true"
    if declared.kind in (Kind.BOOLEAN, Kind.BYTES, Kind.DATE, Kind.SQL_DATE, Kind.TIME, Kind.LOCALE, Kind.CLASS):
        return _read(text, declared, f"{path}[key]")
    return text


def _model(value: dict[str, object], layout: ModelLayout, path: str) -> dict[str, object]:
    """Fields by their Java names; the Python names of the model are taken too, and the fields of a subclass that is named."""
    named = CLASSES.by_java_name(name) if isinstance(name := value.get("class"), str) else None
    if isinstance(named, ModelLayout) and issubclass(named.python_type, layout.python_type):
        layout = named
    fields = {name: field for field in layout.fields() for name in (field.attribute, field.name)}
    data: dict[str, object] = {}
    for name, item in value.items():
        if name == "class":
            data[name] = item
            continue
        field = fields.get(name)
        if field is None:
            similar = difflib.get_close_matches(name, fields, 1)
            hint = f"did you mean {similar[0]}?" if similar else f"it has {', '.join(field.name for field in layout.fields())}"
            raise ArgumentError(_located(path, f"{layout.class_name} has no field {name!r}; {hint}"))
        data[field.name] = _read(item, field.type, f"{path}.{name}")
    return data


def _refuse(value: object, declared: JavaType, path: str, hint: str) -> NoReturn:
    raise ArgumentError(_located(path, f"expected {declared.name}, got {_described(value)}; {hint}"))


def _located(path: str, text: str) -> str:
    path = path.removeprefix(".")
    return f"{path}: {text}" if path else text


def _described(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {json.dumps(value)}"
        case int() | float():
            return f"the number {value}"
        case str():
            text = json.dumps(value, ensure_ascii=False)
            return f"the string {text if len(text) <= 60 else f'{text[:60]}…'}"
        case list():
            return "a list"
        case _:
            return "an object"
