"""``python -m benchmarks.compare BASE HEAD``: processor time per call of two checkouts, as ratios of paired measurements.

BASE and HEAD are folders, each with its own ``.venv``. Three pairs of processes take turns: BASE, BASE once more, and HEAD. The second BASE
shows how far two measurements of the same code are apart; a difference that is not clearly larger says nothing.

What else the machine does changes from second to second, so figures are only compared with their neighbours: in each round each cell is
measured forwards and backwards (A B C, C B A), and a ratio is the median of the ratios of the rounds. New processes are started for each
round, because the same code costs a few per cent more or less depending on where a process finds its memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from .echo import Cell
from .peers import PEERS
from .processes import BenchmarkError, Checkout, start
from .report import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .processes import Ends

__all__ = ["CellRatio", "Cost", "main", "ratios", "report"]

BASE, AGAIN, HEAD = "base", "base again", "head"
_CALLS = 1_000_000
"""Calls in one measurement, at most; its seconds end it earlier."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of one call, in microseconds."""

    server: float
    client: float


@dataclass(frozen=True, slots=True)
class CellRatio:
    """One side of one cell; the ratios have one entry for each round.

    Attributes:
        cell: payload and concurrency.
        side: ``server`` or ``client``.
        base: microseconds for each call before, median of the rounds.
        head: microseconds for each call after, median of the rounds.
        change: head / base.
        noise: base again / base.
    """

    cell: Cell
    side: str
    base: float
    head: float
    change: Sequence[float]
    noise: Sequence[float]


def ratios(rounds: Sequence[Mapping[tuple[str, Cell], Cost]]) -> list[CellRatio]:
    """Both sides of every cell, from the costs of each round by variant and cell."""
    compared = []
    for cell in dict.fromkeys(cell for _, cell in rounds[0]):
        for side in ("server", "client"):
            base, again, head = ([getattr(costs[variant, cell], side) for costs in rounds] for variant in (BASE, AGAIN, HEAD))
            change = [after / before for after, before in zip(head, base, strict=True)]
            noise = [after / before for after, before in zip(again, base, strict=True)]
            compared.append(CellRatio(cell, side, median(base), median(head), change, noise))
    return compared


def report(compared: Sequence[CellRatio]) -> str:
    """A table of medians; the middle half of the rounds stands in brackets."""
    head = ["", "at a time", "side", "base us", "head us", "head / base", "middle half", "base / base", "middle half"]
    rows = [
        [
            *(ratio.cell.payload, str(ratio.cell.concurrency), ratio.side, f"{ratio.base:.1f}", f"{ratio.head:.1f}"),
            *(f"{median(ratio.change):.3f}", _middle_half(ratio.change), f"{median(ratio.noise):.3f}", _middle_half(ratio.noise)),
        ]
        for ratio in compared
    ]
    return table(head, rows)


