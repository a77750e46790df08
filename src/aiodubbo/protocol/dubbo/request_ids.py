"""Numbers of requests."""

from __future__ import annotations

import itertools

from aiodubbo.wire.dubbo.header import MAX_REQUEST_ID

_ids = itertools.count()


def next_request_id() -> int:
    """The next number of the process-wide counter of requests, heartbeats included; wraps to negative like Java's long (PRO-5)."""
    number = next(_ids)
    return number if number <= MAX_REQUEST_ID else (number + MAX_REQUEST_ID + 1) % (2 * (MAX_REQUEST_ID + 1)) - MAX_REQUEST_ID - 1
