"""What the last full run of the tests recorded: which test of a requirement executed which modules, and entered by which public ones."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

KINDS = ("live Java", "recorded Java", "server", "loopback", "component", "unit")
"""Kinds of evidence, the strongest first."""

_FOLDERS = (
    ("interop/", "live Java"),
    ("golden/", "recorded Java"),
    ("integration/test_recorded_", "recorded Java"),
    ("integration/registry/", "server"),
    ("integration/", "loopback"),
    ("component/", "component"),
)

_DOORS = (
    # the application, its blocking twin and the command line lead everywhere
    ("bootstrap/application.py", ""),
    ("bootstrap/registry_server.py", ""),
    ("sync/", ""),
    ("cli/", ""),
    # values and pure functions lead into their own room
    ("config/options.py", "config/"),
    ("errors.py", "errors.py"),
    ("ext/", "ext/"),
    ("rpc/points.py", "ext/"),
    ("hessian2.py", "hessian2.py"),
    ("hessian2.py", "wire/"),
    ("hessian2.py", "java/"),
    ("java/", "java/"),
    ("java/", "wire/hessian2/"),
    ("rpc/context.py", "rpc/context.py"),
    ("rpc/contract/reading.py", "rpc/"),
    ("rpc/contract/stubs.py", "rpc/"),
    ("rpc/generic/calls.py", "rpc/"),
    ("rpc/host.py", "rpc/"),
    ("transport/tls.py", "transport/tls.py"),
    ("url/url.py", "url/"),
)
"""Public module, or room, and where a call of it leads."""


def kind_of(test: str) -> str:
    """The kind of evidence that a test module below ``tests/`` gives."""
    return next((kind for folder, kind in _FOLDERS if test.startswith(folder)), "unit")


@dataclass(frozen=True)
class Record:
    """One test that passed through the package.

    Attributes:
        test: file below ``tests/``.
        requirements: what it cites.
        modules: what it executed.
        entries: the public modules that it called.
    """

    test: str
    requirements: frozenset[str]
    modules: frozenset[str]
    entries: frozenset[str]

    def shows(self, listed: Iterable[str]) -> bool:
        """Whether it executed one of the listed modules, and entered by a public one that leads there."""
        return any(
            module in self.modules
            and any(leads.startswith(door) and module.startswith(to) for door, to in _DOORS for leads in self.entries)
            for module in listed
        )


def read(folder: Path) -> list[Record]:
    """The records of all processes; what a child process did belongs to the test that started it."""
    merged: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            parts = merged.setdefault(entry["test"], (set(), set(), set()))
            for part, name in zip(parts, ("requirements", "modules", "entries"), strict=True):
                part.update(entry[name])
    return [
        Record(test.partition("::")[0].removeprefix("tests/"), frozenset(requirements), frozenset(modules), frozenset(entries))
        for test, (requirements, modules, entries) in sorted(merged.items())
        if requirements
    ]


def by_requirement(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Records by the requirements that they cite."""
    found: dict[str, list[Record]] = {}
    for record in records:
        for requirement in record.requirements:
            found.setdefault(requirement, []).append(record)
    return found


def proposals(areas: Iterable[Iterable[str]], records: Sequence[Record]) -> Mapping[str, str]:
    """For each requirement of each area the module that its tests execute and few others do.

    A module that is typical of the area goes before one that is not.
    """
    everywhere = Counter(module for record in records for module in record.modules)
    of = by_requirement(records)
    proposed: dict[str, str] = {}
    for area in areas:
        in_area = Counter(module for requirement in area for record in of.get(requirement, ()) for module in record.modules)
        for requirement in area:
            mine = of.get(requirement)
            if not mine:
                continue
            counts = Counter(module for record in mine for module in record.modules)
            most = max(counts.values(), default=0)

            def score(module: str, counts: Counter[str] = counts, in_area: Counter[str] = in_area) -> float:
                rare = math.log(len(records) / everywhere[module])
                return counts[module] * rare * math.sqrt(in_area[module] / everywhere[module])

            candidates = [module for module, count in counts.items() if count >= 0.6 * most]
            if candidates:
                proposed[requirement] = max(sorted(candidates), key=score)
    return proposed
