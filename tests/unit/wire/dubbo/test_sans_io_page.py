"""The code on the page about the protocol runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[4] / "docs" / "explanation" / "sans-io.md"


@pytest.mark.parametrize("number", [0, 1])
def test_the_code_runs(number: int) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    exec(compile(blocks[number], f"{PAGE.name}, block {number}", "exec"), {})
