from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.wire.dubbo.heartbeat import HeartbeatClock, HeartbeatPolicy, Verdict

SEND, GIVE_UP, NOTHING = Verdict.SEND, Verdict.GIVE_UP, Verdict.NOTHING


def clock() -> HeartbeatClock:
    return HeartbeatClock(HeartbeatPolicy(10.0, 30.0), now=100.0)


# last read, last write after 100 → verdicts at 110, 111, 120, 130, 131
TABLE = [
    (100, 100, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),
    (131, 100, [SEND, NOTHING, SEND, SEND, NOTHING]),  # hears, but says nothing
    (100, 131, [SEND, NOTHING, SEND, GIVE_UP, GIVE_UP]),  # says, but hears nothing
    (131, 131, [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]),
]


@pytest.mark.spec("PRO-74", "a heartbeat after silence in either direction, and the end of a peer that is not heard, as in 2.6")
@pytest.mark.parametrize(("read", "write", "verdicts"), TABLE)
def test_rules(read: float, write: float, verdicts: list[Verdict]) -> None:
    subject = clock()
    subject.last_read, subject.last_write = read, write
    assert [subject.check(now) for now in (110.0, 111.0, 120.0, 130.0, 131.0)] == verdicts


def test_the_deadline_is_when_the_verdict_changes() -> None:
    subject = clock()
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


def test_off() -> None:
    subject = HeartbeatClock(HeartbeatPolicy(0.0), now=0.0)
    assert subject.next_deadline() is None
    assert subject.check(1e9) is NOTHING


@pytest.mark.spec("PRO-74", "a timeout under two intervals is refused")
@pytest.mark.parametrize(("interval", "timeout", "words"), [(10.0, 19.9, "idleTimeout < heartbeatInterval \\* 2"), (-1.0, 5.0, "negative")])
def test_bad_settings(interval: float, timeout: float, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        HeartbeatPolicy(interval, timeout)
