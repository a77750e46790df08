"""What Java peers left in registries, as recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["VERSIONS", "recorded"]

FOLDER = Path(__file__).parent.parent.parent / "golden" / "registry"
VERSIONS = ("2.6.12", "2.7.23", "3.3.6")


def recorded(name: str) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
