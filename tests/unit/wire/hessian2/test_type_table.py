"""The page of types is what the code does."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_page_is_up_to_date() -> None:
    tool = runpy.run_path(str(ROOT / "tools/generate_type_table.py"))
    page = (ROOT / "docs/reference/java-types.md").read_text(encoding="utf-8")
    assert page == tool["render"](), "run: python tools/generate_type_table.py"
