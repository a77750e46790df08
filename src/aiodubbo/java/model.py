"""``@java.model`` and ``@java.exception``: which Python class is which Java class.

Field types are read when a class is first used, not when it is declared, so that models may refer to each other and to themselves. Decoding
makes instances without ``__init__``, ``__post_init__``, validators or setters, and stores only the fields that the class declares.
"""

from __future__ import annotations

import enum
import inspect
import sys
import types
import typing
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from aiodubbo.errors import ContractError

from .adapters import MISSING, ModelField, adapter_of
from .annotations import PRIMITIVES, FieldName, evaluate, java_type, local_names, zero
from .classes import CLASSES
from .names import camel_case, check_class_name
from .types import EnumLayout, ExceptionLayout, FieldLayout, Kind, ModelLayout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .adapters import ModelAdapter

C = TypeVar("C", bound=type)
E = TypeVar("E", bound=type[BaseException])


def model(name: str, *, adapter: ModelAdapter | None = None) -> Callable[[C], C]:
    """Declare that a class is the Java class `name`.

    ::

        @java.model("com.example.User")
        @dataclass(slots=True)
        class User:
            id: java.Long
            created_at: datetime                       # Java field createdAt
            url: Annotated[str, java.field("URL")]

    For dataclasses, attrs, pydantic and msgspec classes, and for Enum classes (a Java enum with constants of the same names). The class
    itself is returned unchanged.

    Args:
        name: the Java class, with its package.
        adapter: how to treat a kind of class that aiodubbo does not know.

    Raises:
        ContractError: not a Java class name, a class of no known kind, or another class already stands for `name`.
    """
    check_class_name(name)

    def register(cls: C) -> C:
        if not isinstance(cls, type):
            raise ContractError(f"@java.model({name!r}) belongs on a class, got {cls!r}")
        if issubclass(cls, BaseException):
            raise ContractError(f"{cls.__qualname__} is an exception: use @java.exception({name!r})")
        if issubclass(cls, enum.Enum):
            CLASSES.register(_enum_layout(name, cls))
        else:
            CLASSES.register(_model_layout(name, cls, adapter or adapter_of(cls), local_names(cls, sys._getframe(1))))
        return cls

    return register


def exception(name: str) -> Callable[[E], E]:
    """Declare that an exception class is the Java class `name`.

    Raised by an implementation it reaches a Java caller as `name`; thrown by Java it is raised as this class. ``str(error)`` is Java's
    message. Fields of the Java class are annotations in the body of the Python class::

        @java.exception("com.example.OrderException")
        class OrderError(Exception):
            order_id: java.long = 0
            reasons: list[str]

    Decoding does not run ``__init__``.

    Raises:
        ContractError: not a Java class name, not an exception class, or another class already stands for `name`.
    """
    check_class_name(name)

    def register(cls: E) -> E:
        if not issubclass(cls, BaseException):
            raise ContractError(f"@java.exception({name!r}) belongs on an exception class, got {cls!r}")
        names = local_names(cls, sys._getframe(1))
        declared = [ModelField(attribute, getattr(cls, attribute, MISSING)) for attribute in _exception_attributes(cls)]
        fields = cache(lambda: _field_layouts(name, cls, declared, names))
        CLASSES.register(ExceptionLayout(name, cls, fields))
        return cls

    return register


def _exception_attributes(cls: type) -> list[str]:
    attributes: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, BaseException):
            attributes.update(dict.fromkeys(name for name, annotation in _annotations(base).items() if not _is_class_variable(annotation)))
    return list(attributes)


def _is_class_variable(annotation: object) -> bool:
    if isinstance(annotation, str):
        return annotation.startswith(("ClassVar", "typing.ClassVar", "t.ClassVar"))
    return annotation is typing.ClassVar or get_origin(annotation) is typing.ClassVar


def _enum_layout(name: str, cls: type[enum.Enum]) -> EnumLayout:
    if issubclass(cls, enum.Flag):
        raise ContractError(f"{cls.__qualname__} is a Flag; Java enums have single constants: use Enum, and set[...] of it")
    by_name = dict(cls.__members__)
    return EnumLayout(name, cls, by_name, {member: member.name for member in by_name.values()})


def _model_layout(name: str, cls: type, adapter: ModelAdapter, names: Mapping[str, Any]) -> ModelLayout:
    # A failure is not cached: the missing name may be defined later.
    fields = cache(lambda: _field_layouts(name, cls, adapter.fields(cls), names))
    return ModelLayout(name, cls, fields, adapter.creator(cls), adapter.assign(cls), adapter.finish(cls))


def _field_layouts(name: str, cls: type, declared: Sequence[ModelField], names: Mapping[str, Any]) -> tuple[FieldLayout, ...]:
    annotations = {attribute: (text, base) for base in reversed(cls.__mro__) for attribute, text in _annotations(base).items()}
    layouts: dict[str, FieldLayout] = {}
    problems: list[str] = []
    for field in declared:
        try:
            text, base = annotations[field.attribute]
            layout = _field_layout(cls, field, evaluate(text, vars(sys.modules[base.__module__]), names))
        except KeyError:
            problems.append(f"{field.attribute}: it has no annotation")
        except ContractError as error:
            problems.append(f"{field.attribute}: {error}")
        else:
            other = layouts.setdefault(layout.name, layout)
            if other is not layout:
                problems.append(f"{field.attribute}: its Java name {layout.name} is also that of {other.attribute}")
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ContractError(f"{cls.__qualname__} cannot be {name}:{listed}")
    return tuple(layouts.values())


def _field_layout(cls: type, field: ModelField, annotation: object) -> FieldLayout:
    class_attribute = inspect.getattr_static(cls, field.attribute, None)
    if hasattr(type(class_attribute), "__set__") and not isinstance(class_attribute, types.MemberDescriptorType):
        raise ContractError("it is a property or descriptor; decoding stores fields without running code of the class")
    declared = java_type(annotation)
    if declared.kind in (Kind.VOID, Kind.FUNCTION):
        raise ContractError("None and callbacks cannot be fields")
    declared = replace(declared, nullable=declared.name not in PRIMITIVES)
    default = zero(declared) if field.default is MISSING else field.default
    return FieldLayout(_java_name(field.attribute, annotation), field.attribute, declared, default, field.default_factory)


def _java_name(attribute: str, annotation: object) -> str:
    if get_origin(annotation) is Annotated:
        for mark in get_args(annotation)[1:]:
            if isinstance(mark, FieldName):
                return mark.name
    return camel_case(attribute)


def _annotations(cls: type) -> Mapping[str, object]:
    return inspect.get_annotations(cls) if cls.__module__ != "builtins" else {}
