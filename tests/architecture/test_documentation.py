"""The tools that write documentation, and that what they write is what is committed."""

from __future__ import annotations

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


def test_the_page_names_what_has_no_test(tmp_path: Path) -> None:
    tool = _tool("conformance")
    listed = tmp_path / "conformance.toml"
    listed.write_text('[[area]]\nname = "A"\nabout = "All."\n[area.requirements]\nA-1 = "one"\nA-2 = "two|2"\n', encoding="utf-8")
    areas = tool.read_areas(listed)
    citations = [
        tool.Citation("A-1", "unit/test_x.py", "test_one", "words", 3),
        tool.Citation("B-1", "unit/test_x.py", "test_two", "words", 9),
    ]
    text = tool.page(areas, citations)
    assert "| A-1 | one | `unit/test_x.py` |" in text
    assert "| A-2 | two\\|2 | – |" in text
    assert "1 of 2 requirements" in text
    assert tool.report(areas, citations).endswith("without a test: A-2")
    assert [problem.partition(":")[0] for problem in tool.problems(areas, citations)] == ["tests/unit/test_x.py"]


def test_every_page_is_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2]
    listed = re.findall(r"\S+\.md", nav)
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(pages)
