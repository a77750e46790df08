"""One end of an echo benchmark in a process of its own: ``python -m benchmarks.worker server|client PEER [--port N] [--core N]``.

It is told what to do by lines of JSON on its standard input and answers with lines of JSON on its standard output:

server
    says ``{"port": ...}`` once; ``{"do": "cpu"}`` is answered by ``{"cpu": seconds}`` of the whole
    process.
client
    says ``{"ready": true}`` once; ``{"do": "check", "payload": ...}`` compares one answer with what was sent; ``{"do": "load",
    "payload": ..., "concurrency": ..., "calls": ..., "seconds": ...}`` is answered by a `Sample`.

A failure is answered by ``{"error": text}``. The end of the input ends the process, so that nothing stays behind when the benchmark
is killed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .load import closed_loop
from .peers import PEERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from .peers import Peer, Targets

__all__ = ["loop_factory", "main"]


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's loop where it is installed, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def _orders() -> AsyncIterator[dict[str, Any]]:  # Any: JSON
    """What the standard input says."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def _server(peer: Peer) -> None:
    async with peer.serve() as port:
        _say({"port": port})
        async for _ in _orders():
            _say({"cpu": time.process_time()})


async def _client(peer: Peer, port: int) -> None:
    async with peer.connect(port) as targets:
        _say({"ready": True})
        async for order in _orders():
            try:
                _say(await _obey(order, targets))
            except Exception as error:  # noqa: BLE001 - whatever a call raises is told to whoever asked
                reason = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                _say({"error": f"{type(reason).__name__}: {reason}"})


async def _obey(order: dict[str, Any], targets: Targets) -> dict[str, object]:
    target = targets(order["payload"])
    if order["do"] == "check":
        return {"same": await target.call() == target.expected}
    sample = await closed_loop(target.call, concurrency=order["concurrency"], calls=order["calls"], seconds=order["seconds"])
    return asdict(sample)


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


def main() -> None:
    """Be one end until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description="one end of an echo benchmark")
    parser.add_argument("end", choices=("server", "client"))
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--core", type=int)
    parser.add_argument("--profile", metavar="FILE", help="write what cProfile saw to this file")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})  # before anything starts threads
    peer = PEERS[options.peer]
    work = _server(peer) if options.end == "server" else _client(peer, options.port)
    if options.profile is None:
        _run(work)
        return
    import cProfile

    profiler = cProfile.Profile()
    try:
        profiler.runcall(_run, work)
    finally:
        profiler.dump_stats(options.profile)


if __name__ == "__main__":
    main()
