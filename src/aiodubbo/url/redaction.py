"""Texts for people: logs, errors, ``repr``, terminals. Passwords and tokens are hidden, and control characters escaped, so that a text from
outside neither gives a secret away nor moves the cursor.

A URL may hold other URLs in encoded parameters (``export``, ``refer``, ``monitor``), to any depth, so separators are looked
for in plain form and in each encoded form: ``=`` is also ``%3D``, ``%253D``, and so on.
"""

from __future__ import annotations

import re

MASK = "***"

_SHOWN = 500
"""Characters of a text from outside that an error repeats: enough to recognize it, too few to fill a log."""

_NAME = r"(?:passw(?:or)?d|token|secret|credentials?|(?:access|secret|private)[._-]?key)"
_SECRET_NAME = re.compile(rf"{_NAME}\Z", re.IGNORECASE)
_PLAIN_PARAMETER = re.compile(rf"({_NAME}=)[^&;\s\"]+", re.IGNORECASE)
_ENCODED_PARAMETER = re.compile(rf"({_NAME}%((?:25)*)3D)(?:(?!%\2(?:26|3B))[^&;\s\"])+", re.IGNORECASE)
_PLAIN_PIECE = re.compile(r'[^/?\s"]+')
_ENCODED_USER = re.compile(
    r"(%((?:25)*)3A%\2(?:2F)%\2(?:2F)(?:(?!%\2(?:3A|2F|3F|40))[^&;\s])*%\2(?:3A))(?:(?!%\2(?:2F|3F|40))[^&;\s])*(%\2(?:40))",
    re.IGNORECASE,
)

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROLS_AND_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LATE_CONTROLS = re.compile(r"[\x7f-\x9f]")


def is_secret(name: str) -> bool:
    """Return whether the value of parameter `name` must not be shown."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """`text`, which is or contains a URL and need not be well-formed, without passwords and tokens."""
    if "@" in text:
        text = _PLAIN_PIECE.sub(_without_password, text)
    text = _PLAIN_PARAMETER.sub(rf"\1{MASK}", text)
    if "%" in text:
        text = _ENCODED_USER.sub(rf"\1{MASK}\3", text)
        text = _ENCODED_PARAMETER.sub(rf"\1{MASK}", text)
    return text


def shown(text: str) -> str:
    """The beginning of `text`, redacted, on one line: texts of other people may hold line breaks, which would forge lines of a log."""
    text = redact(text)
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _without_password(piece: re.Match[str]) -> str:
    user_info, at, host = piece[0].rpartition("@")
    username, colon, _ = user_info.partition(":")
    return f"{username}:{MASK}{at}{host}" if colon else piece[0]


def printable(text: str) -> str:
    """`text` with control characters written as ``\\x1b``; line ends and tabs stay."""
    return _CONTROLS.sub(_escaped, text)


def one_line(text: str) -> str:
    """`text` with all control characters written as ``\\x0a``, line ends and tabs too."""
    return _CONTROLS_AND_LINES.sub(_escaped, text)


def json_safe(text: str) -> str:
    """JSON text with the control characters that JSON lets through written as JSON's own escapes."""
    return _LATE_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"
