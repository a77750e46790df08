"""Reading of single values: each function takes the bytes and a position, and returns the value and the position behind it.

Data that ends early is an ``IndexError`` or ``struct.error``; the decoder says where the value began.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import HessianDecodeError
from aiodubbo.java.values import JavaDate, JavaDouble, JavaLong

if TYPE_CHECKING:
    from collections.abc import Callable

    from .abc import Limits

_unpack_int = struct.Struct(">i").unpack_from
_unpack_long = struct.Struct(">q").unpack_from
_unpack_double = struct.Struct(">d").unpack_from
_unpack_short = struct.Struct(">h").unpack_from

_new: Any = object.__new__
_new_int: Any = int.__new__
_set_ms: Any = vars(JavaDate)["ms"].__set__


def cut_off(start: int, size: int) -> HessianDecodeError:
    """The error of a value that begins at `start` and does not end within the data."""
    return HessianDecodeError(f"the value that begins at byte {start} is cut off: the data ends", offset=size)


def read_int(data: bytes, pos: int, what: str) -> tuple[int, int]:
    """Read an int in any of its forms; `what` names it in the error."""
    code = data[pos]
    if 0x80 <= code < 0xC0:
        return code - 0x90, pos + 1
    if 0xC0 <= code < 0xD0:
        return ((code - 0xC8) << 8) + data[pos + 1], pos + 2
    if 0xD0 <= code < 0xD8:
        return ((code - 0xD4) << 16) + (data[pos + 1] << 8) + data[pos + 2], pos + 3
    if code == 0x49:
        return _unpack_int(data, pos + 1)[0], pos + 5
    raise HessianDecodeError(f"{what} is due, {code:#04x} begins no int", offset=pos)


def _exact_double9(data: bytes, pos: int, limits: Limits) -> tuple[float, int]:
    value: float = _unpack_double(data, pos + 1)[0]
    return JavaDouble(value) if value == 0.0 and data[pos + 1] == 0x80 else value, pos + 9  # a JavaDouble is written as -0.0 again


def _date9(data: bytes, pos: int, limits: Limits) -> tuple[JavaDate, int]:
    value: JavaDate = _new(JavaDate)
    _set_ms(value, _unpack_long(data, pos + 1)[0])
    return value, pos + 9


def _date5(data: bytes, pos: int, limits: Limits) -> tuple[JavaDate, int]:
    value: JavaDate = _new(JavaDate)
    _set_ms(value, _unpack_int(data, pos + 1)[0] * 60_000)
    return value, pos + 5


# Texts: UTF-16 units that are encoded one by one

_CONTINUATION: Final = bytes(range(0x80, 0xC0))
_FOUR_BYTE_LEADS: Final = re.compile(b"[\xf0-\xff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def units_end(data: bytes, start: int, length: int) -> int:
    """Position behind a text of `length` units that begins at `start`; -1 when the data ends before it does."""
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
    if (lead := _FOUR_BYTE_LEADS.search(raw)) is not None:
        raise ValueError(f"a text holds the byte {raw[lead.start()]:#04x}: UTF-16 units take one to three bytes each")
    return raw.decode("utf-8", "surrogatepass")


def join_surrogates(text: str) -> str:
    """Pairs of surrogates become one character; lonely ones stay as they are, as in Java."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def read_string(data: bytes, pos: int, limits: Limits) -> tuple[str, int]:
    """Read a text in any form, its chunks joined."""
    code = data[pos]
    if code < 0x34 and (code < 0x20 or code >= 0x30):  # the usual case: one short chunk of ASCII
        if code < 0x20:
            length, start = code, pos + 1
        else:
            length, start = ((code - 0x30) << 8) + data[pos + 1], pos + 2
        raw = data[start : start + length]
        if raw.isascii() and len(raw) == length <= limits.max_string:
            return raw.decode("ascii"), start + length
    parts: list[str] = []
    total = 0
    last = False
    while not last:
        start = pos
        code = data[pos]
        last = code != 0x52
        if code < 0x20:
            length = code
            pos += 1
        elif 0x30 <= code < 0x34:
            length = ((code - 0x30) << 8) + data[pos + 1]
            pos += 2
        elif code == 0x52 or code == 0x53:
            length = (data[pos + 1] << 8) + data[pos + 2]
            pos += 3
        else:
            raise HessianDecodeError(f"a text is due, {code:#04x} begins none", offset=start)
        total += length
        if total > limits.max_string:
            raise HessianDecodeError(f"a text of more than {limits.max_string} units", offset=start)
        end = units_end(data, pos, length)
        if end < 0:
            raise cut_off(start, len(data))
        try:
            parts.append(decode_units(data[pos:end]))
        except ValueError as error:
            raise HessianDecodeError(f"malformed text: {error}", offset=start) from None
        pos = end
    return join_surrogates(parts[0] if len(parts) == 1 else "".join(parts)), pos


