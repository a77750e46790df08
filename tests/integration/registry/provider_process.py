"""A provider in a process of its own, which a test may kill."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Self

from aiodubbo import Application
from tests.integration.services import Shop, ShopImplementation

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ProviderProcess"]


class ProviderProcess:
    """Serves `Shop` of a group while its block lasts."""

    def __init__(self, registry: str, group: str) -> None:
        self._arguments = (registry, group)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        command = (sys.executable, "-m", __name__, *self._arguments)
        self._process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            line = await self._process.stdout.readline()
        assert line == b"ready\n", "the provider did not start"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        assert self._process is not None
        await self._process.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def pause(self) -> None:
        """Have it stand still, with all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


async def main(registry: str, group: str) -> None:
    async with Application("other", registry=registry, protocol="dubbo://127.0.0.1:0") as app:
        await app.export(Shop, ShopImplementation(), group=group)
        print("ready", flush=True)
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
