"""Running a snippet in a fresh interpreter that sees the standard library and our sources, nothing installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "src"

_PROLOGUE = f"""
import importlib, json, pkgutil, sys
sys.path.insert(0, {str(SOURCES)!r})
before = set(sys.modules)

def import_all(*roots, leave_out=()):
    names = []
    for root in roots:
        package = importlib.import_module(root)
        names.append(root)
        for found in pkgutil.walk_packages(package.__path__, root + "."):
            if not found.name.startswith(tuple(leave_out)):
                importlib.import_module(found.name)
                names.append(found.name)
    return names

def loaded():
    return sorted(set(sys.modules) - before)
"""


def run(code: str) -> Any:
    """What the last expression of `code` gives, by way of JSON.

    The interpreter runs without site-packages and environment (``-I -S``). `code` may call ``import_all(*packages, leave_out=())`` and
    ``loaded()``, and must put its answer into ``answer``.
    """
    script = f"{_PROLOGUE}\n{code}\nprint(json.dumps(answer))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
