from __future__ import annotations

import tracemalloc

import pytest

from aiodubbo.errors import LocalProtocolError, SerializationError
from aiodubbo.wire.dubbo.connection import DEFAULT_PAYLOAD, DubboConnection, Role, State
from aiodubbo.wire.dubbo.events import (
    ConnectionEnded,
    Event,
    ForeignProtocol,
    Heartbeat,
    HeartbeatAck,
    Oversized,
    ReadOnly,
    RejectedEvent,
    Request,
    Response,
    Skipped,
    UnknownEvent,
)
from aiodubbo.wire.dubbo.header import pack_header
from aiodubbo.wire.telnet import TelnetInterrupt, TelnetLine

CALL = bytes.fromhex("dabbc200000000000000000700000003") + b"abc"
CALL_EVENT = Request(7, True, 2, b"abc")

FRAMES: list[tuple[str, str, Event]] = [
    ("two-way call", "dabbc20000000000000000070000000161", Request(7, True, 2, b"a")),
    ("one-way call", "dabb820000000000000000070000000161", Request(7, False, 2, b"a")),
    ("call without a body", "dabbc200000000000000000700000000", Request(7, True, 2, b"")),
    ("unknown serialization", "dabbdf00fffffffffffffffe0000000161", Request(-2, True, 31, b"a")),
    ("answer", "dabb02140000000000000007000000019a", Response(7, 20, 2, b"\x9a")),
    ("answer with a strange status", "dabb02f90000000000000007000000014e", Response(7, 249, 2, b"N")),
    ("heartbeat", "dabbe2000000000000000001000000014e", Heartbeat(1, True, 2, b"N")),
    ("heartbeat that wants no answer", "dabba2000000000000000001000000014e", Heartbeat(1, False, 2, b"N")),
    ("heartbeat without a body", "dabbe200000000000000000100000000", Heartbeat(1, True, 2, b"")),
    ("heartbeat in fastjson", "dabbe6000000000000000001000000056e756c6c0a", Heartbeat(1, True, 6, b"null\n")),
    ("heartbeat answer", "dabb2214000000000000000100000001" + "4e", HeartbeatAck(1)),
    ("read-only", "dabba2000000000000000000000000020152", ReadOnly()),
    ("other event", "dabba2000000000000000003000000020158", UnknownEvent(3, 2, b"\x01X")),
    ("event in an unknown serialization", "dabbff000000000000000003000000014e", UnknownEvent(3, 31, b"N")),
]


def received(*chunks: bytes, role: Role = Role.SERVER, payload: int = DEFAULT_PAYLOAD) -> list[Event]:
    connection = DubboConnection(role, payload=payload)
    events: list[Event] = []
    for chunk in chunks:
        connection.receive_data(chunk)
        events += connection.events()
    return events


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("frame", "event"), [case[1:] for case in FRAMES], ids=[case[0] for case in FRAMES])
def test_each_kind_of_frame(frame: str, event: Event, role: Role) -> None:
    data = bytes.fromhex(frame)
    assert received(data, role=role) == [event]
    assert received(*one_by_one(data), role=role) == [event]


@pytest.mark.spec("PRO-7", "several frames in one read come out in order")
def test_many_frames_in_one_read() -> None:
    data = b"".join(bytes.fromhex(frame) for _, frame, _ in FRAMES)
    expected = [event for *_, event in FRAMES]
    assert received(data) == expected
    assert received(data[:40], data[40:41], data[41:]) == expected


def test_next_event_hands_out_one_at_a_time() -> None:
    connection = DubboConnection(Role.SERVER)
    assert connection.next_event() is None
    connection.receive_data(CALL + CALL)
    assert connection.next_event() == CALL_EVENT
    assert connection.next_event() == CALL_EVENT
    assert connection.next_event() is None


WRITTEN = [
    ("dabbc200000000000000000700000003616263", lambda c: c.send_request(7, b"abc")),
    ("dabb8200ffffffffffffffff00000000", lambda c: c.send_request(-1, b"", two_way=False)),
    ("dabbc600000000000000000700000001" + "31", lambda c: c.send_request(7, b"1", serialization=6)),
    ("dabb021400000000000000070000000192", lambda c: c.send_response(7, 20, b"\x92")),
    ("dabb0646000000000000000700000001" + "31", lambda c: c.send_response(7, 70, b"1", serialization=6)),
    ("dabbe2000000000000000005000000014e", lambda c: c.send_heartbeat(5)),
    ("dabb22140000000000000005000000014e", lambda c: c.send_heartbeat_ack(Heartbeat(5, True, 2, b"N"))),
    ("dabb26140000000000000005000000056e756c6c0a", lambda c: c.send_heartbeat_ack(Heartbeat(5, True, 6, b"null\n"))),
    ("dabba2000000000000000000000000020152", lambda c: c.send_readonly(0)),
]


