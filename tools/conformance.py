"""Which requirement is shown by which tests.

``python tools/conformance.py``           print requirement → tests and those without one; write docs/conformance.md
``python tools/conformance.py --check``   write nothing; fail when docs/conformance.md is out of date or a test cites what is not listed

Requirements are listed in docs/conformance.toml. A test cites one with ``@pytest.mark.spec("REG-12", "what it shows, in our words")``;
the marks are read from the source, so that no test has to be imported.
"""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "conformance.toml"
PAGE = ROOT / "docs" / "conformance.md"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Area:
    """Requirements that belong together: id → our words."""

    name: str
    about: str
    requirements: dict[str, str]


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
        areas = [Area(entry["name"], entry["about"], entry["requirements"]) for entry in tomllib.load(file)["area"]]
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


def page(areas: list[Area], citations: list[Citation]) -> str:
    """The text of docs/conformance.md."""
    shown = by_requirement(citations)
    total = sum(len(area.requirements) for area in areas)
    covered = sum(requirement in shown for area in areas for requirement in area.requirements)
    lines = [
        "# Conformance",
        "",
        "<!-- written by `python tools/conformance.py`; change docs/conformance.toml or the tests instead -->",
        "",
        "What aiodubbo promises of Dubbo's behaviour, and which tests show it. Each line is in our own words. Where Dubbo's versions",
        "differ, the promise is the one written here.",
        "",
        f"{covered} of {total} requirements are cited by a test.",
    ]
    for area in areas:
        lines += ["", f"## {area.name}", "", area.about, "", "| id | requirement | tests |", "|---|---|---|"]
        for requirement, words in area.requirements.items():
            files = sorted({citation.file for citation in shown.get(requirement, [])})
            escaped = words.replace("|", "\\|")
            lines.append(f"| {requirement} | {escaped} | {'<br>'.join(f'`{file}`' for file in files) or '–'} |")
    return "\n".join(lines) + "\n"


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
    """What is wrong with the marks."""
    known = {requirement for area in areas for requirement in area.requirements}
    return [
        f"tests/{citation.file}:{citation.line}: {citation.requirement} is not in docs/conformance.toml: list it there, or mend the id"
        for citation in citations
        if citation.requirement not in known
    ]


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--check"}:
        print(__doc__, file=sys.stderr)
        return 2
    areas, citations = read_areas(), read_citations()
    wrong = problems(areas, citations)
    print(report(areas, citations))
    text = page(areas, citations)
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        wrong.append("docs/conformance.md is out of date: run `make docs` and commit it")
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
