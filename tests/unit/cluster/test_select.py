from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.cluster.select import select
from tests.unit.fakes import FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.rpc.call import Invocation


def first(invokers: Sequence[Invoker], _: Invocation) -> Invoker:
    return invokers[0]


def make(*available: bool) -> list[FakeInvoker]:
    return [FakeInvoker(provider_url(number), available=one) for number, one in enumerate(available, 1)]


@pytest.mark.spec("CLU-31", "one candidate is taken without asking the load balance, available or not")
def test_single_candidate() -> None:
    (only,) = make(False)
    assert select([only], a_call(), first) is only


CASES = [
    # available, tried, expected, why
    ((True, True, True), (), 0, "the load balance's choice"),
    ((True, True, True), (0,), 1, "a choice tried before gives way to one not tried"),
    ((False, True, True), (), 1, "a choice that is away gives way to one that is there"),
    ((False, False, True), (2,), 2, "when those not tried are away, one that was tried and is there"),
    ((False, False, False), (0,), 1, "when all are away, the next in the list"),
    ((True, True, False), (0, 1), 0, "when all that are there were tried, one of them again"),
]


@pytest.mark.spec("CLU-31", "a choice that was tried or is away is replaced: not tried, then tried, then the next in the list")
@pytest.mark.parametrize(("available", "tried", "expected", "why"), CASES)
def test_reselect(available: tuple[bool, ...], tried: tuple[int, ...], expected: int, why: str) -> None:
    invokers = make(*available)
    chosen = select(invokers, a_call(), first, [invokers[index] for index in tried])
    assert chosen is invokers[expected], why


@pytest.mark.spec("KEY-57", "without the availability check a provider that is away may be chosen")
def test_without_availability_check() -> None:
    invokers = make(False, True)
    assert select(invokers, a_call(), first, check_available=False) is invokers[0]
