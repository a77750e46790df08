"""Lines typed on the service port (TEL-1). Splits text; knows no commands."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LINE = 8192
"""Bytes of one line. People type less; what is longer is some other protocol or a broken frame."""

PROMPT = "dubbo>"

# A line end, or one of the three forms in which terminals send Ctrl-C.
_STOP = re.compile(rb"\n|\x03|\xff[\xf4\xed]\xff\xfd\x06")
_LONGEST_STOP = 5
_ARROWS = re.compile(r"\x1b\[[AB]")
_LINE_END = b"\n"


@dataclass(frozen=True, slots=True)
class TelnetLine:
    """A line that was typed (TEL-1), without its line end."""

    text: str


@dataclass(frozen=True, slots=True)
class TelnetInterrupt:
    """Ctrl-C was typed. Close the connection (TEL-1)."""


class TelnetReader:
    """Collects text and hands out whole lines. The result does not depend on how the bytes were split.

    (Java takes a received chunk that ends with Enter as one command even with several lines in it; here every line is one.)
    """

    __slots__ = ("_max_line", "_overlong", "_pending")

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max_line = max_line
        self._pending = bytearray()
        self._overlong = 0  # bytes of the present line that were thrown away because it is too long

    def feed(self, data: bytes) -> list[TelnetLine | TelnetInterrupt]:
        """Take text; return what is complete. A line that is too long vanishes up to its end."""
        pending = self._pending
        start = max(0, len(pending) - _LONGEST_STOP + 1)
        pending += data
        events: list[TelnetLine | TelnetInterrupt] = []
        done = 0
        while (stop := _STOP.search(pending, start)) is not None:
            if stop.group() != _LINE_END:
                events.append(TelnetInterrupt())
            elif not self._overlong and stop.start() - done <= self._max_line:
                events.append(TelnetLine(_edited(bytes(pending[done : stop.start()]))))
            self._overlong = 0
            done = start = stop.end()
        del pending[:done]
        if len(pending) > self._max_line + _LONGEST_STOP:
            # Keep a tail, because a Ctrl-C sequence may have begun in it.
            cut = len(pending) - _LONGEST_STOP
            self._overlong += cut
            del pending[:cut]
        return events

    def discard(self) -> int:
        """Forget the unfinished line; returns how many bytes it had."""
        count = len(self._pending) + self._overlong
        self._pending.clear()
        self._overlong = 0
        return count


def _edited(line: bytes) -> str:
    """The line as its typist meant it: backspaces applied, arrow keys left out."""
    text = _ARROWS.sub("", line.removesuffix(b"\r").decode("utf-8", "replace"))
    if "\b" not in text:
        return text
    kept: list[str] = []
    for char in text:
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept)


def reply(text: str, prompt: str = PROMPT) -> bytes:
    """A command's output as it goes back: CRLF between lines and at the end, then the prompt (TEL-2). No text: the prompt only."""
    if not text:
        return prompt.encode()
    body = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{body}\r\n{prompt}".encode()
