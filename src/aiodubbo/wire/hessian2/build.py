"""Data → finished values: the second step of reading (see `decoder`).

A *reader* turns one piece of data into one value: ``reader(builder, data)``. The readers for declared types are in `readers`; here is what
they share, and how a value is built where nothing is declared (PRO-39).

A container begins empty, is noted in the memo, and put on a list of work; its contents are filled in later by `Builder.build`'s loop. So
nesting costs no interpreter stack, and a reference to a container that is not full yet finds it in the memo. The order of the work does not
matter. No code of a user's class runs: instances come from the layout's ``create`` and ``assign``, and nothing of theirs is hashed or
compared.
"""

from __future__ import annotations

import datetime
import enum
import uuid
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.times import JAVA_CLASSES
from aiodubbo.java.types import EnumLayout, ExceptionLayout, ModelLayout
from aiodubbo.java.values import (
    JavaClass,
    JavaDate,
    JavaEnum,
    JavaFile,
    JavaList,
    JavaLocale,
    JavaMap,
    JavaObject,
    brief,
    datetime_of,
    new_object,
)

from .builder import EXACT, MISSING, PLAIN, Builder, Reader, binding_of
from .java import ENUM_SETS, FROM_WIRE
from .plans import TypeMismatchError, type_mismatch
from .throwables import new_java_exception, new_registered_exception

if TYPE_CHECKING:
    from collections.abc import Sequence


def untyped(builder: Builder, data: Any) -> Any:
    """The value where nothing is declared."""
    kind = data.__class__
    if kind in PLAIN:
        return data
    if kind is JavaObject:
        return build_object(builder, data)
    if kind is JavaMap:
        return _build_map(builder, data)
    if kind is JavaList:
        return _build_list(builder, data)
    if kind is JavaDate:
        return datetime_of(data.ms) or data
    return data


def _build_list(builder: Builder, data: JavaList[Any]) -> Any:
    memo = builder.memo
    earlier = memo.get(id(data), MISSING)
    if earlier is not MISSING:
        return earlier
    name = data.java_type
    if name is not None and name.startswith("java.util.") and name.endswith(("Set", "KeySetView")):
        return build_set(builder, data, untyped, set, id(data))
    return build_list(builder, data, untyped, id(data))


def all_ready(data: list[Any], reader: Reader) -> bool:
    """Tell if `reader` would return each item as it is."""
    kinds = set(map(type, data))
    return kinds <= PLAIN if reader is untyped else len(kinds) == 1 and EXACT.get(reader) in kinds


def build_list(builder: Builder, data: JavaList[Any], reader: Reader, memo_key: object) -> list[Any]:
    if all_ready(data, reader):
        result = list(data)
    else:
        result = []
        if data:
            builder.work.append((fill_list, result, data, reader))
    builder.memo[memo_key] = result
    return result


def fill_list(builder: Builder, result: list[Any], data: list[Any], reader: Reader) -> None:
    """Work: the items of a list."""
    try:
        result += [reader(builder, item) for item in data]
    except TypeMismatchError as error:
        raise TypeMismatchError(f"in a list: {error}") from None


def _build_map(builder: Builder, data: JavaMap) -> Any:
    memo = builder.memo
    earlier = memo.get(id(data), MISSING)
    if earlier is not MISSING:
        return earlier
    if data.java_type is not None:
        layout = builder.classes.by_java_name(data.java_type)
        if isinstance(layout, ModelLayout):  # Java reads such a map as the bean it names
            return build_model(builder, data, layout, as_object(data))
    return build_map(builder, data, untyped, untyped, id(data))


def as_object(data: JavaMap) -> JavaObject:
    """The object that a map stands for whose keys are field names."""
    names = data.keys()
    for name in names:
        if not isinstance(name, str):
            raise type_mismatch("field names as keys of a map that stands for an object", name)
    return new_object(data.java_type or "", tuple(map(str, names)), data.values())


