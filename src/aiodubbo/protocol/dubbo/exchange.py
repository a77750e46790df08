"""Calls and answers over one connection (Java: ``HeaderExchangeChannel``, ``HeaderExchangeHandler``).

An `Exchange` is the asyncio protocol of either end. What the bytes mean is left to `DubboConnection`, when they are written to `Writer`,
what waits for an answer to `Calls`, and the silence of the peer to `Heartbeats`. Both ends may call (PRO-36).

Back-pressure: while the peer does not read, `Exchange.call` waits (as part of its timeout), and a server stops reading from that peer, so
that it takes no more work for answers that are not collected. A client always reads; therefore two full buffers cannot block each other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from aiodubbo.errors import SerializationError, ServerError
from aiodubbo.java.classes import CLASSES
from aiodubbo.transport.connection import Complaints, Ends, Writer
from aiodubbo.transport.timer import Signal
from aiodubbo.wire.dubbo import events
from aiodubbo.wire.dubbo.body import encode_error
from aiodubbo.wire.dubbo.connection import DEFAULT_PAYLOAD, DubboConnection, Role
from aiodubbo.wire.dubbo.events import Event, Request, Response
from aiodubbo.wire.dubbo.header import HESSIAN2, Status
from aiodubbo.wire.dubbo.heartbeat import HeartbeatPolicy
from aiodubbo.wire.serialization import serialization_by_id
from aiodubbo.wire.telnet import TelnetInterrupt, TelnetLine, reply

from .calls import Calls, PendingCall, next_request_id
from .heartbeats import Heartbeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.transport.timer import TimerWheel

logger = logging.getLogger(__name__)

_LINGER = 1.0
"""Seconds that a connection that is closed on purpose may take to hand its last bytes to a peer."""

_SHUT_LINGER = 10.0  # the same for a connection that ends by itself


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Limits and habits of one connection.

    Attributes:
        payload: longest body in bytes, both directions; 0 or less: no limit.
        max_pending: calls of ours that may wait at a time, those that wait for room to write included; more is a `LimitExceededError`.
        max_serving: two-way calls of the peer that may be unanswered at a time; more get status 100.
        heartbeat: when to ask a silent peer, and when to give it up.
    """

    payload: int = DEFAULT_PAYLOAD
    max_pending: int = 65_536
    max_serving: int = 65_536
    heartbeat: HeartbeatPolicy = field(default_factory=HeartbeatPolicy)


