from __future__ import annotations

import pytest

from aiodubbo.cluster.directory import FirstAvailableDirectory, StaticDirectory
from aiodubbo.rpc.abc import State
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeDirectory, FakeInvoker, provider_url


async def test_static() -> None:
    one, two = FakeInvoker(provider_url(1)), FakeInvoker(provider_url(2), available=False)
    directory = StaticDirectory(URL("consumer"), [one, two])
    assert directory.snapshot.invokers == (one, two)
    assert await directory.explain() == {"10.0.0.2:20880": "unreachable"}
    await directory.close()
    assert (one.closed, two.closed) == (True, True)
    assert directory.snapshot.state is State.CLOSED


@pytest.mark.spec("CFG-154", "of several registries the first whose providers can be called is used")
async def test_first_available() -> None:
    away, there = FakeInvoker(provider_url(1), available=False), FakeInvoker(provider_url(2))
    empty, first, second = FakeDirectory(), FakeDirectory(away), FakeDirectory(there)
    directory = FirstAvailableDirectory([empty, first, second])
    assert directory.snapshot is second.snapshot
    away.available = True
    assert directory.snapshot is first.snapshot, "in the order in which they were given"
    assert directory.url is first.url
    away.available = there.available = False
    assert directory.snapshot is first.snapshot, "when nobody can be called, one that lists somebody"
    await directory.close()
    assert (first.snapshot.state, second.snapshot.state) == (State.CLOSED, State.CLOSED)


async def test_explanations_of_all() -> None:
    directory = FirstAvailableDirectory([FakeDirectory(rejected={"a:1": "disabled"}), FakeDirectory(rejected={"b:2": "group"})])
    assert await directory.explain() == {"a:1": "disabled", "b:2": "group"}
