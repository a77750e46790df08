"""Whatever is cancelled or closed, and whenever: nothing stays behind, neither tasks nor threads nor sockets nor what was registered."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application
from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.errors import AiodubboError
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

from .conftest import FAST

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .conftest import Kind

pytestmark = pytest.mark.integration


def open_files() -> int:
    """Sockets, pipes and files. What kazoo's threads open to wait is there only while they wait, and left out."""
    if sys.platform != "linux":
        return 0
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += "eventpoll" not in os.readlink(f"/proc/self/fd/{name}")
    return count


async def cancelled_after(steps: int, work: Coroutine[object, object, object]) -> None:
    """Run `work` for some turns of the event loop, then cancel it. What it raises by itself is its own business."""
    task = asyncio.create_task(work)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        assert isinstance(error, AiodubboError), f"after {steps} steps: {error!r}"


@pytest.mark.spec("REG-29", "what was registered is taken back by closing, wherever it was cancelled before")
async def test_cancelled_at_each_step(kind: Kind) -> None:
    service = f"com.example.Cancelled{kind.name}"
    provider = URL("dubbo", "10.0.0.1", 20880, service, {"interface": service})
    consumer = URL("consumer", "10.0.0.9", 0, service, {"interface": service, "category": "providers"})
    watching = kind.open()
    await watching.lookup(consumer)
    tasks, files = len(asyncio.all_tasks()), open_files()
    for steps in (*range(0, 30, 3), 50, 100):
        registry = kind.open()
        told = Notified()
        await cancelled_after(steps, registry.register(provider))
        await cancelled_after(steps, registry.subscribe(consumer, told))
        await cancelled_after(steps, registry.lookup(consumer))
        await cancelled_after(steps, registry.unsubscribe(consumer, told))
        await cancelled_after(steps, registry.close())
        await registry.close()
    await until(lambda: len(asyncio.all_tasks()) <= tasks, 20)
    await until(lambda: open_files() <= files, 20)
    assert list(await watching.lookup(consumer)) == []
    await watching.close()
    await until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("zk")], 20)


@pytest.mark.parametrize("what", ["refer", "export", "close"])
@pytest.mark.parametrize("how", ["cancelled", "closed meanwhile"])
async def test_an_application_is_cancelled_at_each_step(what: str, how: str) -> None:
    async with RegistryServer("127.0.0.1", 0, shutdown_wait=0.1) as server:
        address = f"{server.address}?{FAST}"
        async with Application("provider", registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=0.1) as provider:
            exported = await provider.export(Shop, ShopImplementation())
            tasks, files = len(asyncio.all_tasks()), open_files()
            for steps in (*range(0, 45, 3), 60, 100):
                app = Application("other", registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=0.05)
                if what == "close":
                    await app.refer(Shop)
                    work: Coroutine[object, object, object] = app.close()
                else:
                    work = app.refer(Shop) if what == "refer" else app.export(Shop, ShopImplementation(), version="2")
                if how == "cancelled":
                    await cancelled_after(steps, work)
                    await app.close()
                else:
                    task = asyncio.create_task(work)
                    for _ in range(steps):
                        await asyncio.sleep(0)
                    await app.close()
                    await asyncio.wait([task])
                    assert task.exception() is None or isinstance(task.exception(), AiodubboError)
            await until(lambda: len(asyncio.all_tasks()) <= tasks, 20)
            await until(lambda: open_files() <= files, 20)
            providers = [url for url in server.urls if url.protocol == "dubbo"]
            assert providers == [exported.url]
