"""Differences as lines, JSON and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from aiodubbo.cli.root import root
from tests.unit.operations.entries import ALL, PROVIDER, RULE, SECOND

if TYPE_CHECKING:
    from pathlib import Path


def dumps(tmp_path: Path) -> tuple[str, str]:
    left, right = tmp_path / "left", tmp_path / "right"
    left.write_text("".join(f"{url}\n" for url in ALL))
    changed = PROVIDER.with_params({"weight": "10", "token": "n3w"})
    right.write_text("".join(f"{url}\n" for url in (*ALL, changed, RULE.with_host("10.0.0.4")) if url not in (PROVIDER, SECOND)))
    return str(left), str(right)


def test_lines_and_exit_code(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(root, ["registry", "diff", *dumps(tmp_path)])
    assert outcome.exit_code == 1
    assert outcome.stdout.splitlines() == [
        f"- {SECOND}",
        "+ override://10.0.0.4/a.Shop?category=configurators&dynamic=false&timeout=5",
        "~ providers  dubbo  a.Shop  10.0.0.1:20880  shop  token: *** -> ***, weight: none -> 10",
    ]
    assert outcome.stderr == "7 entries left, 7 right: 1 only left, 1 only right, 1 not alike\n"


def test_json(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(root, ["registry", "diff", *dumps(tmp_path), "--json", "--category", "providers"])
    found = json.loads(outcome.stdout)
    assert (found["left"], found["right"], len(found["changed"])) == ([str(SECOND)], [], 1)
    assert found["changed"][0]["parameters"] == {"token": ["***", "***"], "weight": [None, "10"]}


def test_no_difference(tmp_path: Path) -> None:
    left, _ = dumps(tmp_path)
    outcome = CliRunner().invoke(root, ["registry", "diff", left, left])
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (0, "", "7 entries left, 7 right: no difference\n")
    left, right = dumps(tmp_path)
    ignoring = ["--ignore", "token", "--ignore", "weight", "--service", "b.cart"]
    assert CliRunner().invoke(root, ["registry", "diff", left, right, *ignoring]).exit_code == 0


def test_standard_input_is_one_side_only(tmp_path: Path) -> None:
    left, _ = dumps(tmp_path)
    text = "".join(f"{url}\n" for url in ALL)
    assert CliRunner().invoke(root, ["registry", "diff", left, "-"], input=text).exit_code == 0
    outcome = CliRunner().invoke(root, ["registry", "diff", "-", "-"], input=text)
    assert (outcome.exit_code, outcome.stderr) == (2, "error: standard input can be one side only\n")
