"""When to send a heartbeat and when to give a peer up, as data (PRO-74). The clock belongs to the caller."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from aiodubbo.errors import ConfigurationError


class Idle(enum.Enum):
    """What counts as silence."""

    NEVER = "never"  #                    nothing does
    READ = "read"  #                      nothing came in
    EITHER = "either"  #                  nothing came in, or nothing went out
    BOTH = "both"  #                      nothing came in and nothing went out


class Line(enum.Enum):
    """Whose habits to follow. The rows of the table are Java's."""

    JAVA_2_6 = "2.6"
    JAVA_2_7 = "2.7"


class Verdict(enum.Enum):
    """What is due."""

    NOTHING = "nothing"
    SEND = "send"  #    a heartbeat
    GIVE_UP = "give up"  #    the peer is dead: a client reconnects, a server closes


# (line, is server) → (silence that asks for a heartbeat, silence that gives the peer up)
_RULES = {
    (Line.JAVA_2_6, False): (Idle.EITHER, Idle.READ),
    (Line.JAVA_2_6, True): (Idle.EITHER, Idle.READ),
    (Line.JAVA_2_7, False): (Idle.READ, Idle.READ),
    (Line.JAVA_2_7, True): (Idle.NEVER, Idle.BOTH),
}


@dataclass(frozen=True, slots=True)
class HeartbeatPolicy:
    """How long silence may last.

    Attributes:
        interval: seconds of silence before a heartbeat is sent; 0 switches everything off.
        timeout: seconds of silence after which the peer is given up; at least twice the interval.
        line: whose rules. 2.6's is the default, because both sides then ask by themselves and a peer of any version is noticed when
            it vanishes; a 2.7 server only waits.
    """

    interval: float = 60.0
    timeout: float = 180.0
    line: Line = Line.JAVA_2_6

    def __post_init__(self) -> None:
        if self.interval < 0:
            raise ConfigurationError(f"heartbeat must not be negative, got {self.interval:g} s; use 0 to switch it off")
        if self.interval and self.timeout < 2 * self.interval:
            words = "idleTimeout < heartbeatInterval * 2"
            raise ConfigurationError(
                f"{words}: heartbeat.timeout is {self.timeout:g} s, heartbeat {self.interval:g} s; raise heartbeat.timeout"
            )

    @classmethod
    def every(cls, interval: float, timeout: float | None = None, line: Line = Line.JAVA_2_6) -> HeartbeatPolicy:
        """A policy with Java's default timeout, three intervals, where none is given."""
        return cls(interval, 3 * interval if timeout is None else timeout, line)


NO_HEARTBEAT = HeartbeatPolicy(0.0, 0.0)


class HeartbeatClock:
    """When one connection was last heard, by the caller's monotonic clock.

    Set `last_read` and `last_write` whenever bytes move; ask `check` at `next_deadline`, or earlier; after a `Verdict.SEND`, send a
    heartbeat. Deadlines move only later by themselves, so one timer for each connection is enough.
    """

    __slots__ = ("_give_up_after", "_last_beat", "_policy", "_send_after", "last_read", "last_write")

    def __init__(self, policy: HeartbeatPolicy, *, is_server: bool, now: float) -> None:
        self._policy = policy
        self._send_after, self._give_up_after = _RULES[policy.line, is_server]
        self.last_read = now
        self.last_write = now
        self._last_beat = now

    def next_deadline(self) -> float | None:
        """When `check` may next have something to say; None: never."""
        if not self._policy.interval:
            return None
        beat, end = self._beat_at(), self._end_at()
        return end if beat is None else min(beat, end)

    def check(self, now: float) -> Verdict:
        """What is due at `now`. A returned SEND counts as sent."""
        if not self._policy.interval:
            return Verdict.NOTHING
        if now >= self._end_at():
            return Verdict.GIVE_UP
        beat = self._beat_at()
        if beat is None or now < beat:
            return Verdict.NOTHING
        self._last_beat = now
        return Verdict.SEND

    def _beat_at(self) -> float | None:
        if self._send_after is Idle.NEVER:
            return None
        silent_since = self.last_read if self._send_after is Idle.READ else min(self.last_read, self.last_write)
        # One heartbeat for each interval, also while its answer is missing.
        return max(silent_since, self._last_beat) + self._policy.interval

    def _end_at(self) -> float:
        silent_since = self.last_read if self._give_up_after is Idle.READ else max(self.last_read, self.last_write)
        return silent_since + self._policy.timeout
