"""The timer of one connection: heartbeats, the end of a silent peer, the end of a close that takes too long (PRO-74)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.wire.dubbo.heartbeat import HeartbeatClock, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.transport.connection import Writer
    from aiodubbo.transport.timer import Slot, TimerWheel
    from aiodubbo.wire.dubbo.heartbeat import HeartbeatPolicy


class Heartbeats:
    """Watches over one connection while it stands, and over its closing.

    Args:
        writer: knows when bytes were last written.
        send: sends a heartbeat.
        give_up: called with the reason when the peer is to be given up, or a close is to be cut short.

    Attributes:
        last_read: when bytes last came, by the wheel's clock.
    """

    __slots__ = ("_clock", "_give_up", "_is_closing", "_policy", "_send", "_slot", "_wheel", "_writer", "last_read")

    def __init__(
        self,
        wheel: TimerWheel,
        policy: HeartbeatPolicy,
        writer: Writer,
        *,
        send: Callable[[], None],
        give_up: Callable[[str], None],
    ) -> None:
        self.last_read = wheel.now()
        self._wheel = wheel
        self._policy = policy
        self._writer = writer
        self._send = send
        self._give_up = give_up
        self._clock = HeartbeatClock(policy, now=self.last_read)
        self._slot: Slot | None = None
        self._is_closing = False

    def start(self) -> None:
        """Begin: the connection stands."""
        self.last_read = self._wheel.now()
        self._await_deadline()

    def close_within(self, seconds: float) -> None:
        """Send no more heartbeats, and give up when the connection is not gone in `seconds`."""
        self._is_closing = True
        self._set(seconds)

    def stop(self) -> None:
        """Forget the timer; the connection is gone."""
        if self._slot is not None:
            self._slot.discard(self)

    def expire(self) -> None:
        """Do what is due."""
        if self._is_closing:
            self._give_up("")
            return
        self._note_traffic()
        verdict = self._clock.check(self._wheel.now())
        if verdict is Verdict.GIVE_UP:
            self._give_up(f"nothing was heard for {self._policy.timeout:g} s")
            return
        if verdict is Verdict.SEND:
            self._send()
        self._await_deadline()

    def _await_deadline(self) -> None:
        self._note_traffic()
        deadline = self._clock.next_deadline()
        if deadline is not None:
            self._set(max(0.0, deadline - self._wheel.now()))

    def _note_traffic(self) -> None:
        # Only here: traffic moves deadlines to later, so that the clock need not know of each read and write when it happens.
        self._clock.last_read, self._clock.last_write = self.last_read, self._writer.last_write

    def _set(self, seconds: float) -> None:
        self.stop()
        self._slot = self._wheel.add(self, seconds)
