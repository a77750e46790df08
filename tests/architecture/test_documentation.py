"""The tools that write documentation, and that what they write is what is committed."""

from __future__ import annotations

import json
import re
import sys
from importlib import util
from typing import TYPE_CHECKING, Any

import pytest

from .isolation import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _tool(name: str) -> Any:  # Any: a script, not a module of a package
    if str(ROOT / "tools") not in sys.path:
        sys.path.append(str(ROOT / "tools"))  # one tool imports another
    spec = util.spec_from_file_location(f"tool_{name}", ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert _tool("generate_docs").main(["--check"]) == 0, capsys.readouterr().err


def test_a_generated_part_is_replaced_and_the_rest_kept() -> None:
    tool = _tool("generate_docs")
    assert tool.filled("a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n", "x", "new") == "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n"
    with pytest.raises(ValueError, match="has no part 'y'"):
        tool.filled("a\n", "y", "new")


def test_every_cited_requirement_is_listed() -> None:
    tool = _tool("conformance")
    assert tool.problems(tool.read_areas(), tool.read_citations()) == []


def test_marks_are_found_where_they_stand() -> None:
    source = """
import pytest
pytestmark = pytest.mark.spec("A-1", "of the module")

@pytest.mark.spec("A-2", "of a function")
async def test_one(): ...

class TestTwo:
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.spec("A-3", "of a case"))])
    def test_three(self, x): ...

    @pytest.mark.slow
    def test_four(self): ...
"""
    found = _tool("conformance").citations_of(source, "test_x.py")
    assert [(one.requirement, one.test, one.words) for one in found] == [
        ("A-1", "*", "of the module"),
        ("A-2", "test_one", "of a function"),
        ("A-3", "TestTwo::test_three", "of a case"),
    ]


def test_an_id_may_come_from_recorded_data() -> None:
    tool = _tool("conformance")
    source = 'marks = pytest.mark.spec(frame["spec"], "a frame of Java")'
    assert [one.requirement for one in tool.citations_of(source, "test_x.py", lambda: ["A-1", "A-2"])] == ["A-1", "A-2"]
    with pytest.raises(ValueError, match=r"test_x\.py:1: the id is computed"):
        tool.citations_of(source, "test_x.py")


@pytest.mark.parametrize("mark", ["pytest.mark.spec('A-1')", "pytest.mark.spec('A-1', words)", "pytest.mark.spec()"])
def test_a_mark_without_words_is_refused(mark: str) -> None:
    with pytest.raises(ValueError, match="the words as a plain text"):
        _tool("conformance").citations_of(mark, "test_x.py")


def test_the_page_says_what_counts(tmp_path: Path) -> None:
    tool = _tool("conformance")
    record = tool.evidence.Record
    listed = tmp_path / "conformance.toml"
    requirements = "\n".join(f'A-{number} = "text|{number}"' for number in range(1, 5))
    modules = "\n".join(f'A-{number} = "cluster/pick.py"' for number in range(1, 4))
    listed.write_text(
        f'[[area]]\nname = "A"\nabout = "All."\n[area.requirements]\n{requirements}\n[area.modules]\n{modules}\n', encoding="utf-8"
    )
    areas = tool.read_areas(listed)
    citations = [
        *(tool.Citation(f"A-{number}", "unit/test_x.py", "test_one", "words", 3) for number in (1, 2, 3)),
        tool.Citation("A-1", "interop/test_y.py", "test_two", "words", 9),
        tool.Citation("B-1", "unit/test_x.py", "test_two", "words", 9),
    ]
    records = [
        record("interop/test_y.py", {"A-1"}, {"cluster/pick.py"}, {"bootstrap/application.py"}),
        record("unit/test_x.py", {"A-2"}, {"cluster/failover.py"}, {"bootstrap/application.py"}),
        record("unit/test_x.py", {"A-3"}, {"cluster/pick.py"}, {"url/url.py"}),
    ]

    text = tool.page(areas, citations, records)

    assert "| A-1 | text\\|1 | `cluster/pick.py` | live Java | `interop/test_y.py`<br>`unit/test_x.py` |" in text
    assert "| A-2 | text\\|2 | `cluster/pick.py` | unit (not counted) | `unit/test_x.py` |" in text, "the module is not executed"
    assert "| A-3 | text\\|3 | `cluster/pick.py` | unit (not counted) | `unit/test_x.py` |" in text, "entered by another room"
    assert "| A-4 | text\\|4 | – | – | – |" in text
    assert "**1 of 4 requirements count**" in text
    assert tool.report(areas, citations).endswith("without a test: A-4")
    assert [problem.partition(":")[0] for problem in tool.problems(areas, citations)] == ["tests/unit/test_x.py"]


def test_records_of_child_processes_belong_to_their_test(tmp_path: Path) -> None:
    tool = _tool("conformance")
    parent = {"test": "tests/unit/test_x.py::test_a", "requirements": ["A-1"], "modules": ["errors.py"], "entries": []}
    child = {"test": "tests/unit/test_x.py::test_a", "requirements": [], "modules": ["cli/ls.py"], "entries": ["cli/main.py"]}
    for number, record in enumerate((parent, child)):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (record,) = tool.evidence.read(tmp_path)
    assert (record.test, record.modules, record.entries) == ("unit/test_x.py", {"errors.py", "cli/ls.py"}, {"cli/main.py"})
    assert record.shows(["cli/ls.py"])


def test_a_module_is_proposed_for_each_requirement(tmp_path: Path) -> None:
    tool = _tool("conformance")
    record = tool.evidence.Record
    text = '[[area]]\nname = "A"\nabout = "All."\n\n[area.requirements]\nA-1 = "one"\nA-2 = "two"\n'
    (tmp_path / "list.toml").write_text(text, encoding="utf-8")
    records = [
        record("a", {"A-1"}, {"errors.py", "cluster/pick.py"}, set()),
        record("b", {"A-2"}, {"errors.py", "cluster/failover.py"}, set()),
        record("c", {"B-1"}, {"errors.py"}, set()),
    ]
    changed = tool.proposed(text, tool.read_areas(tmp_path / "list.toml"), records)
    assert changed == f'{text}\n[area.modules]\nA-1 = "cluster/pick.py"\nA-2 = "cluster/failover.py"\n'


def test_rooms_are_counted() -> None:
    report = _tool("rooms").report()
    assert "wire/hessian2" in report
    assert "longest functions" in report


def test_every_page_is_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2]
    listed = re.findall(r"\S+\.md", nav)
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(pages)
