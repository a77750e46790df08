from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from aiodubbo.errors import LocalProtocolError
from aiodubbo.rpc.host import Host
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock

if TYPE_CHECKING:
    from aiodubbo.rpc.host import CallEnded


def test_a_host_of_its_own_is_complete_but_has_no_protocols() -> None:
    host = Host(name="test")
    assert (list(host.statistics), host.observers.all, host.catalogue.exports, host.catalogue.references) == ([], (), [], [])
    with pytest.raises(LocalProtocolError, match="no protocol 'dubbo' here: this host belongs to no application"):
        host.protocol("dubbo")


def test_tasks_wait_by_the_clock_of_their_host() -> None:
    clock, tasks = ManualClock(), Tasks()
    assert Host(name="test", clock=clock).tasks.clock is clock
    assert Host(name="test", clock=clock, tasks=tasks).tasks is tasks
    assert Host(name="a").tasks is not Host(name="b").tasks


def test_observers_come_and_go() -> None:
    def first(*call: object) -> CallEnded | None:
        return None

    def second(*call: object) -> CallEnded | None:
        return None

    observers = Host(name="test").observers
    remove = observers.add(first)
    observers.add(second)
    during_a_call = observers.all
    remove()
    remove()
    assert observers.all == (second,)
    assert during_a_call == (first, second), "who goes through the observers is not disturbed"


def test_the_catalogue_forgets() -> None:
    catalogue = Host(name="test").catalogue
    export, reference = cast("Any", object()), cast("Any", object())
    catalogue.exports.append(export)
    catalogue.references.append(reference)
    catalogue.remove(reference)
    catalogue.remove(reference)
    assert (catalogue.exports, catalogue.references) == ([export], [])
    catalogue.remove(export)
    assert catalogue.exports == []


async def test_hooks_run_once_the_last_one_first_whatever_fails() -> None:
    hooks, ran = Host(name="test").close_hooks, []

    async def first() -> None:
        ran.append("first")

    async def failing() -> None:
        ran.append("failing")
        raise OSError("away")

    hooks.add(first)
    hooks.add(failing)
    await hooks.run()
    await hooks.run()
    assert ran == ["failing", "first"]
