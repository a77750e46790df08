"""State of one end of a dubbo connection, without I/O: bytes in, events out; intentions in, bytes out.

Theory of operation
-------------------
The owner feeds what it read to `receive_data` and then takes the events. Each ``send_…`` method *returns* the bytes to write and sends
nothing. There is no socket, loop or clock in here, so that any transport can carry it, and a test can drive it byte by byte.

The stream is a sequence of frames with lines of text between them (PRO-1). The events do not depend on how the stream was cut into reads:

* A read that starts with the magic is a frame. The length is checked as soon as the 16 header bytes are there (PRO-30), before anything
  is kept for the body, so a lying header costs nothing.
* Anything else is text up to the next magic (PRO-8). A server splits it into lines; a client has no use for it and counts it.
* After a frame that is too long, its body is skipped: up to the next magic, as Java does, so that a header with a wrong length does not
  silence the connection; and none of it is taken for typed text, so that a body cannot smuggle commands.
* If the very first bytes are those of TLS or HTTP, the connection is of no use to anybody: one `ForeignProtocol`, then silence.

Bytes wait in one buffer, and only until the frame at its start is complete: `_need` says how many bytes that takes, and no attempt is made
before. So each byte is copied a fixed number of times, however it arrives.
"""

from __future__ import annotations

import enum
import re
from collections import deque
from typing import TYPE_CHECKING

from aiodubbo.errors import LocalProtocolError, SerializationError
from aiodubbo.wire.telnet import MAX_LINE, TelnetLine, TelnetReader

