"""``module:name`` from the command line, and what is said when it cannot be imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.failure import USAGE, CommandError
from aiodubbo.cli.loading import load, load_class

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cli_good.py").write_text("class Users:\n    limit = 5\n\nvalue = 7\n")
    (tmp_path / "cli_broken.py").write_text("import cli_no_such_dependency\n")
    (tmp_path / "cli_raises.py").write_text("raise RuntimeError('no database')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("cli_good", "cli_broken", "cli_raises"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_the_current_directory_is_looked_into() -> None:
    assert load("cli_good:value", example="a:b") == 7
    assert load("cli_good:Users.limit", example="a:b") == 5
    assert load_class("cli_good:Users", example="a:b").__name__ == "Users"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("cli_good", "'cli_good' names no object: write package.module:name, such as provider:app"),
        (":app", "names no object"),
        ("cli_good:User", "cli_good has no User (did you mean Users?)"),
        ("cli_good.py:Users", "looks like a file: write the module's name, without .py"),
        ("src/cli_good:Users", "looks like a path: write dots for slashes"),
        ("cli_missing:app", "there is no module cli_missing in "),
        ("cli_broken:app", "cli_broken was found but cannot be imported: No module named 'cli_no_such_dependency'"),
        ("cli_raises:app", "cli_raises was found but cannot be imported: RuntimeError: no database"),
    ],
)
def test_mistakes(reference: str, expected: str) -> None:
    with pytest.raises(CommandError) as caught:
        load(reference, example="provider:app")
    assert expected in caught.value.text
    assert caught.value.exit_code == USAGE


def test_a_failing_module_shows_where() -> None:
    with pytest.raises(CommandError, match=r"cli_raises\.py"):
        load("cli_raises:app", example="a:b")


def test_a_class_is_wanted() -> None:
    with pytest.raises(CommandError, match="cli_good:value is not a class, but int"):
        load_class("cli_good:value", example="a:b")