# What may be hashed and compared while decoding. Enum members are asked for in `_is_key`.
KEY_TYPES: Final = PLAIN.union(
    JAVA_CLASSES,
    (Decimal, uuid.UUID, datetime.date, datetime.time, datetime.datetime, datetime.timedelta),
    (JavaDate, JavaEnum, JavaClass, JavaLocale, JavaFile),
)
_ENUM_HASHES: Final[frozenset[Any]] = frozenset({enum.Enum.__hash__, int.__hash__, str.__hash__})
_ENUM_EQUALS: Final[frozenset[Any]] = frozenset({object.__eq__, int.__eq__, str.__eq__})
_PLAIN_OBJECT: Final[Any] = object

_SPREAD_BY_NATURE: Final = frozenset({str, bytes, bool, type(None)})
_CROWD = 64


def _is_key(value: Any) -> bool:
    cls = type(value)
    if cls in KEY_TYPES:
        return True
    return issubclass(cls, enum.Enum) and cls.__hash__ in _ENUM_HASHES and cls.__eq__ in _ENUM_EQUALS


def _distinct(values: Sequence[Any]) -> bool:
    """Tell if the values can be keys of a dict: all different to Python, and not so many of one hash that a dict gets slow.

    Java's 1, 1L, 1.0 and true are one key in Python. The hash of a number is predictable, so a peer could send thousands of one hash.
    """
    if len(values) > 1000 and not all(value.__class__ in _SPREAD_BY_NATURE for value in values):
        (_, most), *_ = Counter(map(hash, values)).most_common(1)
        if most > _CROWD:
            return False
    return len(set(values)) == len(values)


def _value_class(builder: Builder, data: Any) -> bool:
    """Tell if data, as a key or item, becomes an immutable value at once, without further work."""
    if data.__class__ in PLAIN or data.__class__ is JavaDate:
        return True
    return data.__class__ is JavaObject and (
        data.class_name in FROM_WIRE or isinstance(builder.classes.by_java_name(data.class_name), EnumLayout)
    )


def build_map(builder: Builder, data: JavaMap, key_reader: Reader, value_reader: Reader, memo_key: object) -> Any:
    """A dict, or a `JavaMap` where a dict would have to hash what it must not, or would lose an entry."""
    flat = data._flat
    keys = flat[::2]
    if set(map(type, keys)) == {str} and (key_reader is untyped or EXACT.get(key_reader) is str):
        values = flat[1::2]
        ready = all_ready(values, value_reader)
        result: dict[Any, Any] = dict(zip(keys, values, strict=True)) if ready else dict.fromkeys(keys)
        if len(result) == len(keys):
            builder.memo[memo_key] = result
            if not ready:
                builder.work.append((_fill_dict, result, keys, values, value_reader))
            return result
    if all(_value_class(builder, key) for key in keys):
        keys = [key_reader(builder, key) for key in keys]
        if all(map(_is_key, keys)) and _distinct(keys):
            result = {}
            builder.memo[memo_key] = result
            if keys:
                builder.work.append((_fill_dict, result, keys, flat[1::2], value_reader))
            return result
    special = JavaMap((), data.java_type)
    builder.memo[memo_key] = special
    builder.work.append((_fill_java_map, special, flat, key_reader, value_reader))
    return special


def _fill_dict(builder: Builder, result: dict[Any, Any], keys: list[Any], values: list[Any], reader: Reader) -> None:
    index = 0
    try:
        for index, value in enumerate(values):
            result[keys[index]] = reader(builder, value)
    except TypeMismatchError as error:
        raise TypeMismatchError(f"[{brief(keys[index])}]: {error}") from None


def _fill_java_map(builder: Builder, result: JavaMap, flat: list[Any], key_reader: Reader, value_reader: Reader) -> None:
    readers = (key_reader, value_reader)
    result._flat += [readers[index & 1](builder, part) for index, part in enumerate(flat)]


def build_set(builder: Builder, data: JavaList[Any], reader: Reader, python_type: type, memo_key: object) -> Any:
    """A set, or a `JavaList` that keeps the name of the set class where a set would have to hash what it must not, or lose an item."""
    if all(_value_class(builder, item) or _has_identity(builder, item) for item in data):
        items = [reader(builder, item) for item in data]
        if all(_is_key(item) or _hashes_by_identity(type(item)) for item in items) and _distinct(items):
            result = python_type(items)
            builder.memo[memo_key] = result
            return result
    special: JavaList[Any] = JavaList((), data.java_type or "java.util.HashSet")
    builder.memo[memo_key] = special
    builder.work.append((fill_list, special, data, reader))
    return special


