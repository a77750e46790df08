"""Which requirement is shown by which tests.

``python tools/conformance.py``             print requirement → tests and those without one; write docs/conformance.md
``python tools/conformance.py --check``     write nothing; fail when docs/conformance.md is out of date or a test cites what is not listed;
                                            evidence that differs is printed
``python tools/conformance.py --propose``   write a module into docs/conformance.toml for each requirement that names none that exists

Requirements are listed in docs/conformance.toml, each with the module that meets it. A test cites one with
``@pytest.mark.spec("REG-12", "what it shows, in our words")``. A requirement *counts* when a test that cites it enters by the public API or
the command line and executes that module. A full run of ``make test`` records what tests execute in ``.cache/evidence``; without such a
record the page is neither written nor compared.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
import evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evidence import Record

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "aiodubbo"
RECORDS = ROOT / ".cache" / "evidence"
COMPLETE = RECORDS / "complete"
"""Stands beside records of a full run."""
LIST = ROOT / "docs" / "conformance.toml"
PAGE = ROOT / "docs" / "conformance.md"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Area:
    """Requirements that belong together.

    Attributes:
        name: heading.
        about: a sentence or two.
        requirements: id → our words.
        modules: id → the modules, below the package, that meet it.
    """

    name: str
    about: str
    requirements: dict[str, str]
    modules: dict[str, list[str]]


@dataclass(frozen=True, order=True)
class Citation:
    """One ``spec`` mark."""

    requirement: str
    file: str
    test: str
    words: str
    line: int


def read_areas(path: Path = LIST) -> list[Area]:
    """The areas of docs/conformance.toml.

    Raises:
        ValueError: an id is listed twice.
    """
    with path.open("rb") as file:
        entries = tomllib.load(file)["area"]
    areas = [
        Area(
            entry["name"],
            entry["about"],
            entry["requirements"],
            {requirement: [modules] if isinstance(modules, str) else modules for requirement, modules in entry.get("modules", {}).items()},
        )
        for entry in entries
    ]
    seen: set[str] = set()
    for area in areas:
        for requirement in area.requirements:
            if requirement in seen:
                raise ValueError(f"{path.name} lists {requirement} twice")
            seen.add(requirement)
    return areas


def read_citations(tests: Path = TESTS) -> list[Citation]:
    """Every ``spec`` mark below `tests`.

    Raises:
        ValueError: a mark that cannot be read.
    """
    found: list[Citation] = []
    for path in sorted(tests.rglob("test_*.py")):
        name = path.relative_to(tests).as_posix()
        found.extend(citations_of(path.read_text(encoding="utf-8"), name, recorded=partial(_recorded_ids, path.parent)))
    return sorted(found)


def citations_of(source: str, file: str, recorded: Callable[[], list[str]] = list) -> list[Citation]:
    """The marks in the source text of one test module.

    Args:
        source: its text.
        file: its name, for messages.
        recorded: gives the ids for a mark that takes its id from recorded data.

    Raises:
        ValueError: a mark whose words are not a plain text, or whose id is computed where nothing is recorded.
    """
    found: list[Citation] = []

    def cite(call: ast.Call, test: str) -> None:
        words = _text(call.args[1]) if len(call.args) == 2 else None
        if words is None:
            raise ValueError(f'{file}:{call.lineno}: write spec("ID", "what it shows"), the words as a plain text')
        requirement = _text(call.args[0])
        ids = recorded() if requirement is None else [requirement]
        if not ids:
            raise ValueError(
                f"{file}:{call.lineno}: the id is computed; write it as a plain text, or as `spec` in a .jsonl file beside the test"
            )
        found.extend(Citation(one, file, test, words, call.lineno) for one in ids)

    def visit(node: ast.AST, test: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            test = node.name if test == "*" else f"{test}::{node.name}"
        if isinstance(node, ast.Call) and _is_spec(node.func):
            cite(node, test)
        for child in ast.iter_child_nodes(node):
            visit(child, test)

    visit(ast.parse(source), "*")
    return found


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _recorded_ids(folder: Path) -> list[str]:
    """The ids that recorded data beside a test names: ``{"spec": "PRO-140", …}``, one object on each line of a .jsonl file."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines() if '"spec"' in line)
    return sorted({json.loads(line)["spec"] for line in lines})


def _is_spec(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Attribute):
        return False
    return function.attr == "spec" and function.value.attr == "mark"


def by_requirement(citations: list[Citation]) -> dict[str, list[Citation]]:
    """Citations by requirement."""
    found: dict[str, list[Citation]] = defaultdict(list)
    for citation in citations:
        found[citation.requirement].append(citation)
    return found


def page(areas: list[Area], citations: list[Citation], records: Sequence[Record]) -> str:
    """The text of docs/conformance.md."""
    cited, recorded = by_requirement(citations), evidence.by_requirement(records)
    strongest: Counter[str] = Counter()
    tables: list[str] = []
    for area in areas:
        tables += ["", f"## {area.name}", "", area.about, "", "| id | requirement | module | evidence | tests |", "|---|---|---|---|---|"]
        for requirement, words in area.requirements.items():
            modules = area.modules.get(requirement, [])
            files = sorted({citation.file for citation in cited.get(requirement, [])})
            showing = {record.test for record in recorded.get(requirement, []) if record.shows(modules)}
            kinds = sorted({evidence.kind_of(file) for file in showing or files}, key=evidence.KINDS.index)
            if showing:
                strongest[kinds[0]] += 1
                shown = ", ".join(kinds)
            else:
                shown = f"{', '.join(kinds)} (not counted)" if kinds else "–"
            cells = [requirement, words.replace("|", "\\|"), _code(modules), shown, _code(files)]
            tables.append(f"| {' | '.join(cells)} |")
    total = sum(len(area.requirements) for area in areas)
    cited_ids = sum(requirement in cited for area in areas for requirement in area.requirements)
    return "\n".join(
        [
            "# Conformance",
            "",
            "<!-- written by `python tools/conformance.py`; change docs/conformance.toml or the tests instead -->",
            "",
            "What aiodubbo promises of Dubbo's behaviour, and which tests show it. Each line is in our own words. Where Dubbo's versions",
            "differ, the promise is the one written here.",
            "",
            f"**{strongest.total()} of {total} requirements count**: a test that cites the requirement enters by the public API or",
            "the command line, and executes the module that is named.",
            f"{cited_ids - strongest.total()} more are only cited by tests of parts (not counted).",
            "",
            "| strongest evidence | counted | what it is |",
            "|---|---|---|",
            *(f"| {kind} | {strongest[kind]} | {_MEANING[kind]} |" for kind in evidence.KINDS),
            *tables,
            "",
        ]
    )


