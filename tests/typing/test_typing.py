"""What users see of our types: the snippets beside this file, read by mypy and pyright."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api as mypy

SNIPPETS = Path(__file__).parent / "snippets"
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.timeout(300)]


def test_mypy_reads_contracts_models_and_calls() -> None:
    report, errors, status = mypy.run(
        ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache"), str(SNIPPETS)]
    )
    assert status == 0, report + errors


def test_pyright_reads_contracts_models_and_calls() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--project", str(SNIPPETS), "--pythonpath", sys.executable, "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    if not run.stdout.startswith("{"):  # the wheel of pyright downloads Node.js when it is first used
        reason = (run.stderr.strip().splitlines() or ["no output"])[-1]
        pytest.skip(f"pyright cannot start: {reason}; install Node.js, or connect to the network once, then run `make test` again")
    report = json.loads(run.stdout)
    errors = [
        f"{Path(one['file']).name}:{one['range']['start']['line'] + 1}: {one['message']}"
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    ]
    assert errors == []
    assert report["summary"]["filesAnalyzed"] == len(list(SNIPPETS.glob("*.py")))


def test_the_contract_can_be_imported() -> None:
    """The snippets are checked, not run; the contract itself must also work."""
    program = "from aiodubbo.rpc.contract.reading import describe; import contract; print(*describe(contract.UserService).methods)"
    run = subprocess.run([sys.executable, "-c", program], cwd=SNIPPETS, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("getUser(long) find(java.lang.String, int) find(int)")
