"""Whatever the bytes and however they are split, the frame reader reports the same and never fails."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo.errors import RemoteProtocolError
from aiodubbo.java.names import descriptor_of, split_descriptors
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.events import ConnectionEnded, ForeignProtocol, Heartbeat, Request, Response
from aiodubbo.wire.dubbo.header import pack_header

if TYPE_CHECKING:
    from aiodubbo.wire.dubbo.events import Event

PAYLOAD = 64

longs = st.integers(-(2**63), 2**63 - 1)
bodies = st.binary(max_size=PAYLOAD)
ids = st.integers(0, 31)
frames = st.one_of(
    st.builds(
        lambda i, s, two, body: DubboConnection(Role.CLIENT).send_request(i, body, serialization=s, two_way=two),
        longs,
        ids,
        st.booleans(),
        bodies,
    ),
    st.builds(
        lambda i, s, status, body: DubboConnection(Role.SERVER).send_response(i, status, body, serialization=s),
        longs,
        ids,
        st.integers(0, 255),
        bodies,
    ),
    st.builds(lambda i: DubboConnection(Role.CLIENT).send_heartbeat(i), longs),
    st.builds(lambda i: DubboConnection(Role.SERVER).send_readonly(i), longs),
)
lies = st.builds(pack_header, st.integers(0, 255), st.integers(0, 255), longs, st.integers(-(2**31), 2**31 - 1))
texts = st.one_of(
    st.sampled_from(
        [
            b"ls\r\n",
            b"\n",
            b"\x03",
            b"\xff\xf4\xff\xfd\x06",
            b"\xda",
            b"\xbb",
            b"\xda\xbb",
            b"GET / HTTP/1.1\r\n",
            b"\x16\x03\x01",
            b"x" * 40,
        ]
    ),
    st.binary(max_size=30),
)
streams = st.lists(st.one_of(frames, lies, texts), max_size=8).map(b"".join)


def read(data: bytes, cuts: list[int], role: Role) -> list[Event]:
    connection = DubboConnection(role, payload=PAYLOAD, max_line=20)
    events: list[Event] = []
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(edges):
        connection.receive_data(data[start:end])
        events += connection.events()
    connection.receive_eof()
    return events + connection.events()


def comparable(events: list[Event]) -> list[object]:
    """The evidence of a foreign protocol quotes as much as had come."""
    return [event.name if isinstance(event, ForeignProtocol) else event for event in events]


@given(streams, st.lists(st.integers(0, 2000), max_size=30), st.sampled_from(Role))
def test_any_split_gives_the_same_events(data: bytes, cuts: list[int], role: Role) -> None:
    whole = read(data, [], role)
    assert comparable(read(data, cuts, role)) == comparable(whole)
    assert comparable(read(data, list(range(len(data))), role)) == comparable(whole)
    assert isinstance(whole[-1], ConnectionEnded)


@given(st.lists(frames, max_size=20), st.lists(st.integers(0, 2000), max_size=30), st.sampled_from(Role))
def test_frames_come_out_as_they_went_in(sent: list[bytes], cuts: list[int], role: Role) -> None:
    events = read(b"".join(sent), cuts, role)
    assert len(events) == len(sent) + 1
    writer = DubboConnection(Role.CLIENT)
    for frame, event in zip(sent, events, strict=False):
        match event:
            case Request():
                assert writer.send_request(event.id, event.body, serialization=event.serialization, two_way=event.two_way) == frame
            case Response():
                assert writer.send_response(event.id, event.status, event.body, serialization=event.serialization) == frame
            case Heartbeat():
                assert writer.send_heartbeat(event.id) == frame
    assert events[-1] == ConnectionEnded(0)


@given(streams, st.integers(0, 500), st.integers(0, 255), st.sampled_from(Role))
def test_a_changed_byte_never_breaks_the_reader(data: bytes, position: int, value: int, role: Role) -> None:
    changed = bytearray(data)
    if changed:
        changed[position % len(changed)] = value
    events = read(bytes(changed), [], role)
    assert sum(len(event.body) for event in events if isinstance(event, Request | Response)) <= len(changed)


type_names = st.builds(
    lambda name, dimensions: name + "[]" * dimensions,
    st.sampled_from(["int", "long", "void", "java.lang.String", "com.example.Outer$Inner", "X"]),
    st.integers(0, 5),
)


@given(st.lists(type_names, max_size=10))
def test_descriptors_round_trip(names: list[str]) -> None:
    assert split_descriptors("".join(map(descriptor_of, names))) == tuple(names)


@given(st.text(alphabet="[LIJV;/a$.\u20ac", max_size=40))
def test_any_text_is_a_descriptor_or_refused(text: str) -> None:
    try:
        names = split_descriptors(text)
    except RemoteProtocolError as error:
        assert "malformed parameter descriptor" in str(error)
    else:
        assert len(names) <= len(text)


FILLERS = [b"\xda", b"\x00", b"\n", b"\xda\xbb", b"x", b"\x03", pack_header(0xC2, 0, 0, 2**31 - 1), pack_header(0x22, 0, 0, 0)]


def seconds(data: bytes) -> float:
    """Processor time of this thread, which other work of the machine does not lengthen; the shortest of three."""
    return min(_seconds(data) for _ in range(3))


def _seconds(data: bytes) -> float:
    connection = DubboConnection(Role.SERVER)
    before = time.thread_time()
    for start in range(0, len(data), 100):
        connection.receive_data(data[start : start + 100])
        connection.events()
    return time.thread_time() - before


@pytest.mark.parametrize("filler", FILLERS, ids=[filler[:3].hex() for filler in FILLERS])
def test_a_flood_takes_linear_time(filler: bytes) -> None:
    short, long = seconds(filler * (50_000 // len(filler))), seconds(filler * (800_000 // len(filler)))
    assert long < 16 * 4 * short + 0.5  # 16 times the bytes; quadratic would be 256 times
