"""Python annotations → Java types (the table is in the how-to page "models").

`java_type` reads one evaluated annotation. The rules for what has no single answer:

* A bare ``int`` has no fixed width. Where the value alone decides (fields, elements, results) it is sent as ``java.lang.Integer`` when it
  fits 32 bits, as ``java.lang.Long`` when it fits 64, else as ``java.math.BigInteger``. A parameter needs a type in the method's
  descriptor; see `aiodubbo.rpc.descriptor`.
* A bare ``float`` is ``double``, a bare ``bool`` is ``boolean``; with ``| None`` they are ``java.lang.Double`` and ``java.lang.Boolean``.
* Java's collections hold boxes: ``list[java.int]`` is a ``List<Integer>``. Arrays hold what is written: ``java.array[java.int]`` is
  ``int[]``.
* ``| None`` decides whether a *parameter* takes None. Java's references can be null anywhere, so elsewhere null is let through.
"""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import enum
import sys
import types
import typing
import uuid
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, ForwardRef, Literal, TypeVar, Union, get_args, get_origin

from aiodubbo.errors import ContractError, JavaException
from aiodubbo.java.times import JAVA_CLASSES

from .classes import CLASSES
from .names import check_class_name
from .types import OBJECT, VOID, EnumLayout, ExceptionLayout, JavaType, Kind, ModelLayout
from .values import JavaClass, JavaDate, JavaEnum, JavaFile, JavaLocale, JavaMap, JavaObject

if typing.TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

CONTRACT_ATTRIBUTE = "_abc_dubbo_contract"
"""Where ``@interface`` keeps its data on a contract class. Python 3.11 leaves ``_abc_`` names out of a protocol's members, so that
``isinstance`` with a ``@runtime_checkable`` contract does not ask implementations for this attribute."""


@dataclass(frozen=True, slots=True)
class TypeName:
    """The Java class that is declared, where it is not the usual one for the Python type."""

    name: str


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """The list is a Java array."""


@dataclass(frozen=True, slots=True)
class FieldName:
    """The Java name of a model's field."""

    name: str


def type_name(name: str) -> TypeName:
    """Name the Java class of a parameter, result or field, where an annotation alone cannot.

    ::

        tags: Annotated[list[str], java.type_name("java.util.Vector")]
        key: Annotated[object, java.type_name("java.io.Serializable")]

    Raises:
        ContractError: not a Java class name.
    """
    return TypeName(check_class_name(name))


def field(name: str) -> FieldName:
    """Name the Java field of a model's attribute, where camelCase does not give it.

    ::

        url: Annotated[str, java.field("URL")]
    """
    return FieldName(name)


BARE_INT: Final = JavaType(Kind.OBJECT, "java.lang.Number", python_type=int)
"""A whole number whose width the value decides."""

_BARE_FLOAT: Final = JavaType(Kind.DOUBLE, "double", nullable=False, python_type=float)
_BARE_BOOL: Final = JavaType(Kind.BOOLEAN, "boolean", nullable=False, python_type=bool)

_BOXES: Final = {
    "boolean": "java.lang.Boolean",
    "byte": "java.lang.Byte",
    "short": "java.lang.Short",
    "int": "java.lang.Integer",
    "long": "java.lang.Long",
    "float": "java.lang.Float",
    "double": "java.lang.Double",
    "char": "java.lang.Character",
}

PRIMITIVES: Final = frozenset(_BOXES)
"""Java's types that are never null."""

