"""State of a message while its values are built from data, and what readers of all kinds share (see `build`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import HessianDecodeError
from aiodubbo.java.types import Kind

from .plans import TypeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.java.types import ClassTable, ExceptionLayout, FieldLayout, JavaType, ModelLayout

Reader: TypeAlias = "Callable[[Builder, Any], Any]"

EXACT: Final[dict[Reader, type]] = {}
"""Readers that give every instance of one class back as it is; there is no need to call them."""

PLAIN: Final = frozenset({str, int, float, bool, type(None), bytes})
"""Data that is its own finished value."""

MISSING: Final = object()


class Builder:
    """State of one message while its values are built."""

    __slots__ = ("bindings", "causes", "classes", "keep", "memo", "reader_of", "untyped", "work")

    def __init__(self, classes: ClassTable, reader_of: Callable[[JavaType], Reader], untyped: Reader) -> None:
        self.classes = classes
        self.reader_of = reader_of
        self.untyped = untyped
        # id of a piece of data, or (id, reader) where the reader decides about the value → the value.
        self.memo: dict[object, Any] = {}
        self.keep: list[object] = []  # the memo goes by id, so what it knows must live
        self.bindings: dict[int, tuple[ModelLayout, Binding]] = {}  # by the id of the field names of a class definition
        self.work: list[tuple[Any, ...]] = []
        self.causes: list[tuple[BaseException, BaseException]] = []

    def build(self, data: object, declared: JavaType | None) -> object:
        """The finished value of `data`.

        Raises:
            HessianDecodeError: `data` does not fit `declared`, or holds an object that makes no value of its class.
        """
        if data.__class__ not in PLAIN:
            self.keep.append(data)
        work = self.work
        try:
            value = (self.untyped if declared is None else self.reader_of(declared))(self, data)
            while work:
                job = work.pop()
                job[0](self, *job[1:])
            if self.causes:
                finish_causes(self.causes)
        except (TypeMismatchError, ValueError, ArithmeticError) as error:
            raise HessianDecodeError(str(error)) from error
        finally:
            work.clear()
            self.causes.clear()
        return value

    def value(self, data: object) -> Any:
        """The value of a part where nothing is declared; what it holds may be filled in later."""
        return self.untyped(self, data)


_cause: Any = BaseException.__dict__["__cause__"]


def finish_causes(pairs: Sequence[tuple[BaseException, BaseException]]) -> None:
    """Set ``__cause__`` of each exception, leaving out the one that would close a ring."""
    cause_of = {id(exception): cause for exception, cause in pairs}
    done: set[int] = set()
    for exception, _ in pairs:
        on_the_way: set[int] = set()
        current: BaseException | None = exception
        while current is not None and id(current) not in done:
            on_the_way.add(id(current))
            cause = cause_of.get(id(current))
            if cause is not None and id(cause) not in on_the_way:
                _cause.__set__(current, cause)
            else:
                cause = None
            current = cause
        done |= on_the_way


# For each field on the wire: attribute, reader, and the class whose instances need no reader; None for a field that is skipped.
# Then the fields that the wire does not have.
Binding: TypeAlias = "tuple[tuple[tuple[str, Any, type | None] | None, ...], tuple[FieldLayout, ...]]"

EXACT_KINDS: Final[dict[Kind, type]] = {Kind.STRING: str, Kind.LONG: int, Kind.DOUBLE: float, Kind.BOOLEAN: bool, Kind.BYTES: bytes}

_known: dict[tuple[ModelLayout | ExceptionLayout, tuple[str, ...]], Binding] = {}
_MOST_KNOWN: Final = 4096


def binding_of(builder: Builder, layout: ModelLayout | ExceptionLayout, names: tuple[str, ...]) -> Binding:
    """The binding of the fields `names` to a class."""
    binding = _known.get((layout, names))
    return binding if binding is not None else _bind(builder, layout, names)


def _bind(builder: Builder, layout: ModelLayout | ExceptionLayout, names: tuple[str, ...]) -> Binding:
    fields = {field.name: field for field in layout.fields()}
    bound: list[tuple[str, Any, type | None] | None] = []
    for name in names:
        field = fields.get(name)
        declared = None if field is None else field.type
        bound.append(
            None if field is None or declared is None else (field.attribute, builder.reader_of(declared), EXACT_KINDS.get(declared.kind))
        )
    sent = set(names)
    absent = tuple(field for field in fields.values() if field.name not in sent)
    binding = (tuple(bound), absent)
    # A peer chooses the names. What it makes up is not remembered.
    if len(names) <= len(fields) + 16 and sum(map(len, names)) < 4096:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[layout, names] = binding
    return binding
