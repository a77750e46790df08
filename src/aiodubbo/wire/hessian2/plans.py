"""Declared types in the codec: a plan for each type, worked out once, and the error for values that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from aiodubbo.java.types import Kind
from aiodubbo.java.values import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.java.types import JavaType

T = TypeVar("T")

_MOST_KNOWN: Final = 10_000
"""Types whose plans are kept. Contracts have some hundreds; types that a program makes up as it goes must not fill the memory."""


def plans(make: Callable[[JavaType], T]) -> Callable[[JavaType], T]:
    """Return a look-up of the plan of a type, which `make` works out when a type comes for the first time.

    Equal types share a plan, because references within a message go by it.
    """
    by_id: dict[int, tuple[T, JavaType]] = {}  # the type is kept, so that its id stays its own
    by_type: dict[JavaType, T] = {}

    def find(declared: JavaType) -> T:
        plan = by_type.get(declared)
        if plan is None:
            plan = make(declared)
            if len(by_type) >= _MOST_KNOWN:
                by_type.clear()
            by_type[declared] = plan
        if len(by_id) >= _MOST_KNOWN:
            by_id.clear()
        by_id[id(declared)] = plan, declared
        return plan

    # A function, because every value that is read or written begins here: 80 ns against 135 ns for an object with __call__.
    # By identity first, because the hash of a type goes through all of its parts.
    def plan_of(declared: JavaType) -> T:
        entry = by_id.get(id(declared))
        return find(declared) if entry is None else entry[0]

    return plan_of


class TypeMismatchError(Exception):
    """A value does not fit its declared type."""


def type_mismatch(expected: str, got: object) -> TypeMismatchError:
    return TypeMismatchError(f"expected {expected}, got {brief(got)} ({type(got).__name__})")


_BITS: Final = {Kind.BYTE: 8, Kind.SHORT: 16, Kind.INT: 32, Kind.LONG: 64}


def bounds(declared: JavaType) -> tuple[int, int]:
    """Lowest and highest value of a whole number type."""
    bits = _BITS[declared.kind]
    return -1 << bits - 1, (1 << bits - 1) - 1
