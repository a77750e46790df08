"""Readers of declared types: what data fits a type, and the Python value it becomes.

A type takes what Java's reader for it takes: an ``int`` field a long that fits or a whole double, a ``Set`` an untyped list, a primitive
null as its zero. It refuses what Java refuses: a ``Date`` no long, an enum no plain text, a ``BigDecimal`` no text and no double.
"""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.times import JAVA_CLASSES
from aiodubbo.java.types import EnumLayout, JavaType, Kind, ModelLayout
from aiodubbo.java.values import JavaClass, JavaDate, JavaList, JavaLocale, JavaMap, JavaObject, datetime_of

from .build import as_object, build_enum, build_enum_set, build_list, build_map, build_model, build_object, build_set, untyped
from .builder import EXACT, EXACT_KINDS, MISSING
from .java import ENUM_SETS
from .plans import bounds, plans, type_mismatch
from .throwables import new_java_exception

if TYPE_CHECKING:
    from collections.abc import Callable

    from .builder import Builder, Reader

_PRIMITIVES: Final = frozenset({"boolean", "byte", "char", "double", "float", "int", "long", "short"})


def _zero(declared: JavaType, zero: object) -> object:
    """Value of null: None, or zero for a primitive."""
    return zero if declared.name in _PRIMITIVES else None


def _whole(declared: JavaType) -> Reader:
    low, high = bounds(declared)
    null = _zero(declared, 0)
    expected = f"{declared.name} ({low} to {high})"

    def read(builder: Builder, data: Any) -> Any:
        if data.__class__ is int or data.__class__ is bool:
            if low <= data <= high:
                return int(data)
        elif data is None:
            return null
        elif data.__class__ is float and data.is_integer() and low <= data <= high:
            return int(data)
        raise type_mismatch(expected, data)

    return read


def _real(declared: JavaType) -> Reader:
    null = _zero(declared, 0.0)

    def read(builder: Builder, data: Any) -> Any:
        if data.__class__ is float:
            return data
        if data.__class__ is int:
            return float(data)
        if data is None:
            return null
        raise type_mismatch(declared.name, data)

    return read


def _boolean(declared: JavaType) -> Reader:
    null = _zero(declared, False)

    def read(builder: Builder, data: Any) -> Any:
        if data.__class__ is bool:
            return data
        if data.__class__ is int or data.__class__ is float:
            return data != 0
        if data is None:
            return null
        raise type_mismatch(declared.name, data)

    return read


def _char(declared: JavaType) -> Reader:
    null = _zero(declared, "\0")

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return null
        if data.__class__ is str and len(data) == 1 and data <= "\uffff":
            return data
        raise type_mismatch(f"{declared.name} (one UTF-16 unit)", data)

    return read


def _exactly(cls: type) -> Callable[[JavaType], Reader]:
    """Data of one class, or null."""

    def make(declared: JavaType) -> Reader:
        def read(builder: Builder, data: Any) -> Any:
            if data is None or data.__class__ is cls:
                return data
            raise type_mismatch(declared.name, data)

        return read

    return make


def _object(declared: JavaType) -> Reader:
    """``java.lang.Object``, or an interface of which nothing else is known. With ``python_type`` int: any whole number."""
    if declared.python_type is not int:
        return untyped

    def read(builder: Builder, data: Any) -> Any:
        value = int(data) if data.__class__ is float and data.is_integer() else untyped(builder, data)
        if value is None or type(value) is int:
            return value
        raise type_mismatch("a whole number", data)

    return read


def _well_known(*classes: type) -> Callable[[JavaType], Reader]:
    """An object that `build_object` turns into one of `classes`."""

    def make(declared: JavaType) -> Reader:
        def read(builder: Builder, data: Any) -> Any:
            if data is None:
                return None
            if data.__class__ is JavaObject:
                value = build_object(builder, data)
                if type(value) in classes:
                    return value
            raise type_mismatch(declared.name, data)

        return read

    return make


def _date(declared: JavaType) -> Reader:
    def read(builder: Builder, data: Any) -> Any:
        if data.__class__ is JavaDate:
            return datetime_of(data.ms) or data
        if data is None:
            return None
        if data.__class__ is JavaObject:  # java.sql.Timestamp and Calendar are dates too
            value = build_object(builder, data)
            if issubclass(type(value), (datetime.datetime, JavaDate)) and getattr(value, "tzinfo", MISSING) is not None:
                return value
        raise type_mismatch(declared.name, data)

    return read


def _time(declared: JavaType) -> Reader:
    """A class of ``java.time`` by name: Python's type, or the value class of the same name."""
    value_class = next((cls for cls, name in JAVA_CLASSES.items() if name == declared.name), None)
    handle = f"{declared.name.rpartition('.')[2]}Handle"

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is JavaObject and (value_class is None or data.class_name.endswith(f".{handle}")):
            value = build_object(builder, data)
            if type(value) is not JavaObject:
                return value
        raise type_mismatch(declared.name, data)

    return read


def _list(declared: JavaType) -> Reader:
    item = untyped if declared.item is None else reader_of(declared.item)
    python_type = declared.python_type
    if python_type is tuple:
        return _tuple(declared, item)
    if python_type in (set, frozenset):
        return _set(declared)
    ordinary = item is untyped

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is not JavaList:
            raise type_mismatch(declared.name, data)
        key: object = (id(data), read)
        earlier = builder.memo.get(key)
        if earlier is None and ordinary:
            key = id(data)
            earlier = builder.memo.get(key)
        if type(earlier) is list:
            return earlier
        return build_list(builder, data, item, key)

    return read


