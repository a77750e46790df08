"""Announcing at one registry what owners announce at another one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiodubbo.operations.bridge import RETRY, SETTLE, Bridge
from aiodubbo.operations.entries import Selection
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL

from .entries import BY_HAND, CONSUMER, OTHER, PROVIDER, ROUTE, RULE, SECOND, Held

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ZOOKEEPER = URL.parse("zookeeper://10.2.2.2:2181")
SIMPLE = URL.parse("dubbo://10.2.2.2:9090")


class Scene:
    """A bridge to a registry, and its reports."""

    def __init__(self, target: Held, *, source: URL = ZOOKEEPER, replace: bool = False, selection: Selection | None = None) -> None:
        self.target = target
        self.clock = ManualClock()
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.bridge = Bridge(
            target, selection or Selection(), self.lines.append, self.warnings.append, replace=replace, tasks=Tasks(self.clock)
        )
        self.bridge.expect(source)

    async def settle(self, seconds: float = SETTLE) -> None:
        """Let time pass until the bridge has acted."""
        await self.clock.advance(seconds)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.bridge.close()


def empty(category: str, service: str = "a.Shop") -> URL:
    return URL.parse(f"empty://10.0.0.99/{service}?category={category}&interface={service}")


async def test_what_is_announced_and_stopped() -> None:
    scene = Scene(Held())
    await scene.bridge.announce([PROVIDER, SECOND])
    stop = asyncio.Event()
    stop.set()
    await scene.bridge.announce([OTHER], stop)
    assert scene.bridge.announced == scene.target.urls == [PROVIDER, SECOND]
    assert scene.lines[0] == f"+ {PROVIDER.redacted()}"


async def test_it_follows_what_comes_and_goes() -> None:
    scene = Scene(Held(RULE))
    async with scene.following():
        await scene.bridge([PROVIDER, CONSUMER, RULE, empty("routers")])
        await scene.settle()
        assert scene.target.urls == [RULE, PROVIDER, CONSUMER]
        await scene.bridge([SECOND])
        await scene.settle()
        assert scene.target.urls == [RULE, CONSUMER, SECOND]
        await scene.bridge([OTHER, empty("consumers", "b.Cart")])
        await scene.settle()
        assert scene.target.urls == [RULE, CONSUMER, SECOND, OTHER]
    assert scene.bridge.announced == [CONSUMER, SECOND, OTHER]
    assert f"- {PROVIDER.redacted()}" in scene.lines
    assert scene.warnings == []


async def test_what_others_announced_is_not_touched() -> None:
    """The provider announces itself at the target, too: it is neither announced again nor taken back when it leaves the source."""
    scene = Scene(Held(PROVIDER))
    async with scene.following():
        await scene.bridge([PROVIDER, SECOND])
        await scene.settle()
        assert scene.target.urls == [PROVIDER, SECOND]
        await scene.bridge([empty("providers")])
        await scene.settle()
        assert scene.target.urls == [PROVIDER]
    assert [url for _, url in scene.target.log] == [SECOND, SECOND]


async def test_what_an_application_announces_at_both_meanwhile_is_its_own() -> None:
    target = Held()
    scene = Scene(target)
    await scene.bridge([PROVIDER, SECOND])
    target.urls.append(PROVIDER)  # before the bridge has settled
    async with scene.following():
        await scene.settle()
    assert scene.bridge.announced == [SECOND]


async def test_what_lasts_is_written_and_taken_away_only_on_request() -> None:
    for replace in (False, True):
        scene = Scene(Held(BY_HAND), replace=replace)
        async with scene.following():
            await scene.bridge([BY_HAND, RULE, ROUTE])
            await scene.settle()
            assert scene.target.urls == [BY_HAND, RULE, ROUTE]
            await scene.bridge([empty("configurators"), SECOND, BY_HAND])
            await scene.settle()
            assert SECOND in scene.target.urls
            assert (RULE in scene.target.urls) is not replace
        assert scene.bridge.announced == [SECOND]


async def test_a_registry_that_sends_everything_at_once() -> None:
    """A service that is not mentioned any more is gone."""
    scene = Scene(Held(), source=SIMPLE)
    async with scene.following():
        await scene.bridge([PROVIDER, OTHER])
        await scene.settle()
        assert scene.target.urls == [PROVIDER, OTHER]
        await scene.bridge([OTHER])
        await scene.settle()
        assert scene.target.urls == [OTHER]


async def test_many_services_are_caught_up_together() -> None:
    scene = Scene(Held())
    services = [OTHER.with_path(f"s{number}").with_params({"interface": f"s{number}"}) for number in range(50)]
    for url in services:
        await scene.bridge([url])
    async with scene.following():
        await scene.settle()
        assert len(scene.target.urls) == 50
    assert set(scene.bridge.announced) == set(services)


async def test_what_is_not_selected_stays_out() -> None:
    scene = Scene(Held(), selection=Selection(("providers",), "cart"))
    async with scene.following():
        await scene.bridge([PROVIDER])
        await scene.bridge([OTHER])
        await scene.settle()
    assert scene.target.urls == [OTHER]


async def test_a_failed_step_is_reported_and_tried_again() -> None:
    scene = Scene(Held(fails_after=0))
    async with scene.following():
        await scene.bridge([PROVIDER, RULE])
        await scene.settle()
        assert len(scene.warnings) == 1
        await scene.settle(RETRY + SETTLE)
        assert len(scene.warnings) == 2
        scene.target.fails_after = None
        await scene.settle(RETRY + SETTLE)
        assert scene.target.urls == [RULE, PROVIDER]
    assert "out of order" in scene.warnings[0]
    assert scene.warnings[0].endswith("trying again in 5 s")


async def test_closing_takes_back_what_the_registry_would_leave() -> None:
    """A registry that is closed takes back what passes; what was announced only for as long as this lasts goes here."""
    scene = Scene(Held(protocol="multicast"))
    await scene.bridge.announce([PROVIDER, RULE])
    await scene.bridge.close()
    assert scene.target.urls == [PROVIDER]
