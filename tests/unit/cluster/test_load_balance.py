from __future__ import annotations

import random
from collections import Counter

import pytest

from aiodubbo.cluster.load_balance.random import RandomLoadBalance
from aiodubbo.cluster.load_balance.weight import effective_weight, ramped
from aiodubbo.rpc.call import MethodSettings
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from tests.unit.fakes import FakeInvoker, a_call, provider_url

NOW = 1_800_000_000.0


def weight_of(invoker: FakeInvoker) -> int:
    return effective_weight(invoker.url, MethodSettings.of(invoker.url, "greet"), NOW)


def shares(weights: list[str], calls: int = 10_000) -> list[float]:
    invokers = tuple(FakeInvoker(provider_url(number, weight=weight)) for number, weight in enumerate(weights, 1))
    balance = RandomLoadBalance(Host(name="test", clock=ManualClock(unix_time=NOW)), random.Random(1))
    counted = Counter(id(balance(invokers, a_call())) for _ in range(calls))
    return [counted[id(one)] / calls for one in invokers]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (["100", "100"], [0.5, 0.5]),
        (["300", "100"], [0.75, 0.25]),
        (["100", "0"], [1.0, 0.0]),
        (["0", "0"], [0.5, 0.5]),
        (["1", "2", "1"], [0.25, 0.5, 0.25]),
    ],
)
@pytest.mark.spec("CLU-33", "random: the share of a provider is its weight; equal or no weights: uniform")
def test_shares(weights: list[str], expected: list[float]) -> None:
    assert shares(weights) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("uptime", "expected"), [(-5.0, 1), (0.0, 1), (60.0, 1), (300.0, 25), (540.0, 81), (600.0, 100), (10_000.0, 100)])
@pytest.mark.spec("CLU-32", "a young provider's weight grows with the square of its age until warmup is over")
def test_warm_up(uptime: float, expected: int) -> None:
    assert ramped(100, uptime, 600.0) == expected
    invoker = FakeInvoker(provider_url(timestamp=str(int((NOW - uptime) * 1000))))
    assert weight_of(invoker) == expected


def test_weight_of_a_method_goes_before_that_of_the_service() -> None:
    invoker = FakeInvoker(provider_url(1, weight="10", **{"greet.weight": "70"}))
    assert weight_of(invoker) == 70


def test_no_weight_is_no_weight() -> None:
    assert ramped(0, 1.0, 600.0) == 0
    assert ramped(-5, 1.0, 600.0) == 0
