from __future__ import annotations

import asyncio
import sys

import pytest

from aiodubbo.config_center.watches import Watches
from aiodubbo.errors import MissingDependencyError, NetworkError, RegistryError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.tasks import LoopClock
from tests.unit.fakes import FakeCenter


def timeout(milliseconds: int) -> str:
    return f"key: web\nscope: application\nconfigs:\n- side: consumer\n  parameters: {{timeout: {milliseconds}}}\n"


class Changes:
    """Counts calls."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@pytest.mark.spec("REG-161", "the names of rules: of an application, of a service by its colon key")
async def test_keys() -> None:
    center, changed = FakeCenter(), Changes()
    rules = CenterRules(center, check=True)
    followed = [
        await rules.configurators("web", changed),
        await rules.configurators("a.B:1.0:g", changed),
        await rules.conditions("a.B::", changed),
        await rules.conditions("web", changed),
    ]
    tags = await rules.tags("user-provider", changed)
    names = ["a.B:1.0:g.configurators", "a.B::.condition-router", "user-provider.tag-router", "web.condition-router", "web.configurators"]
    assert center.keys == names
    assert ([one.value for one in followed], tags.value) == ([(), (), (), ()], None)
    for one in followed:
        await rules.leave(one, changed)
    assert center.keys == ["user-provider.tag-router"]
    await rules.close()
    assert center.closed


@pytest.mark.spec("REG-166", "a rule that cannot be read leaves the old one, with an error in the log; a deleted one is over")
async def test_the_last_rule_that_could_be_read(caplog: pytest.LogCaptureFixture) -> None:
    center, changed = FakeCenter({"web.configurators": timeout(1)}), Changes()
    followed = await CenterRules(center, check=True).configurators("web", changed)
    assert [url.param("timeout") for url in followed.value] == ["1"]
    await center.write("web.configurators", timeout(2))
    assert [url.param("timeout") for url in followed.value] == ["2"]
    await center.write("web.configurators", "configs: 5")
    assert [url.param("timeout") for url in followed.value] == ["2"]
    assert (
        "the rule web.configurators is not followed, what was there before stays: the rule cannot be used: line 1: key is " in caplog.text
    )
    await center.write("web.configurators", None)
    assert followed.value == ()
    await center.write("web.configurators", timeout(3))
    await center.write("web.configurators", " \n")
    assert followed.value == ()


async def test_each_key_is_watched_once_for_all_who_follow_it() -> None:
    center, first, second = FakeCenter(), Changes(), Changes()
    rules = CenterRules(center, check=True)
    one, other = await asyncio.gather(rules.configurators("web", first), rules.configurators("web", second))
    assert one is other
    assert center.keys == ["web.configurators"]
    before = (first.count, second.count)
    await center.write("web.configurators", timeout(1))
    assert (first.count, second.count) == (before[0] + 1, before[1] + 1)
    await rules.leave(one, first)
    assert center.keys == ["web.configurators"]
    await rules.leave(other, second)
    await rules.leave(other, second)
    assert center.keys == []
    again = await rules.configurators("web", first)
    await rules.leave(other, second)
    assert again is not one
    assert center.keys == ["web.configurators"]


async def test_a_centre_that_is_away_is_an_error_only_when_it_is_checked(caplog: pytest.LogCaptureFixture) -> None:
    center, changed = FakeCenter({"web.configurators": timeout(1)}), Changes()
    center.failure = NetworkError("away")
    with pytest.raises(
        RegistryError, match=r"the rule web\.configurators cannot be read from the configuration centre 10\.1\.1\.3:2181: away"
    ):
        await CenterRules(center, check=True).configurators("web", changed)
    assert center.keys == []
    checked = CenterRules(center, check=True)
    await checked.tags("user-provider", changed)
    assert center.keys == ["user-provider.tag-router"], "what is found out later is never an error"
    rules = CenterRules(center, check=False)
    followed = await rules.configurators("web", changed)
    assert "the rule web.configurators is followed later, the configuration centre does not give it: away" in caplog.text
    assert (followed.value, rules.is_in_use) == ((), False)
    center.failure = None
    await center.write("web.configurators", timeout(2))
    assert ([url.param("timeout") for url in followed.value], rules.is_in_use) == (["2"], True)


async def test_a_listener_that_fails_does_not_keep_the_others_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> None:
        raise KeyError("mistake")

    center, changed = FakeCenter(), Changes()
    rules = CenterRules(center, check=True)
    await rules.configurators("web", failing)
    await rules.configurators("web", changed)
    await center.write("web.configurators", timeout(1))
    assert changed.count == 1
    assert "the rule web.configurators could not be followed everywhere" in caplog.text


async def test_without_the_package_for_yaml(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    center, changed = FakeCenter(), Changes()
    with pytest.raises(MissingDependencyError, match=r"aiodubbo\[zookeeper\]"):
        await CenterRules(center, check=True).configurators("web", changed)
    assert center.keys == []
    followed = await CenterRules(center, check=False).configurators("web", changed)
    assert caplog.text == "", "no rule, no need for it"
    await center.write("web.configurators", timeout(1))
    assert followed.value == ()
    assert "pip install 'aiodubbo[zookeeper]'" in caplog.text


@pytest.mark.parametrize("where", ["before it is asked", "while it answers"])
async def test_a_follower_that_is_cancelled_leaves_the_rule_to_the_next(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    began, answer, changed = asyncio.Event(), asyncio.Event(), Changes()

    async def read(key: str, group: str) -> str:
        if where == "while it answers":
            began.set()
            await answer.wait()
        return timeout(7)

    watches = Watches(read, LoopClock(), name="here", retry_period=0.01)
    center = FakeCenter()
    monkeypatch.setattr(center, "watch", watches.watch)
    monkeypatch.setattr(center, "unwatch", watches.unwatch)
    rules = CenterRules(center, check=True)
    if where == "before it is asked":

        async def ready() -> None:
            began.set()
            await answer.wait()

        monkeypatch.setattr(rules, "_get_ready", ready)
    first = asyncio.create_task(rules.configurators("web", Changes()))
    second = asyncio.create_task(rules.configurators("web", changed))
    third = asyncio.create_task(rules.configurators("web", Changes()))
    await began.wait()
    for one in (first, third):
        one.cancel()
        await asyncio.wait([one])
    answer.set()
    followed = await second
    assert [url.param("timeout") for url in followed.value] == ["7"]
    assert followed.listeners == [changed], "also one that only waited for its turn is gone"
    await watches.close()


async def test_each_follower_is_told_that_the_centre_refuses() -> None:
    center = FakeCenter()
    center.failure = NetworkError("away")
    rules = CenterRules(center, check=True)
    outcomes = await asyncio.gather(*(rules.configurators("web", Changes()) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [RegistryError] * 3
