"""What users see of our types: the snippets beside this file, read by mypy and pyright."""

from __future__ import annotations

import importlib.util
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
    specification = importlib.util.spec_from_file_location("aiodubbo_typing_contract", SNIPPETS / "contract.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    try:
        specification.loader.exec_module(module)
    finally:
        del sys.modules[specification.name]
    assert module.UserService.__name__ == "UserService"
