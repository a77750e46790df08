"""Registries that stop answering without closing a connection, while calls flow: for longer than a session, and for less.

All three freeze at once, since most of the time is waiting. The file stands alone so that other files run meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.integration.services import Shop, ShopImplementation
from tests.polling import elapse, until

from .calling import addresses, calling, consumer, provider

if TYPE_CHECKING:
    from .calling import Calls
    from .conftest import Kind

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(240)]

FREEZE = 60.0
SETTINGS = "session=20000&timeout=5000&retry.period=1000&reconnect.period=1000"
"""Sessions end three times while the registry is frozen. All else is the default or near to it."""


@pytest.fixture
def registries(own_zookeeper: Kind, own_redis: Kind, own_dubbo: Kind) -> list[Kind]:
    return [own_zookeeper, own_redis, own_dubbo]


class Scene:
    """A provider and a consumer at one registry, with calls between them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.address = kind.address(SETTINGS)
        self.app = provider(self.address)
        self.client = consumer(self.address)
        self.calls: Calls

    async def start(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(self.app)
        await stack.enter_async_context(self.client)
        exported = await self.app.export(Shop, ShopImplementation())
        self.known = {exported.url.address}
        stub = await self.client.refer(Shop, timeout=5.0)
        self.calls = await stack.enter_async_context(calling(stub, 1))
        await self.calls.go_on()

    async def all_find_together(self) -> None:
        """Who comes now finds the provider, and is found."""
        async with consumer(self.address, "late", check=False) as late, provider(self.address, "second", check=False) as second:
            await late.refer(Shop)
            await until(lambda: addresses(late) == self.known, 40)
            other = await second.export(Shop, ShopImplementation())
            await until(lambda: addresses(self.client) == {*self.known, other.url.address}, 40)
            await self.calls.go_on()
        await until(lambda: addresses(self.client) == self.known, 40)
        await self.calls.go_on()


@pytest.mark.spec("REG-77", "a registry that is frozen for a minute, three times as long as a session, loses nobody")
async def test_frozen_for_a_minute(registries: list[Kind]) -> None:
    async with AsyncExitStack() as stack:
        scenes = [Scene(kind) for kind in registries]
        await asyncio.gather(*(scene.start(stack) for scene in scenes))
        for kind in registries:
            kind.server.freeze()
        try:
            loop = asyncio.get_running_loop()
            end = loop.time() + FREEZE
            while loop.time() < end:
                await asyncio.gather(*(scene.calls.go_on() for scene in scenes))
                assert all(addresses(scene.client) == scene.known for scene in scenes)
                await elapse(1)
        finally:
            for kind in registries:
                kind.server.thaw()
        await asyncio.gather(*(scene.calls.go_on() for scene in scenes))
        await asyncio.gather(*(scene.all_find_together() for scene in scenes))


@pytest.mark.spec("REG-77", "a registry that is frozen for less than a session: nobody is told anything")
async def test_frozen_for_a_moment(registries: list[Kind], caplog: pytest.LogCaptureFixture) -> None:
    async with AsyncExitStack() as stack:
        scenes = [Scene(kind) for kind in registries]
        await asyncio.gather(*(scene.start(stack) for scene in scenes))
        before = [scene.client.host.catalogue.references[0].snapshot for scene in scenes]
        with caplog.at_level(logging.INFO, "aiodubbo"):
            caplog.clear()
            for kind in registries:
                kind.server.freeze()
            try:
                await elapse(2)
                await asyncio.gather(*(scene.calls.go_on() for scene in scenes))
            finally:
                for kind in registries:
                    kind.server.thaw()
            await asyncio.gather(*(scene.calls.go_on(100) for scene in scenes))
            noticed = [record.getMessage() for record in caplog.records if record.name.startswith("aiodubbo.")]
        assert [scene.client.host.catalogue.references[0].snapshot for scene in scenes] == before
        assert not noticed, "somebody noticed"
        await asyncio.gather(*(scene.all_find_together() for scene in scenes))
