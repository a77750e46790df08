"""The public API changes only on purpose."""

from __future__ import annotations

import difflib

from .public_api import COMMAND, SNAPSHOT, describe


def test_public_api_is_the_recorded_one() -> None:
    recorded, now = SNAPSHOT.read_text(encoding="utf-8"), describe()
    changes = "\n".join(difflib.unified_diff(recorded.splitlines(), now.splitlines(), "recorded", "now", lineterm="", n=0))
    assert recorded == now, f"the public API has changed. If that is meant, run `{COMMAND}` and say so in changes/.\n{changes}"
