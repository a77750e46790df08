"""Calls of this end that wait for their answers (Java: ``DefaultFuture``)."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiodubbo.errors import CallTimeoutError, LimitExceededError, NetworkError
from aiodubbo.wire.dubbo.header import MAX_REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.transport.connection import Ends, Writer
    from aiodubbo.transport.timer import Slot, TimerWheel
    from aiodubbo.wire.dubbo.events import Response

_ids = itertools.count()


def next_request_id() -> int:
    """The next number of the process-wide counter of requests, heartbeats included; wraps to negative like Java's long (PRO-5)."""
    number = next(_ids)
    return number if number <= MAX_REQUEST_ID else (number + MAX_REQUEST_ID + 1) % (2 * (MAX_REQUEST_ID + 1)) - MAX_REQUEST_ID - 1


class PendingCall:
    """A request that was handed on for writing. As a timer it ends the call unanswered.

    Attributes:
        future: the answer.
        slot: its place in the wheel.
    """

    __slots__ = ("_calls", "_queued", "_sent_at", "_size", "_timeout", "future", "id", "slot")

    def __init__(self, calls: Calls, request_id: int, size: int, queued: float, timeout: float) -> None:
        """Begin to wait, before the request is sent; the caller removes the call from slot and `Calls.pending` in the end.

        Args:
        size: length of the request's body.
        queued: seconds that it had waited for room before.
        timeout: the caller's seconds, waiting for room included.
        """
        self._calls = calls
        self.id = request_id
        self._size = size
        self._sent_at = sent_at = calls.now()
        self._queued = queued
        self._timeout = timeout
        self.future: asyncio.Future[Response] = calls.loop.create_future()
        self.slot: Slot = calls.wheel.add_at(self, sent_at + timeout - queued)
        calls.pending[request_id] = self

    def __str__(self) -> str:
        return f"Request [id={self.id}, twoWay=true, {self._size} bytes]"

    def fail(self, error: Exception) -> None:
        """End the call with an error."""
        if not self.future.done():
            self.future.set_exception(error)

    def expire(self) -> None:
        """End the call because its time is over (PRO-75)."""
        calls, ends = self._calls, self._calls.ends
        served = calls.now() - self._sent_at
        self.fail(
            CallTimeoutError(
                f"Waiting server-side response timeout by scan timer. {_period(self._queued + served)}, "
                f"client elapsed: {self._queued * 1000:.0f} ms, server elapsed: {served * 1000:.0f} ms, "
                f"timeout: {self._timeout * 1000:.0f} ms, request: {self}, channel: {ends.local} -> {ends.peer}"
            )
        )


class Calls:
    """All calls of one connection's own end.

    Args:
        limit: calls that may wait at a time, those that wait for room to write included.
        on_idle: called when, after `refuse`, nothing waits any more.

    Attributes:
        pending: calls by number of the request.
    """

    __slots__ = ("_is_refusing", "_limit", "_on_idle", "_waiting", "_writer", "ends", "loop", "now", "pending", "wheel")

    def __init__(self, wheel: TimerWheel, writer: Writer, ends: Ends, limit: int, on_idle: Callable[[], None]) -> None:
        self.ends = ends
        self.now = wheel.now
        self.pending: dict[int, PendingCall] = {}
        self.wheel = wheel
        self._writer = writer
        self._limit = limit
        self._on_idle = on_idle
        self.loop = asyncio.get_running_loop()
        self._waiting = 0  # for room to write
        self._is_refusing = False

    def __len__(self) -> int:
        return len(self.pending) + self._waiting

    def admit(self, connected: bool) -> None:
        """Check that a new call may be made.

        Raises:
            NetworkError: not connected, or closing.
            LimitExceededError: too many calls wait already.
        """
        if self._is_refusing or not connected:
            raise NetworkError(f"Failed to send request to {self.ends.peer}, cause: The channel {self.ends.channel} is closed!")
        if len(self.pending) + self._waiting >= self._limit:
            raise LimitExceededError(
                f"{self._limit} calls wait for {self.ends.peer} on one connection already; slow down, add connections, or raise max_pending"
            )

    async def wait_for_room(self, timeout: float) -> float:
        """Wait until the peer reads again or the connection is gone; returns the seconds that it took.

        Raises:
            CallTimeoutError: it took too long.
        """
        started = self.now()
        elapsed = 0.0
        self._waiting += 1
        try:
            # Again and again, because those who were woken before this one may have filled the room.
            while not self._writer.is_writable:
                if elapsed >= timeout:
                    raise CallTimeoutError(
                        f"Sending request timeout in client-side by scan timer. {_period(elapsed)}, "
                        f"client elapsed: {elapsed * 1000:.0f} ms, timeout: {timeout * 1000:.0f} ms, "
                        f"channel: {self.ends.local} -> {self.ends.peer}"
                    )
                await self._writer.wait(timeout - elapsed)
                elapsed = self.now() - started
        finally:
            self._waiting -= 1
            self._note_idle()
        return min(elapsed, timeout)

    def refuse(self) -> None:
        """Admit no new call; those under way go on (PRO-113)."""
        self._is_refusing = True

    def lose_all(self, cause: Exception | None) -> None:
        """Fail all calls: the connection is gone (PRO-76)."""
        for pending in list(self.pending.values()):
            error = self.lost(pending)
            error.__cause__ = cause
            pending.fail(error)

    def lost(self, what: object) -> NetworkError:
        """The error of a call whose connection is gone."""
        ends = self.ends
        return NetworkError(
            f"Channel {ends.channel} is inactive. Directly return the unFinished request : {what} (peer {ends.peer}: {ends.reason})"
        )

    def _note_idle(self) -> None:
        if self._is_refusing and not self:
            self._on_idle()


def _period(elapsed: float) -> str:
    """Java's words for what took `elapsed` seconds and ends now."""
    end = datetime.now()
    return f"start time: {_stamp(end - timedelta(seconds=elapsed))}, end time: {_stamp(end)}"


def _stamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")
