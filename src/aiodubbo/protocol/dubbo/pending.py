"""A call that waits for its answer (Java: ``DefaultFuture``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aiodubbo.errors import CallTimeoutError, NetworkError

if TYPE_CHECKING:
    import asyncio

    from aiodubbo.wire.dubbo.events import Response

    from .exchange import Exchange


class PendingCall:
    """A request that was handed on for writing. As a timer it ends the call unanswered.

    Attributes:
        future: what the caller waits for.
    """

    __slots__ = ("_exchange", "_id", "_queued", "_sent_at", "_size", "_timeout", "future")

    def __init__(
        self,
        exchange: Exchange,
        request_id: int,
        size: int,
        sent_at: float,
        queued: float,
        timeout: float,
        future: asyncio.Future[Response],
    ) -> None:
        """Args:
        exchange: the connection.
        request_id: number of the request.
        size: length of its body.
        sent_at: when it was handed on, by the exchange's clock.
        queued: seconds that it had waited for room before.
        timeout: seconds that the caller gave, waiting for room included.
        future: what the caller waits for.
        """
        self._exchange = exchange
        self._id = request_id
        self._size = size
        self._sent_at = sent_at
        self._queued = queued
        self._timeout = timeout
        self.future = future

    def __str__(self) -> str:
        return f"Request [id={self._id}, twoWay=true, {self._size} bytes]"

    def expire(self) -> None:
        """The time is over (PRO-75)."""
        if self.future.done():
            return
        exchange = self._exchange
        served = exchange.now() - self._sent_at
        self.future.set_exception(
            CallTimeoutError(
                f"Waiting server-side response timeout by scan timer. {_period(self._queued + served)}, "
                f"client elapsed: {self._queued * 1000:.0f} ms, server elapsed: {served * 1000:.0f} ms, "
                f"timeout: {self._timeout * 1000:.0f} ms, request: {self}, channel: {exchange.local} -> {exchange.peer}"
            )
        )


def unsent_error(exchange: Exchange, elapsed: float, timeout: float) -> CallTimeoutError:
    """A call that found no room to be written in time."""
    return CallTimeoutError(
        f"Sending request timeout in client-side by scan timer. {_period(elapsed)}, client elapsed: {elapsed * 1000:.0f} ms, "
        f"timeout: {timeout * 1000:.0f} ms, channel: {exchange.local} -> {exchange.peer}"
    )


def lost_error(exchange: Exchange, what: object) -> NetworkError:
    """A call whose connection is gone (PRO-76)."""
    return NetworkError(
        f"Channel {exchange.channel} is inactive. Directly return the unFinished request : {what} (peer {exchange.peer}: {exchange.reason})"
    )


def _period(elapsed: float) -> str:
    """Java's words for something that took `elapsed` seconds and ends now."""
    end = datetime.now()
    return f"start time: {_stamp(end - timedelta(seconds=elapsed))}, end time: {_stamp(end)}"


def _stamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds")
