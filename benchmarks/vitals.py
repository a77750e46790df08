"""What must not grow while a process does the same thing again and again, and whether it did."""

from __future__ import annotations

import asyncio
import gc
import os
import stat
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from aiodubbo.protocol.dubbo.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LEAST_SAMPLES", "Census", "Vitals", "growth", "peak", "pending", "resident", "take"]

LEAST_SAMPLES = 8
"""With fewer samples nobody can tell growth from noise."""

_MEGABYTE = 1024 * 1024
_ALLOWED = {"memory": 4 * _MEGABYTE, "objects": 50}
"""By how much a figure may rise: the allocator rounds, and caches fill up to their bounds. What is not listed may not rise at all."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at this process while no call is under way.

    Attributes:
        memory: resident bytes; 0 where the platform does not tell.
        tasks: asyncio tasks of the running loop.
        pending: calls that wait for an answer or are being served, on all connections.
        connections: sockets of this process; those of `Exchange` objects where the platform does not list files.
        objects: instances of aiodubbo's own classes.
    """

    memory: int
    tasks: int
    pending: int
    connections: int
    objects: int

    def __str__(self) -> str:
        return (
            f"memory {self.memory / _MEGABYTE:.1f} MiB, tasks {self.tasks}, pending {self.pending}, connections {self.connections}, "
            f"objects {self.objects}"
        )


Census = Counter[str]
"""How many instances there are of each of aiodubbo's classes."""


def take() -> tuple[Vitals, Census]:
    """Look at this process now; garbage is collected first."""
    gc.collect()
    census: Census = Counter()
    waiting = connected = 0
    for one in gc.get_objects():
        kind = type(one)
        if str(kind.__module__).startswith("aiodubbo."):
            census[f"{kind.__module__}.{kind.__qualname__}"] += 1
            if kind is Exchange:
                waiting += one.outstanding
                connected += one.connected
    sockets = _sockets()
    vitals = Vitals(resident(), len(asyncio.all_tasks()), waiting, connected if sockets is None else sockets, census.total())
    return vitals, census


def pending() -> int:
    """Calls that wait for an answer or are being served, on all connections of this process."""
    return sum(one.outstanding for one in gc.get_objects() if type(one) is Exchange)


def growth(samples: Sequence[Vitals]) -> list[str]:
    """What grew, in words; empty when nothing did.

    The middle value of the last quarter is compared with the highest value of the first half, whose first two samples do not count:
    that is when pools and caches fill. What grows steadily is above that line, what goes up and down is not.

    Raises:
        ValueError: fewer than `LEAST_SAMPLES` samples.
    """
    if len(samples) < LEAST_SAMPLES:
        raise ValueError(f"{len(samples)} samples are too few to judge; let it run longer, for {LEAST_SAMPLES} samples at least")
    early = samples[2 : len(samples) // 2]
    late = samples[-(len(samples) // 4) :]
    found = []
    for field in fields(Vitals):
        line = max(getattr(one, field.name) for one in early)
        now = median(getattr(one, field.name) for one in late)
        if now > line + _ALLOWED.get(field.name, 0):
            found.append(f"{field.name} grew: at most {line:,} in the first half, {now:,.0f} in the last quarter")
    return found


def resident() -> int:
    """Bytes of this process in memory; 0 where the platform does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak() -> int:
    """The most bytes that this process ever had in memory; 0 where the platform does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _sockets() -> int | None:
    count = 0
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return None
    for name in names:
        try:
            count += stat.S_ISSOCK(os.stat(f"/proc/self/fd/{name}").st_mode)
        except OSError:  # the one that listed the folder is closed by now
            continue
    return count