class Exchange(asyncio.Protocol):
    """Connection as either end sees it; an `aiodubbo.transport.connection.Connection`.

    Attributes:
        peer_is_closing: whether the peer said that it is about to close (PRO-32).
        late_responses: answers that came after their callers had given up.
    """

    def __init__(
        self,
        role: Role,
        wheel: TimerWheel,
        *,
        settings: ExchangeSettings | None = None,
        on_request: RequestHandler | None = None,
        on_made: Callable[[Exchange], None] | None = None,
        on_lost: Callable[[Exchange], None] | None = None,
    ) -> None:
        """Args:
        settings: limits; the defaults when None.
        on_request: is given each call of the peer. It must not block; it calls `respond` once for a two-way request, then or later.
            None: calls of the peer are refused.
        on_made: called when the connection stands.
        on_lost: called when it is gone, after all waiting calls have failed.
        """
        self.role = role
        self.ends = Ends()
        self.connected = False
        self.peer_is_closing = False
        self.late_responses = 0
        self._settings = settings or ExchangeSettings()
        self._now = wheel.now
        self._on_request = on_request
        self._on_made = on_made
        self._on_lost = on_lost
        self._connection = DubboConnection(role, payload=self._settings.payload)
        self._transport: asyncio.Transport | None = None
        self.writer = Writer(wheel, self._give_up)
        self._calls = Calls(wheel, self.writer, self.ends, self._settings.max_pending, self._note_idle)
        self._serving = 0  # two-way requests that are not answered yet
        self._ended_by_peer = False
        self._is_closing = False  # no new calls of ours
        self._idle = Signal(wheel)
        self._lost = Signal(wheel)
        self._complaints = Complaints(wheel)
        self.last_request = wheel.now()
        self._heartbeats = Heartbeats(wheel, self._settings.heartbeat, self.writer, send=self._send_heartbeat, give_up=self._give_up)

    def __repr__(self) -> str:
        return f"<Exchange {self.role.value} {self.ends}{'' if self.connected else ' closed'}>"

    @property
    def outstanding(self) -> int:
        """Calls in either direction that are not answered yet."""
        return len(self._calls) + self._serving

    async def call(self, body: bytes, *, timeout: float) -> Response:
        """Send a request and wait for its answer, whatever the status.

        A cancelled caller leaves nothing behind; the peer still runs the call.

        Args:
            body: see `aiodubbo.wire.dubbo.body.encode_request`.
            timeout: seconds for everything, waiting for room to write included.

        Raises:
            NetworkError: not connected, closing, or the connection was lost meanwhile.
            CallTimeoutError: no answer in time.
            LimitExceededError: too many calls wait already. Nothing was sent.
            SerializationError: the body exceeds the payload limit. Nothing was sent.
            ServerError: the answer exceeds the payload limit.
        """
        calls = self._calls
        calls.admit(self.connected)
        queued = 0.0 if self.writer.is_writable else await self._wait_for_room(timeout)
        request_id = next_request_id()
        frame = self._connection.send_request(request_id, body)
        pending = PendingCall(calls, request_id, len(body), queued, timeout)
        self.writer.send(frame)
        try:
            return await pending.future
        finally:
            pending.slot.discard(pending)
            calls.pending.pop(request_id, None)
            if self._is_closing:
                self._note_idle()

    async def call_one_way(self, body: bytes, *, timeout: float) -> None:
        """Send a request that is not answered (PRO-35); returns once it was handed on for writing. Arguments and errors as for `call`."""
        self._calls.admit(self.connected)
        if not self.writer.is_writable:
            await self._wait_for_room(timeout)
        self.writer.send(self._connection.send_request(next_request_id(), body, two_way=False))

    async def _wait_for_room(self, timeout: float) -> float:
        elapsed = await self._calls.wait_for_room(timeout)
        if not self.connected:
            raise self._calls.lost("not sent yet")
        return elapsed

    def respond(self, request: Request, status: int, body: bytes) -> None:
        """Answer a two-way request of the peer, exactly once. A peer that is gone gets nothing.

        An answer longer than the payload limit is replaced by status 50 with Java's text (PRO-30).
        """
        self._serving -= 1
        if self.connected:
            try:
                frame = self._connection.send_response(request.id, status, body)
            except SerializationError as error:
                logger.warning("answer to request %d of %s: %s", request.id, self.ends.peer, error)
                frame = self._connection.send_response(request.id, Status.BAD_RESPONSE, _error_body(str(error)), limited=False)
            self.writer.send(frame)
        if not self._serving:
            if self._ended_by_peer:
                self.shut("the peer closed its side, and everything is answered")
            if self._is_closing:
                self._note_idle()

    def respond_error(self, request: Request, status: int, text: str) -> None:
        """Answer with an error status and its text (PRO-14); written in Hessian 2, which every peer reads."""
        self.respond(request, status, _error_body(text))

    def announce_close(self) -> None:
        """Tell the peer that this provider is about to close, so that it stops calling (PRO-32)."""
        if self.connected:
            self.writer.send(self._connection.send_readonly(next_request_id()))

    async def close(self, wait: float = 0.0) -> None:
        """Refuse new calls of ours, wait at most `wait` seconds for those under way in either direction (PRO-113), close."""
        self._is_closing = True
        self._calls.refuse()
        if wait > 0 and self.outstanding and self.connected:
            await self._idle.wait(wait)
        self.shut("this side closed it")
        if not await self._lost.wait(_LINGER):
            self.abort("this side closed it, and the peer did not read the rest")
            await self._lost.wait()

    def shut(self, reason: str) -> None:
        """Close now, but hand over what was sent."""
        if self._transport is None:
            self._lost.set()  # it never stood, or is gone already
        elif not self._transport.is_closing():
            self.ends.reason = reason
            self.writer.flush()
            self.connected = False
            self._transport.close()
            self._heartbeats.close_within(_SHUT_LINGER)

    def abort(self, reason: str) -> None:
        """Close at once; unsent bytes are lost."""
        if self._transport is not None:
            self.ends.reason = reason
            self.connected = False
            self._transport.abort()

    def _note_idle(self) -> None:
        if not self.outstanding:
            self._idle.set()

    def _give_up(self, reason: str) -> None:
        if not self.connected:  # it is being closed already, and that takes too long
            if self._transport is not None:
                self._transport.abort()
        else:
            logger.warning("Close connection %s - %s: %s", self.ends.local, self.ends.peer, reason)
            self.abort(reason)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start: the connection stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not subclasses
        self.ends.take_from(transport)
        channel = f"NettyChannel [channel=[id: 0x{secrets.token_hex(4)}, L:/{self.ends.local} - R:/{self.ends.peer}]]"
        self._connection.channel = self.ends.channel = channel
        self.connected = True
        self.writer.open(self._transport)
        self._heartbeats.start()
        self.last_request = self._heartbeats.last_read
        if self._on_made is not None:
            self._on_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End everything that waits: the connection is gone (PRO-76)."""
        if exc is not None:
            self.ends.reason = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
        self.connected = False
        self._transport = None
        self._heartbeats.stop()
        self._calls.lose_all(exc)
        self.writer.close()
        self._lost.set()
        self._idle.set()
        if self._on_lost is not None:
            self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Handle every whole frame, then write all answers given meanwhile."""
        self._heartbeats.last_read = self._now()
        connection = self._connection
        connection.receive_data(data)
        before = self.writer.gather()
        for event in connection.events():
            if type(event) is Response:
                self._take_response(event)
            elif type(event) is Request:
                self._take_request(event)
            else:
                self._take_other(event)
        self.writer.release(before)

    def eof_received(self) -> bool:
        """Note that the peer sends no more. A server still answers what it was asked."""
        self._connection.receive_eof()
        for event in self._connection.events():
            self._take_other(event)
        self._ended_by_peer = True
        self.writer.flush()
        is_tls = self._transport is not None and self._transport.get_extra_info("sslcontext") is not None
        if self.role is Role.SERVER and self._serving > 0 and not is_tls:  # TLS has no half-closed connections
            return True
        self.shut(self.ends.reason)
        return False

    def pause_writing(self) -> None:
        """Send no more calls, and as a server read none: the peer does not read as fast as we write."""
        self.writer.pause()
        if self.role is Role.SERVER and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on: the peer has caught up."""
        self.writer.resume()
        if self.role is Role.SERVER and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _take_response(self, response: Response) -> None:
        pending = self._calls.pending.pop(response.id, None)
        if pending is not None:
            if not pending.future.done():
                pending.future.set_result(response)
        else:
            self.late_responses += 1
            logger.debug("The timeout response finally returned: request %d, from %s", response.id, self.ends.peer)

    def _take_request(self, request: Request) -> None:
        self.last_request = self._heartbeats.last_read
        if request.two_way:
            self._serving += 1
            if self._serving > self._settings.max_serving:
                text = f"Server side({self.ends.local}) has {self._settings.max_serving} unanswered requests of {self.ends.peer} already"
                self.respond_error(request, Status.SERVER_THREADPOOL_EXHAUSTED_ERROR, text)
                return
        if self._on_request is None:
            self.complain("it sent a request, but nothing is served on this connection")
            if request.two_way:
                self.respond_error(request, Status.SERVICE_NOT_FOUND, f"nothing is served on this connection ({self.ends.local})")
            return
        try:
            self._on_request(self, request)
        except Exception as error:
            # A handler that fails has no answer to give; the caller must not wait for it, nor the connection die of it.
            logger.exception("the handler of requests failed on request %d of %s", request.id, self.ends.peer)
            if request.two_way:
                self.respond_error(request, Status.SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _take_other(self, event: Event) -> None:
        match event:
            case events.Heartbeat(two_way=True):
                self.writer.send(self._connection.send_heartbeat_ack(event))
            case events.HeartbeatAck() | events.Heartbeat():
                pass
            case events.ReadOnly():
                logger.info("%s is about to close; no more calls go there", self.ends.peer)
                self.peer_is_closing = True
            case events.Oversized(is_request=True):
                self.complain(f"its request {event.id} was dropped, the caller will time out: {event.text}")
            case events.Oversized():
                pending = self._calls.pending.pop(event.id, None)
                if pending is not None:
                    pending.fail(ServerError(event.text, status=Status.CLIENT_ERROR))
            case events.RejectedEvent():
                self.complain(str(event))
            case events.UnknownEvent():
                logger.debug("%s sent an unknown event: %r", self.ends.peer, event.body)
            case events.Skipped():
                self.complain(f"it sent {event.length} bytes that belong to no frame; skipped")
            case TelnetLine():
                word = event.text.split(" ", 1)[0]
                self.writer.send(reply(f"Unsupported command: {word}" if word else ""))
            case TelnetInterrupt():
                self.shut("Ctrl-C was typed")
            case events.ForeignProtocol():
                logger.warning("Close connection %s - %s: %s", self.ends.local, self.ends.peer, event)
                self.shut(str(event))
            case events.ConnectionEnded():
                if event.missing:
                    amount = f"{event.missing} bytes" if event.missing > 0 else "part of the header"
                    self.ends.reason = f"the peer closed the connection in the middle of a frame, {amount} missing"
                    logger.warning("%s: %s", self.ends.peer, self.ends.reason)
            case _:
                raise AssertionError(f"calls and answers are handled elsewhere: {event}")

    def complain(self, fault: str) -> None:
        """Log what is wrong with the peer or its requests; at most `_MAX_COMPLAINTS` times in a minute."""
        self._complaints.log(self.ends.peer, fault)

    def _send_heartbeat(self) -> None:
        self.writer.send(self._connection.send_heartbeat(next_request_id()))


RequestHandler: TypeAlias = "Callable[[Exchange, Request], None]"
"""Takes each call of the peer, see `Exchange`."""


def _error_body(text: str) -> bytes:
    return encode_error(serialization_by_id(HESSIAN2).encoder(CLASSES), text)
