"""Reading texts: UTF-16 units that are encoded one by one."""

from __future__ import annotations

import re
from typing import Final

_CONTINUATION: Final = bytes(range(0x80, 0xC0))
_FOUR_BYTE_LEADS: Final = re.compile(b"[\xf0-\xff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def units_end(data: bytes, start: int, length: int) -> int:
    """Where the text of `length` units that begins at `start` ends; -1 when the data ends before it does."""
    part = data[start : start + length]
    end = start + len(part)
    if part.isascii():
        return end if len(part) == length else -1
    missing = length - len(part.translate(None, _CONTINUATION))  # each unit has one byte that is no continuation
    size = len(data)
    while missing:
        if end >= size:
            return -1
        part = data[end : end + missing]
        end += len(part)
        missing -= len(part.translate(None, _CONTINUATION))
    last = end - 1
    while last > start and data[last] & 0xC0 == 0x80:
        last -= 1
    end = last + (1 if data[last] < 0x80 else 2 if data[last] < 0xE0 else 3)
    return end if end <= size else -1


def decode_units(raw: bytes) -> str:
    """The text; surrogates stay single, see `join_surrogates`.

    Raises:
        ValueError: not in the encoding. A group of four bytes is refused, as Java's readers do.
    """
    if (found := _FOUR_BYTE_LEADS.search(raw)) is not None:
        raise ValueError(f"a text holds the byte {raw[found.start()]:#04x}: UTF-16 units take one to three bytes each")
    return raw.decode("utf-8", "surrogatepass")


def join_surrogates(text: str) -> str:
    """Pairs of surrogates become one character; lonely ones stay as they are, as in Java."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
