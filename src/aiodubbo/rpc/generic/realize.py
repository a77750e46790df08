"""Plain data of generic callers → values of the declared types (PRO-94, PRO-99)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aiodubbo.errors import ArgumentError, JavaException
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import OBJECT, EnumLayout, ExceptionLayout, JavaType, Kind, ModelLayout
from aiodubbo.java.values import JavaEnum, JavaList, JavaMap, JavaObject

from .conversions import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


def realize(value: object, declared: JavaType, where: str = "") -> object:
    """Turn plain data into a value of the declared type.

    A ``dict`` becomes a model; its ``class`` entry may name a registered subclass, another name is not looked at. Nulls and keys that the
    class does not have are skipped. Texts and numbers are converted as Java does. No code of models runs. An object that is used twice, or
    contains itself, stays one object. `where` is what `value` is, such as the name of a parameter; the text of an error begins with it.

    Raises:
        ArgumentError: the data does not fit; the text says where, what was expected and what was got.
    """
    return _Realizer().run(value, declared, where)


_COLLECTIONS = frozenset({Kind.LIST, Kind.SET, Kind.ARRAY, Kind.MAP, Kind.FUNCTION})
_UNHASHABLE = (list, dict, set, JavaMap, JavaObject)


class _Realizer:
    """A conversion. Objects and collections are made empty and filled later, so that depth costs no recursion and cycles end."""

    def __init__(self) -> None:
        self._realized: dict[tuple[int, JavaType], object] = {}
        self._pending: list[Callable[[], None]] = []

    def run(self, value: object, declared: JavaType, where: str) -> object:
        result = self._convert(value, declared, where)
        while self._pending:
            self._pending.pop()()
        return result

    def _convert(self, value: object, declared: JavaType, path: str) -> object:
        if value is None:
            if declared.nullable:
                return None
            raise _error(path, f"expected {declared.name}, got null")
        if isinstance(value, (dict, list, tuple, set, frozenset, JavaMap, JavaObject)):
            key = (id(value), declared)
            if key in self._realized:
                return self._realized[key]
            target = self._container(value, declared, path)
            self._realized[key] = target
            return target
        return self._single(value, declared, path)

    def _single(self, value: object, declared: JavaType, path: str) -> object:
        layout = declared.layout
        if isinstance(layout, EnumLayout):
            return _constant(value.name if isinstance(value, JavaEnum) else value, layout, path)
        if isinstance(layout, ModelLayout):
            if isinstance(value, layout.python_type):
                return value
            raise _error(path, f"expected {declared.name}, got {type(value).__name__}")
        if declared.kind in _COLLECTIONS:
            raise _error(path, f"expected {declared.name}, got {type(value).__name__}")
        if declared.kind is Kind.THROWABLE:
            if isinstance(value, BaseException):
                return value
            raise _error(path, f"expected {declared.name}, got {type(value).__name__}")
        try:
            return convert(value, declared)
        except ValueError as error:
            raise _error(path, str(error)) from None

    def _container(self, value: Any, declared: JavaType, path: str) -> object:
        kind = declared.kind
        if isinstance(value, (list, tuple, set, frozenset)):
            if kind in (Kind.LIST, Kind.SET, Kind.ARRAY, Kind.OBJECT) and declared.python_type is not int:
                return self._sequence(value, declared, path)
            if kind is Kind.BYTES:
                return self._single(value, declared, path)
            raise _error(path, f"expected {declared.name}, got a list")
        entries, class_name = _entries(value)
        if kind is Kind.MODEL:
            return self._model(entries, class_name, declared, path)
        if kind is Kind.ENUM and isinstance(declared.layout, EnumLayout):
            return _constant(entries.get("name"), declared.layout, path)
        if kind is Kind.THROWABLE:
            return self._throwable(entries, class_name or declared.name, path)
        if kind is Kind.OBJECT and declared.python_type is not int:
            return self._object(value, entries, class_name, declared, path)
        if kind is Kind.MAP:
            return self._map(value, declared.key or OBJECT, declared.item or OBJECT, path)
        raise _error(path, f"expected {declared.name}, got an object")

    def _sequence(self, value: Iterable[object], declared: JavaType, path: str) -> object:
        item = declared.item or OBJECT
        build = declared.python_type or (set if declared.kind is Kind.SET else list)
        if build is list:
            target: list[object] = []
            self._pending.append(partial(self._extend, target, value, item, path))
            return target
        elements = [self._convert(element, item, f"{path}[{index}]") for index, element in enumerate(value)]
        if build is tuple:
            return tuple(elements)
        if any(isinstance(each, _UNHASHABLE) or isinstance(CLASSES.by_python_type(type(each)), ModelLayout) for each in elements):
            return JavaList(elements, "java.util.HashSet")  # hashing would run code of models, or fail
        return build(elements)

    def _extend(self, target: list[object], value: Iterable[object], item: JavaType, path: str) -> None:
        target.extend(self._convert(element, item, f"{path}[{index}]") for index, element in enumerate(value))

    def _map(self, value: dict[object, object] | JavaMap | JavaObject, key: JavaType, item: JavaType, path: str) -> object:
        pairs = value.fields if isinstance(value, JavaObject) else list(value.items())
        keys = [self._convert(name, key, f"{path} key") for name, _ in pairs]
        keep = isinstance(value, JavaMap) or any(
            isinstance(name, _UNHASHABLE) or isinstance(CLASSES.by_python_type(type(name)), ModelLayout) for name in keys
        )
        target: dict[object, object] | JavaMap = JavaMap() if keep else {}
        self._pending.append(partial(self._fill, target, [(name, entry) for name, (_, entry) in zip(keys, pairs, strict=True)], item, path))
        return target

    def _fill(self, target: dict[object, object] | JavaMap, pairs: Iterable[tuple[object, object]], item: JavaType, path: str) -> None:
        for name, entry in pairs:
            converted = self._convert(entry, item, f"{path}[{name!r}]" if isinstance(name, (str, int)) else f"{path} value")
            if isinstance(target, JavaMap):
                target.append(name, converted)
            else:
                target[name] = converted

    def _model(self, entries: Mapping[str, object], class_name: str | None, declared: JavaType, path: str) -> object:
        layout = declared.layout
        assert isinstance(layout, ModelLayout)
        if class_name is not None:
            named = CLASSES.by_java_name(class_name)
            if isinstance(named, ModelLayout) and issubclass(named.python_type, layout.python_type):
                layout = named
        return self._new(layout, entries, path)

    def _new(self, layout: ModelLayout, entries: Mapping[str, object], path: str) -> object:
        target = layout.create()

        def fill() -> None:
            for attribute, value in self._fields(layout, entries, path):
                layout.assign(target, attribute, value)
            if layout.finish is not None:
                layout.finish(target)

        self._pending.append(fill)
        return target

    def _fields(self, layout: ModelLayout | ExceptionLayout, entries: Mapping[str, object], path: str) -> Iterator[tuple[str, object]]:
        for field in layout.fields():
            entry = entries.get(field.name)
            if entry is not None:
                yield field.attribute, self._convert(entry, field.type, f"{path}.{field.name}")
            else:
                yield field.attribute, field.default if field.default_factory is None else field.default_factory()

    def _object(
        self,
        value: dict[object, object] | JavaMap | JavaObject,
        entries: Mapping[str, object],
        class_name: str | None,
        declared: JavaType,
        path: str,
    ) -> object:
        layout = CLASSES.by_java_name(class_name) if class_name is not None else None
        if isinstance(layout, ModelLayout):
            return self._new(layout, entries, path)
        if isinstance(layout, EnumLayout):
            return _constant(entries.get("name"), layout, path)
        if isinstance(layout, ExceptionLayout):
            return self._throwable(entries, layout.class_name, path)
        if isinstance(value, JavaObject):
            return value
        return self._map(value, OBJECT, OBJECT, path)

    def _throwable(self, entries: Mapping[str, object], class_name: str, path: str) -> BaseException:
        message = entries.get("message", entries.get("detailMessage"))
        layout = CLASSES.by_java_name(class_name)
        if not isinstance(layout, ExceptionLayout):
            return JavaException(class_name, None if message is None else str(message))
        target = layout.python_type.__new__(layout.python_type)
        target.args = (message,)

        def fill() -> None:
            for attribute, value in self._fields(layout, entries, path):
                object.__setattr__(target, attribute, value)

        self._pending.append(fill)
        return target


def _entries(value: dict[object, object] | JavaMap | JavaObject) -> tuple[Mapping[str, object], str | None]:
    """The entries with text keys, and the class that the object says it is of."""
    if isinstance(value, JavaObject):
        return dict(value.fields), value.class_name
    entries = {key: entry for key, entry in value.items() if isinstance(key, str)}
    class_name = entries.get("class")
    return entries, class_name if isinstance(class_name, str) else None


def _constant(name: object, layout: EnumLayout, path: str) -> object:
    if isinstance(name, layout.python_type):
        return name
    member = layout.by_name.get(name) if isinstance(name, str) else None
    if member is None:
        raise _error(path, f"{name!r:.100} is not a constant of {layout.class_name}: {', '.join(layout.by_name)}")
    return member


def _error(path: str, text: str) -> ArgumentError:
    path = path.removeprefix(".")
    return ArgumentError(f"{path[-200:]}: {text}" if path else text)
