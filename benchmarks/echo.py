"""Echo over one connection: every peer, payload and concurrency, in rounds in which the peers take turns.

What else the machine does changes from second to second; peers that are measured within the same few seconds suffer alike. Therefore a
ratio is the median of the ratios of the rounds, never a ratio of figures of different rounds.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

from .processes import Ends, start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .peers import Peer

__all__ = ["Cell", "EchoCost", "Plan", "Ratio", "ratios", "run", "summary"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes:
        payloads: which.
        concurrencies: calls under way at a time.
        rounds: how often.
        seconds: for each measurement, at most.
        calls: for each measurement, at most.
        warm_up: seconds of load before the first round, for each peer, payload and concurrency.
        profile: folder for what cProfile sees of each end; the figures of such a run say nothing. None for no profile.
    """

    payloads: Sequence[str] = ("P1", "P2", "P3")
    concurrencies: Sequence[int] = (1, 16, 128)
    rounds: int = 3
    seconds: float = 1.0
    calls: int = 200_000
    warm_up: float = 0.3
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a figure belongs."""

    payload: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class EchoCost:
    """What one call cost in one round.

    Attributes:
        peer: who.
        cell: payload and concurrency.
        calls_per_second: answered calls.
        server_cpu: microseconds of the server process for each call.
        client_cpu: microseconds of the client process for each call.
    """

    peer: str
    cell: Cell
    calls_per_second: float
    server_cpu: float
    client_cpu: float

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        values = asdict(self)
        return {**values.pop("cell"), **values}


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two peers compare in one cell; each figure is *other / ours*, the median of the rounds.

    Attributes:
        other: the peer that ours is compared with.
        cell: payload and concurrency.
        server_cpu: how many times more processor time its server needs.
        client_cpu: how many times more its client needs.
        calls_per_second: its rate as a multiple of ours.
    """

    other: str
    cell: Cell
    server_cpu: float
    client_cpu: float
    calls_per_second: float

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        values = asdict(self)
        return {**values.pop("cell"), **values}


async def run(peers: Sequence[Peer], plan: Plan, progress: Callable[[str], None]) -> list[list[EchoCost]]:
    """The figures, round by round.

    Raises:
        BenchmarkError: a peer failed.
    """
    cells = [Cell(payload, concurrency) for payload in plan.payloads for concurrency in plan.concurrencies]
    async with AsyncExitStack() as stack:
        ends: dict[str, Ends] = {}
        for peer in peers:
            progress(f"starting {peer.name}")
            ends[peer.name] = await stack.enter_async_context(start(peer, plan.profile))
            for payload in plan.payloads:
                await ends[peer.name].check(payload)
            for cell in cells:
                await ends[peer.name].load(cell.payload, cell.concurrency, calls=plan.calls, seconds=plan.warm_up)
        rounds: list[list[EchoCost]] = []
        for number in range(plan.rounds):
            figures: list[EchoCost] = []
            for cell in cells:
                progress(f"round {number + 1} of {plan.rounds}: {cell.payload}, {cell.concurrency} at a time")
                # The order turns, so that nobody always comes after the same neighbour.
                turn = (*peers[number % len(peers) :], *peers[: number % len(peers)])
                figures.extend([await _measure(peer.name, ends[peer.name], cell, plan) for peer in turn])
            rounds.append(figures)
        return rounds


async def _measure(peer: str, ends: Ends, cell: Cell, plan: Plan) -> EchoCost:
    sample, server_cpu = await ends.load(cell.payload, cell.concurrency, calls=plan.calls, seconds=plan.seconds)
    return EchoCost(peer, cell, sample.calls / sample.seconds, server_cpu / sample.calls * 1e6, sample.cpu / sample.calls * 1e6)


def summary(rounds: Sequence[Sequence[EchoCost]]) -> list[EchoCost]:
    """For each peer and cell the medians of its rounds."""
    by_key: dict[tuple[str, Cell], list[EchoCost]] = {}
    for figures in rounds:
        for cost in figures:
            by_key.setdefault((cost.peer, cost.cell), []).append(cost)
    return [
        EchoCost(
            peer,
            cell,
            median(cost.calls_per_second for cost in costs),
            median(cost.server_cpu for cost in costs),
            median(cost.client_cpu for cost in costs),
        )
        for (peer, cell), costs in by_key.items()
    ]


def ratios(rounds: Sequence[Sequence[EchoCost]], ours: str) -> list[Ratio]:
    """All other peers beside `ours`; empty when `ours` was not run."""
    found: dict[tuple[str, Cell], list[tuple[float, float, float]]] = {}
    for figures in rounds:
        base = {cost.cell: cost for cost in figures if cost.peer == ours}
        for cost in figures:
            mine = base.get(cost.cell)
            if mine is not None and cost.peer != ours:
                found.setdefault((cost.peer, cost.cell), []).append(
                    (
                        cost.server_cpu / mine.server_cpu,
                        cost.client_cpu / mine.client_cpu,
                        cost.calls_per_second / mine.calls_per_second,
                    )
                )
    return [Ratio(other, cell, *(median(one[index] for one in several) for index in range(3))) for (other, cell), several in found.items()]
