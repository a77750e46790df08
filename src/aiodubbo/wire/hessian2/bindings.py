"""Which field of a class definition goes to which attribute of a registered class; worked out once for each list of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.java.types import Kind

if TYPE_CHECKING:
    from aiodubbo.java.types import ExceptionLayout, FieldLayout, ModelLayout

    from .build import Builder

# For each field on the wire: attribute, reader, and the class whose instances need no reader; None for a field that is skipped.
# Then the fields that the wire does not have.
Binding: TypeAlias = "tuple[tuple[tuple[str, Any, type | None] | None, ...], tuple[FieldLayout, ...]]"

EXACT_KINDS: Final[dict[Kind, type]] = {Kind.STRING: str, Kind.LONG: int, Kind.DOUBLE: float, Kind.BOOLEAN: bool, Kind.BYTES: bytes}

_known: dict[tuple[ModelLayout | ExceptionLayout, tuple[str, ...]], Binding] = {}
_MOST_KNOWN: Final = 4096


def binding_of(builder: Builder, layout: ModelLayout | ExceptionLayout, names: tuple[str, ...]) -> Binding:
    """The binding of the fields `names` to a class."""
    found = _known.get((layout, names))
    return found if found is not None else _bind(builder, layout, names)


def _bind(builder: Builder, layout: ModelLayout | ExceptionLayout, names: tuple[str, ...]) -> Binding:
    fields = {field.name: field for field in layout.fields()}
    bound: list[tuple[str, Any, type | None] | None] = []
    for name in names:
        field = fields.get(name)
        declared = None if field is None else field.type
        bound.append(
            None
            if field is None or declared is None
            else (field.attribute, declared.reader or builder.reader_of(declared), EXACT_KINDS.get(declared.kind))
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