@pytest.mark.spec("PRO-150", "a heartbeat and its answer as Java writes them")
@pytest.mark.spec("PRO-152", "the read-only event as Java writes it")
@pytest.mark.parametrize(("frame", "write"), WRITTEN)
def test_what_is_written(frame: str, write: object) -> None:
    assert callable(write)
    assert write(DubboConnection(Role.CLIENT)).hex() == frame


# ------------------------------------------------------------------------------------------------------ limits


@pytest.mark.spec("PRO-30", "an oversized request is reported once its header is there; later frames work")
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_oversized_request_is_skipped(step: int) -> None:
    data = pack_header(0xC2, 0, 9, 500) + b"\nexit\r\n" + bytes(493) + CALL
    events = received(*(data[at : at + step] for at in range(0, len(data), step)), payload=100)
    assert events == [Oversized(9, True, 500, 100, ""), CALL_EVENT]


def test_an_oversized_frame_is_reported_before_its_body_comes() -> None:
    assert received(pack_header(0x02, 20, 9, 101), payload=100, role=Role.CLIENT) == [Oversized(9, False, 101, 100, "")]


@pytest.mark.spec("PRO-8", "after a header that lied about its length, the next magic is found")
def test_a_header_that_lies_about_its_length_does_not_silence_the_connection() -> None:
    assert received(pack_header(0xC2, 0, 9, 2**31 - 1) + b"xyz" + CALL) == [Oversized(9, True, 2**31 - 1, 8388608, ""), CALL_EVENT]


def test_a_negative_length_is_no_frame() -> None:
    assert received(pack_header(0xC2, 0, 9, -5) + CALL) == [Skipped(16), CALL_EVENT]


def test_a_body_of_exactly_the_limit_passes() -> None:
    connection = DubboConnection(Role.CLIENT, payload=100)
    assert received(connection.send_request(1, bytes(100)), payload=100) == [Request(1, True, 2, bytes(100))]


@pytest.mark.spec("PRO-30", "what exceeds the payload is not sent; the text is Java's")
def test_sending_more_than_the_limit() -> None:
    connection = DubboConnection(
        Role.SERVER, payload=4000, channel="NettyChannel [channel=[id: 0xab58210d, L:/127.0.0.1:20880 - R:/127.0.0.1:46974]]"
    )
    text = (
        "Data length too large: 4377, max payload: 4000, channel: "
        "NettyChannel [channel=[id: 0xab58210d, L:/127.0.0.1:20880 - R:/127.0.0.1:46974]]"
    )
    with pytest.raises(SerializationError) as request:
        connection.send_request(1, bytes(4377))
    with pytest.raises(SerializationError) as response:
        connection.send_response(1, 20, bytes(4377))
    assert str(request.value) == str(response.value) == text
    assert len(connection.send_response(1, 50, bytes(4377), limited=False)) == 16 + 4377


@pytest.mark.parametrize("payload", [0, -1])
def test_a_payload_of_zero_or_less_is_no_limit(payload: int) -> None:
    big = bytes(9_000_000)
    frame = DubboConnection(Role.CLIENT, payload=payload).send_request(1, big)
    assert received(frame, payload=payload) == [Request(1, True, 2, big)]


@pytest.mark.spec("PRO-33", "an event with a long body is dropped, the connection goes on")
@pytest.mark.parametrize("step", [1, 16, 1000])
def test_a_long_event_is_rejected(step: int) -> None:
    data = pack_header(0xE2, 0, 1, 51) + b"\xda\xbb" + bytes(49) + CALL
    events = received(*(data[at : at + step] for at in range(0, len(data), step)))
    assert events == [RejectedEvent(51, 50), CALL_EVENT]
    assert str(events[0]) == "Event data too long, actual size 51, threshold 50 rejected for security consideration."


