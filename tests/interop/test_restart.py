"""The callee goes away and comes back while calls flow."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from aiodubbo import Application, RpcError

from .contracts import GreetingService
from .peers import JavaPeer
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMETERS = {"heartbeat": "1000"}  # 2.7 and later look for lost connections once in a heartbeat


class Load:
    """Calls without end; counts right and wrong answers, and errors by class."""

    def __init__(self, service: GreetingService) -> None:
        self._service = service
        self.right = 0
        self.wrong = 0
        self.errors: Counter[str] = Counter()

    async def run(self) -> None:
        number = 0
        while True:
            number += 1
            try:
                answer = await self._service.say_hi(f"n{number}")
            except RpcError as error:
                self.errors[type(error).__name__] += 1
                await asyncio.sleep(0.02)
                continue
            if answer == f"hi, n{number}":
                self.right += 1
            else:
                self.wrong += 1


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


async def test_java_restarts_under_calls_of_python(java: JavaPeer, free_port: int) -> None:
    def start() -> JavaPeer:
        peer = JavaPeer(java.version, f"{java.version}-restarted")
        peer.request("export", name="victim", service="greeting", host=java.host, port=free_port)
        return peer

    peer = await asyncio.to_thread(start)
    try:
        async with Application("python") as app:
            service = await app.refer(
                GreetingService, url=f"dubbo://{java.host}:{free_port}", timeout=2.0, retries=0, parameters=PARAMETERS
            )
            load = Load(service)
            callers = [asyncio.create_task(load.run()) for _ in range(4)]
            try:
                await until(lambda: load.right > 50)
                await asyncio.to_thread(peer.kill)
                await until(lambda: load.errors.total() > 3)
                peer = await asyncio.to_thread(start)
                before = load.right
                await until(lambda: load.right > before + 50)
            finally:
                for caller in callers:
                    caller.cancel()
                await asyncio.gather(*callers, return_exceptions=True)
            assert load.wrong == 0
    finally:
        await asyncio.to_thread(peer.close)


async def test_python_restarts_under_calls_of_java(java: JavaPeer, free_port: int) -> None:
    async def right() -> int:
        return int((await java.ask("load-counts", name="load"))["right"])

    async def until_right(wanted: int) -> None:
        async with asyncio.timeout(30):
            while await right() < wanted:
                await asyncio.sleep(0.05)

    def provider() -> Application:
        return Application("python", protocol=f"dubbo://{java.host}:{free_port}", shutdown_wait=1.0)

    async with provider() as app:
        await app.export(GreetingService, Greeting())
        url = f"dubbo://{java.host}:{free_port}"
        await java.ask("refer", name="load", service="greeting", url=url, timeout=2000, parameters=PARAMETERS)
        await java.ask("load", name="load")
        await until_right(50)
    await asyncio.sleep(0.5)
    before = await right()
    async with provider() as app:
        await app.export(GreetingService, Greeting())
        await until_right(before + 50)
        counts = await java.ask("load-stop", name="load")
        await java.ask("release", name="load")
    assert counts["wrong"] == 0
    assert set(counts["errors"]) == {"RpcException"}
