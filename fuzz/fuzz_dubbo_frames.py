"""Feeds arbitrary bytes to the frame reader.

Nothing may be raised, the same bytes must give the same events however they are split, and no more may be handed out than came in. The
first byte of an input chooses the role and how the rest is split. The seeds are frames that Java wrote.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.events import Event, ForeignProtocol, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["seeds", "test_one_input"]

_FRAMES = Path(__file__).resolve().parent.parent / "tests/golden/frames"
_STEP = 7


def seeds() -> Iterator[bytes]:
    """Recorded frames, once for each role."""
    for file in sorted(_FRAMES.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            frame = bytes.fromhex(json.loads(line)["hex"])
            yield bytes((_STEP << 1 | 1,)) + frame
            yield bytes((_STEP << 1,)) + frame


def _read(data: bytes, step: int, role: Role) -> list[object]:
    """The events of `data`, fed in pieces of `step` bytes."""
    connection = DubboConnection(role, payload=4096, max_line=64)
    events: list[Event] = []
    for start in range(0, len(data), step):
        connection.receive_data(data[start : start + step])
        events += connection.events()
    connection.receive_eof()
    events += connection.events()
    return [event.name if isinstance(event, ForeignProtocol) else event for event in events]


def test_one_input(data: bytes) -> None:
    """Read one input; an exception is a defect."""
    if not data:
        return
    role = Role.SERVER if data[0] & 1 else Role.CLIENT
    step = (data[0] >> 1) + 1
    stream = data[1:]
    whole = _read(stream, max(1, len(stream)), role)
    assert _read(stream, step, role) == whole, f"pieces of {step} bytes give other events"
    held = sum(len(event.body) for event in whole if isinstance(event, Request | Response))
    assert held <= len(stream), f"{held} bytes were handed out, {len(stream)} came in"


if __name__ == "__main__":
    import atheris  # type: ignore[import-untyped]  # it has no types

    atheris.instrument_all()
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
