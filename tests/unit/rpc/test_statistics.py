from __future__ import annotations

import asyncio

import pytest

from aiodubbo.errors import (
    CallTimeoutError,
    ForbiddenError,
    LimitExceededError,
    NetworkError,
    NoProviderError,
    SerializationError,
    ServerError,
)
from aiodubbo.rpc.statistics import CallCounts, Failure, Side, Statistics, failure_of, identity
from aiodubbo.url.url import URL

URL_A = URL.parse("dubbo://10.0.0.1:20880/com.example.Greeter?group=g&version=1.0&timeout=5")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CallTimeoutError("x"), Failure.TIMEOUT),
        (NetworkError("x"), Failure.NETWORK),
        (LimitExceededError("x"), Failure.LIMIT),
        (ForbiddenError("x"), Failure.FORBIDDEN),
        (NoProviderError("x"), Failure.FORBIDDEN),
        (SerializationError("x"), Failure.SERIALIZATION),
        (ServerError("x", status=80), Failure.OTHER),
        (ValueError("x"), Failure.OTHER),
        (asyncio.CancelledError(), Failure.CANCELLED),
    ],
)
def test_kinds_of_failures(error: BaseException, kind: Failure) -> None:
    assert failure_of(error) is kind


def test_success_and_failure_are_apart() -> None:
    counts = CallCounts()
    for _ in range(3):
        counts.begin()
    counts.end(1.0)
    counts.end(3.0)
    counts.fail(5.0, Failure.TIMEOUT)
    assert (counts.active, counts.peak, counts.total, counts.succeeded) == (0, 3, 3, 2)
    assert (counts.elapsed, counts.slowest, counts.failed_elapsed, counts.failed_slowest) == (4.0, 3.0, 5.0, 5.0)
    assert counts.failed == {Failure.TIMEOUT: 1}


def test_settings_make_no_other_provider() -> None:
    assert identity(URL_A) == "dubbo://10.0.0.1:20880/g/com.example.Greeter:1.0"
    assert identity(URL_A) == identity(URL_A.with_params({"timeout": "9"}))
    assert identity(URL_A) != identity(URL_A.with_params({"group": "other"}))


def test_figures_are_shared_and_go_with_their_last_user() -> None:
    statistics = Statistics()
    first, second = statistics.hold(Side.CONSUMER, URL_A), statistics.hold(Side.CONSUMER, URL_A)
    assert first is second
    first["greet"] = CallCounts()
    first["greet"].begin()
    assert statistics.counts(Side.CONSUMER, URL_A, "greet").active == 1
    assert statistics.counts(Side.PROVIDER, URL_A, "greet").active == 0
    assert [(side, where, method) for side, where, method, _ in statistics] == [(Side.CONSUMER, identity(URL_A), "greet")]
    statistics.release(Side.CONSUMER, URL_A)
    assert len(list(statistics)) == 1
    statistics.release(Side.CONSUMER, URL_A)
    assert list(statistics) == []


def test_figures_that_began_before_they_were_held() -> None:
    statistics, counts = Statistics(), {"greet": CallCounts()}
    assert statistics.hold(Side.PROVIDER, URL_A, counts) is counts