def _middle_half(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    lower, _, upper = quantiles(values, n=4, method="inclusive")
    return f"{lower:.3f} to {upper:.3f}"


async def _round(
    order: Sequence[str], checkouts: Mapping[str, Checkout], cells: Sequence[Cell], seconds: float
) -> dict[tuple[str, Cell], Cost]:
    """One round with new processes, in the given order of variants.

    Raises:
        BenchmarkError: a process failed.
    """
    totals: dict[tuple[str, Cell], list[float]] = {}
    async with AsyncExitStack() as stack:
        ends: dict[str, Ends] = {}
        for variant in order:
            ends[variant] = await stack.enter_async_context(start(PEERS["aiodubbo"], checkout=checkouts[variant]))
        for cell in cells:
            for variant in order:
                await ends[variant].check(cell.payload)
                await ends[variant].load(cell.payload, cell.concurrency, calls=_CALLS, seconds=seconds / 8)
            for variant in (*order, *reversed(order)):
                sample, server_cpu = await ends[variant].load(cell.payload, cell.concurrency, calls=_CALLS, seconds=seconds / 2)
                total = totals.setdefault((variant, cell), [0.0, 0.0, 0.0])
                for index, value in enumerate((sample.calls, server_cpu, sample.cpu)):
                    total[index] += value
    return {key: Cost(server / calls * 1e6, client / calls * 1e6) for key, (calls, server, client) in totals.items()}


def _checkout(folder: Path) -> tuple[Checkout, str]:
    """The tree in `folder`, and its Python and event loop.

    Raises:
        BenchmarkError: it cannot run its benchmarks.
    """
    folder = folder.absolute()
    python = folder / ".venv" / "bin" / "python"
    if not python.exists():
        python = Path(sys.executable)
    question = (
        "import platform as p, aiodubbo as a, benchmarks.worker as w; print(p.python_version(), w.loop_factory().__module__, a.__file__)"
    )
    done = subprocess.run([python, "-c", question], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{folder}: {done.stderr.strip().rpartition(chr(10))[2]}; run `make bench` there once")
    version, loop, package = done.stdout.split(maxsplit=2)
    if not Path(package).is_relative_to(folder):
        raise BenchmarkError(f"{folder}: {python} has another aiodubbo installed, {package.strip()}: run `make bench` there once")
    return Checkout(folder, str(python)), f"Python {version}, {loop.partition('.')[0]}"


def _commit(checkout: Checkout) -> str:
    command = ["git", "-C", str(checkout.folder), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown commit"
    return done.stdout.strip() or "unknown commit"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="Processor time per call before and after a change.")
    parser.add_argument("base", type=Path, help="folder of the checkout before the change")
    parser.add_argument("head", type=Path, help="folder of the checkout after it")
    parser.add_argument("--rounds", type=int, default=10, help="paired rounds (default: %(default)s; ten take six minutes)")
    parser.add_argument("--seconds", type=float, default=0.8, help="for each measurement (default: %(default)s)")
    parser.add_argument("--payloads", default="P1,P2,P3", help="separated by commas (default: %(default)s)")
    parser.add_argument("--concurrency", default="1,16,128", help="separated by commas (default: %(default)s)")
    parser.add_argument("--limit", type=float, metavar="PERCENT", help="exit code 1 when a cell costs this much more on either side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios of every round to this file")
    return parser


def _run(options: argparse.Namespace) -> int:
    base, base_runs_on = _checkout(options.base)
    head, head_runs_on = _checkout(options.head)
    if base_runs_on != head_runs_on:
        raise BenchmarkError(f"base runs on {base_runs_on}, head on {head_runs_on}: make both .venv alike")
    print(f"base {_commit(base)}, head {_commit(head)}, {head_runs_on}, {options.rounds} rounds of {options.seconds:g} s")
    checkouts = {BASE: base, AGAIN: base, HEAD: head}
    cells = [Cell(payload, int(number)) for payload in options.payloads.split(",") for number in options.concurrency.split(",")]
    rounds = []
    for number in range(options.rounds):
        print(f"... round {number + 1} of {options.rounds}", file=sys.stderr)
        turn = number % 3  # nobody is always first
        order = [*checkouts][turn:] + [*checkouts][:turn]
        rounds.append(asyncio.run(_round(order, checkouts, cells, options.seconds)))
    compared = ratios(rounds)
    print(report(compared))
    if options.json is not None:
        stored = [
            {"payload": r.cell.payload, "concurrency": r.cell.concurrency, "side": r.side, "change": r.change, "noise": r.noise}
            for r in compared
        ]
        options.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    slower = [ratio for ratio in compared if options.limit is not None and median(ratio.change) > 1 + options.limit / 100]
    for ratio in slower:
        print(f"SLOWER: {ratio.cell.payload}, {ratio.cell.concurrency} at a time, {ratio.side}: more than {options.limit:g} %")
    return 1 if slower else 0


def main() -> int:
    """Run what the command line asks for; the exit code."""
    options = _parser().parse_args()
    try:
        return _run(options)
    except BenchmarkError as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
