from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.wire.dubbo.heartbeat import NO_HEARTBEAT, HeartbeatClock, HeartbeatPolicy, Line, Verdict

SEND, GIVE_UP, NOTHING = Verdict.SEND, Verdict.GIVE_UP, Verdict.NOTHING


def clock(line: Line, *, is_server: bool = False) -> HeartbeatClock:
    return HeartbeatClock(HeartbeatPolicy(10.0, 30.0, line), is_server=is_server, now=100.0)


# (line, is server, last read, last write) after 100 → verdicts at 110, 111, 120, 130, 131
TABLE = [
    (Line.JAVA_2_6, False, 100, 100, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),
    (Line.JAVA_2_6, True, 100, 100, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),
    (Line.JAVA_2_6, False, 131, 100, [SEND, NOTHING, SEND, SEND, NOTHING]),  # hears, but says nothing
    (Line.JAVA_2_6, False, 100, 131, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),  # says, but hears nothing
    (Line.JAVA_2_6, False, 131, 131, [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]),
    (Line.JAVA_2_7, False, 100, 100, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),
    (Line.JAVA_2_7, False, 131, 100, [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]),
    (Line.JAVA_2_7, False, 100, 131, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),
    (Line.JAVA_2_7, True, 100, 100, [NOTHING, NOTHING, NOTHING, GIVE_UP, GIVE_UP]),
    (Line.JAVA_2_7, True, 100, 131, [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]),
]


@pytest.mark.spec("PRO-74", "who sends a heartbeat after what silence, and when a peer counts as dead, for 2.6 and 2.7")
@pytest.mark.parametrize(("line", "is_server", "read", "write", "verdicts"), TABLE)
def test_rules(line: Line, is_server: bool, read: float, write: float, verdicts: list[Verdict]) -> None:
    subject = clock(line, is_server=is_server)
    subject.last_read, subject.last_write = read, write
    assert [subject.check(now) for now in (110.0, 111.0, 120.0, 130.0, 131.0)] == verdicts


def test_the_deadline_is_when_the_verdict_changes() -> None:
    subject = clock(Line.JAVA_2_6)
    assert subject.next_deadline() == 110.0
    subject.last_read = subject.last_write = 105.0
    assert subject.next_deadline() == 115.0
    assert subject.check(114.9) is NOTHING
    assert subject.check(115.0) is SEND
    subject.last_write = 115.0
    assert subject.next_deadline() == 125.0
    assert subject.check(125.0) is SEND
    assert subject.next_deadline() == 135.0  # of the two at that moment, giving up is what counts
    assert subject.check(135.0) is GIVE_UP


def test_a_server_of_2_7_only_waits() -> None:
    assert clock(Line.JAVA_2_7, is_server=True).next_deadline() == 130.0


def test_off() -> None:
    subject = HeartbeatClock(NO_HEARTBEAT, is_server=False, now=0.0)
    assert subject.next_deadline() is None
    assert subject.check(1e9) is NOTHING


def test_the_timeout_is_three_intervals_unless_told() -> None:
    assert HeartbeatPolicy.every(2.0) == HeartbeatPolicy(2.0, 6.0)
    assert HeartbeatPolicy.every(2.0, 4.0) == HeartbeatPolicy(2.0, 4.0)
    assert HeartbeatPolicy() == HeartbeatPolicy(60.0, 180.0)


@pytest.mark.spec("PRO-74", "a timeout under two intervals is refused")
@pytest.mark.parametrize(("interval", "timeout", "words"), [(10.0, 19.9, "idleTimeout < heartbeatInterval \\* 2"), (-1.0, 5.0, "negative")])
def test_bad_settings(interval: float, timeout: float, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        HeartbeatPolicy(interval, timeout)
