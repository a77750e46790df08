"""Run the test suites and say what ran, and loudly what did not.

``python tools/run_tests.py``           every suite that this machine has parts for
``python tools/run_tests.py interop``   only the suites named
``python tools/run_tests.py matrix``    unit and component tests on uvloop, and on each other supported Python of this machine

With ``CI=true`` nothing may be left out: a missing part, a skipped test or a suite that ran nothing is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "reports"
WORKERS = min(4, os.cpu_count() or 1)
EVIDENCE = ROOT / ".cache" / "evidence"
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


MATRIX = [suite for suite in SUITES if suite.name in ("unit", "component")]
"""What runs on every Python and on both event loops."""


@dataclass(frozen=True)
class Variant:
    """An interpreter and the event loop of its coroutine tests."""

    name: str
    python: str
    loop: str = "asyncio"


def supported_pythons() -> list[str]:
    """The minor versions that pyproject.toml promises, such as 3.11."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        classifiers = tomllib.load(file)["project"]["classifiers"]
    versions = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("Programming Language :: Python :: 3.")]
    return sorted(versions, key=lambda version: int(version.partition(".")[2]))


def find_python(version: str) -> str | None:
    """An interpreter of a minor version: the first that runs of those on the PATH and those of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python3")), reverse=True)]
    for candidate in filter(None, candidates):
        # A shim of pyenv is on the PATH although the version is not chosen.
        done = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    return None


def variants() -> tuple[list[Variant], list[str]]:
    """What the matrix runs here, with an environment for each Python below .cache, and the versions that are not on this machine."""
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    found, missing = [Variant(f"{mine} uvloop", sys.executable, "uvloop")], []
    for version in supported_pythons():
        python = None if version == mine else find_python(version)
        if python is not None:
            venv = f".cache/python-{version}"
            subprocess.run(["sh", "tools/setup.sh", "suites"], cwd=ROOT, env={**os.environ, "PYTHON": python, "VENV": venv}, check=True)
            found.append(Variant(version, f"{venv}/bin/python"))
        elif version != mine:
            missing.append(version)
    return found, missing


def run(suites: list[Suite], report: Path, *, workers: int, variant: Variant | None = None, recorded: bool = False) -> int:
    """Run pytest once over the folders of `suites`; `recorded` writes down what tests execute, for tools/conformance.py."""
    python, loop = (sys.executable, "asyncio") if variant is None else (variant.python, variant.loop)
    command = [python, "-m", "pytest", "-q", f"--junit-xml={report}", *(f"tests/{suite.name}" for suite in suites)]
    if recorded:
        command += ["-p", "tests.recording.plugin"]
    if workers > 1:
        command += ["-n", str(workers), "--dist", "loadfile"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "AIODUBBO_TEST_LOOP": loop}, check=False).returncode


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


def run_suites(chosen: list[Suite]) -> bool:
    """Run `chosen` in this environment, and print what ran; whether all is well."""
    present = [suite for suite in chosen if not suite.missing]
    absent = [suite for suite in chosen if suite.missing]
    everything = len(chosen) == len(SUITES)
    if everything:
        shutil.rmtree(EVIDENCE, ignore_errors=True)
        EVIDENCE.mkdir(parents=True)
    well = True
    ran: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    reasons: dict[str, list[str]] = {}
    for label, group, workers in (
        ("parallel", [suite for suite in present if suite.parallel], WORKERS),
        ("alone", [suite for suite in present if not suite.parallel], 1),
    ):
        if group:
            report = REPORTS / f"{label}.xml"
            report.unlink(missing_ok=True)
            well &= run(group, report, workers=workers, recorded=everything) == 0
            ran_here, skipped_here, reasons_here = tally(report)
            ran += ran_here
            skipped += skipped_here
            for reason, tests in reasons_here.items():
                reasons.setdefault(reason, []).extend(tests)

    if everything and not absent:
        (EVIDENCE / "complete").touch()

    print(f"\n{'suite':<14}{'ran':>7}{'skipped':>9}")
    for suite in present:
        print(f"{suite.name:<14}{ran[suite.name]:>7}{skipped[suite.name]:>9}")
        if not ran[suite.name]:
            well = False
            print(f"FAILED: the suite '{suite.name}' ran no test")
    for suite in absent:
        print(f"LEFT OUT: {suite.name}: not on this machine: {', '.join(suite.missing)}; {suite.how}")
    for reason, tests in reasons.items():
        print(f"SKIPPED: {reason}: {tests[0]}{f' and {len(tests) - 1} more' if len(tests) > 1 else ''}")
    if IN_CI and (absent or reasons):
        well = False
        print("FAILED: in CI nothing may be left out or skipped")
    return well


def run_matrix() -> bool:
    """Run the matrix, and print what ran on what; whether all is well."""
    found, missing = variants()
    well = True
    lines = [f"\n{'Python':<14}" + "".join(f"{suite.name:>12}" for suite in MATRIX)]
    for variant in found:
        print(f"\nPython {variant.name}", flush=True)
        report = REPORTS / f"python-{variant.name.replace(' ', '-')}.xml"
        report.unlink(missing_ok=True)
        well &= run(MATRIX, report, workers=WORKERS, variant=variant) == 0
        ran, _, reasons = tally(report)
        lines.append(f"{variant.name:<14}" + "".join(f"{ran[suite.name]:>12}" for suite in MATRIX))
        if not all(ran[suite.name] for suite in MATRIX) or (IN_CI and reasons):
            well = False
            lines.append(f"FAILED: Python {variant.name}: a suite ran no test, or skipped some: {', '.join(reasons)}")
    lines += [f"LEFT OUT: Python {version}: not on this machine" for version in missing]
    print("\n".join(lines))
    return well


def main(names: list[str]) -> int:
    unknown = set(names) - {suite.name for suite in SUITES} - {"matrix"}
    if unknown:
        print(
            f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(suite.name for suite in SUITES)}, matrix", file=sys.stderr
        )
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    chosen = [suite for suite in SUITES if not names or suite.name in names]
    well = not chosen or run_suites(chosen)
    if "matrix" in names:
        well &= run_matrix()
    print(f"{'passed' if well else 'FAILED'} in {time.monotonic() - started:.0f} s")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