_PLAIN: Final[Mapping[object, JavaType]] = {
    None: VOID,
    type(None): VOID,
    Any: OBJECT,
    object: OBJECT,
    bool: _BARE_BOOL,
    int: BARE_INT,
    float: _BARE_FLOAT,
    str: JavaType(Kind.STRING, "java.lang.String"),
    bytes: JavaType(Kind.BYTES, "byte[]"),
    decimal.Decimal: JavaType(Kind.BIG_DECIMAL, "java.math.BigDecimal"),
    uuid.UUID: JavaType(Kind.UUID, "java.util.UUID"),
    datetime.datetime: JavaType(Kind.DATE, "java.util.Date"),
    datetime.date: JavaType(Kind.TIME, "java.time.LocalDate"),
    datetime.time: JavaType(Kind.TIME, "java.time.LocalTime"),
    datetime.timedelta: JavaType(Kind.TIME, "java.time.Duration"),
    BaseException: JavaType(Kind.THROWABLE, "java.lang.Throwable"),
    Exception: JavaType(Kind.THROWABLE, "java.lang.Exception"),
    JavaException: JavaType(Kind.THROWABLE, "java.lang.Throwable"),
}

_LISTS: Final[Mapping[object, tuple[str, type]]] = {
    list: ("java.util.List", list),
    collections.abc.Sequence: ("java.util.List", list),
    collections.abc.MutableSequence: ("java.util.List", list),
    collections.abc.Collection: ("java.util.Collection", list),
}
_SETS: Final[Mapping[object, type]] = {set: set, frozenset: frozenset, collections.abc.Set: set, collections.abc.MutableSet: set}
_MAPS: Final = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def java_type(annotation: object) -> JavaType:
    """The Java type that an evaluated annotation declares.

    Raises:
        ContractError: Java has nothing for it; the text says what to write instead.
    """
    origin = get_origin(annotation)
    if origin is None and (plain := _PLAIN.get(annotation)) is not None:
        return plain
    if origin is Annotated:
        return _annotated(annotation)
    if origin in (Union, types.UnionType):
        return _union(annotation)
    if origin is Literal:
        return _literal(annotation)
    if origin is typing.Final or origin is typing.ClassVar:
        return java_type(get_args(annotation)[0])
    if origin is not None:
        return _generic(annotation, origin, get_args(annotation))
    return _single(annotation)


def _annotated(annotation: object) -> JavaType:
    python, *metadata = get_args(annotation)
    for mark in reversed(metadata):
        if isinstance(mark, JavaType):
            return mark
        if isinstance(mark, ArrayOf):
            return _array(get_args(python)[0])
        if isinstance(mark, TypeName):
            return replace(java_type(python), name=mark.name)
    return java_type(python)


def _array(element: object) -> JavaType:
    item = java_type(element)
    if item is BARE_INT:
        raise ContractError("java.array[int] says no width: write java.array[java.int], java.array[java.long] or java.array[java.Integer]")
    if item.kind is Kind.BYTE and item.name == "byte":
        raise ContractError("java.array[java.byte] is written as bytes")
    if item.kind is Kind.CHAR and item.name == "char":
        raise ContractError("java.array[java.char] is written as java.chars, which is a str")
    return JavaType(Kind.ARRAY, f"{_element(item, element).name}[]", item=item)


def _union(annotation: object) -> JavaType:
    members = get_args(annotation)
    rest = [member for member in members if member is not type(None)]
    if len(rest) != 1:
        raise ContractError(f"{show(annotation)} is several Java types: write `object`, or one of them")
    member = java_type(rest[0])
    if member.python_type in (float, bool):
        return replace(member, name=_BOXES[member.name], nullable=True)
    if member.name in _BOXES:
        raise ContractError(f"Java's {member.name} is never null: write java.{_BOXES[member.name].rpartition('.')[2]} | None")
    return member if member.nullable else replace(member, nullable=True)


def _literal(annotation: object) -> JavaType:
    kinds = {type(value) for value in get_args(annotation) if value is not None}
    if len(kinds) != 1:
        raise ContractError(f"{show(annotation)} holds values of several types: Java needs one")
    return java_type(kinds.pop())


