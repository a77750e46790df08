"""What can be set for a connection."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiodubbo.wire.dubbo.connection import DEFAULT_PAYLOAD
from aiodubbo.wire.dubbo.heartbeat import HeartbeatPolicy


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