def test_announced_bodies_cost_nothing() -> None:
    connections = [DubboConnection(Role.SERVER) for _ in range(100)]
    tracemalloc.start()
    for connection in connections:
        connection.receive_data(pack_header(0xC2, 0, 1, 8_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


def test_a_large_frame_in_small_pieces_takes_linear_time() -> None:
    connection = DubboConnection(Role.SERVER)
    body = bytes(4_000_000)
    frame = connection.send_request(1, body)
    for at in range(0, len(frame), 100):
        connection.receive_data(frame[at : at + 100])
    assert connection.events() == [Request(1, True, 2, body)]


# -------------------------------------------------------------------------------------------------- text, others


@pytest.mark.spec("PRO-1", "text and frames share the port")
@pytest.mark.spec("PRO-8", "bytes before the next magic are text")
def test_text_between_frames() -> None:
    data = b"ls\r\n" + CALL + b"ps -l\n" + CALL + b"half a line" + CALL
    expected = [TelnetLine("ls"), CALL_EVENT, TelnetLine("ps -l"), CALL_EVENT, Skipped(11), CALL_EVENT]
    assert received(data) == expected
    assert received(*one_by_one(data)) == expected


def test_half_a_magic_at_the_end_of_text() -> None:
    assert received(b"ls\n\xda", CALL[1:]) == [TelnetLine("ls"), CALL_EVENT]
    assert received(b"\xda", b"x\n") == [TelnetLine("\ufffdx")]


def test_ctrl_c() -> None:
    assert received(b"ls\n\x03") == [TelnetLine("ls"), TelnetInterrupt()]


def test_a_client_has_no_use_for_text() -> None:
    data = b"SSH-2.0-OpenSSH_9\r\nhello" + CALL
    assert received(data, role=Role.CLIENT) == [Skipped(24), CALL_EVENT]
    assert received(*one_by_one(data), role=Role.CLIENT) == [Skipped(24), CALL_EVENT]


FOREIGN = [
    (b"GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n", Role.SERVER, "HTTP", "'GET /index.html HTTP/1.1'"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Role.SERVER, "HTTP", "'PRI * HTTP/2.0'"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", Role.CLIENT, "HTTP", "'HTTP/1.1 400 Bad Request'"),
    (bytes.fromhex("16030100c8010000c4"), Role.SERVER, "TLS", "16 03 01"),
    (bytes.fromhex("15030300020228"), Role.CLIENT, "TLS", "15 03 03"),
]


@pytest.mark.parametrize(("data", "role", "name", "evidence"), FOREIGN)
def test_another_protocol_is_recognised(data: bytes, role: Role, name: str, evidence: str) -> None:
    [event] = received(data, CALL, role=role)
    assert isinstance(event, ForeignProtocol)
    assert event.name == name
    assert evidence in event.evidence
    assert f"the peer speaks {name}, not dubbo" in str(event)
    [split] = received(*one_by_one(data + CALL), role=role)
    assert isinstance(split, ForeignProtocol)
    assert (split.name, split.advice) == (event.name, event.advice)


def test_http_later_on_is_just_a_line() -> None:
    assert received(CALL + b"GET / HTTP/1.1\r\n") == [CALL_EVENT, TelnetLine("GET / HTTP/1.1")]


# ------------------------------------------------------------------------------------------------------ the end

ENDS = [
    (b"", 0),
    (CALL, 0),
    (CALL[:2], -1),
    (CALL[:10], -1),
    (CALL[:16], 3),
    (CALL[:18], 1),
    (CALL + CALL[:17], 2),
    (pack_header(0xE2, 0, 1, 60) + b"x", 59),
    (pack_header(0xC2, 0, 1, 2**31 - 1) + b"x", 2**31 - 2),
    (b"typed text", 0),
]


@pytest.mark.parametrize(("data", "missing"), ENDS)
def test_the_end_says_what_was_missing(data: bytes, missing: int) -> None:
    connection = DubboConnection(Role.SERVER)
    connection.receive_data(data)
    connection.receive_eof()
    assert connection.events()[-1] == ConnectionEnded(missing)
    assert connection.state is State.ENDED


def test_after_the_end_nothing_may_come() -> None:
    connection = DubboConnection(Role.SERVER)
    connection.receive_eof()
    with pytest.raises(LocalProtocolError, match="after receive_eof"):
        connection.receive_data(b"x")
    with pytest.raises(LocalProtocolError):
        connection.receive_eof()


@pytest.mark.parametrize(
    ("data", "state"),
    [(b"", State.START), (b"l", State.START), (b"ls\n", State.OPEN), (CALL, State.OPEN), (b"\x16\x03\x01", State.FOREIGN)],
)
def test_states(data: bytes, state: State) -> None:
    connection = DubboConnection(Role.SERVER)
    connection.receive_data(data)
    assert connection.state is state
