"""The page "models" of the documentation is true: its code runs, and its table is what the annotations mean."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo.errors import ContractError
from aiodubbo.java.annotations import java_type
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import ModelLayout
from aiodubbo.rpc.contract.reading import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "models.md"
TEXT = PAGE.read_text(encoding="utf-8").replace("com.example.", "com.example.models_page.")  # other tests have a com.example.User too
IMPORTS = "from datetime import date, time, timedelta\nfrom uuid import UUID\n"


@pytest.fixture(scope="module")
def page() -> Iterator[dict[str, Any]]:
    """The names that the page's code defines."""
    module = types.ModuleType("aiodubbo_models_page")
    sys.modules[module.__name__] = module
    code = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    exec(compile(code + IMPORTS, str(PAGE), "exec"), vars(module))
    yield vars(module)
    del sys.modules[module.__name__]


def test_the_table_is_true(page: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", TEXT, re.MULTILINE)
    assert len(rows) > 50
    said = {annotation.replace("\\|", "|"): name for annotation, name in rows}
    assert {annotation: java_type(eval(annotation, page)).name for annotation in said} == said


def test_the_models_and_contracts_of_the_page_work(page: dict[str, Any]) -> None:
    layout = CLASSES.by_python_type(page["User"])
    assert isinstance(layout, ModelLayout)
    assert [field.name for field in layout.fields()] == ["id", "name", "balance", "createdAt", "color", "friends", "URL"]
    assert [str(one) for one in describe(page["UserService"]).methods] == ["getUser(long)", "find(java.lang.String, int)"]
    assert [str(one) for one in describe(page["OrderService"]).methods] == [
        "find(long)",
        "find(java.lang.String)",
        "place(java.lang.String[], com.example.models_page.ProgressListener)",
        "log(java.lang.String)",
    ]


def test_the_error_of_the_page_is_the_real_one(page: dict[str, Any]) -> None:
    code = "@java.model('com.example.models_page.Order')\n@dataclass\nclass Order:\n    count: java.int | None\n    weight: complex\n"
    exec(compile("from __future__ import annotations\n" + code, str(PAGE), "exec"), page)
    layout = CLASSES.by_python_type(page["Order"])
    assert isinstance(layout, ModelLayout)
    with pytest.raises(ContractError) as caught:
        layout.fields()
    assert f"aiodubbo.errors.ContractError: {caught.value}" in TEXT
