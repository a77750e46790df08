"""``python -m benchmarks.registries``: fill the registries, measure what reading them costs, and whether one change is cheap."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from .. import report
from ..processes import BenchmarkError, spawn
from .contents import FULL, QUICK, large_provider
from .goals import judge
from .stores import KINDS
from .worker import Change, Cost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

    from .contents import Plan
    from .stores import Kind, Store

_WITHIN = 300.0
"""Seconds that one measurement may take."""

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Task:
    """One measurement: what it is called, what the worker is told, and how many URLs it must find."""

    name: str
    part: str
    services: int
    urls: int


def _tasks(plan: Plan) -> list[_Task]:
    everything = plan.services * plan.providers + plan.large
    return [
        _Task("list everything", "lookup", 0, everything),
        _Task("watch everything", "wildcard", 0, everything),
        *(_Task(f"subscribe to {count:,} services", "subscribe", count, count * plan.providers) for count in plan.subscribed),
        _Task(f"register {plan.registered:,} URLs", "register", plan.registered, plan.registered),
    ]


async def _measure(store: Store, task: _Task, profile: Path | None) -> Cost:
    """Run one measurement in a process of its own.

    Raises:
        BenchmarkError: it failed, or did not find everything.
    """
    watched = [] if profile is None else ["--profile", str((profile / f"{task.part}-{task.services}.prof").absolute())]
    arguments = [task.part, store.address, "--services", str(task.services), *watched]
    worker = await spawn(f"{task.name} at {store.address}", "benchmarks.registries.worker", *arguments)
    try:
        cost = Cost(**await worker.answer(_WITHIN))
    finally:
        await worker.end()
    if cost.urls != task.urls:
        raise BenchmarkError(f"{task.name} at {store.address}: {cost.urls:,} URLs instead of {task.urls:,}")
    return cost


async def _changes(store: Store, plan: Plan, profile: Path | None) -> AsyncIterator[Change]:
    """Let providers of the large service come and go in turn, while one consumer knows them all.

    Raises:
        BenchmarkError: the consumer failed, or does not know what there is.
    """
    watched = [] if profile is None else ["--profile", str((profile / "change.prof").absolute())]
    arguments = ["change", store.address, "--changes", str(plan.changes), *watched]
    worker = await spawn(f"changes at {store.address}", "benchmarks.registries.worker", *arguments)
    try:
        known = (await worker.answer(_WITHIN))["providers"]
        for number in range(plan.changes):
            if known != plan.large + number % 2:
                raise BenchmarkError(f"changes at {store.address}: {known} providers instead of {plan.large + number % 2}")
            await worker.answer(_WITHIN)  # it waits
            await asyncio.to_thread(store.add if number % 2 == 0 else store.remove, large_provider(plan.large + number // 2))
            change = Change(**await worker.answer(_WITHIN))
            known = change.providers
            yield change
    finally:
        await worker.end()


async def _run_kind(kind: Kind, plan: Plan, store: Store, options: argparse.Namespace) -> tuple[dict[str, list[Cost]], list[Change]]:
    costs: dict[str, list[Cost]] = {}
    for number in range(options.rounds):
        for task in _tasks(plan):
            _progress(f"{kind.name}: {task.name}, round {number + 1}")
            costs.setdefault(task.name, []).append(await _measure(store, task, options.profile))
    _progress(f"{kind.name}: {plan.changes} changes among {plan.large:,} providers")
    return costs, [change async for change in _changes(store, plan, options.profile)]


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.registries", description="What a registry with very many services costs those who read it."
    )
    parser.add_argument("--quick", action="store_true", help="a few services only, to see that it works; its figures say nothing")
    parser.add_argument("--registries", metavar="NAMES", default=",".join(KINDS), help="separated by commas (default: %(default)s)")
    parser.add_argument("--services", type=int, help=f"how many services (default: {FULL.services:,}; quick: {QUICK.services})")
    parser.add_argument("--rounds", type=int, default=1, help="how often each is measured; medians are printed (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to this file")
    parser.add_argument("--profile", metavar="FOLDER", type=Path, help="let cProfile watch; read it with python -m pstats")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a goal is not met or could not be checked")
    return parser


def _chosen(names: str) -> list[Kind]:
    """Those that can run; the others are named.

    Raises:
        BenchmarkError: there is no such registry.
    """
    chosen = []
    for name in (part.strip() for part in names.split(",")):
        kind = KINDS.get(name)
        if kind is None:
            raise BenchmarkError(f"there is no registry {name!r} to measure; choose from {', '.join(KINDS)}")
        if missing := kind.missing():
            print(f"LEFT OUT: {name}: {missing}", flush=True)
        else:
            chosen.append(kind)
    return chosen


def _cost_row(registry: str, name: str, costs: list[Cost]) -> list[str]:
    def middle(figures: list[float]) -> float:
        return median(figures)

    return [
        registry,
        name,
        f"{costs[0].urls:,}",
        f"{middle([cost.seconds for cost in costs]):.2f}",
        f"{middle([cost.loop for cost in costs]):.2f}",
        *(f"{middle([getattr(cost, field) for cost in costs]) / _MEBIBYTE:.0f}" for field in ("before", "after", "peak")),
    ]


def _change_row(registry: str, changes: list[Change]) -> list[str]:
    loop = [change.loop * 1000 for change in changes]
    made, replaced = sum(change.made for change in changes), sum(change.replaced for change in changes)
    return [registry, f"{len(changes)}", f"{median(loop):.1f}", f"{max(loop):.1f}", f"{made}", f"{replaced}"]


def _run(options: argparse.Namespace) -> int:
    plan = QUICK if options.quick else FULL
    if options.services:
        plan = replace(plan, services=options.services, subscribed=tuple(min(count, options.services) for count in plan.subscribed))
    print("  ".join(f"{key}: {value}" for key, value in report.machine().items()), flush=True)
    kinds = _chosen(options.registries)
    stored: dict[str, object] = {"machine": report.machine(), "plan": asdict(plan)}
    cost_rows, change_rows, verdicts = [], [], []
    for kind in kinds:
        _progress(f"{kind.name}: filling it")
        started = time.perf_counter()
        running: AbstractContextManager[Store] = kind.filled(plan)
        with running as store:
            _progress(f"{kind.name}: filled in {time.perf_counter() - started:.1f} s")
            costs, changes = asyncio.run(_run_kind(kind, plan, store, options))
        cost_rows += [_cost_row(kind.name, name, found) for name, found in costs.items()]
        change_rows.append(_change_row(kind.name, changes))
        verdicts += judge(kind.name, changes)
        stored[kind.name] = {
            "costs": {name: [asdict(cost) for cost in found] for name, found in costs.items()},
            "changes": [asdict(change) for change in changes],
        }
    if kinds:
        print(f"\n{plan.services:,} services x {plan.providers} providers, and one service with {plan.large:,}\n")
        print(report.table(["registry", "what", "URLs", "seconds", "loop CPU s", "MiB before", "after", "peak"], cost_rows))
        print(f"\nOne change in the service of {plan.large:,} providers\n")
        print(report.table(["registry", "changes", "loop ms, median", "largest", "invokers made", "made again"], change_rows))
        print("\nGoals\n")
        for verdict in verdicts:
            print(f"  {verdict}")
    stored["goals"] = [verdict.to_json() for verdict in verdicts]
    if options.json is not None:
        options.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    met = bool(verdicts) and all(verdict.met for verdict in verdicts) and len(kinds) == len(options.registries.split(","))
    return 0 if met or not options.check else 1


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
