"""The callee goes away and comes back while calls flow."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import Application, RpcError
from tests.polling import until

from .contracts import GreetingService
from .java_build import ROOT
from .peers import JavaPeer
from .relay import Relay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .conftest import Address

PARAMETERS = {
    "heartbeat": "1000",  # 2.7 and later look for lost connections once in a heartbeat,
    "dubbo.application.least-reconnect-duration": "1000",  # 3.x not more often than once in a minute without this
}


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


@pytest.mark.spec("PRO-73", "calls flow again after real Java was killed and started anew")
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


@pytest.mark.spec("PRO-32", "real Java says that it closes; what runs is answered, new calls go to another provider")
async def test_java_says_goodbye(java: JavaPeer, java_address: Address, free_port: int) -> None:
    peer = await asyncio.to_thread(JavaPeer, java.version, f"{java.version}-leaving")
    try:
        await peer.ask("export", name="leaving", service="greeting", host=java.host, port=free_port)
        async with Relay(java.host, free_port) as relay, Application("python") as app:
            leaving_only = await app.refer(GreetingService, url=relay.address, timeout=5.0, retries=0)
            running = asyncio.create_task(leaving_only.sleep(700))
            service = await app.refer(GreetingService, url=f"{relay.address};{java_address.url}", timeout=5.0, retries=0)
            await until(lambda: any(frame.is_request and not frame.is_event for frame in relay.frames))
            assert await leaving_only.say_hi("you") == "hi, you"  # so Java has taken the call before, too
            exiting = asyncio.create_task(asyncio.to_thread(peer.exit))
            await until(lambda: any(frame.is_event and not frame.outward and not frame.is_two_way for frame in relay.frames))
            await asyncio.sleep(0.1)  # the frame is noted before it is passed on
            before = len([frame for frame in relay.frames if frame.outward])
            assert [await service.say_hi("you") for _ in range(20)] == ["hi, you"] * 20
            assert len([frame for frame in relay.frames if frame.outward]) == before
            assert await running == "slept 700"
            await exiting
    finally:
        await asyncio.to_thread(peer.close)


@asynccontextmanager
async def python_provider(host: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A provider process; killed at the end unless it has ended already."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.interop.provider", host, str(port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.spec("PRO-112", "real Java comes back after Python ended by a signal")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_python_restarts_under_calls_of_java(java: JavaPeer, free_port: int, how: signal.Signals) -> None:
    async def counts() -> dict[str, Any]:
        found: dict[str, Any] = await java.ask("load-counts", name="load")
        return found

    async def until_counted(condition: Callable[[dict[str, Any]], bool]) -> None:
        async def holds() -> bool:
            return condition(await counts())

        await until(holds, 30)

    async with AsyncExitStack() as stack:
        async with python_provider(java.host, free_port) as process:
            url = f"dubbo://{java.host}:{free_port}"
            await java.ask("refer", name="load", service="greeting", url=url, timeout=2000, parameters=PARAMETERS)
            stack.push_async_callback(java.ask, "release", name="load")
            await java.ask("load", name="load")
            stack.push_async_callback(java.ask, "load-stop", name="load")
            await until_counted(lambda now: now["right"] > 50)
            process.send_signal(how)
            assert await asyncio.wait_for(process.wait(), 15) == (0 if how == signal.SIGTERM else -how)
            await until_counted(lambda now: sum(now["errors"].values()) > 0)
        async with python_provider(java.host, free_port):
            await until_counted(lambda now: now["right_since_error"] > 50)
            now = await counts()
            assert now["wrong"] == 0
            assert set(now["errors"]) == {"RpcException"}
