"""Text from the network, made safe for a terminal: what others send must not move the cursor or change colours."""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROLS_AND_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LATE_CONTROLS = re.compile(r"[\x7f-\x9f]")


def printable(text: str) -> str:
    """`text` with control characters written as ``\\x1b``; line ends and tabs stay."""
    return _CONTROLS.sub(_escaped, text)


def one_line(text: str) -> str:
    """`text` with all control characters written as ``\\x0a``, line ends and tabs too."""
    return _CONTROLS_AND_LINES.sub(_escaped, text)


def json_safe(text: str) -> str:
    """JSON text with the control characters that JSON lets through written as JSON's own escapes."""
    return _LATE_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