def _generic(annotation: object, origin: object, arguments: tuple[Any, ...]) -> JavaType:
    if origin in _LISTS:
        name, python_type = _LISTS[origin]
        return JavaType(Kind.LIST, name, item=_boxed_element(arguments[0]), python_type=python_type)
    if origin in _SETS:
        return JavaType(Kind.SET, "java.util.Set", item=_boxed_element(arguments[0]), python_type=_SETS[origin])
    if origin in _MAPS:
        key, value = arguments
        return JavaType(Kind.MAP, "java.util.Map", key=_boxed_element(key), item=_boxed_element(value), python_type=dict)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return JavaType(Kind.LIST, "java.util.List", item=_boxed_element(arguments[0]), python_type=tuple)
        return JavaType(Kind.ARRAY, "java.lang.Object[]", item=OBJECT, python_type=tuple)
    if origin in (collections.abc.Callable, type):
        raise ContractError(
            f"{show(annotation)} has no Java counterpart: a callback parameter is annotated with an @interface contract of its own"
        )
    if isinstance(origin, type):
        return _single(origin)
    alias = getattr(origin, "__value__", None)  # `type X[T] = ...` of Python 3.12
    if alias is not None:
        return java_type(alias[arguments])
    raise ContractError(_no_counterpart(annotation))


def _boxed_element(annotation: object) -> JavaType:
    return boxed(_element(java_type(annotation), annotation))


def _element(item: JavaType, annotation: object) -> JavaType:
    if item.kind in (Kind.VOID, Kind.FUNCTION):
        raise ContractError(f"{show(annotation)} cannot be an element")
    return item


def boxed(declared: JavaType) -> JavaType:
    """The type that Java uses where there are only objects: ``long`` → ``java.lang.Long``."""
    name = _BOXES.get(declared.name)
    return declared if name is None else replace(declared, name=name, nullable=True)


def zero(declared: JavaType) -> object:
    """Initial value of a Java field of this type: null, or the zero of its primitive type."""
    if declared.name not in PRIMITIVES:
        return None
    return {Kind.BOOLEAN: False, Kind.FLOAT: 0.0, Kind.DOUBLE: 0.0, Kind.CHAR: "\0"}.get(declared.kind, 0)


def _single(annotation: object) -> JavaType:
    if annotation in _LISTS or annotation in _SETS or annotation in _MAPS:
        bare = typing.cast("type", annotation)
        return _generic(annotation, annotation, (Any, Any) if bare in _MAPS else (Any,))
    if annotation is tuple:
        return _generic(annotation, tuple, (Any, Ellipsis))
    if isinstance(annotation, TypeVar):
        return OBJECT if annotation.__bound__ is None else java_type(annotation.__bound__)
    if isinstance(annotation, typing.NewType):
        return java_type(annotation.__supertype__)
    if isinstance(annotation, (str, ForwardRef)):
        raise ContractError(f"{annotation!r} was not evaluated")
    alias = getattr(annotation, "__value__", None)  # `type X = ...` of Python 3.12
    if alias is not None and not isinstance(annotation, type):
        return java_type(alias)
    if not isinstance(annotation, type):
        raise ContractError(_no_counterpart(annotation))
    return _class(annotation)


def _class(cls: type) -> JavaType:
    layout = CLASSES.by_python_type(cls)
    if isinstance(layout, ModelLayout):
        return JavaType(Kind.MODEL, layout.class_name, layout=layout)
    if isinstance(layout, EnumLayout):
        return JavaType(Kind.ENUM, layout.class_name, layout=layout)
    if isinstance(layout, ExceptionLayout):
        return JavaType(Kind.THROWABLE, layout.class_name)
    contract = vars(cls).get(CONTRACT_ATTRIBUTE)
    if contract is not None:
        return JavaType(Kind.FUNCTION, contract.name, nullable=False)
    value_type = _VALUE_CLASSES.get(cls)
    if value_type is not None:
        return value_type
    if typing.is_typeddict(cls):
        return JavaType(Kind.MAP, "java.util.Map", key=_PLAIN[str], item=OBJECT, python_type=dict)
    raise ContractError(_unregistered(cls))


