"""Declared types in the codec: a plan for each type, worked out once, and the error for values that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from aiodubbo.java.values import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.java.types import JavaType

T = TypeVar("T")

_MOST_KNOWN: Final = 10_000
"""Types whose plans are kept. Contracts have some hundreds; types that a program makes up as it goes must not fill the memory."""


class Plans(Generic[T]):
    """Table with a plan for each type. Equal types share a plan, because references within a message go by it.

    Args:
        make: works out the plan of a type.
    """

    __slots__ = ("_by_id", "_by_type", "_make")

    def __init__(self, make: Callable[[JavaType], T]) -> None:
        self._make = make
        self._by_id: dict[int, tuple[T, JavaType]] = {}  # the type is kept, so that its id stays its own
        self._by_type: dict[JavaType, T] = {}

    def __call__(self, declared: JavaType) -> T:
        """The plan of `declared`."""
        entry = self._by_id.get(id(declared))
        return entry[0] if entry is not None else self._find(declared)

    def _find(self, declared: JavaType) -> T:
        plan = self._by_type.get(declared)
        if plan is None:
            plan = self._make(declared)
            if len(self._by_type) >= _MOST_KNOWN:
                self._by_type.clear()
            self._by_type[declared] = plan
        if len(self._by_id) >= _MOST_KNOWN:
            self._by_id.clear()
        self._by_id[id(declared)] = plan, declared
        return plan


class TypeMismatchError(Exception):
    """A value that does not fit its declared type."""


def type_mismatch(expected: str, got: object) -> TypeMismatchError:
    """A `TypeMismatchError` that names what was due and what came."""
    return TypeMismatchError(f"expected {expected}, got {brief(got)} ({type(got).__name__})")