from .events import (
    ConnectionEnded,
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
from .header import (
    EVENT,
    HEADER_SIZE,
    HEARTBEAT_BODY,
    HESSIAN2,
    MAGIC_BYTES,
    READ_ONLY_BODY,
    REQUEST,
    SERIALIZATION_MASK,
    TWO_WAY,
    Status,
    pack_header,
    unpack_from,
)

if TYPE_CHECKING:
    from .events import Event

DEFAULT_PAYLOAD = 8 * 1024 * 1024
"""Longest body in bytes that is sent or accepted (Java's ``payload``)."""

MAX_EVENT_BODY = 50
"""Longest body of an event (Java's ``deserialization.event.size``). Real ones have one or two bytes."""

_NO_LIMIT = 2**31 - 1  # the length field has no greater value
_ENOUGH_TO_TELL = 2  # bytes that show a TLS record

# A serialization id → what its null looks like. Events are nearly always Hessian 2, whatever the calls use.
_NULLS = {HESSIAN2: (HEARTBEAT_BODY, b""), 6: (b"null\n", b"null", b"")}

_TLS_RECORDS = range(0x14, 0x18)  # change cipher spec, alert, handshake, application data
_TLS_MAJOR = 3
_HTTP_LINE = re.compile(r"[A-Z]{3,10} \S+ HTTP/\d|HTTP/\d")


class Role(enum.Enum):
    """End of a connection: the client opened it. Both may send requests (PRO-36); only a server reads text."""

    CLIENT = "client"
    SERVER = "server"


class State(enum.Enum):
    """Understanding of the peer."""

    START = "start"  #      nothing yet
    OPEN = "open"  #        it speaks dubbo, or a person types
    FOREIGN = "foreign"  #  it speaks something else; whatever comes is ignored
    ENDED = "ended"  #      it sends no more


class _Heard(enum.Enum):
    DUBBO_OR_TEXT = "dubbo or text"
    FOREIGN = "foreign"
    END = "end"


# A pair that is missing here cannot happen in a correct owner: it is a LocalProtocolError.
_TRANSITIONS = {
    (State.START, _Heard.DUBBO_OR_TEXT): State.OPEN,
    (State.START, _Heard.FOREIGN): State.FOREIGN,
    (State.START, _Heard.END): State.ENDED,
    (State.OPEN, _Heard.DUBBO_OR_TEXT): State.OPEN,
    (State.OPEN, _Heard.END): State.ENDED,
    (State.FOREIGN, _Heard.END): State.ENDED,
}

_ADVICE = {
    ("HTTP", Role.SERVER): "call this port with a dubbo:// client, or point the HTTP client at an HTTP port",
    ("HTTP", Role.CLIENT): "check the provider's address: that port serves HTTP",
    ("TLS", Role.SERVER): "give this server an ssl_context, or let the client connect without TLS",
    ("TLS", Role.CLIENT): "connect with an ssl_context, or use the provider's plain port",
}


class DubboConnection:
    """The state of one connection.

    Give what was read to `receive_data`, then handle everything that `events` (or `next_event`, one by one) returns. At the end of the
    stream call `receive_eof`. No bytes make any of these raise.

    Attributes:
        channel: how error texts name this connection; the owner sets it once the addresses are known.
        state: knowledge about the peer.
    """

    __slots__ = (
        "_buffer",
        "_discard",
        "_events",
        "_limit",
        "_loose",
        "_max_event_body",
        "_need",
        "_role",
        "_skip",
        "_skipped",
        "_text",
        "channel",
        "state",
    )

    def __init__(
        self,
        role: Role,
        *,
        payload: int = DEFAULT_PAYLOAD,
        max_event_body: int = MAX_EVENT_BODY,
        max_line: int = MAX_LINE,
        channel: str = "",
    ) -> None:
        """Begin. Limits are in bytes; a `payload` of 0 or less: no limit, in either direction (PRO-30)."""
        self.channel = channel
        self.state = State.START
        self._role = role
        self._limit = payload if payload > 0 else _NO_LIMIT
        self._max_event_body = max_event_body
        self._events: deque[Event] = deque()
        self._buffer = bytearray()
        self._need = 1
        self._text = TelnetReader(max_line)
        self._discard = 0  # bytes of a rejected event that are still to come
        self._skip = 0  # bytes of an oversized body that are still to come, if its header is true
        self._skipped = 0  # bytes that belonged to nothing, since the last frame
        self._loose = False  # whether any bytes outside of frames came since the last frame

    def receive_data(self, data: bytes) -> None:
        """Take what was read. Then handle the events.

        Raises:
            LocalProtocolError: after `receive_eof`.
        """
        if self.state is State.FOREIGN:
            return
        if self.state is State.ENDED:
            raise LocalProtocolError("receive_data was called after receive_eof; make a new DubboConnection for a new connection")
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._need:
                return
            data = bytes(self._buffer)
            self._buffer.clear()
        consumed = self._split(data)
        if consumed < len(data):
            self._buffer += memoryview(data)[consumed:]

    def receive_eof(self) -> None:
        """Note that the peer sends no more; the last event will be `ConnectionEnded`."""
        missing = 0
        if self._buffer.startswith(MAGIC_BYTES):
            missing = self._need - len(self._buffer) if len(self._buffer) >= HEADER_SIZE else -1
        elif self._discard or self._skip:
            missing = self._discard or self._skip
        self._buffer.clear()
        self._hear(_Heard.END)
        self._events.append(ConnectionEnded(missing))

    def next_event(self) -> Event | None:
        """The oldest event that was not handed out, or None: read more."""
        return self._events.popleft() if self._events else None

    def events(self) -> list[Event]:
        """All events that were not handed out, in order. Cheaper than `next_event` for many small frames."""
        events = list(self._events)
        self._events.clear()
        return events

    def _hear(self, heard: _Heard) -> None:
        try:
            self.state = _TRANSITIONS[self.state, heard]
        except KeyError:
            raise LocalProtocolError(f"cannot hear '{heard.value}' in state '{self.state.value}'") from None

    def _split(self, data: bytes) -> int:
        """Turn `data` into events; returns how much of it is used up, and sets `_need` for the rest."""
        size = len(data)
        append = self._events.append
        limit = self._limit
        offset = 0
        while offset < size:
            if self._discard:
                step = min(self._discard, size - offset)
                self._discard -= step
                offset += step
                continue
            start = offset + HEADER_SIZE
            if start > size or not data.startswith(MAGIC_BYTES, offset):
                step = self._take_text(data, offset)
                if not step:
                    break
                offset += step
                continue
            _, flags, status, request_id, length = unpack_from(data, offset)
            if self.state is State.START:
                self._hear(_Heard.DUBBO_OR_TEXT)
            if length < 0 or length > limit or (flags & EVENT and length > self._max_event_body):
                self._refuse(flags, request_id, length)
                offset = start
                continue
            end = start + length
            if end > size:
                self._need = end - offset
                break
            body = data[start:end]
            offset = end
            if self._loose:
                self._report_skipped()
            if flags & EVENT:
                append(_event(flags, request_id, body))
            elif flags & REQUEST:
                append(Request(request_id, flags & TWO_WAY != 0, flags & SERIALIZATION_MASK, body))
            else:
                append(Response(request_id, status, flags & SERIALIZATION_MASK, body))
        return offset

    def _refuse(self, flags: int, request_id: int, length: int) -> None:
        """A header whose body is not wanted; the body is skipped without being kept."""
        self._report_skipped()
        if length < 0:
            self._skipped = HEADER_SIZE  # no frame at all: look for the next one
            self._loose = True
        elif length > self._limit:
            self._skip = length
            self._loose = True
            self._events.append(Oversized(request_id, bool(flags & REQUEST), length, self._limit, self.channel))
        else:
            self._discard = length
            self._events.append(RejectedEvent(length, self._max_event_body))

    def _take_text(self, data: bytes, offset: int) -> int:
        """Handle what is no complete frame; returns how many bytes are used up, 0 when more must be read first."""
        size = len(data)
        end = data.find(MAGIC_BYTES, offset)
        if end == offset:
            self._need = HEADER_SIZE
            return 0
        if end < 0:
            # A last DA may be half a magic.
            end = size - 1 if data[-1] == MAGIC_BYTES[0] else size
        if self.state is State.START and not self._loose and data[offset] in _TLS_RECORDS:
            if size - offset < _ENOUGH_TO_TELL:
                end = offset
            elif data[offset + 1] == _TLS_MAJOR:
                self._meet("TLS", f"it began with the bytes {data[offset : offset + 3].hex(' ')}")
                return size - offset
        if end == offset:
            self._need = _ENOUGH_TO_TELL
            return 0
        self._loose = True
        if self._skip:
            step = min(self._skip, end - offset)
            self._skip -= step
            return step
        for item in self._text.feed(data[offset:end]):
            if self.state is State.START:
                if isinstance(item, TelnetLine) and _HTTP_LINE.match(item.text):
                    self._meet("HTTP", f"it began with {item.text[:80]!r}")
                    return size - offset
                self._hear(_Heard.DUBBO_OR_TEXT)
            if self._role is Role.SERVER:
                self._events.append(item)
        if self._role is Role.CLIENT:
            self._skipped += end - offset
        return end - offset

    def _meet(self, name: str, evidence: str) -> None:
        self._hear(_Heard.FOREIGN)
        self._events.append(ForeignProtocol(name, evidence, _ADVICE[name, self._role]))

    def _report_skipped(self) -> None:
        """A frame begins: what was pending before it is lost, except the rest of an oversized body, which was reported."""
        unfinished = self._text.discard()
        skipped = self._skipped + (unfinished if self._role is Role.SERVER else 0)
        self._skipped = self._skip = 0
        self._loose = False
        if skipped:
            self._events.append(Skipped(skipped))

    def send_request(self, request_id: int, body: bytes, *, serialization: int = HESSIAN2, two_way: bool = True) -> bytes:
        """A call's frame. Write it; when `two_way`, expect a `Response` with the same id.

        Raises:
            SerializationError: the body exceeds the payload limit, in Java's words (PRO-30). Nothing may be written.
        """
        if len(body) > self._limit:
            raise SerializationError(self._too_large(len(body)))
        return pack_header(REQUEST | TWO_WAY | serialization if two_way else REQUEST | serialization, 0, request_id, len(body)) + body

    def send_response(self, request_id: int, status: int, body: bytes, *, serialization: int = HESSIAN2, limited: bool = True) -> bytes:
        """The answer to a `Request`.

        Args:
            request_id: the request's.
            status: a `Status`.
            body: a result for `Status.OK`, one text for others.
            serialization: id of the body's serialization.
            limited: False for the text that replaces a body that was too long: it has to get through however small the limit is.

        Raises:
            SerializationError: the body exceeds the payload limit. Answer with `Status.BAD_RESPONSE` and the error's text instead.
        """
        if limited and len(body) > self._limit:
            raise SerializationError(self._too_large(len(body)))
        return pack_header(serialization, status, request_id, len(body)) + body

    def send_heartbeat(self, request_id: int) -> bytes:
        """A heartbeat; expect a `HeartbeatAck`. The id comes from the same counter as those of calls (PRO-5)."""
        return pack_header(REQUEST | TWO_WAY | EVENT | HESSIAN2, 0, request_id, len(HEARTBEAT_BODY)) + HEARTBEAT_BODY

    def send_heartbeat_ack(self, heartbeat: Heartbeat) -> bytes:
        """The answer to a heartbeat, in the peer's own serialization."""
        return pack_header(EVENT | heartbeat.serialization, Status.OK, heartbeat.id, len(heartbeat.body)) + heartbeat.body

    def send_readonly(self, request_id: int) -> bytes:
        """The notice that this provider is about to close (PRO-32). Keep serving what still comes."""
        return pack_header(REQUEST | EVENT | HESSIAN2, 0, request_id, len(READ_ONLY_BODY)) + READ_ONLY_BODY

    def _too_large(self, size: int) -> str:
        return Oversized(0, True, size, self._limit, self.channel).text


def _event(flags: int, request_id: int, body: bytes) -> Event:
    serialization = flags & SERIALIZATION_MASK
    if not flags & REQUEST:
        return HeartbeatAck(request_id)
    if body in _NULLS.get(serialization, ()):
        return Heartbeat(request_id, bool(flags & TWO_WAY), serialization, body)
    if serialization == HESSIAN2 and body == READ_ONLY_BODY:
        return ReadOnly()
    return UnknownEvent(request_id, serialization, body)
