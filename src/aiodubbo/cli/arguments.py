"""Arguments from the command line: JSON texts → values that fit Java types.

JSON has fewer types than Java, so some are written as text:

* dates: ``"2026-11-21T10:00:00Z"``; without a zone the time of this machine is meant; a whole number is milliseconds since 1970;
* ``byte[]``: base64 text, or a list of numbers;
* exact decimals: ``"12.50"`` (a JSON number works too, but its last zeros are lost);
* ``float`` and ``double``: ``"NaN"``, ``"Infinity"``, ``"-Infinity"``;
* objects: ``{"class": "com.example.User", "name": "Ada"}``; where the type is declared, ``class`` may be left out.

Unlike a Java provider, the command line converts nothing silently: text is no number, and 1.5 is no ``int``.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import difflib
import json
from typing import TYPE_CHECKING, Final, NoReturn

from aiodubbo.errors import ArgumentError
from aiodubbo.java.types import JavaType, Kind, ModelLayout
from aiodubbo.rpc.generic.realize import realize

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE: Final = frozenset({Kind.BYTE, Kind.SHORT, Kind.INT, Kind.LONG, Kind.BIG_INTEGER})
_FRACTIONS: Final = frozenset({Kind.FLOAT, Kind.DOUBLE})
_TEXTS: Final = frozenset({Kind.STRING, Kind.CHAR, Kind.CHARS, Kind.ENUM, Kind.UUID})
_SEQUENCES: Final = frozenset({Kind.LIST, Kind.SET, Kind.ARRAY})
_NOT_NUMBERS: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def parse_json(texts: Sequence[str]) -> list[object]:
    """The values of JSON texts, one for each argument of the method.

    Raises:
        ArgumentError: a text is not JSON; says which one, where, and what to write for a string.
    """
    return [_parse(text, index) for index, text in enumerate(texts, 1)]


def _parse(text: str, index: int) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"argument {index}: {_shortened(text)} is not JSON{_hint(text, error)}") from None
    return value


def _hint(text: str, error: Exception) -> str:
    if text.startswith("--"):
        return "; if it is meant to be an option, it is an unknown one: see aiodubbo invoke --help"
    if isinstance(error, RecursionError):
        return ": it is nested too deeply"
    if text[:1] not in ("{", "[", '"') and not text[:1].isdigit():
        meant = text.strip("'")  # Windows' shell hands single quotes on
        return f"; a string needs double quotes, and the shell single quotes around them: '{json.dumps(meant, ensure_ascii=False)}'"
    if "'" in text and '"' not in text:
        return f": {error}; JSON has double quotes only, so put single quotes around the whole argument for the shell"
    return f": {error}"


def inferred_type(value: object) -> str:
    """The Java type that a JSON value most likely stands for, as a name."""
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
            named = value.get("class")
            return named if isinstance(named, str) and named else "java.util.Map"
        case _:
            return "java.lang.Object"


def typed(value: object, declared: JavaType, place: str) -> object:
    """A JSON value as a Python value of the declared Java type.

    Args:
        value: what `parse_json` returned.
        declared: the type of the parameter.
        place: named in errors, such as ``"argument 2 (limit)"``.

    Raises:
        ArgumentError: it does not fit; the text says where, what was expected and what was got.
    """
    try:
        fitted = _fit(value, declared, "")
        if declared.python_type is int and fitted is not None:
            return fitted  # a bare `int`: the value decides its width, see MethodDescriptor.for_arguments
        return realize(fitted, declared)
    except ArgumentError as error:
        text = str(error)
        raise ArgumentError(f"{place}{text}" if text.startswith("[") else f"{place}: {text}") from None


def _fit(value: object, declared: JavaType, path: str) -> object:
    """`value` in the form that `realize` takes for the declared type, once it is known to be of the right JSON kind."""
    kind = declared.kind
    if value is None:
        return None
    if declared.python_type is int:
        return _whole(value, declared, path)
    if kind in (Kind.OBJECT, Kind.THROWABLE):
        return value
    if kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else _refuse(value, declared, path, "write true or false")
    if kind in _WHOLE:
        return _whole(value, declared, path)
    if kind in _FRACTIONS:
        return _fraction(value, declared, path)
    if kind is Kind.BIG_DECIMAL:
        fits = isinstance(value, int | float | str) and not isinstance(value, bool)
        return value if fits else _refuse(value, declared, path, 'write a number, or text as in "12.50"')
    if kind in _TEXTS:
        return value if isinstance(value, str) else _refuse(value, declared, path, "write it in double quotes")
    if kind is Kind.BYTES:
        return _bytes(value, declared, path)
    if kind in (Kind.DATE, Kind.SQL_DATE):
        return _instant(value, declared, path)
    if kind is Kind.TIME:
        return value if isinstance(value, str) else _refuse(value, declared, path, "write it as text in ISO 8601")
    if kind in _SEQUENCES:
        if not isinstance(value, list):
            _refuse(value, declared, path, "write a list: [...]")
        item = declared.item
        return value if item is None else [_fit(one, item, f"{path}[{index}]") for index, one in enumerate(value)]
    if not isinstance(value, dict):
        _refuse(value, declared, path, "write an object: {...}")
    if isinstance(declared.layout, ModelLayout):
        return _model(value, declared.layout, path)
    item = declared.item
    return value if item is None else {key: _fit(one, item, f"{path}[{key!r}]") for key, one in value.items()}


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
        return value
    if not isinstance(value, str):
        _refuse(value, declared, path, hint)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        _refuse(value, declared, path, hint)
    return moment.astimezone()


def _model(value: dict[str, object], layout: ModelLayout, path: str) -> dict[str, object]:
    """Fields by their Java names; the Python names of the model are taken too."""
    fields = {name: field for field in layout.fields() for name in (field.attribute, field.name)}
    fitted: dict[str, object] = {}
    for name, one in value.items():
        if name == "class":
            fitted[name] = one
            continue
        field = fields.get(name)
        if field is None:
            similar = difflib.get_close_matches(name, fields, 1)
            hint = f"did you mean {similar[0]}?" if similar else f"it has {', '.join(field.name for field in layout.fields())}"
            raise ArgumentError(_at(path, f"{layout.class_name} has no field {name!r}; {hint}"))
        fitted[field.name] = _fit(one, field.type, f"{path}.{name}")
    return fitted


def _refuse(value: object, declared: JavaType, path: str, hint: str) -> NoReturn:
    raise ArgumentError(_at(path, f"expected {declared.name}, got {_described(value)}; {hint}"))


def _at(path: str, text: str) -> str:
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
            return f"the string {_shortened(json.dumps(value, ensure_ascii=False))}"
        case list():
            return "a list"
        case _:
            return "an object"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
