"""Two hundred providers appear at once, and leave at once, while calls flow: none is lost, and nothing is left over."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from aiodubbo.integration import registry_protocol
from aiodubbo.protocol.dubbo.client import Client
from aiodubbo.protocol.dubbo.exchange import Exchange
from aiodubbo.protocol.dubbo.invoker import DubboInvoker
from aiodubbo.protocol.dubbo.protocol import DubboProtocol
from aiodubbo.protocol.dubbo.session import Session
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.integration.services import Shop, ShopImplementation
from tests.polling import elapse, until

from .calling import addresses, attempts, calling, consumer, provider
from .conftest import FAST

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Registry

    from .conftest import Kind

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

MANY = 200
COMMANDS = 8
"""Connections that a Redis client may have for commands, each made when it is first needed; far less than a crowd has."""

PATIENT = f"{FAST}&timeout=10000&file.cache=false"
"""All of the crowd runs in one event loop, which is busy for a second or more at a time."""

WATCHED = (Client, DubboInvoker, Exchange, Session)


@dataclass(frozen=True, slots=True)
class Holding:
    """What this process holds now."""

    objects: Counter[str]
    tasks: int
    files: int

    @classmethod
    def now(cls) -> Holding:
        gc.collect()
        objects = Counter(type(one).__name__ for one in gc.get_objects() if type(one) in WATCHED)
        return cls(objects, len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")))

    @classmethod
    async def settled(cls) -> Holding:
        """What it holds when no object goes away any more; a look takes long, and is taken twice a second."""
        before, after = None, cls.now()
        async with asyncio.timeout(60):
            while before is None or before.objects != after.objects:
                await elapse(0.5)
                before, after = after, cls.now()
        return after

    def is_no_more_than(self, before: Holding) -> bool:
        """Whether nothing of a crowd is left; commands and notifications that run at the moment are none of it."""
        return self.objects == before.objects and self.tasks <= before.tasks + COMMANDS and self.files <= before.files + COMMANDS


def _the_protocol(protocol: DubboProtocol, name: str) -> DubboProtocol:
    return protocol


class Crowd:
    """Providers with a port each, which announce themselves through one connection to the registry."""

    def __init__(self, registry: Registry, group: str) -> None:
        self._registry = registry
        self._service = describe(Shop).with_identity(group=group)
        self._invoke = serve(self._service, ShopImplementation(), WorkerPool(1))
        self._protocols: list[DubboProtocol] = []
        self._exported: list[registry_protocol.RegisteredExporter] = []

    async def come(self, size: int) -> None:
        """Serve, and announce it, all at once."""
        params = {
            "interface": self._service.interface,
            "group": self._service.group,
            "methods": "find,slow",
            "bind.ip": "127.0.0.1",
            "bind.port": "0",
        }
        url = URL("dubbo", "127.0.0.1", 0, self._service.interface, params)
        self._protocols = [DubboProtocol(ProtocolSettings(), Host(name="crowd")) for _ in range(size)]
        hosts = [Host(name="crowd", protocol=partial(_the_protocol, protocol)) for protocol in self._protocols]
        self._exported = await asyncio.gather(
            *(registry_protocol.export(self._service, self._invoke, url, host=host, registries=[self._registry]) for host in hosts)
        )

    async def leave(self) -> None:
        """Take it back, then stop serving, all at once."""
        await asyncio.gather(*(exported.close() for exported in self._exported))
        await asyncio.gather(*(protocol.close() for protocol in self._protocols))
        self._protocols, self._exported = [], []


@pytest.mark.spec("REG-64", "two hundred providers come and go at once: those that stay keep their connections, calls under way end well")
async def test_two_hundred_at_once(any_kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "asyncio")  # what it says of slow steps would keep tasks and connections alive
    group = f"crowd-{any_kind.name}"
    async with AsyncExitStack() as stack:
        registry = any_kind.open(PATIENT)
        stack.push_async_callback(registry.close)
        apps = [await stack.enter_async_context(provider(any_kind.address(PATIENT), name)) for name in ("one", "other")]
        client = await stack.enter_async_context(consumer(any_kind.address(PATIENT)))
        counted = stack.enter_context(attempts())
        lasting = {(await app.export(Shop, ShopImplementation(), group=group)).url.address for app in apps}
        stub = await client.refer(Shop, group=group, timeout=10.0)
        await until(lambda: addresses(client) == lasting)
        kept = client.host.catalogue.references[0].snapshot.invokers
        crowd = Crowd(registry, group)
        stack.push_async_callback(crowd.leave)
        async with calling(stub) as calls:
            held: list[Holding] = []
            for size in (3, MANY):  # a few first, so that whatever is made once is there
                await crowd.come(size)
                await until(lambda: len(addresses(client)) == size + len(lasting), 60)  # noqa: B023 - awaited here
                assert all(invoker.is_available() for invoker in client.host.catalogue.references[0].snapshot.invokers)
                slow = [asyncio.create_task(stub.slow(0.5)) for _ in range(50)]
                await asyncio.sleep(0)  # they are under way
                await calls.go_on()
                await crowd.leave()
                await until(lambda: addresses(client) == lasting, 60)
                assert await asyncio.gather(*slow) == ["done"] * len(slow)
                assert client.host.catalogue.references[0].snapshot.invokers == kept
                await calls.go_on()
                await stub.slow(0.0)  # the load balance remembers the last list for each method
                caplog.clear()  # a record of a call that was tried again holds the error, and that what its frames saw
                held.append(await Holding.settled())
            before, after = held
            async with asyncio.timeout(60):  # what a busy machine finishes late is no leak
                while not after.is_no_more_than(before):
                    await calls.go_on()
                    after = await Holding.settled()
        assert len(counted.made) > 30
        # One of two hundred is called so rarely that it may take silence for having been understood; that call went to another provider.
        assert sum(counted.failed.values()) <= 10
