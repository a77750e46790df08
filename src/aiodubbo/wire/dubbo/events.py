"""Events of `DubboConnection`. Each event says what the owner of the connection has to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aiodubbo.wire.record import record
from aiodubbo.wire.telnet import TelnetInterrupt, TelnetLine


@record(frozen=True, slots=True)
class Request:
    """A call. Answer a two-way one exactly once with `send_response`; never a one-way one (PRO-35).

    Attributes:
        id: the caller's number for it; goes back in the answer.
        two_way: the caller waits.
        serialization: id of the body's serialization; unchecked.
        body: see `body.decode_request_head`.
    """

    id: int
    two_way: bool
    serialization: int
    body: bytes


@record(frozen=True, slots=True)
class Response:
    """The answer to a call of ours.

    Attributes:
        id: our number of the call; the caller may have given up waiting.
        status: a `header.Status`, or any other byte.
        serialization: id of the body's serialization; unchecked.
        body: a result when the status is OK (`body.decode_response`), else one text (`body.decode_error`).
    """

    id: int
    status: int
    serialization: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The peer asks whether we live. Answer with `send_heartbeat_ack` when it is two-way (PRO-31)."""

    id: int
    two_way: bool
    serialization: int
    body: bytes


@dataclass(frozen=True, slots=True)
class HeartbeatAck:
    """The peer lives (PRO-34). Nothing to do."""

    id: int


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """The provider is about to close. Send it no new calls (PRO-32)."""


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a kind that Dubbo does not define. Ignore it; it is not answered (PRO-32)."""

    id: int
    serialization: int
    body: bytes


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event with a body that is too long to be honest (PRO-33); it was skipped. Log it."""

    length: int
    limit: int

    def __str__(self) -> str:
        return f"Event data too long, actual size {self.length}, threshold {self.limit} rejected for security consideration."


@dataclass(frozen=True, slots=True)
class Oversized:
    """A frame longer than the payload limit (PRO-30); its body is being skipped.

    A request is not answered. A response ends the call it belongs to with `text`.
    """

    id: int
    is_request: bool
    length: int
    limit: int
    channel: str

    @property
    def text(self) -> str:
        """Java's words for it, to the letter."""
        return f"Data length too large: {self.length}, max payload: {self.limit}, channel: {self.channel}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that were neither a frame nor a line of text, before the next frame (PRO-8). Log it."""

    length: int


@dataclass(frozen=True, slots=True)
class ForeignProtocol:
    """The peer speaks something else. Log `str(event)` and close; further bytes are ignored."""

    name: str
    evidence: str
    advice: str

    def __str__(self) -> str:
        return f"the peer speaks {self.name}, not dubbo ({self.evidence}); {self.advice}"


@dataclass(frozen=True, slots=True)
class ConnectionEnded:
    """The peer sends no more; `missing` bytes of the last frame did not come: 0 at a clean end, -1 when its header was cut."""

    missing: int


Event: TypeAlias = (
    Request
    | Response
    | Heartbeat
    | HeartbeatAck
    | ReadOnly
    | UnknownEvent
    | RejectedEvent
    | Oversized
    | Skipped
    | TelnetLine
    | TelnetInterrupt
    | ForeignProtocol
    | ConnectionEnded
)
