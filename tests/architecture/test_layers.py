"""Dependencies go one way: the contracts of import-linter in pyproject.toml hold."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .isolation import ROOT


def test_the_contracts_of_import_linter_hold() -> None:
    pytest.importorskip("importlinter", reason="import-linter is not installed: `make setup` installs it")
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
        "--config",
        "pyproject.toml",
        "--no-logo",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr
