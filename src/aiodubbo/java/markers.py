"""Markers for ``Annotated[...]`` besides a `JavaType`: class names, arrays, field names."""

from __future__ import annotations

from dataclasses import dataclass

from .names import check_class_name

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
