"""Counts of calls: by side, provider and method (Java: ``RpcStatus``).

Every call is counted, on both sides, whether or not a limit is set: a load balance such as ``leastactive`` and the screens of operators
need the figures anyway. (Java counts only where ``actives`` or ``executes`` is set, CLU-38.)
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from aiodubbo.errors import (
    CallTimeoutError,
    ForbiddenError,
    LimitExceededError,
    NetworkError,
    NoProviderError,
    SerializationError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiodubbo.url.url import URL


class Side(enum.StrEnum):
    """End of a call."""

    CONSUMER = "consumer"
    PROVIDER = "provider"


class Failure(enum.StrEnum):
    """Kind of a failed call."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    LIMIT = "limit"
    FORBIDDEN = "forbidden"
    SERIALIZATION = "serialization"
    SERVICE = "service"  #  the implementation threw an exception
    CANCELLED = "cancelled"
    OTHER = "other"


_KINDS: tuple[tuple[type[BaseException], Failure], ...] = (
    (CallTimeoutError, Failure.TIMEOUT),
    (LimitExceededError, Failure.LIMIT),
    (ForbiddenError, Failure.FORBIDDEN),
    (NoProviderError, Failure.FORBIDDEN),
    (SerializationError, Failure.SERIALIZATION),
    (ServerError, Failure.OTHER),  # a network error for those who retry, but an answer came
    (NetworkError, Failure.NETWORK),
)


def failure_of(error: BaseException) -> Failure:
    """The kind of `error`, raised by a call."""
    for kind, failure in _KINDS:
        if isinstance(error, kind):
            return failure
    return Failure.OTHER if isinstance(error, Exception) else Failure.CANCELLED


class CallCounts:
    """Figures of one method at one provider; durations are seconds.

    Attributes:
        active: calls under way.
        peak: the most calls that were under way at a time.
        succeeded: calls that returned a value.
        elapsed: sum of their durations.
        slowest: the longest of their durations.
        failed: calls that did not, by kind.
        failed_elapsed: sum of the durations of failed calls.
        failed_slowest: the longest of them.
    """

    __slots__ = ("active", "elapsed", "failed", "failed_elapsed", "failed_slowest", "peak", "slowest", "succeeded")

    def __init__(self) -> None:
        self.active = self.peak = self.succeeded = 0
        self.elapsed = self.slowest = self.failed_elapsed = self.failed_slowest = 0.0
        self.failed: dict[Failure, int] = {}

    @property
    def total(self) -> int:
        """Calls that ended."""
        return self.succeeded + sum(self.failed.values())

    def begin(self) -> None:
        """Count a call that starts."""
        self.active = active = self.active + 1
        if active > self.peak:
            self.peak = active

    def end(self, elapsed: float) -> None:
        """Count a call that returned a value after `elapsed` seconds."""
        self.active -= 1
        self.succeeded += 1
        self.elapsed += elapsed
        if elapsed > self.slowest:
            self.slowest = elapsed

    def fail(self, elapsed: float, kind: Failure) -> None:
        """Count a call that failed after `elapsed` seconds."""
        self.active -= 1
        self.failed[kind] = self.failed.get(kind, 0) + 1
        self.failed_elapsed += elapsed
        if elapsed > self.failed_slowest:
            self.failed_slowest = elapsed


class Statistics:
    """All figures of one application; those of a service are kept while an exporter or invoker of it lives."""

    __slots__ = ("_counts", "_users")

    def __init__(self) -> None:
        self._counts: dict[tuple[Side, str], dict[str, CallCounts]] = {}
        self._users: dict[tuple[Side, str], int] = {}

    def hold(self, side: Side, url: URL, counts: dict[str, CallCounts] | None = None) -> dict[str, CallCounts]:
        """Keep the figures of the service at `url` until `release`; several may hold the same. New ones begin with `counts`.

        Returns:
            The figures by Java method name: a live dictionary, to which the holder adds.
        """
        key = (side, identity(url))
        self._users[key] = self._users.get(key, 0) + 1
        return self._counts.setdefault(key, {} if counts is None else counts)

    def release(self, side: Side, url: URL) -> None:
        """Undo one `hold`; the last one drops the figures, so that providers that come and go leave nothing."""
        key = (side, identity(url))
        self._users[key] -= 1
        if not self._users[key]:
            del self._users[key], self._counts[key]

    def counts(self, side: Side, url: URL, method: str) -> CallCounts:
        """The figures of one method; zeros when it was never called."""
        return self._counts.get((side, identity(url)), {}).get(method) or CallCounts()

    def __iter__(self) -> Iterator[tuple[Side, str, str, CallCounts]]:
        """Side, identity of the URL, method, and figures of everything that was called."""
        for (side, where), methods in list(self._counts.items()):
            for method, counts in list(methods.items()):
                yield side, where, method, counts


def identity(url: URL) -> str:
    """The part of a provider's URL that identifies it, whatever its settings: ``protocol://host:port/[group/]interface[:version]``."""
    return f"{url.protocol}://{url.address}/{url.service_key}"
