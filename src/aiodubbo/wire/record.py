"""Data classes that are made for every call: frozen for type checkers, plain at run time.

A frozen data class stores each field through ``object.__setattr__``, which makes an object of five fields cost four times as much as a
plain one. Some four of them are made for each call at each side: together about a tenth of what a small call costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool):
        """``dataclass(frozen=True, slots=True)`` without the cost; type checkers see to it that no code changes such an object."""
        assert frozen, "a data class that may change is a plain dataclass"
        return dataclass(slots=slots)
