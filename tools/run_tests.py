"""Run the test suites and say what ran, and loudly what did not.

``python tools/run_tests.py``           every suite that this machine has parts for
``python tools/run_tests.py interop``   only the suites named

With ``CI=true`` nothing may be left out: a missing part, a skipped test or a suite that ran nothing is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "reports"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


@dataclass(frozen=True)
class Suite:
    """A folder of tests/ and the programs it needs."""

    name: str
    programs: tuple[str, ...] = ()
    how: str = ""
    parallel: bool = True

    @property
    def missing(self) -> list[str]:
        return [program for program in self.programs if shutil.which(program) is None]


SUITES = (
    Suite("unit"),
    Suite("property"),
    Suite("golden"),
    Suite("architecture"),
    Suite("typing"),
    Suite("component"),
    Suite("integration"),
    Suite("interop", ("java", "javac", "mvn"), "install a JDK (17 or later) and Maven, then run `make test` again", parallel=False),
)


def run(suites: list[Suite], report: Path, *, workers: int) -> int:
    """Run pytest once over the folders of `suites`."""
    command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *(f"tests/{suite.name}" for suite in suites)]
    if workers > 1:
        command += ["-n", str(workers), "--dist", "loadfile"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def tally(report: Path) -> tuple[Counter[str], Counter[str], dict[str, list[str]]]:
    """Tests that ran and tests that were skipped, by suite, and each reason of skips with its tests."""
    ran: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    reasons: dict[str, list[str]] = {}
    if not report.exists():
        return ran, skipped, reasons
    for case in ET.parse(report).getroot().iter("testcase"):  # written by our own pytest a moment ago
        parts = case.get("classname", "").split(".")
        suite = parts[1] if len(parts) > 1 else parts[0]
        skip = case.find("skipped")
        if skip is not None:
            skipped[suite] += 1
            reasons.setdefault(skip.get("message", ""), []).append(f"{case.get('classname')}::{case.get('name')}")
        else:
            ran[suite] += 1
    return ran, skipped, reasons


def main(names: list[str]) -> int:
    unknown = set(names) - {suite.name for suite in SUITES}
    if unknown:
        print(f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(suite.name for suite in SUITES)}", file=sys.stderr)
        return 2
    chosen = [suite for suite in SUITES if not names or suite.name in names]
    present = [suite for suite in chosen if not suite.missing]
    absent = [suite for suite in chosen if suite.missing]
    REPORTS.mkdir(parents=True, exist_ok=True)

    started = time.monotonic()
    failed = False
    reports = []
    for label, group, workers in (
        ("parallel", [suite for suite in present if suite.parallel], min(4, os.cpu_count() or 1)),
        ("alone", [suite for suite in present if not suite.parallel], 1),
    ):
        if group:
            report = REPORTS / f"{label}.xml"
            report.unlink(missing_ok=True)
            failed |= run(group, report, workers=workers) != 0
            reports.append(report)

    ran: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    reasons: dict[str, list[str]] = {}
    for report in reports:
        r, s, why = tally(report)
        ran += r
        skipped += s
        for reason, tests in why.items():
            reasons.setdefault(reason, []).extend(tests)

    print(f"\n{'suite':<14}{'ran':>7}{'skipped':>9}")
    for suite in present:
        print(f"{suite.name:<14}{ran[suite.name]:>7}{skipped[suite.name]:>9}")
        if not ran[suite.name]:
            failed = True
            print(f"FAILED: the suite '{suite.name}' ran no test")
    for suite in absent:
        print(f"LEFT OUT: {suite.name}: not on this machine: {', '.join(suite.missing)}; {suite.how}")
    for reason, tests in reasons.items():
        print(f"SKIPPED: {reason}: {tests[0]}{f' and {len(tests) - 1} more' if len(tests) > 1 else ''}")
    if IN_CI and (absent or reasons):
        failed = True
        print("FAILED: in CI nothing may be left out or skipped")
    print(f"{'FAILED' if failed else 'passed'} in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
