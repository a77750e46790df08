"""Writers where nothing is declared: the Python value decides about the Java type (PRO-38)."""

from __future__ import annotations

import collections
import datetime
import enum
from collections.abc import Mapping
from itertools import repeat
from math import copysign
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.java.types import EnumLayout, ExceptionLayout, ModelLayout
from aiodubbo.java.values import (
    JavaArray,
    JavaByte,
    JavaChar,
    JavaDate,
    JavaDouble,
    JavaFloat,
    JavaInt,
    JavaList,
    JavaLong,
    JavaMap,
    JavaObject,
    JavaShort,
    milliseconds_of,
)

from .encoder import definition_bytes, flattened, object_number
from .java import TO_WIRE, big_integer
from .plans import TypeMismatchError, type_mismatch
from .scalars import encode_binary, encode_date, encode_double, encode_float_text, encode_int, encode_long, encode_string, float32
from .throwables import exception_object, registered_exception_object
from .times import to_handle

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.java.types import JavaType, Layout

    from .encoder import Frame, HessianEncoder, Writer

ARRAY_LIST: Final = "java.util.ArrayList"
HASH_SET: Final = "java.util.HashSet"

_NEGATIVE_ZERO: Final = b"D\x80\0\0\0\0\0\0\0"


def write_untyped(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    """Write any value that Hessian has a form for."""
    return WRITERS.get(value.__class__, _write_other)(encoder, value)


def _write_int(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    if -0x80000000 <= value < 0x80000000:
        return encode_int(value)
    if -0x8000000000000000 <= value < 0x8000000000000000:
        return encode_long(value)
    return write_java_object(encoder, big_integer(value))


def _write_java_double(encoder: HessianEncoder, value: Any) -> bytes:
    return encode_double(value) if value or copysign(1.0, value) > 0 else _NEGATIVE_ZERO


def write_bytes(encoder: HessianEncoder, value: Any) -> bytes:
    return encode_binary(bytes(value), encoder.binary_chunk)


def _write_datetime(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    if value.utcoffset() is not None:
        return encode_date(milliseconds_of(value))
    return write_value_object(encoder, value, id(value), to_handle)


def _write_list(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    reference = encoder.known(value, id(value))
    if reference is not None:
        return reference
    return encoder.begin_list(ARRAY_LIST if encoder.typed_array_list else None, value, len(value), write_untyped)


def _write_java_list(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    reference = encoder.known(value, id(value))
    return encoder.begin_list(value.java_type, value, len(value), write_untyped) if reference is None else reference


def _collection_writer(java_type: str) -> Writer:
    def write(encoder: HessianEncoder, value: Any) -> bytes | Frame:
        reference = encoder.known(value, id(value))
        return encoder.begin_list(java_type, value, len(value), write_untyped) if reference is None else reference

    return write


_write_set: Final = _collection_writer(HASH_SET)


def _write_dict(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    reference = encoder.known(value, id(value))
    if reference is not None:
        return reference
    return encoder.begin_map(None, flattened(value), write_untyped, write_untyped)


def _write_java_map(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    reference = encoder.known(value, id(value))
    return encoder.begin_map(value.java_type, list(value._flat), write_untyped, write_untyped) if reference is None else reference


def write_java_object(encoder: HessianEncoder, value: JavaObject) -> bytes | Frame:
    reference = encoder.known(value, id(value))
    return _object_frame(encoder, value) if reference is None else reference


def _object_frame(encoder: HessianEncoder, value: JavaObject) -> bytes | Frame:
    names, values = value.names, value.values
    if len(names) != len(values):
        raise TypeMismatchError(f"{value.class_name} has {len(names)} field names and {len(values)} values")
    head = encoder.object_head(value.class_name, names)
    if len(values) == 1 and values[0].__class__ is str:  # BigDecimal, UUID, Locale, ...
        return head + encode_string(values[0])
    encoder.append(head)
    if not values:
        return b""
    source = iter(values)
    return zip(source, repeat(write_untyped)), source, names, len(values)


def write_value_object(encoder: HessianEncoder, value: Any, key: object, make: Callable[[Any], JavaObject]) -> bytes | Frame:
    """Write a Python value that travels as an object; `key` identifies the value when it comes a second time."""
    reference = encoder.known(value, key)
    return _object_frame(encoder, make(value)) if reference is None else reference


def _value_writer(make: Callable[[Any], JavaObject]) -> Writer:
    return lambda encoder, value: write_value_object(encoder, value, id(value), make)


def write_enum(encoder: HessianEncoder, value: Any, layout: EnumLayout) -> bytes:
    reference = encoder.known(value, id(value))
    if reference is not None:
        return reference
    return encoder.object_head(layout.class_name, ("name",)) + encode_string(layout.name_of[value])


def write_exception(encoder: HessianEncoder, error: BaseException) -> bytes | Frame:
    reference = encoder.known(error, id(error))
    if reference is not None:
        return reference
    layout = registered_layout(encoder, type(error))
    if not isinstance(layout, ExceptionLayout):
        return _object_frame(encoder, exception_object(error))
    value_object = registered_exception_object(error, layout)
    encoder.append(encoder.object_head(value_object.class_name, value_object.names))
    fields = [field_writer(field.type, encoder.writers[0]) for field in layout.fields()]
    source = iter(value_object.values)
    writers = [write_untyped] * (len(value_object.values) - len(fields)) + fields
    return zip(source, writers, strict=True), source, value_object.names, len(value_object.values)


def _write_other(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    """A value whose exact class is not in the table: registered classes, and subclasses of what is in the table."""
    cls = type(value)
    if isinstance(value, BaseException):
        return write_exception(encoder, value)
    layout = registered_layout(encoder, cls)
    if isinstance(layout, ModelLayout):
        return model_writer(layout, encoder.writers[0])(encoder, value)
    if isinstance(layout, EnumLayout):
        return write_enum(encoder, value, layout)
    if not isinstance(value, enum.Enum):
        for base in cls.__mro__[1:]:
            writer = WRITERS.get(base)
            if writer is not None:
                return writer(encoder, value)
        if isinstance(value, Mapping):
            return _write_dict(encoder, value)
    if cls.__module__ == "builtins":
        raise TypeMismatchError(f"Hessian 2 has no form for a Python {cls.__name__}")
    name = f"{cls.__module__}.{cls.__qualname__}"
    raise TypeMismatchError(f'{name} is not known to Java: put @java.model("com.example.{cls.__name__}") on the class')


def registered_layout(encoder: HessianEncoder, cls: type) -> Layout | None:
    """The layout of a class or of its nearest registered parent."""
    by_python_type = encoder.classes.by_python_type
    for base in cls.__mro__:
        layout = by_python_type(base)
        if layout is not None:
            return layout
    return None


_model_writers: dict[ModelLayout, Writer] = {}


def model_writer(layout: ModelLayout, writer_of: Callable[[JavaType], Writer]) -> Writer:
    """The writer for instances of a model, made when the first one is written, because models may refer to each other."""
    writer = _model_writers.get(layout)
    if writer is None:
        writer = _model_writers[layout] = _make_model_writer(layout, writer_of)
    return writer


def _make_model_writer(layout: ModelLayout, writer_of: Callable[[JavaType], Writer]) -> Writer:
    fields = layout.fields()
    attributes = tuple(field.attribute for field in fields)
    definition = definition_bytes(layout.class_name, [field.name for field in fields])
    get = _getter(attributes)
    count = len(fields)
    writers: tuple[Writer, ...] = ()

    def write(encoder: HessianEncoder, value: Any) -> bytes | Frame:
        nonlocal writers
        reference = encoder.known(value, id(value))
        if reference is not None:
            return reference
        index = encoder.definitions.get(layout)
        encoder.append(encoder.define(layout, definition) if index is None else object_number(index))
        if not count:
            return b""
        if not writers:
            writers = tuple(field_writer(field.type, writer_of) for field in fields)
        try:
            values = get(value)
        except AttributeError as error:
            raise TypeMismatchError(f"{type(value).__qualname__} has no value: {error}") from None
        source = iter(values)
        return zip(source, writers, strict=True), source, attributes, count

    return write


def _getter(attributes: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(attributes) == 1:
        (only,) = attributes
        return lambda value: (getattr(value, only),)
    return attrgetter(*attributes) if attributes else lambda value: ()


def field_writer(declared: JavaType, writer_of: Callable[[JavaType], Writer]) -> Writer:
    """The writer of a field, which differs from that of an argument for Java's primitive ``float`` (PRO-42)."""
    if declared.name == "float":
        return write_widened_float
    return writer_of(declared)


def write_widened_float(encoder: HessianEncoder, value: Any) -> bytes:
    """A primitive ``float`` field or ``float[]`` item: the float's exact value as a double."""
    if value.__class__ is not float and (not isinstance(value, (int, float)) or isinstance(value, bool)):
        raise type_mismatch("float", value)
    return encode_double(float32(value))


WRITERS: Final[dict[type, Writer]] = {
    type(None): lambda encoder, value: b"N",
    bool: lambda encoder, value: b"T" if value else b"F",
    int: _write_int,
    float: lambda encoder, value: encode_double(value),
    str: lambda encoder, value: encode_string(value),
    bytes: write_bytes,
    bytearray: write_bytes,
    memoryview: write_bytes,
    JavaByte: _write_int,
    JavaShort: _write_int,
    JavaInt: _write_int,
    JavaLong: lambda encoder, value: encode_long(value),
    JavaFloat: lambda encoder, value: encode_float_text(value),
    JavaDouble: _write_java_double,
    JavaChar: lambda encoder, value: encode_string(value),
    JavaDate: lambda encoder, value: encode_date(value.ms),
    datetime.datetime: _write_datetime,
    list: _write_list,
    collections.deque: _write_list,
    JavaList: _write_java_list,
    JavaArray: _write_java_list,
    tuple: _collection_writer("[object"),
    set: _write_set,
    frozenset: _write_set,
    dict: _write_dict,
    JavaMap: _write_java_map,
    JavaObject: write_java_object,
    **{cls: _value_writer(make) for cls, make in TO_WIRE.items()},
}
