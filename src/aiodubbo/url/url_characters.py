"""Characters that no URL may hold, since it goes from hand to hand as text: into caches and logs, registries, and other processes."""

from __future__ import annotations

import re

_UNFIT = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
"""Control characters, which would forge lines of logs and datagrams, and halves of surrogate pairs, which UTF-8 cannot carry."""


def unfit(text: str) -> str:
    """The first character of `text` that no URL may hold, as ``U+000A``; empty when there is none."""
    found = _UNFIT.search(text)
    return "" if found is None else f"U+{ord(found[0]):04X}"
