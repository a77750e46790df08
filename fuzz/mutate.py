"""Mutations of known inputs, for machines without ``atheris``: blind to what the code does, but good at what is nearly right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

__all__ = ["mutate"]

_TELLING = bytes(
    (0x00, 0x1F, 0x20, 0x43, 0x48, 0x4D, 0x4E, 0x4F, 0x51, 0x52, 0x53, 0x57, 0x5A, 0x60, 0x70, 0x78, 0x7F, 0x80, 0xBB, 0xDA, 0xFF)
)
"""Bytes that begin something in Hessian 2 or in a frame, and the ends of ranges."""

_LONGEST = 8192


def mutate(choice: random.Random, known: Sequence[bytes]) -> bytes:
    """One of the inputs, changed in a few places."""
    data = bytearray(choice.choice(known))
    for _ in range(choice.choice((1, 1, 1, 2, 3, 8))):
        _change(choice, data, known)
    return bytes(data[:_LONGEST])


def _change(choice: random.Random, data: bytearray, known: Sequence[bytes]) -> None:
    start = choice.randrange(len(data) + 1)
    end = min(len(data), start + choice.choice((1, 2, 4, 16)))
    match choice.randrange(7):
        case 0 if start < end:
            data[start] ^= 1 << choice.randrange(8)
        case 1 if start < end:
            data[start] = choice.choice(_TELLING)
        case 2:
            data[start:end] = b""
        case 3:
            data[start:start] = data[start:end] * choice.choice((1, 2, 64))
        case 4:
            data[start:start] = bytes(choice.choices(_TELLING, k=end - start + 1))
        case 5:
            del data[start:]
        case _:
            other = choice.choice(known)
            data[start:] = other[choice.randrange(len(other) + 1) :]
