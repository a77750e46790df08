"""Calls and answers over one connection (Java: ``HeaderExchangeChannel``, ``DefaultFuture``, ``HeaderExchangeHandler``).

An `Exchange` is the asyncio protocol of either end; what the bytes mean is left to `DubboConnection`. Both ends may call (PRO-36).

Writes are gathered: everything sent while one read is handled, or within one turn of the loop, goes out in one ``write``. With several
calls in flight that halves what a call costs.

Back-pressure: while the peer does not read, `Exchange.call` waits (as part of its timeout), and a server stops reading from that peer, so
that it takes no more work for answers nobody collects. A client always reads; therefore two full buffers cannot block each other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, TypeAlias, cast

from aiodubbo.errors import LimitExceededError, NetworkError, SerializationError, ServerError
from aiodubbo.java.classes import CLASSES
from aiodubbo.transport.address import format_address
from aiodubbo.transport.timer import Signal
from aiodubbo.wire.dubbo.body import encode_error
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
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
    TelnetInterrupt,
    TelnetLine,
    UnknownEvent,
)
from aiodubbo.wire.dubbo.header import HESSIAN2, Status
from aiodubbo.wire.dubbo.heartbeat import HeartbeatClock, Verdict
from aiodubbo.wire.serialization import serialization_by_id
from aiodubbo.wire.telnet import reply

from .pending import PendingCall, lost_error, unsent_error
from .request_ids import next_request_id
from .settings import ExchangeSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.transport.timer import Slot, TimerWheel

__all__ = ["Exchange", "ExchangeSettings", "RequestHandler"]

_log = logging.getLogger(__name__)

_FLUSH_AT = 256 * 1024
"""Gathered bytes that are written at once, so that the transport can ask us to slow down."""

_LINGER = 1.0
"""Seconds that a connection that is closed on purpose may take to hand its last bytes to a peer."""

_SHUT_LINGER = 10.0
"""The same for a connection that ends by itself, and that nobody waits for."""

_MOST_UNREAD = 64 * 1024 * 1024
"""Bytes that may wait for a peer to read them before any more makes it a dead one. Who heeds `Exchange.room` stays far below."""

_MOST_COMPLAINTS = 10
"""Warnings about one peer in a minute; a peer that makes more faults must not fill the disk with them."""


class Exchange(asyncio.Protocol):
    """One connection, as either end sees it.

    Attributes:
        role: which end this is.
        peer: the other end's ``host:port``, "?" until connected.
        local: this end's.
        connected: whether bytes can be sent.
        readonly: whether the peer said that it is about to close (PRO-32).
        reason: why the connection is gone, or will be said to be gone.
        late_responses: answers that came when nobody waited any more.
        last_request: when the peer last called, by the wheel's clock.
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
        role: which end this is.
        wheel: the loop's timers.
        settings: limits; the defaults when None.
        on_request: is given each call of the peer. It must not block; it calls `respond` once for a two-way request, then or later.
            None: the peer must not call; it is told so.
        on_made: called when the connection stands.
        on_lost: called when it is gone, after all waiting calls have failed.
        """
        self.role = role
        self.peer = self.local = "?"
        self.connected = False
        self.readonly = False
        self.late_responses = 0
        self._settings = settings or ExchangeSettings()
        self._wheel = wheel
        self._time = wheel.time
        self._on_request = on_request
        self._on_made = on_made
        self._on_lost = on_lost
        self._connection = DubboConnection(role, payload=self._settings.payload)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._pending: dict[int, PendingCall] = {}
        self._waiting = 0  # calls that wait for room to write
        self._serving = 0  # two-way requests that are not answered yet
        self._out: list[bytes] = []
        self._out_size = 0
        self._gathering = False  # a flush is certain to come
        self._writable = Signal(wheel, is_set=True)
        self._turn = asyncio.Lock()  # of those who wait for room to answer
        self._refusing = False  # no new calls of ours
        self._ended_by_peer = False
        self._is_tls = False
        self._complaints = 0
        self._complaints_end = 0.0
        self.reason = "the peer closed the connection"
        self._idle = Signal(wheel)
        self._lost = Signal(wheel)
        now = self._time()
        self.last_request = now
        self._clock = HeartbeatClock(self._settings.heartbeat, is_server=role is Role.SERVER, now=now)
        self._timer = _ExchangeTimer(self)
        self._timer_slot: Slot | None = None

    def __repr__(self) -> str:
        return f"<Exchange {self.role.value} {self.local} - {self.peer}{'' if self.connected else ' closed'}>"

    @property
    def channel(self) -> str:
        """How Java names such a connection in its texts."""
        return self._connection.channel

    def now(self) -> float:
        """The wheel's clock."""
        return self._time()

    @property
    def writable(self) -> bool:
        """Whether the peer reads as fast as we write; if not, wait for `room`."""
        return self._writable.is_set()

    async def room(self) -> None:
        """Return once there is room to write, or the connection is gone; one after the other, because each may fill it."""
        async with self._turn:
            while not self._writable.is_set():
                await self._writable.wait()

    @property
    def outstanding(self) -> int:
        """Calls in either direction that are not answered yet."""
        return len(self._pending) + self._waiting + self._serving

    # ------------------------------------------------------------------------------------------------ calling

    async def call(self, body: bytes, *, timeout: float, serialization: int = HESSIAN2) -> Response:
        """Send a request and wait for its answer, whatever the status.

        A cancelled caller leaves nothing behind; the peer still runs the call.

        Args:
            body: see `aiodubbo.wire.dubbo.body.encode_request`.
            timeout: seconds for everything, waiting for room to write included.
            serialization: id of the body's serialization.

        Raises:
            NetworkError: not connected, closing, or the connection was lost meanwhile.
            CallTimeoutError: no answer in time.
            LimitExceededError: too many calls wait already. Nothing was sent.
            SerializationError: the body exceeds the payload limit. Nothing was sent.
            ServerError: the answer exceeds the payload limit.
        """
        self._admit()
        queued = 0.0
        if not self._writable.is_set():
            queued = await self._wait_for_room(timeout)
        request_id = next_request_id()
        frame = self._connection.send_request(request_id, body, serialization=serialization)
        pending = PendingCall(self, request_id, len(body), self._time(), queued, timeout, self._loop.create_future())
        self._pending[request_id] = pending
        slot = self._wheel.add(pending, timeout - queued)
        self._send(frame)
        try:
            return await pending.future
        finally:
            slot.discard(pending)
            self._pending.pop(request_id, None)
            if self._refusing:
                self._note_idle()

    async def call_one_way(self, body: bytes, *, timeout: float, serialization: int = HESSIAN2) -> None:
        """Send a request that is not answered (PRO-35); returns once it was handed on for writing. Arguments and errors as for `call`."""
        self._admit()
        if not self._writable.is_set():
            await self._wait_for_room(timeout)
        self._send(self._connection.send_request(next_request_id(), body, serialization=serialization, two_way=False))

    def _admit(self) -> None:
        if self._refusing or not self.connected:
            raise NetworkError(f"Failed to send request to {self.peer}, cause: The channel {self.channel} is closed!")
        if len(self._pending) + self._waiting >= self._settings.max_pending:
            raise LimitExceededError(
                f"{self._settings.max_pending} calls wait for {self.peer} on one connection already; "
                "slow down, add connections, or raise max_pending"
            )

    async def _wait_for_room(self, timeout: float) -> float:
        """Wait until the peer reads again; returns the seconds that it took."""
        started = self._time()
        elapsed = 0.0
        self._waiting += 1
        try:
            # Again and again, because those who were woken before this one may have filled the room.
            while not self._writable.is_set():
                if elapsed >= timeout:
                    raise unsent_error(self, elapsed, timeout)
                await self._writable.wait(timeout - elapsed)
                elapsed = self._time() - started
        finally:
            self._waiting -= 1
            if self._refusing:
                self._note_idle()
        if not self.connected:
            raise lost_error(self, "not sent yet")
        return min(elapsed, timeout)

    # ------------------------------------------------------------------------------------------------ serving

    def respond(self, request: Request, status: int, body: bytes, *, serialization: int = HESSIAN2) -> None:
        """Answer a two-way request of the peer, exactly once. A peer that is gone gets nothing.

        An answer longer than the payload limit is replaced by status 50 with Java's text (PRO-30).
        """
        self._serving -= 1
        if self.connected:
            try:
                frame = self._connection.send_response(request.id, status, body, serialization=serialization)
            except SerializationError as error:
                _log.warning("answer to request %d of %s: %s", request.id, self.peer, error)
                frame = self._connection.send_response(request.id, Status.BAD_RESPONSE, _error_body(str(error)), limited=False)
            self._send(frame)
        if not self._serving:
            if self._ended_by_peer:
                self.shut("the peer closed its side, and everything is answered")
            if self._refusing:
                self._note_idle()

    def respond_error(self, request: Request, status: int, text: str) -> None:
        """Answer with an error status and its text (PRO-14); written in Hessian 2, which every peer reads."""
        self.respond(request, status, _error_body(text))

    def send_readonly(self) -> None:
        """Tell the peer that this provider is about to close, so that it stops calling (PRO-32)."""
        if self.connected:
            self._send(self._connection.send_readonly(next_request_id()))

    # ------------------------------------------------------------------------------------------------ closing

    def refuse_calls(self) -> None:
        """Let nobody start a new call of ours; those under way go on (PRO-113)."""
        self._refusing = True

    async def close(self, wait: float = 0.0) -> None:
        """Refuse new calls, wait at most `wait` seconds for those under way in either direction, close."""
        self.refuse_calls()
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
            self.reason = reason
            self._flush()
            self.connected = False
            self._transport.close()
            self._set_timer(_SHUT_LINGER)

    def abort(self, reason: str) -> None:
        """Close at once; unsent bytes are lost."""
        if self._transport is not None:
            self.reason = reason
            self.connected = False
            self._transport.abort()

    async def wait_lost(self) -> None:
        """Return once the connection is gone."""
        await self._lost.wait()

    def _note_idle(self) -> None:
        if not self.outstanding:
            self._idle.set()

    # ----------------------------------------------------------------------------------- what asyncio tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not subclasses
        self.local = format_address(transport.get_extra_info("sockname"))
        self.peer = format_address(transport.get_extra_info("peername"))
        self._connection.channel = f"NettyChannel [channel=[id: 0x{secrets.token_hex(4)}, L:/{self.local} - R:/{self.peer}]]"
        self._is_tls = transport.get_extra_info("sslcontext") is not None
        self.connected = True
        self._clock.last_read = self._clock.last_write = self.last_request = self._time()
        self._await_deadline()
        if self._on_made is not None:
            self._on_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: everybody who waits learns it now (PRO-76)."""
        if exc is not None:
            self.reason = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
        self.connected = False
        self._transport = None
        self._out.clear()
        if self._timer_slot is not None:
            self._timer_slot.discard(self._timer)
        for pending in list(self._pending.values()):
            if not pending.future.done():
                error = lost_error(self, pending)
                error.__cause__ = exc
                pending.future.set_exception(error)
        self._writable.set()
        self._lost.set()
        self._idle.set()
        if self._on_lost is not None:
            self._on_lost(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came: handle every whole frame, then write all answers given meanwhile."""
        self._clock.last_read = self._time()
        connection = self._connection
        connection.receive_data(data)
        gathering, self._gathering = self._gathering, True
        for event in connection.events():
            if type(event) is Response:
                self._take_response(event)
            elif type(event) is Request:
                self._take_request(event)
            else:
                self._take_other(event)
        self._gathering = gathering
        if self._out:
            self._flush()

    def eof_received(self) -> bool:
        """The peer sends no more. A server still answers what it was asked."""
        self._connection.receive_eof()
        for event in self._connection.events():
            self._take_other(event)
        self._ended_by_peer = True
        self._flush()
        if self.role is Role.SERVER and self._serving > 0 and not self._is_tls:  # TLS has no half-closed connections
            return True
        self.shut(self.reason)
        return False

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write."""
        self._writable.clear()
        if self.role is Role.SERVER and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._writable.set()
        if self.role is Role.SERVER and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # ------------------------------------------------------------------------------------------------- events

    def _take_response(self, response: Response) -> None:
        pending = self._pending.pop(response.id, None)
        if pending is None:
            self._note_late(response.id)
        elif not pending.future.done():
            pending.future.set_result(response)

    def _take_request(self, request: Request) -> None:
        self.last_request = self._clock.last_read
        if request.two_way:
            self._serving += 1
            if self._serving > self._settings.max_serving:
                text = f"Server side({self.local}) has {self._settings.max_serving} unanswered requests of {self.peer} already"
                self.respond_error(request, Status.SERVER_THREADPOOL_EXHAUSTED_ERROR, text)
                return
        if self._on_request is None:
            self.complain("it sent a request, but nothing is served on this connection")
            if request.two_way:
                self.respond_error(request, Status.SERVICE_NOT_FOUND, f"nothing is served on this connection ({self.local})")
            return
        try:
            self._on_request(self, request)
        except Exception as error:  # noqa: BLE001 - whatever it is
            # A handler that fails has no answer to give; the caller must not wait for it, nor the connection die of it.
            _log.exception("the handler of requests failed on request %d of %s", request.id, self.peer)
            if request.two_way:
                self.respond_error(request, Status.SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _take_other(self, event: Event) -> None:
        match event:
            case Heartbeat(two_way=True):
                self._send(self._connection.send_heartbeat_ack(event))
            case HeartbeatAck() | Heartbeat():
                pass
            case ReadOnly():
                _log.info("%s is about to close; no more calls go there", self.peer)
                self.readonly = True
            case Oversized(is_request=True):
                self.complain(f"its request {event.id} was dropped, the caller will time out: {event.text}")
            case Oversized():
                pending = self._pending.pop(event.id, None)
                if pending is not None and not pending.future.done():
                    pending.future.set_exception(ServerError(event.text, status=Status.CLIENT_ERROR))
            case RejectedEvent():
                self.complain(str(event))
            case UnknownEvent():
                _log.debug("%s sent an unknown event: %r", self.peer, event.body)
            case Skipped():
                self.complain(f"it sent {event.length} bytes that belong to no frame; skipped")
            case TelnetLine():
                word = event.text.split(" ", 1)[0]
                self._send(reply(f"Unsupported command: {word}" if word else ""))
            case TelnetInterrupt():
                self.shut("Ctrl-C was typed")
            case ForeignProtocol():
                _log.warning("Close connection %s - %s: %s", self.local, self.peer, event)
                self.shut(str(event))
            case ConnectionEnded():
                if event.missing:
                    amount = f"{event.missing} bytes" if event.missing > 0 else "part of the header"
                    self.reason = f"the peer closed the connection in the middle of a frame, {amount} missing"
                    _log.warning("%s: %s", self.peer, self.reason)
            case _:
                raise AssertionError(f"calls and answers are handled elsewhere: {event}")

    def complain(self, fault: str) -> None:
        """Log what is wrong with the peer or its requests; at most `_MOST_COMPLAINTS` times in a minute."""
        now = self._time()
        if now >= self._complaints_end:
            self._complaints, self._complaints_end = 0, now + 60.0
        self._complaints += 1
        if self._complaints <= _MOST_COMPLAINTS:
            last = "; further faults are not logged for a minute" if self._complaints == _MOST_COMPLAINTS else ""
            _log.warning("%s: %s%s", self.peer, fault, last)

    def _note_late(self, request_id: int) -> None:
        self.late_responses += 1
        _log.debug("The timeout response finally returned: request %d, from %s", request_id, self.peer)

    # ------------------------------------------------------------------------------------------------ writing

    def _send(self, frame: bytes) -> None:
        self._out.append(frame)
        self._out_size += len(frame)
        if self._out_size > _FLUSH_AT:
            self._flush()
        elif not self._gathering:
            self._gathering = True
            self._loop.call_soon(self._flush_gathered)

    def _flush_gathered(self) -> None:
        self._gathering = False
        self._flush()

    def _flush(self) -> None:
        out = self._out
        if not out or self._transport is None:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        self._out_size = 0
        if not self._writable.is_set() and self._transport.get_write_buffer_size() > _MOST_UNREAD:
            if self.connected:
                self._give_up("it does not read what is sent to it")
            return
        self._clock.last_write = self._time()
        self._transport.write(data)

    # ------------------------------------------------------------------------------------------------- timer

    def _set_timer(self, delay: float) -> None:
        if self._timer_slot is not None:
            self._timer_slot.discard(self._timer)
        self._timer_slot = self._wheel.add(self._timer, delay)

    def _await_deadline(self) -> None:
        deadline = self._clock.next_deadline()
        if deadline is not None:
            self._set_timer(max(0.0, deadline - self._time()))

    def on_timer(self) -> None:
        """Send a heartbeat, give the peer up, or end a close that takes too long: whatever is due."""
        if not self.connected:
            if self._transport is not None:
                self._transport.abort()
            return
        verdict = self._clock.check(self._time())
        if verdict is Verdict.GIVE_UP:
            self._give_up(f"nothing was heard for {self._settings.heartbeat.timeout:g} s")
            return
        if verdict is Verdict.SEND:
            self._send(self._connection.send_heartbeat(next_request_id()))
        self._await_deadline()

    def _give_up(self, why: str) -> None:
        _log.warning("Close connection %s - %s: %s", self.local, self.peer, why)
        self.abort(why)


class _ExchangeTimer:
    """The one timer of an exchange."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def expire(self) -> None:
        self._exchange.on_timer()


RequestHandler: TypeAlias = "Callable[[Exchange, Request], None]"
"""Is given each call of the peer, see `Exchange`."""


def _error_body(text: str) -> bytes:
    return encode_error(serialization_by_id(HESSIAN2).encoder(CLASSES), text)
