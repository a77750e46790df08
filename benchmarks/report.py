"""Figures as tables for a terminal and as JSON for a machine."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from aiodubbo.wire._impl import HESSIAN2

from .processes import cores
from .worker import loop_factory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .codecs import CodecCost
    from .echo import EchoCost, Ratio

__all__ = ["codec_table", "echo_table", "machine", "ratio_table", "table"]


def machine() -> dict[str, object]:
    """Where the figures come from."""
    pinned = cores()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "server core": None if pinned is None else pinned[0],
        "client core": None if pinned is None else pinned[1],
        "loop": loop_factory().__module__.partition(".")[0],
        "codec": HESSIAN2.name,
    }


def codec_table(costs: Sequence[CodecCost]) -> str:
    """Microseconds by codec and payload."""
    rows = [[cost.payload, cost.codec, f"{cost.bytes}", _number(cost.encode), _number(cost.decode)] for cost in costs]
    return table(["", "codec", "bytes", "encode us", "decode us"], rows)


def echo_table(costs: Sequence[EchoCost]) -> str:
    """What a call costs each peer."""
    rows = [
        [
            cost.cell.payload,
            f"{cost.cell.concurrency}",
            cost.peer,
            f"{cost.calls_per_second:,.0f}",
            _number(cost.server_cpu),
            _number(cost.client_cpu),
        ]
        for cost in sorted(costs, key=lambda cost: (cost.cell.payload, cost.cell.concurrency, cost.peer))
    ]
    return table(["", "at a time", "peer", "calls/s", "server CPU us/call", "client CPU us/call"], rows)


def ratio_table(ratios: Sequence[Ratio]) -> str:
    """The other peers as multiples of aiodubbo."""
    rows = [
        [
            ratio.cell.payload,
            f"{ratio.cell.concurrency}",
            ratio.other,
            f"{ratio.server_cpu:.2f}",
            f"{ratio.client_cpu:.2f}",
            f"{ratio.calls_per_second:.2f}",
        ]
        for ratio in sorted(ratios, key=lambda ratio: (ratio.other, ratio.cell.payload, ratio.cell.concurrency))
    ]
    return table(["", "at a time", "other / aiodubbo", "server CPU", "client CPU", "calls/s"], rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns of names to the left, columns of numbers to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    names = [column for column in range(len(head)) if head[column] in ("", "codec", "peer", "other / aiodubbo", "registry", "side", "what")]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column in names else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