def read_binary(data: bytes, pos: int, limits: Limits) -> tuple[bytes, int]:
    """Read a ``byte[]`` in any form, its chunks joined."""
    parts: list[bytes] = []
    total = 0
    last = False
    while not last:
        start = pos
        code = data[pos]
        last = code != 0x41
        if 0x20 <= code < 0x30:
            length = code - 0x20
            pos += 1
        elif 0x34 <= code < 0x38:
            length = ((code - 0x34) << 8) + data[pos + 1]
            pos += 2
        elif code == 0x41 or code == 0x42:
            length = (data[pos + 1] << 8) + data[pos + 2]
            pos += 3
        else:
            raise HessianDecodeError(f"a part of a byte array is due, {code:#04x} begins none", offset=start)
        total += length
        if total > limits.max_bytes:
            raise HessianDecodeError(f"a byte array of more than {limits.max_bytes} bytes", offset=start)
        part = data[pos : pos + length]
        if len(part) < length:
            raise cut_off(start, len(data))
        parts.append(part)
        pos += length
    return parts[0] if len(parts) == 1 else b"".join(parts), pos


Read: TypeAlias = "Callable[[bytes, int, Limits], tuple[Any, int]]"

NO_CONSTANT: Final = object()


def _constants(keep: bool) -> tuple[object, ...]:
    table: list[object] = [NO_CONSTANT] * 256
    table[0x4E], table[0x54], table[0x46], table[0x5B], table[0x5C] = None, True, False, 0.0, 1.0
    for code in range(0x80, 0xC0):
        table[code] = code - 0x90
    for code in range(0xD8, 0xF0):
        table[code] = JavaLong(code - 0xE0) if keep else code - 0xE0
    return tuple(table)


def _keep_long(read: Read) -> Read:
    def read_long(data: bytes, pos: int, limits: Limits) -> tuple[Any, int]:
        value, pos = read(data, pos, limits)
        return _new_int(JavaLong, value), pos

    return read_long


_FORMS: Final[tuple[tuple[range, Read], ...]] = (
    (range(0x20), read_string),
    (range(0x30, 0x34), read_string),
    (range(0x52, 0x54), read_string),
    (range(0x20, 0x30), read_binary),
    (range(0x34, 0x38), read_binary),
    (range(0x41, 0x43), read_binary),
    # ints
    (range(0xC0, 0xD0), lambda data, pos, limits: (((data[pos] - 0xC8) << 8) + data[pos + 1], pos + 2)),
    (range(0xD0, 0xD8), lambda data, pos, limits: (((data[pos] - 0xD4) << 16) + (data[pos + 1] << 8) + data[pos + 2], pos + 3)),
    (range(0x49, 0x4A), lambda data, pos, limits: (_unpack_int(data, pos + 1)[0], pos + 5)),
    # doubles; 0.001 * x is not x / 1000: they differ for 0.009 and others
    (range(0x5D, 0x5E), lambda data, pos, limits: (float((data[pos + 1] ^ 0x80) - 0x80), pos + 2)),
    (range(0x5E, 0x5F), lambda data, pos, limits: (float(_unpack_short(data, pos + 1)[0]), pos + 3)),
    (range(0x5F, 0x60), lambda data, pos, limits: (0.001 * _unpack_int(data, pos + 1)[0], pos + 5)),
    (range(0x44, 0x45), lambda data, pos, limits: (_unpack_double(data, pos + 1)[0], pos + 9)),
    (range(0x4A, 0x4B), _date9),
    (range(0x4B, 0x4C), _date5),
)
_LONG_FORMS: Final[tuple[tuple[range, Read], ...]] = (
    (range(0xF0, 0x100), lambda data, pos, limits: (((data[pos] - 0xF8) << 8) + data[pos + 1], pos + 2)),
    (range(0x38, 0x40), lambda data, pos, limits: (((data[pos] - 0x3C) << 16) + (data[pos + 1] << 8) + data[pos + 2], pos + 3)),
    (range(0x59, 0x5A), lambda data, pos, limits: (_unpack_int(data, pos + 1)[0], pos + 5)),
    (range(0x4C, 0x4D), lambda data, pos, limits: (_unpack_long(data, pos + 1)[0], pos + 9)),
)
"""First bytes → reader of the value."""


def _scalars(keep: bool) -> tuple[Read | None, ...]:
    table: list[Read | None] = [None] * 256
    for codes, read in _FORMS + _LONG_FORMS:
        for code in codes:
            table[code] = read
    if keep:
        table[0x44] = _exact_double9
        for codes, read in _LONG_FORMS:
            for code in codes:
                table[code] = _keep_long(read)
    return tuple(table)


CONSTANTS: Final = (_constants(False), _constants(True))
"""Values that are one byte; `NO_CONSTANT` for any other byte. The second table keeps the width of numbers, here and in `SCALARS`."""

SCALARS: Final = (_scalars(False), _scalars(True))
"""Readers of values that hold no others; None for any other byte."""
