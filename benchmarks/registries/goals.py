"""What one change may cost, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .worker import Change

__all__ = ["LOOP", "Verdict", "judge"]

LOOP = 0.005
"""Seconds of the event loop's thread that one change in a service of 1000 providers may cost."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what was measured.

    Attributes:
        goal: in words.
        measured: in words.
        met: whether it was reached.
    """

    goal: str
    measured: str
    met: bool

    def __str__(self) -> str:
        return f"{'met     ' if self.met else 'NOT MET '}     {self.goal}: {self.measured}"

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        return {"goal": self.goal, "measured": self.measured, "met": self.met}


def judge(registry: str, changes: Sequence[Change]) -> list[Verdict]:
    """Every goal beside what the changes at one registry cost."""
    loop = median(change.loop for change in changes)
    again = sum(change.replaced for change in changes)
    return [
        Verdict(f"{registry}: one change costs less than {LOOP * 1000:g} ms of loop time", f"{loop * 1000:.1f} ms", loop < LOOP),
        Verdict(f"{registry}: no unchanged invoker is made again", f"{again} of {sum(change.providers for change in changes)}", again == 0),
    ]