def _has_identity(builder: Builder, data: Any) -> bool:
    if data.__class__ is not JavaObject or data.class_name in ENUM_SETS:
        return False
    layout = builder.classes.by_java_name(data.class_name)
    return layout is None or _hashes_by_identity(layout.python_type)


def _hashes_by_identity(cls: Any) -> bool:
    return cls.__hash__ is _PLAIN_OBJECT.__hash__ and cls.__eq__ is _PLAIN_OBJECT.__eq__


def build_object(builder: Builder, data: JavaObject) -> Any:
    """The value of an object by its own class name: a model, enum member, exception, well-known value, or `JavaObject`."""
    memo = builder.memo
    earlier = memo.get(id(data), MISSING)
    if earlier is not MISSING:
        return earlier
    layout = builder.classes.by_java_name(data.class_name)
    if layout is not None:
        if layout.__class__ is ModelLayout:
            return build_model(builder, data, layout, data)
        if isinstance(layout, EnumLayout):
            return build_enum(builder, data, layout)
        if isinstance(layout, ExceptionLayout):
            return new_registered_exception(builder, data, layout)
    well_known = FROM_WIRE.get(data.class_name)
    if well_known is not None:
        memo[id(data)] = value = well_known(data)
        return value
    if data.class_name in ENUM_SETS:
        return build_enum_set(builder, data, untyped, set, id(data))
    if "stackTrace" in data.names and "detailMessage" in data.names:  # every Throwable sends both
        return new_java_exception(builder, data)
    result = new_object(data.class_name, data.names, [])
    memo[id(data)] = result
    if data.values:
        builder.work.append((fill_list, result.values, data.values, untyped))
    return result


def build_enum_set(builder: Builder, data: JavaObject, reader: Reader, python_type: type, memo_key: object) -> Any:
    """The set that an ``EnumSetHandler`` stands for."""
    items = data.get("objects")
    if items.__class__ is not JavaList:
        raise type_mismatch("the constants of an EnumSet", items)
    return build_set(builder, items, reader, python_type, memo_key)


def build_enum(builder: Builder, data: JavaObject, layout: EnumLayout) -> enum.Enum:
    """The member that an enum object names."""
    name = data.get("name")
    member = layout.by_name.get(name) if isinstance(name, str) else None
    if member is None:
        raise TypeMismatchError(
            f"{layout.class_name} has no constant {brief(name)}; {layout.python_type.__qualname__} has {', '.join(layout.by_name)}"
        )
    builder.memo[id(data)] = member
    return member


def build_model(builder: Builder, data: object, layout: ModelLayout, fields: JavaObject) -> Any:
    """An instance of a model; `fields` is where its values are, `data` what references point at."""
    result = layout.create()
    builder.memo[id(data)] = result
    builder.work.append((_fill_model, result, fields, layout))
    return result


def _fill_model(builder: Builder, result: Any, fields: JavaObject, layout: ModelLayout) -> None:
    names = fields.names
    earlier = builder.bindings.get(id(names))
    if earlier is not None and earlier[0] is layout:
        bound, absent = earlier[1]
    else:
        bound, absent = binding = binding_of(builder, layout, names)
        builder.bindings[id(names)] = (layout, binding)
        builder.keep.append(names)
    assign = layout.assign
    field = None
    try:
        for field, value in zip(bound, fields.values, strict=True):
            if field is not None:
                attribute, reader, exact = field
                assign(result, attribute, value if value.__class__ is exact else reader(builder, value))
    except (TypeMismatchError, ValueError) as error:
        assert field is not None
        raise TypeMismatchError(f"{layout.class_name}.{field[0]}: {error}") from None
    for missing in absent:
        assign(result, missing.attribute, missing.default if missing.default_factory is None else missing.default_factory())
    if layout.finish is not None:
        layout.finish(result)