def _unregistered(cls: type) -> str:
    if issubclass(cls, enum.Enum):
        return f'{show(cls)} is not known to Java: put @java.model("com.example.{cls.__name__}") on the Enum class'
    if issubclass(cls, BaseException):
        return f'{show(cls)} is not known to Java: put @java.exception("com.example.{cls.__name__}") on the class'
    if cls in (bytearray, memoryview):
        return f"{show(cls)} is annotated as bytes"
    if cls.__module__.partition(".")[0] in sys.stdlib_module_names | {"aiodubbo"}:
        return _no_counterpart(cls)
    return f'{show(cls)} is not known to Java: put @java.model("com.example.{cls.__name__}") on the class (a dataclass, for example)'


def _no_counterpart(annotation: object) -> str:
    return f'{show(annotation)} has no Java counterpart: choose another type, or Annotated[object, java.type_name("...")]'


_VALUE_CLASSES: Final[Mapping[type, JavaType]] = {
    JavaObject: OBJECT,
    JavaEnum: OBJECT,
    JavaMap: JavaType(Kind.OBJECT, "java.util.Map"),
    JavaDate: JavaType(Kind.DATE, "java.util.Date"),
    JavaLocale: JavaType(Kind.LOCALE, "java.util.Locale"),
    JavaClass: JavaType(Kind.CLASS, "java.lang.Class"),
    JavaFile: JavaType(Kind.OBJECT, "java.io.File"),
    **{cls: JavaType(Kind.TIME, name) for cls, name in JAVA_CLASSES.items()},
}
"""The codec's own value classes; what it reads for these declarations is one of them, or the plain Python value."""


def evaluate(annotation: object, globalns: Mapping[str, Any], localns: Mapping[str, Any]) -> object:
    """The value of an annotation, which ``from __future__ import annotations`` or quotes have left as text.

    Raises:
        ContractError: it names something that does not exist there.
    """
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, dict(globalns), dict(localns), include_extras=True)["it"]
    except NameError as error:
        raise ContractError(
            f"the annotation {_text(annotation)} cannot be read: {error}; define or import that name at module level, "
            "not under `if TYPE_CHECKING:`"
        ) from error
    except Exception as error:
        raise ContractError(f"the annotation {_text(annotation)} cannot be read: {type(error).__name__}: {error}") from error


def local_names(cls: type, frame: FrameType) -> Mapping[str, Any]:
    """Names beyond the module's that the annotations of `cls` may use: itself, its type parameters, the locals of the defining `frame`."""
    around = dict(frame.f_locals) if "<locals>" in cls.__qualname__ else {}
    parameters = {parameter.__name__: parameter for base in cls.__mro__ for parameter in getattr(base, "__type_params__", ())}
    return {**around, **parameters, cls.__name__: cls}


def python_class(annotation: object) -> object:
    """Strip ``Annotated``, ``NewType`` and aliases from an annotation: a type checker compares the rest."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__  # type: ignore[attr-defined]  # Python 3.12 and later
        else:
            return annotation


def _text(annotation: object) -> str:
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    return repr(annotation) if isinstance(annotation, str) else show(annotation)


def show(annotation: object) -> str:
    """An annotation as its author would write it."""
    if get_origin(annotation) is Annotated:
        python, *metadata = get_args(annotation)
        for mark in metadata:
            if isinstance(mark, JavaType):
                return f"java.{mark.name.rpartition('.')[2]}"
            if isinstance(mark, ArrayOf):
                return f"java.array[{', '.join(map(show, get_args(python)))}]"
        return show(python)
    if get_origin(annotation) in (Union, types.UnionType):
        return " | ".join("None" if member is type(None) else show(member) for member in get_args(annotation))
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__qualname__.rpartition("<locals>.")[2]
    origin = get_origin(annotation)
    if isinstance(origin, type) and not any(isinstance(argument, list) for argument in get_args(annotation)):
        arguments = ("..." if argument is Ellipsis else show(argument) for argument in get_args(annotation))
        return f"{origin.__qualname__}[{', '.join(arguments)}]"
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")