def _tuple(declared: JavaType, item: Reader) -> Reader:
    """A tuple cannot be filled later: its items are read at once. They nest only as deep as the declared type does."""

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is not JavaList:
            raise type_mismatch(declared.name, data)
        key = (id(data), read)
        earlier = builder.memo.get(key)
        if earlier is None:
            earlier = builder.memo[key] = tuple([item(builder, part) for part in data])
        return earlier

    return read


def _set(declared: JavaType) -> Reader:
    item = untyped if declared.item is None else reader_of(declared.item)
    python_type = declared.python_type or set

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        key = (id(data), read)
        earlier = builder.memo.get(key)
        if earlier is not None:
            return earlier
        if data.__class__ is JavaList:
            return build_set(builder, data, item, python_type, key)
        if data.__class__ is JavaObject and data.class_name in ENUM_SETS:
            return build_enum_set(builder, data, item, python_type, key)
        raise type_mismatch(declared.name, data)

    return read


def _map(declared: JavaType) -> Reader:
    key_reader = untyped if declared.key is None else reader_of(declared.key)
    value_reader = untyped if declared.item is None else reader_of(declared.item)
    ordinary = key_reader is untyped and value_reader is untyped

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is not JavaMap:
            raise type_mismatch(declared.name, data)
        key: object = (id(data), read)
        earlier = builder.memo.get(key)
        if earlier is None and ordinary:
            key = id(data)
            earlier = builder.memo.get(key)
        if type(earlier) is dict or type(earlier) is JavaMap:
            return earlier
        return build_map(builder, data, key_reader, value_reader, key)

    return read


def _enum(declared: JavaType) -> Reader:
    layout = declared.layout
    if not isinstance(layout, EnumLayout):
        return untyped

    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is JavaObject and data.class_name == layout.class_name:
            earlier = builder.memo.get(id(data), MISSING)
            return build_enum(builder, data, layout) if earlier is MISSING else earlier
        raise type_mismatch(f"an enum {layout.class_name}", data)

    return read


def _model(declared: JavaType) -> Reader:
    layout = declared.layout
    if not isinstance(layout, ModelLayout):
        return untyped
    cls = layout.python_type

    def read(builder: Builder, data: Any) -> Any:
        if data.__class__ is JavaObject:
            earlier = builder.memo.get(id(data))
            if type(earlier) is cls:
                return earlier
            if data.class_name == layout.class_name:
                return build_model(builder, data, layout, data)
            actual = builder.classes.by_java_name(data.class_name)
            if isinstance(actual, ModelLayout) and issubclass(actual.python_type, cls):
                return earlier if type(earlier) is actual.python_type else build_model(builder, data, actual, data)
            if actual is None and not data.class_name.startswith("java."):
                # A class that only the peer knows: Java builds the declared class from what it sends.
                return build_model(builder, data, layout, data)
        elif data is None:
            return None
        elif data.__class__ is JavaMap and (data.java_type is None or data.java_type == layout.class_name):
            earlier = builder.memo.get(id(data))
            return earlier if type(earlier) is cls else build_model(builder, data, layout, as_object(data))
        raise type_mismatch(layout.class_name, data)

    return read


def _throwable(declared: JavaType) -> Reader:
    def read(builder: Builder, data: Any) -> Any:
        if data is None:
            return None
        if data.__class__ is JavaObject:
            value = build_object(builder, data)
            if issubclass(type(value), BaseException):
                return value
            if type(value) is JavaObject:  # the least that Java takes as Throwable has no stack trace
                return new_java_exception(builder, data)
        raise type_mismatch(declared.name, data)

    return read


_MAKERS: Final[dict[Kind, Callable[[JavaType], Reader]]] = {
    Kind.VOID: lambda declared: lambda builder, data: None,
    Kind.OBJECT: _object,
    Kind.BOOLEAN: _boolean,
    Kind.BYTE: _whole,
    Kind.SHORT: _whole,
    Kind.INT: _whole,
    Kind.LONG: _whole,
    Kind.FLOAT: _real,
    Kind.DOUBLE: _real,
    Kind.CHAR: _char,
    Kind.STRING: _exactly(str),
    Kind.BYTES: _exactly(bytes),
    Kind.CHARS: _exactly(str),
    Kind.DATE: _date,
    Kind.SQL_DATE: _date,
    Kind.BIG_DECIMAL: _well_known(Decimal),
    Kind.BIG_INTEGER: _well_known(int),
    Kind.UUID: _well_known(uuid.UUID),
    Kind.TIME: _time,
    Kind.LOCALE: _well_known(JavaLocale),
    Kind.CLASS: _well_known(JavaClass),
    Kind.ENUM: _enum,
    Kind.LIST: _list,
    Kind.SET: _set,
    Kind.MAP: _map,
    Kind.ARRAY: _list,
    Kind.MODEL: _model,
    Kind.THROWABLE: _throwable,
    Kind.FUNCTION: lambda declared: untyped,
}


def _make(declared: JavaType) -> Reader:
    reader = _MAKERS[declared.kind](declared)
    if declared.kind in EXACT_KINDS:
        EXACT[reader] = EXACT_KINDS[declared.kind]
    return reader


reader_of = plans(_make)
"""Readers of declared types."""
