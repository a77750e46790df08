"""What the pure Python stack has to reach, and whether it does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .echo import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .echo import Ratio

__all__ = ["GOALS", "Goal", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Goal:
    """At least `times` less server CPU for each call than `other`."""

    other: str
    cell: Cell
    times: float


GOALS = (Goal("grpc.aio", Cell("P1", 16), 6.0), Goal("grpc.aio", Cell("P2", 16), 2.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what was measured; None when that peer did not run."""

    goal: Goal
    measured: float | None

    @property
    def met(self) -> bool:
        """Whether it was measured and reached."""
        return self.measured is not None and self.measured >= self.goal.times

    def __str__(self) -> str:
        goal = self.goal
        text = (
            f"{goal.cell.payload}, {goal.cell.concurrency} at a time: at least {goal.times:g}x less server CPU per call than {goal.other}"
        )
        if self.measured is None:
            return f"not checked  {text}"
        return f"{'met     ' if self.met else 'NOT MET '}     {text}: {self.measured:.1f}x"

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        return {**asdict(self.goal.cell), "other": self.goal.other, "times": self.goal.times, "measured": self.measured, "met": self.met}


def judge(measured: Sequence[Ratio]) -> list[Verdict]:
    """Every goal beside what was measured."""
    by_key = {(ratio.other, ratio.cell): ratio.server_cpu for ratio in measured}
    return [Verdict(goal, by_key.get((goal.other, goal.cell))) for goal in GOALS]