_MEANING = {
    "live Java": "real Java Dubbo at the other end, in that test run",
    "recorded Java": "bytes and URLs that real Java Dubbo sent or wrote",
    "server": "a real ZooKeeper or Redis, or the registry server over the network",
    "loopback": "both ends are ours, with real sockets or processes",
    "component": "client and server over a connection in memory",
    "unit": "values and functions of the public API alone",
}


class _Row(NamedTuple):
    """A line of the page: what stands in the list and in the tests, and what a run showed."""

    listed: tuple[str, ...]
    evidence: str


def _rows(text: str) -> dict[str, _Row]:
    """The lines about requirements of a page, by id."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5:
            id_, words, module, evidence_, tests = cells
            rows[id_] = _Row((words, module, tests), evidence_)
    return rows


def _code(names: Sequence[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names) or "–"


def report(areas: list[Area], citations: list[Citation]) -> str:
    """Requirement → tests for a terminal, then those without one."""
    shown = by_requirement(citations)
    lines: list[str] = []
    missing: list[str] = []
    for area in areas:
        lines.append(f"{area.name}")
        for requirement, words in area.requirements.items():
            lines.append(f"  {requirement}: {words}")
            lines += [f"      {citation.file}::{citation.test}" for citation in shown.get(requirement, [])]
            if requirement not in shown:
                missing.append(requirement)
    listed = sum(len(area.requirements) for area in areas)
    lines += ["", f"{listed - len(missing)} of {listed} requirements are cited by {len(citations)} marks."]
    if missing:
        lines.append(f"without a test: {', '.join(missing)}")
    return "\n".join(lines)


def problems(areas: list[Area], citations: list[Citation]) -> list[str]:
    """Marks of requirements that are not listed."""
    known = {requirement for area in areas for requirement in area.requirements}
    return [
        f"tests/{citation.file}:{citation.line}: {citation.requirement} is not in docs/conformance.toml: list it there, or mend the id"
        for citation in citations
        if citation.requirement not in known
    ]


def module_problems(areas: list[Area], citations: list[Citation]) -> list[str]:
    """Requirements that are cited and name no module, or one that is gone."""
    cited = {citation.requirement for citation in citations}
    return [
        f"docs/conformance.toml: {requirement} names {f'{module}, which is gone' if module else 'no module'}: `--propose` writes one"
        for area in areas
        for requirement in area.requirements
        if requirement in cited
        for module in area.modules.get(requirement, [""])
        if not module or not (PACKAGE / module).exists()
    ]


def proposed(text: str, areas: list[Area], records: Sequence[Record]) -> str:
    """The text of docs/conformance.toml with a module for each requirement that names none that exists."""
    found = evidence.proposals([area.requirements for area in areas], records)
    parts = re.split(r"(?m)^(?=\[\[area\]\])", text)
    for index, area in enumerate(areas, start=1):
        lines = []
        for requirement in area.requirements:
            modules = [module for module in area.modules.get(requirement, []) if (PACKAGE / module).exists()]
            if not modules and requirement in found:
                modules = [found[requirement]]
            if modules:
                lines.append(f"{requirement} = {json.dumps(modules[0] if len(modules) == 1 else modules)}\n")
        requirements = parts[index].partition("[area.modules]")[0].rstrip("\n")
        parts[index] = f"{requirements}\n\n[area.modules]\n{''.join(lines)}\n" if lines else f"{requirements}\n\n"
    return "".join(parts).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--check", "--propose"}:
        print(__doc__, file=sys.stderr)
        return 2
    records = evidence.read(RECORDS) if COMPLETE.exists() else []
    if "--propose" in arguments:
        LIST.write_text(proposed(LIST.read_text(encoding="utf-8"), read_areas(), evidence.read(RECORDS)), encoding="utf-8")
        return 0
    areas, citations = read_areas(), read_citations()
    wrong = problems(areas, citations) + module_problems(areas, citations)
    print(report(areas, citations))
    if not records:
        print("docs/conformance.md is neither written nor compared: that needs a run of every suite by `make test`")
        if os.environ.get("CI"):
            wrong.append("there is no record of a full run of the tests")
    else:
        text = page(areas, citations, records)
        if "--check" not in arguments:
            PAGE.write_text(text, encoding="utf-8")
        else:
            before = _rows(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
            now = _rows(text)
            if {id_: cells.listed for id_, cells in before.items()} != {id_: cells.listed for id_, cells in now.items()}:
                wrong.append("docs/conformance.md is out of date: run `make test`, then `make docs`, and commit it")
            # What a test executes depends a little on the tests before it, which may have filled a table that is filled once.
            for id_, cells in now.items():
                if id_ in before and before[id_].evidence != cells.evidence:
                    print(f"{id_}: the page says {before[id_].evidence}, this run shows {cells.evidence}")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
