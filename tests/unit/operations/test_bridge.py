"""Announcing at one registry what owners announce at another one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiodubbo.operations.bridge import Bridge
from aiodubbo.operations.entries import Selection
from aiodubbo.url.url import URL
from tests.polling import until

from .entries import BY_HAND, CONSUMER, OTHER, PROVIDER, ROUTE, RULE, SECOND, Held

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ZOOKEEPER = URL.parse("zookeeper://10.2.2.2:2181")
SIMPLE = URL.parse("dubbo://10.2.2.2:9090")


class Scene:
    """A bridge to a registry, and its reports."""

    def __init__(self, target: Held, *, source: URL = ZOOKEEPER, replace: bool = False, selection: Selection | None = None) -> None:
        self.target = target
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.bridge = Bridge(
            target, selection or Selection(), self.lines.append, self.warnings.append, replace=replace, settle=0.0, retry=0.01
        )
        self.bridge.expect(source)

    async def until(self, true: Callable[[], bool]) -> None:
        await until(true, 20)  # the bridge is given no clock to steer

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
        await scene.until(lambda: scene.target.urls == [RULE, PROVIDER, CONSUMER])
        await scene.bridge([SECOND])
        await scene.until(lambda: scene.target.urls == [RULE, CONSUMER, SECOND])
        await scene.bridge([OTHER, empty("consumers", "b.Cart")])
        await scene.until(lambda: scene.target.urls == [RULE, CONSUMER, SECOND, OTHER])
    assert scene.bridge.announced == [CONSUMER, SECOND, OTHER]
    assert f"- {PROVIDER.redacted()}" in scene.lines
    assert scene.warnings == []


async def test_what_others_announced_is_not_touched() -> None:
    """The provider announces itself at the target, too: it is neither announced again nor taken back when it leaves the source."""
    scene = Scene(Held(PROVIDER))
    async with scene.following():
        await scene.bridge([PROVIDER, SECOND])
        await scene.until(lambda: scene.target.urls == [PROVIDER, SECOND])
        await scene.bridge([empty("providers")])
        await scene.until(lambda: scene.target.urls == [PROVIDER])
    assert [url for _, url in scene.target.log] == [SECOND, SECOND]


async def test_what_an_application_announces_at_both_meanwhile_is_its_own() -> None:
    target = Held()
    scene = Scene(target)
    await scene.bridge([PROVIDER, SECOND])
    target.urls.append(PROVIDER)  # before the bridge has settled
    async with scene.following():
        await scene.until(lambda: SECOND in target.urls)
    assert scene.bridge.announced == [SECOND]


async def test_what_lasts_is_written_and_taken_away_only_on_request() -> None:
    for replace in (False, True):
        scene = Scene(Held(BY_HAND), replace=replace)
        async with scene.following():
            await scene.bridge([BY_HAND, RULE, ROUTE])
            await scene.until(lambda scene=scene: scene.target.urls == [BY_HAND, RULE, ROUTE])  # type: ignore[misc] # bound in the loop
            await scene.bridge([empty("configurators"), SECOND, BY_HAND])
            await scene.until(lambda scene=scene: SECOND in scene.target.urls)  # type: ignore[misc]
            await scene.until(lambda scene=scene, replace=replace: (RULE in scene.target.urls) is not replace)  # type: ignore[misc]
        assert scene.bridge.announced == [SECOND]


async def test_a_registry_that_sends_everything_at_once() -> None:
    """A service that is not mentioned any more is gone."""
    scene = Scene(Held(), source=SIMPLE)
    async with scene.following():
        await scene.bridge([PROVIDER, OTHER])
        await scene.until(lambda: scene.target.urls == [PROVIDER, OTHER])
        await scene.bridge([OTHER])
        await scene.until(lambda: scene.target.urls == [OTHER])


async def test_many_services_are_caught_up_together() -> None:
    scene = Scene(Held())
    services = [OTHER.with_path(f"s{number}").with_params({"interface": f"s{number}"}) for number in range(50)]
    for url in services:
        await scene.bridge([url])
    async with scene.following():
        await scene.until(lambda: len(scene.target.urls) == 50)
    assert set(scene.bridge.announced) == set(services)


async def test_what_is_not_selected_stays_out() -> None:
    scene = Scene(Held(), selection=Selection(("providers",), "cart"))
    async with scene.following():
        await scene.bridge([PROVIDER])
        await scene.bridge([OTHER])
        await scene.until(lambda: bool(scene.target.urls))
    assert scene.target.urls == [OTHER]


async def test_a_failed_step_is_reported_and_tried_again() -> None:
    scene = Scene(Held(fails_after=0))
    async with scene.following():
        await scene.bridge([PROVIDER, RULE])
        await scene.until(lambda: len(scene.warnings) > 1)
        scene.target.fails_after = None
        await scene.until(lambda: scene.target.urls == [RULE, PROVIDER])
    assert "out of order" in scene.warnings[0]
    assert scene.warnings[0].endswith("trying again in 0.01 s")


async def test_closing_takes_back_what_the_registry_would_leave() -> None:
    """A registry that is closed takes back what passes; what was announced only for as long as this lasts goes here."""
    scene = Scene(Held(protocol="multicast"))
    await scene.bridge.announce([PROVIDER, RULE])
    await scene.bridge.close()
    assert scene.target.urls == [PROVIDER]
