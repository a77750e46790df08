"""Values → plain data for generic callers (PRO-93)."""

from __future__ import annotations

import datetime
import enum
from functools import partial
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import JavaException
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import ExceptionLayout, JavaType, Kind, ModelLayout
from aiodubbo.java.values import JavaEnum, JavaList, JavaLong, JavaMap, JavaObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.java.types import FieldLayout


def generalize(value: object, declared: JavaType | None = None) -> object:
    """Turn models into ``dict`` with a ``class`` entry, enums into their names, collections into plain ones.

    Numbers, texts, bytes, instants and ``Decimal`` stay; local dates and times become ISO text. Objects that are used twice, or that
    contain themselves, stay one object. With `declared`, a ``long`` stays a ``java.lang.Long`` for the caller.
    """
    return _Generalizer().run(value, declared)


_CONTAINERS: Final = (list, tuple, set, frozenset, dict, JavaMap, JavaObject, BaseException)


class _Generalizer:
    """A conversion. Containers are made empty and filled later, so that depth costs no recursion and cycles end."""

    def __init__(self) -> None:
        self._converted: dict[int, object] = {}
        self._pending: list[Callable[[], None]] = []

    def run(self, value: object, declared: JavaType | None) -> object:
        result = self._convert(value, declared)
        while self._pending:
            self._pending.pop()()
        return result

    def _convert(self, value: object, declared: JavaType | None) -> object:
        layout = CLASSES.by_python_type(type(value))
        if not isinstance(value, _CONTAINERS) and not isinstance(layout, ModelLayout):
            return _simple(value, declared)
        plain = self._converted.get(id(value))
        return self._container(value, layout, declared) if plain is None else plain

    def _container(self, value: object, layout: object, declared: JavaType | None) -> object:
        item, key = (declared.item, declared.key) if declared is not None else (None, None)
        plain: object
        if isinstance(layout, ModelLayout):
            plain = self._object(layout.class_name, value, layout.fields())
        elif isinstance(value, (dict, JavaMap)):
            plain = self._map(value, key, item)
        elif isinstance(value, JavaObject):
            fields: dict[object, object] = {"class": value.class_name}
            plain = fields
            self._pending.append(partial(self._fill, fields, [(name, element, None) for name, element in value.fields]))
        elif isinstance(value, BaseException):
            plain = self._exception(value, layout)
        elif isinstance(value, (set, frozenset)):
            elements = [self._convert(element, item) for element in value]
            plain = JavaList(elements, java_type="java.util.HashSet") if _holds_containers(elements) else set(elements)
        elif isinstance(value, (list, tuple)):
            plain = []
            self._pending.append(partial(self._extend, plain, value, item))
        self._converted[id(value)] = plain
        return plain

    def _object(self, class_name: str, value: object, fields: Sequence[FieldLayout]) -> dict[object, object]:
        plain: dict[object, object] = {"class": class_name}
        entries = [(field.name, getattr(value, field.attribute, None), field.type) for field in fields]
        self._pending.append(partial(self._fill, plain, entries))
        return plain

    def _exception(self, error: BaseException, layout: object) -> dict[object, object]:
        if isinstance(layout, ExceptionLayout):
            plain = self._object(layout.class_name, error, layout.fields())
            plain["message"] = str(error)
            return plain
        if isinstance(error, JavaException):
            return {"class": error.class_name, "message": error.message}
        return {"class": "java.lang.RuntimeException", "message": f"{type(error).__name__}: {error}"}

    def _map(self, value: dict[object, object] | JavaMap, key: JavaType | None, item: JavaType | None) -> object:
        pairs = list(value.items())
        keys = [self._convert(name, key) for name, _ in pairs]
        plain: dict[object, object] | JavaMap = JavaMap() if isinstance(value, JavaMap) or _holds_containers(keys) else {}
        self._pending.append(partial(self._fill, plain, [(name, element, item) for name, (_, element) in zip(keys, pairs, strict=True)]))
        return plain

    def _fill(self, target: dict[object, object] | JavaMap, entries: Iterable[tuple[object, object, JavaType | None]]) -> None:
        for name, value, declared in entries:
            converted = self._convert(value, declared)
            if isinstance(target, JavaMap):
                target.append(name, converted)
            else:
                target[name] = converted

    def _extend(self, target: list[object], values: Iterable[object], declared: JavaType | None) -> None:
        target.extend(self._convert(value, declared) for value in values)


def _holds_containers(values: Iterable[object]) -> bool:
    return any(isinstance(value, (list, dict, set, JavaMap)) for value in values)


def _simple(value: object, declared: JavaType | None) -> object:
    if isinstance(value, (enum.Enum, JavaEnum)):
        return value.name
    if isinstance(value, datetime.datetime):
        return value.isoformat() if value.tzinfo is None else value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if declared is not None and declared.kind is Kind.LONG and type(value) is int:
        return JavaLong(value)
    return value
