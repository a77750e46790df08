"""Families of model classes (dataclasses, attrs, pydantic, msgspec) and how each keeps its fields, behind one contract.

An adapter says which attributes a class has, and makes instances without running any code of the class. The adapter is chosen by looking
at the class; a third-party package is never imported here, since a class that comes from one brings it along.
"""

from __future__ import annotations

import copy
import dataclasses
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiodubbo.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""A field without a default."""


@dataclass(frozen=True, slots=True)
class ModelField:
    """Attribute of a model class.

    Attributes:
        attribute: its Python name.
        default: its default, or `MISSING`.
        default_factory: called for the default, or None.
    """

    attribute: str
    default: object = MISSING
    default_factory: Callable[[], object] | None = None


class ModelAdapter(Protocol):
    """Contract of a family of classes. Pass another one to ``java.model(..., adapter=...)``."""

    def accepts(self, cls: type, /) -> bool:
        """Tell if `cls` belongs to the family."""

    def fields(self, cls: type, /) -> Sequence[ModelField]:
        """The attributes, inherited ones first."""

    def creator(self, cls: type, /) -> Callable[[], Any]:
        """Makes an empty instance without running ``__new__``, ``__init__``, ``__post_init__`` or validators of the class."""

    def assign(self, cls: type, /) -> Callable[[Any, str, object], None]:
        """Stores one attribute of such an instance, past ``frozen``, setters and validators."""

    def finish(self, cls: type, /) -> Callable[[Any], None] | None:
        """Completes an instance once its attributes are stored; None when there is nothing to do."""


class _ObjectAdapter:
    """Instances are plain objects, complete as soon as their attributes are stored."""

    def creator(self, cls: type, /) -> Callable[[], Any]:
        return partial(object.__new__, cls)

    def assign(self, cls: type, /) -> Callable[[Any, str, object], None]:
        return object.__setattr__

    def finish(self, cls: type, /) -> Callable[[Any], None] | None:
        return None


def _fields(fields: Sequence[Any], missing: object) -> list[ModelField]:
    """Translate the fields of a library that says `missing` where a field has no default or no factory."""
    return [
        ModelField(
            field.name,
            MISSING if field.default is missing else field.default,
            None if field.default_factory is missing else field.default_factory,
        )
        for field in fields
    ]


class DataclassAdapter(_ObjectAdapter):
    """``dataclasses.dataclass``, frozen or not, with slots or not; pydantic's dataclasses too."""

    def accepts(self, cls: type, /) -> bool:
        return "__dataclass_fields__" in vars(cls)

    def fields(self, cls: type, /) -> Sequence[ModelField]:
        return _fields(dataclasses.fields(cls), dataclasses.MISSING)


class AttrsAdapter(_ObjectAdapter):
    """``attrs.define``, ``attrs.frozen`` and ``attr.s``."""

    def accepts(self, cls: type, /) -> bool:
        return "__attrs_attrs__" in vars(cls)

    def fields(self, cls: type, /) -> Sequence[ModelField]:
        attrs: Any = sys.modules["attr"]
        fields = []
        for attribute in attrs.fields(cls):
            default: Any = attribute.default
            factory: Callable[[], object] | None = None
            if default is attrs.NOTHING:
                default = MISSING
            elif isinstance(default, attrs.Factory):
                # A factory that wants the half-made instance cannot be asked: Java's default (null, 0) holds then.
                default, factory = MISSING, None if default.takes_self else default.factory
            fields.append(ModelField(attribute.name, default, factory))
        return fields


class PydanticAdapter(_ObjectAdapter):
    """``pydantic.BaseModel`` of pydantic 2."""

    def accepts(self, cls: type, /) -> bool:
        return any(base.__name__ == "BaseModel" and base.__module__.startswith("pydantic.") for base in cls.__mro__)

    def fields(self, cls: type, /) -> Sequence[ModelField]:
        described: Any = cls
        fields = []
        for name, info in described.model_fields.items():
            default, factory = info.default, info.default_factory
            if type(default).__name__ == "PydanticUndefinedType":
                default = MISSING
            if factory is not None and info.default_factory_takes_validated_data:
                factory = None
            if isinstance(default, (list, dict, set)):  # pydantic gives each instance a copy
                default, factory = MISSING, partial(copy.deepcopy, default)
            fields.append(ModelField(name, default, factory))
        return fields

    def finish(self, cls: type, /) -> Callable[[Any], None] | None:
        described: Any = cls
        names = frozenset(described.model_fields)
        private = described.__private_attributes__
        extra = described.model_config.get("extra") == "allow"
        store = object.__setattr__

        def finish(instance: Any) -> None:
            store(instance, "__pydantic_fields_set__", set(names))
            store(instance, "__pydantic_extra__", {} if extra else None)
            defaults = {name: attribute.get_default() for name, attribute in private.items()}
            store(
                instance,
                "__pydantic_private__",
                {name: value for name, value in defaults.items() if type(value).__name__ != "PydanticUndefinedType"} if private else None,
            )

        return finish


class MsgspecAdapter(_ObjectAdapter):
    """``msgspec.Struct``."""

    def accepts(self, cls: type, /) -> bool:
        return hasattr(cls, "__struct_fields__")

    def fields(self, cls: type, /) -> Sequence[ModelField]:
        msgspec: Any = sys.modules["msgspec"]
        return _fields(msgspec.structs.fields(cls), msgspec.NODEFAULT)

    def creator(self, cls: type, /) -> Callable[[], Any]:
        # A Struct cannot be made empty: `S.__new__` refuses, and calling S runs its __post_init__. A prototype is made from a subclass
        # whose __post_init__ does nothing, is turned into an S, and copied by Struct's own copy. Its fields hold a list: a Struct decides
        # when it is made whether the garbage collector shall look at it, and later fields may close a cycle.
        struct: Any = cls
        quiet: Any = type(cls)(cls.__name__, (cls,), {"__post_init__": lambda self: None, "__module__": cls.__module__}, kw_only=True)
        prototype = quiet(**{name: [] for name in struct.__struct_fields__})
        object.__dict__["__class__"].__set__(prototype, cls)
        duplicate = next(vars(base)["__copy__"] for base in reversed(cls.__mro__) if "__copy__" in vars(base))
        return partial(duplicate, prototype)

    def assign(self, cls: type, /) -> Callable[[Any, str, object], None]:
        struct: Any = cls
        slots = {name: next(vars(base)[name] for base in cls.__mro__ if name in vars(base)).__set__ for name in struct.__struct_fields__}

        def assign(instance: Any, attribute: str, value: object) -> None:
            slots[attribute](instance, value)

        return assign


ADAPTERS: Final[tuple[ModelAdapter, ...]] = (DataclassAdapter(), AttrsAdapter(), PydanticAdapter(), MsgspecAdapter())


def adapter_of(cls: type) -> ModelAdapter:
    """The adapter for `cls`.

    Raises:
        ContractError: none knows this kind of class.
    """
    for adapter in ADAPTERS:
        if adapter.accepts(cls):
            return adapter
    raise ContractError(
        f"{cls.__qualname__} is not a dataclass, nor an attrs, pydantic or msgspec class, nor an Enum: "
        "put @dataclass under @java.model, or give an adapter to java.model(..., adapter=...)"
    )
