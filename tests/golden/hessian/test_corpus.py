"""Java's own bytes, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.hessian.corpus import Case, describe, load
from tests.golden.hessian.table import PAGE, render

from aiodubbo import hessian2

CASES = load()
ROOT = Path(__file__).parents[3]

each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.mark.spec("PRO-38", "every value that Java's encoders emit is read without loss, with its classes, widths and shared objects")
@each_case
def test_decodes_to_what_java_meant(case: Case) -> None:
    assert describe(hessian2.loads(case.data, lossless=True)) == case.expected


@pytest.mark.spec("PRO-49", "what is written back means the same, shared and cyclic references included")
@each_case
def test_encodes_back_to_the_same_meaning(case: Case) -> None:
    again = hessian2.loads(case.written_back(), lossless=True)
    assert describe(again) == case.expected


@pytest.mark.spec("PRO-39", "every such value also becomes plain Python values")
@each_case
def test_decodes_to_plain_values(case: Case) -> None:
    value = hessian2.loads(case.data)
    assert hessian2.dumps(value)


@pytest.mark.spec("PRO-46", "apart from what Java's readers refuse or what Java never writes, the bytes are Java's to the letter")
def test_page_about_bytes_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render(), "run: python -m tests.golden.hessian.table"
