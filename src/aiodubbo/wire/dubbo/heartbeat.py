"""Rules of heartbeats as data: when to send one and when to give a peer up (PRO-74). The clock belongs to the caller.

The rules are Java 2.6's: both ends ask by themselves, so that a peer of any version is noticed when it vanishes.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from aiodubbo.errors import ConfigurationError


class Verdict(enum.Enum):
    """Action that is due."""

    NOTHING = "nothing"
    SEND = "send"  #    a heartbeat
    GIVE_UP = "give up"  #    the peer is dead: a client reconnects, a server closes


@dataclass(frozen=True, slots=True)
class HeartbeatPolicy:
    """Limits of silence.

    Attributes:
        interval: seconds in which nothing came in, or nothing went out, before a heartbeat is sent; 0 switches everything off.
        timeout: seconds in which nothing came in, after which the peer is given up; at least twice the interval.
    """

    interval: float = 60.0
    timeout: float = 180.0

    def __post_init__(self) -> None:
        if self.interval < 0:
            raise ConfigurationError(f"heartbeat must not be negative, got {self.interval:g} s; use 0 to switch it off")
        if self.interval and self.timeout < 2 * self.interval:
            words = "idleTimeout < heartbeatInterval * 2"
            raise ConfigurationError(
                f"{words}: heartbeat.timeout is {self.timeout:g} s, heartbeat {self.interval:g} s; raise heartbeat.timeout"
            )


class HeartbeatClock:
    """Times of the last traffic on one connection, by the caller's monotonic clock.

    Set `last_read` and `last_write` whenever bytes move; ask `check` at `next_deadline`, or earlier; after a `Verdict.SEND`, send a
    heartbeat. Deadlines move only later by themselves, so one timer for each connection is enough.
    """

    __slots__ = ("_last_beat", "_policy", "last_read", "last_write")

    def __init__(self, policy: HeartbeatPolicy, *, now: float) -> None:
        self._policy = policy
        self.last_read = self.last_write = self._last_beat = now

    def next_deadline(self) -> float | None:
        """Time of the next verdict other than `Verdict.NOTHING`; None: never."""
        return min(self._beat_at(), self._end_at()) if self._policy.interval else None

    def check(self, now: float) -> Verdict:
        """The action due at `now`. A returned SEND counts as sent."""
        if not self._policy.interval:
            return Verdict.NOTHING
        if now >= self._end_at():
            return Verdict.GIVE_UP
        if now < self._beat_at():
            return Verdict.NOTHING
        self._last_beat = now
        return Verdict.SEND

    def _beat_at(self) -> float:
        # One heartbeat for each interval, also while its answer is missing.
        return max(min(self.last_read, self.last_write), self._last_beat) + self._policy.interval

    def _end_at(self) -> float:
        return self.last_read + self._policy.timeout
