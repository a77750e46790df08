"""Processes on the hosts of a `Network`, which a test steers by lines."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from .networks import Network

__all__ = ["Process", "started"]

ROOT = Path(__file__).parents[3]


class Process:
    """Takes one line for each command, and answers with a line of JSON; see `member` and `steered`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, what: str) -> Any:
        """One command and its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n".encode())
        async with asyncio.timeout(15):
            return json.loads(await self._process.stdout.readline())

    async def close(self) -> None:
        self._process.terminate() if self._process.returncode is None else None
        await self._process.communicate()


@asynccontextmanager
async def started(network: Network, *places: tuple[int, str, Sequence[str]]) -> AsyncIterator[list[Process]]:
    """One process for each host, module of this package, and its arguments."""
    async with AsyncExitStack() as stack:
        made = []
        for host, module, arguments in places:
            command = network.command(host, sys.executable, "-m", f"{__package__}.{module}", *arguments)
            pipe = asyncio.subprocess.PIPE
            process = Process(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT))
            stack.push_async_callback(process.close)
            made.append(process)
        yield made
