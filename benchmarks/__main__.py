"""``python -m benchmarks``: codecs, then echo beside the other peers, then whether the goals are met."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from . import codecs, echo, goals, report
from .payloads import PAYLOADS
from .peers import PEERS, Peer
from .processes import BenchmarkError

_OURS = "aiodubbo"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What a call costs, beside other frameworks in the same run.")
    parser.add_argument("--quick", action="store_true", help="a look of seconds instead of minutes; its figures are rough")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to this file")
    parser.add_argument(
        "--peers", metavar="NAMES", default=",".join(PEERS), help="which to run, separated by commas (default: %(default)s)"
    )
    parser.add_argument("--part", choices=("codecs", "echo", "all"), default="all", help="which part to run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, help="how often every echo is measured (default: 3; quick: 1)")
    parser.add_argument("--seconds", type=float, help="seconds for each measurement of an echo (default: 1; quick: 0.2)")
    parser.add_argument("--payloads", metavar="NAMES", default="P1,P2,P3", type=_payloads, help="which to echo (default: %(default)s)")
    parser.add_argument(
        "--concurrency", metavar="NUMBERS", default="1,16,128", type=_numbers, help="echoes under way at a time (default: %(default)s)"
    )
    parser.add_argument(
        "--profile", metavar="FOLDER", type=Path, help="let cProfile watch both ends of each peer; read it with python -m pstats"
    )
    parser.add_argument("--check", action="store_true", help="exit code 1 when a goal is not met or could not be checked")
    return parser


def _payloads(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(PAYLOADS):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(PAYLOADS)}, got {text!r}")
    return names


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"at least 1 is needed, got {text!r}")
    return numbers


def _peers(names: str) -> list[Peer]:
    """Those that can run.

    Raises:
        BenchmarkError: there is no such peer.
    """
    chosen = []
    for name in names.split(","):
        peer = PEERS.get(name.strip())
        if peer is None:
            raise BenchmarkError(f"there is no peer {name.strip()!r}; choose from {', '.join(PEERS)}")
        if missing := peer.missing():
            print(f"LEFT OUT: {peer.name}: not installed: {', '.join(missing)}; `make bench` installs what it needs", file=sys.stderr)
        else:
            chosen.append(peer)
    return chosen


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    plan = echo.Plan(
        payloads=options.payloads,
        concurrencies=options.concurrency,
        profile=options.profile,
        rounds=options.rounds or (1 if options.quick else 3),
        seconds=options.seconds or (0.2 if options.quick else 1.0),
        warm_up=0.05 if options.quick else 0.3,
    )
    stored: dict[str, object] = {"machine": report.machine()}
    print("  ".join(f"{key}: {value}" for key, value in report.machine().items()))
    met = True
    if options.part != "echo":
        _progress("codecs")
        costs = codecs.measure(0.02 if options.quick else 0.5)
        stored["codecs"] = [cost.to_json() for cost in costs]
        print(f"\nCodecs, best of several batches\n\n{report.codec_table(costs)}")
    if options.part != "codecs":
        peers = _peers(options.peers)
        rounds = asyncio.run(echo.run(peers, plan, _progress))
        compared = echo.ratios(rounds, _OURS)
        verdicts = goals.judge(compared)
        met = all(verdict.met for verdict in verdicts)
        stored["echo"] = [{"round": number, **cost.to_json()} for number, costs in enumerate(rounds) for cost in costs]
        stored["ratios"] = [ratio.to_json() for ratio in compared]
        stored["goals"] = [verdict.to_json() for verdict in verdicts]
        print(f"\nEcho over one connection, medians of {plan.rounds}\n\n{report.echo_table(echo.summary(rounds))}")
        for peer in peers:
            print(f"  {peer.name}: {peer.about}")
        if compared:
            print(f"\nRatios, medians of the rounds' own\n\n{report.ratio_table(compared)}")
        print("\nGoals\n")
        for verdict in verdicts:
            print(f"  {verdict}")
    if options.json is not None:
        options.json.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
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
