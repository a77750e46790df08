"""The bytes of single values: numbers, texts, binaries, dates (PRO-41 to PRO-45). Each function returns the finished bytes."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BINARY_CHUNK_LITE3: Final = 0x0FFD
BINARY_CHUNK_LITE4: Final = 0x1FFD

STRING_CHUNK: Final = 0x8000
"""Most UTF-16 units in one chunk."""

_pack_int = struct.Struct(">i").pack
_pack_long = struct.Struct(">q").pack
_pack_double = struct.Struct(">d").pack
_pack_float = struct.Struct(">f").pack
_unpack_float = struct.Struct(">f").unpack

_INTS: Final = tuple(
    bytes((0x90 + value,)) if -16 <= value <= 47 else bytes((0xC8 + (value >> 8), value & 0xFF)) for value in range(-2048, 2048)
)
_LONGS: Final = tuple(
    bytes((0xE0 + value,)) if -8 <= value <= 15 else bytes((0xF8 + (value >> 8), value & 0xFF)) for value in range(-2048, 2048)
)
_LENGTHS: Final = tuple(bytes((length,)) if length < 32 else bytes((0x30 + (length >> 8), length & 0xFF)) for length in range(1024))
_LENGTH_TEXTS: Final = tuple(length.decode("latin-1") for length in _LENGTHS)


def encode_int(value: int) -> bytes:
    """A Java int. The caller has checked that it fits 32 bits."""
    if -2048 <= value < 2048:
        return _INTS[value + 2048]
    if -262144 <= value < 262144:
        return bytes((0xD4 + (value >> 16), (value >> 8) & 0xFF, value & 0xFF))
    return b"I" + _pack_int(value)


def encode_long(value: int) -> bytes:
    """A Java long. The caller has checked that it fits 64 bits."""
    if -2048 <= value < 2048:
        return _LONGS[value + 2048]
    if -262144 <= value < 262144:
        return bytes((0x3C + (value >> 16), (value >> 8) & 0xFF, value & 0xFF))
    if -0x80000000 <= value < 0x80000000:
        return b"Y" + _pack_int(value)
    return b"L" + _pack_long(value)


def encode_double(value: float) -> bytes:
    """A Java double, in the shortest of its forms. ``-0.0`` loses its sign, as it does in Java."""
    if -32768.0 <= value < 32768.0 and value.is_integer():
        whole = int(value)
        if whole == 0:
            return b"\x5b"
        if whole == 1:
            return b"\x5c"
        if -128 <= whole < 128:
            return bytes((0x5D, whole & 0xFF))
        return bytes((0x5E, (whole >> 8) & 0xFF, whole & 0xFF))
    if -2147483.65 < value < 2147483.65:
        thousandths = int(value * 1000)
        # Not `thousandths / 1000`: the reader multiplies, and the two differ for 0.009 and others.
        if 0.001 * thousandths == value and -0x80000000 <= thousandths < 0x80000000:
            return b"\x5f" + _pack_int(thousandths)
    return b"D" + _pack_double(value)


def float32(value: float) -> float:
    """The nearest Java float, as a double.

    Raises:
        OverflowError: too large for a float.
    """
    narrow: float = _unpack_float(_pack_float(value))[0]
    return narrow


def encode_float_text(value: float) -> bytes:
    """A boxed or top-level Java float: the double of its shortest decimal text (PRO-42), so 1.1f is sent as 1.1.

    Raises:
        OverflowError: too large for a float.
    """
    narrow = float32(value)
    if narrow - narrow == 0.0:  # finite
        for digits in range(2, 10):  # Java's text has at least two digits: 1.4E-45
            text = float(f"{narrow:.{digits}g}")
            try:
                same = float32(text) == narrow
            except OverflowError:  # rounded up beyond the largest float
                same = False
            if same:
                return encode_double(text)
    return encode_double(narrow)


_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def _surrogates(match: re.Match[str]) -> str:
    code = ord(match[0]) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def encode_string(text: str) -> bytes:
    """A Java string. Its length counts UTF-16 units, and each unit is encoded on its own, so U+1F600 is two groups of three bytes."""
    length = len(text)
    if text.isascii():
        if length < 1024:
            return _LENGTHS[length] + text.encode()
    elif _ASTRAL.search(text):
        text = _ASTRAL.sub(_surrogates, text)
        length = len(text)
    if length < 1024:
        return _LENGTHS[length] + text.encode("utf-8", "surrogatepass")
    if length <= STRING_CHUNK:
        return b"S" + length.to_bytes(2) + text.encode("utf-8", "surrogatepass")
    return _encode_chunks(text, length)


def encode_strings(texts: Sequence[str]) -> bytes:
    """Java strings, one behind the other."""
    if "".join(texts).isascii():  # one encoding for all, half the time: in Latin-1 lengths are their bytes too
        try:
            return "".join([_LENGTH_TEXTS[len(text)] + text for text in texts]).encode("latin-1")
        except IndexError:  # one is longer than a short text
            pass
    return b"".join(map(encode_string, texts))


def _encode_chunks(text: str, length: int) -> bytes:
    parts: list[bytes] = []
    start = 0
    while length - start > STRING_CHUNK:
        end = start + STRING_CHUNK
        if "\ud800" <= text[end - 1] <= "\udbff":  # Java's readers want both halves of a pair in one chunk
            end -= 1
        parts += (b"R", (end - start).to_bytes(2), text[start:end].encode("utf-8", "surrogatepass"))
        start = end
    parts.append(encode_string(text[start:]))
    return b"".join(parts)


def encode_binary(data: bytes, chunk: int) -> bytes:
    """A Java ``byte[]``, cut into chunks of `chunk` bytes (hessian-lite 3 and 4 differ)."""
    length = len(data)
    if length < 16:
        return bytes((0x20 + length,)) + data
    if length < 1024:
        return bytes((0x34 + (length >> 8), length & 0xFF)) + data
    if length <= chunk:
        return b"B" + length.to_bytes(2) + data
    last = (length - 1) // chunk * chunk
    parts: list[bytes] = []
    head = b"A" + chunk.to_bytes(2)
    for start in range(0, last, chunk):
        parts += (head, data[start : start + chunk])
    parts.append(encode_binary(data[last:], chunk))
    return b"".join(parts)


def encode_date(milliseconds: int) -> bytes:
    """A ``java.util.Date``: in minutes where they are whole and fit 32 bits."""
    minutes, rest = divmod(milliseconds, 60_000)
    if rest == 0 and -0x80000000 <= minutes < 0x80000000:
        return b"K" + _pack_int(minutes)
    return b"J" + _pack_long(milliseconds)
