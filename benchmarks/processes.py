"""Child processes that are told what to do; the two ends of a peer, each on a core of its own where there are two."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .load import Sample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .peers import Peer

__all__ = ["HERE", "BenchmarkError", "Checkout", "Ends", "Worker", "cores", "spawn", "start"]

_START = 30.0
"""Seconds that a process may take to start."""
_ANSWER = 30.0
"""Seconds that an answer may take beyond what the order itself takes."""


class BenchmarkError(Exception):
    """A peer failed; the text says which and how."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A source tree with its own benchmarks, and the interpreter that runs them.

    Attributes:
        folder: root of the tree.
        python: path of the interpreter, with the tree's package installed.
    """

    folder: Path
    python: str


HERE = Checkout(Path(__file__).resolve().parent.parent, sys.executable)


def cores() -> tuple[int, int] | None:
    """One core for servers, one for clients; None where there are not two, or the platform cannot choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else None


class Worker:
    """A child process that is told what to do."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._process = process

    async def answer(self, within: float) -> dict[str, Any]:  # Any: JSON
        """The next line it says.

        Raises:
            BenchmarkError: it failed, ended or says nothing.
        """
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(within):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise BenchmarkError(f"{self.name}: no answer within {within:.0f} s") from None
        if not line:
            raise BenchmarkError(f"{self.name}: it ended; see what it wrote above")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchmarkError(f"{self.name}: {answer['error']}")
        return answer

    async def ask(self, within: float, **order: object) -> dict[str, Any]:
        """Tell it something, and return what it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self.answer(within)

    async def end(self) -> None:
        """Let it end; make it end if it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5.0):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@dataclass(frozen=True, slots=True)
class Ends:
    """A server and its client."""

    server: Worker
    client: Worker

    async def check(self, payload: str) -> None:
        """Send the payload once and compare.

        Raises:
            BenchmarkError: something else came back.
        """
        if not (await self.client.ask(_ANSWER, do="check", payload=payload))["same"]:
            raise BenchmarkError(f"{self.client.name}: what came back for {payload} is not what was sent")

    async def load(self, payload: str, concurrency: int, *, calls: int, seconds: float) -> tuple[Sample, float]:
        """What the client measured, and the server's processor seconds meanwhile."""
        before = await self._server_cpu()
        within = seconds + _ANSWER
        answer = await self.client.ask(within, do="load", payload=payload, concurrency=concurrency, calls=calls, seconds=seconds)
        return Sample(**answer), await self._server_cpu() - before

    async def _server_cpu(self) -> float:
        cpu: float = (await self.server.ask(_ANSWER, do="cpu"))["cpu"]
        return cpu


@asynccontextmanager
async def start(peer: Peer, profile: Path | None = None, checkout: Checkout = HERE) -> AsyncIterator[Ends]:
    """Start both ends of `peer`.

    Args:
        peer: the framework.
        profile: folder for what cProfile sees of each end; None for no profile.
        checkout: the tree whose code runs.

    Raises:
        BenchmarkError: one does not start.
    """
    pinned = cores()

    async def end(kind: str, core: int, *arguments: str) -> Worker:
        options = list(arguments)
        if pinned is not None:
            options += ["--core", str(pinned[core])]
        if profile is not None:
            options += ["--profile", str((profile / f"{peer.name}-{kind}.prof").absolute())]
        return await spawn(f"{peer.name} {kind}", "benchmarks.worker", kind, peer.name, *options, checkout=checkout)

    server = await end("server", 0)
    try:
        port = (await server.answer(_START))["port"]
        client = await end("client", 1, "--port", str(port))
        try:
            await client.answer(_START)
            yield Ends(server, client)
        finally:
            await client.end()
    finally:
        await server.end()


async def spawn(name: str, module: str, *arguments: str, checkout: Checkout = HERE) -> Worker:
    """Start ``python -m module arguments…``.

    Args:
        name: what it is called when it fails.
        module: speaks lines of JSON, and ends by itself or with its input.
        arguments: of the command line.
        checkout: the tree whose code runs.
    """
    process = await asyncio.create_subprocess_exec(
        checkout.python, "-m", module, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=checkout.folder
    )
    return Worker(name, process)
