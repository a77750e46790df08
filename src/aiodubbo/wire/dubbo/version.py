"""Dubbo's protocol version texts, and what a peer of a given version understands (PRO-20, PRO-22, PRO-40)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

PROTOCOL_VERSION = "2.0.2"
"""What every release since 2.6.3 calls its protocol, and so do we."""

_LEADING_DIGITS = re.compile(r"[0-9]*")
_MOST_DIGITS = 9  # as many as always fit a Java int; more is no version
_MOST_PARTS = 8


@dataclass(frozen=True, slots=True)
class VersionRule:
    """How one line of Java Dubbo decides whether a request's sender understands response flags 3 to 5.

    Attributes:
        parts: a version of fewer parts is filled up with zeros to this many, if it has exactly one less.
        first: lowest number that is supported.
        last: highest, or None.
        gaps: ranges in between that are not, both ends included.
    """

    parts: int
    first: int
    last: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()

    def number(self, version: str) -> int | None:
        """The version as one integer, two digits for each part; None when it is no version."""
        texts = version.split(".", _MOST_PARTS)
        if len(texts) == self.parts - 1 and self.parts > _SHORT:
            texts.append("0")
        number = 0
        for text in texts:
            match = _LEADING_DIGITS.match(text)
            digits = match.group() if match else ""
            if len(digits) > _MOST_DIGITS:
                return None
            number = number * 100 + int(digits or 0)
        return number

    def supports(self, version: str) -> bool:
        """Whether the sender of this version understands attachments in a response."""
        number = self.number(version) if version else None
        if number is None or number < self.first or (self.last is not None and number > self.last):
            return False
        return not any(low <= number <= high for low, high in self.gaps)


_SHORT = 3

JAVA_2_6 = VersionRule(parts=3, first=20002, gaps=((20010, 20602),))
JAVA_2_7_0 = VersionRule(parts=4, first=2000200, gaps=((2001000, 2060200),))
JAVA_2_7_2 = VersionRule(parts=4, first=2000200, gaps=((2001000, 2060200), (2080000, 2089999)))
JAVA_2_7_8 = VersionRule(parts=4, first=2000200, last=2009900)


@functools.lru_cache(maxsize=64)
def supports_attachments(version: str) -> bool:
    """Our own answer: that of Java 2.7.8 and later, the strictest; a peer in doubt gets the old flags, which everybody reads."""
    return JAVA_2_7_8.supports(version)
