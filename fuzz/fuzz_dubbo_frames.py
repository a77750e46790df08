"""Feeds arbitrary bytes to the frame reader: ``python fuzz/fuzz_dubbo_frames.py`` (needs ``atheris``).

Nothing may be raised, the same bytes must give the same events however they are split, and no more may be handed out than came in.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from aiodubbo.wire.dubbo.connection import DubboConnection, Role
    from aiodubbo.wire.dubbo.events import Event, ForeignProtocol, Request, Response


def read(data: bytes, step: int, role: Role) -> list[object]:
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
    """What atheris calls."""
    if not data:
        return
    role = Role.SERVER if data[0] & 1 else Role.CLIENT
    step = (data[0] >> 1) + 1
    stream = data[1:]
    whole = read(stream, max(1, len(stream)), role)
    assert read(stream, step, role) == whole
    assert sum(len(event.body) for event in whole if isinstance(event, Request | Response)) <= len(stream)


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
