"""Dubbo's protocol version texts, and what a peer of a given version understands (PRO-20, PRO-22, PRO-40)."""

from __future__ import annotations

import functools
import re

PROTOCOL_VERSION = "2.0.2"
"""Version of the protocol since release 2.6.3, and ours."""

_LEADING_DIGITS = re.compile(r"[0-9]*")
_MOST_DIGITS = 9  # as many as always fit a Java int; more is no version
_MOST_PARTS = 8
_SUPPORTED = range(2000200, 2009900 + 1)


@functools.lru_cache(maxsize=64)
def supports_attachments(version: str) -> bool:
    """Tell if the sender of a request understands response flags 3 to 5.

    The rule is that of Java 2.7.8 and later, the strictest; a peer in doubt gets the old flags, which everybody reads.
    """
    return version_number(version) in _SUPPORTED


def version_number(version: str) -> int | None:
    """The version as one integer, two digits for each of four parts; None when it is no version."""
    texts = version.split(".", _MOST_PARTS)
    if len(texts) == 3:
        texts.append("0")
    number = 0
    for text in texts:
        match = _LEADING_DIGITS.match(text)
        digits = match.group() if match else ""
        if len(digits) > _MOST_DIGITS:
            return None
        number = number * 100 + int(digits or 0)
    return number
