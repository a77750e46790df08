"""``python -m benchmarks.soak --seconds N``: calls flow while providers and consumers come and go; nothing may fail, and nothing may grow.

One process holds the simple registry, a provider that stays, and a consumer with callers that never stop. In each turn

* a second provider joins, serves for a while and leaves in good order; in every fourth turn it is a process that is killed instead;
* a second consumer joins, calls and leaves;
* callers give up on slow calls, as timeouts and closed browser tabs do.

Then the callers pause, so that what is left over can be counted. Exit code 0: nothing grew, and no call failed; 1: something did; 2: the
time was too short to tell.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiodubbo import Application, RegistryServer, interface, java
from aiodubbo.errors import AiodubboError

from . import vitals
from .payloads import ITEMS, RECORD, TEXT, Item, Record
from .worker import loop_factory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .vitals import Census, Vitals

__all__ = ["Outcome", "main", "soak"]

_CALLERS = 16
_GIVE_UP = 8
"""Slow calls in each turn whose callers give up."""
_KILL_EVERY = 4
_TURN = 1.0
"""Seconds of calls in each turn."""
_SETTLE = 5.0
"""Seconds that calls may take to end once the callers pause."""


@interface("org.aiodubbo.benchmarks.Soak")
class Soak(Protocol):
    """What is called."""

    async def text(self, value: str) -> str: ...
    async def record(self, value: Record) -> Record: ...
    async def items(self, value: list[Item]) -> list[Item]: ...
    async def nap(self, millis: java.int) -> None: ...


class _Soak:
    async def text(self, value: str) -> str:
        return value

    async def record(self, value: Record) -> Record:
        return value

    async def items(self, value: list[Item]) -> list[Item]:
        return value

    async def nap(self, millis: int) -> None:
        await asyncio.sleep(millis / 1000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went.

    Attributes:
        calls: answered calls.
        failures: failed calls, in words; each kind once.
        samples: one for each turn.
        first: instances of classes at the third sample.
        last: instances of classes at the last.
    """

    calls: int
    failures: dict[str, int]
    samples: list[Vitals]
    first: Census
    last: Census


class _Callers:
    """Callers that never stop, except when they are told to pause."""

    def __init__(self, stub: Soak) -> None:
        self._stub = stub
        self._going = asyncio.Event()
        self._busy = 0
        self.calls = 0
        self.failures: dict[str, int] = {}

    async def run(self, number: int) -> None:
        """One caller; ends when it is cancelled."""
        while True:
            await self._going.wait()
            self._busy += 1
            try:
                await self._call(number)
            except AiodubboError as error:
                self.note(error)
            finally:
                self._busy -= 1

    async def _call(self, number: int) -> None:
        self.calls += 1
        match (self.calls + number) % 20:
            case 0:
                await self._stub.items(ITEMS)
            case rest if rest < 8:
                await self._stub.record(RECORD)
            case _:
                await self._stub.text(TEXT)

    def note(self, error: Exception) -> None:
        """Remember a failure."""
        text = f"{type(error).__name__}: {error}"
        self.failures[text[:300]] = self.failures.get(text[:300], 0) + 1

    def resume(self) -> None:
        """Let them call."""
        self._going.set()

    async def pause(self) -> None:
        """Let them end their calls, and wait until nothing is under way in this process."""
        self._going.clear()
        end = time.monotonic() + _SETTLE
        while (self._busy or vitals.pending()) and time.monotonic() < end:
            await asyncio.sleep(0.02)


async def soak(seconds: float, *, kill: bool = True) -> Outcome:
    """Run for about `seconds`.

    Args:
        seconds: how long.
        kill: whether some providers are processes that are killed.
    """
    async with (
        RegistryServer("127.0.0.1", 0) as registry,
        _provider(registry.address),
        Application("soak-consumer", registry=registry.address) as consumer,
    ):
        callers = _Callers(await consumer.refer(Soak, timeout=10.0))
        tasks = [asyncio.create_task(callers.run(number)) for number in range(_CALLERS)]
        samples: list[Vitals] = []
        first: Census = vitals.take()[1]
        last = first
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            callers.resume()
            killed = kill and len(samples) % _KILL_EVERY == _KILL_EVERY - 1
            await _turn(registry.address, callers, killed=killed)
            await callers.pause()
            sample, last = vitals.take()
            samples.append(sample)
            if len(samples) <= 3:
                first = last
            print(f"{len(samples):4}: {callers.calls:,} calls, {sum(callers.failures.values())} failed; {sample}", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Outcome(callers.calls, callers.failures, samples, first, last)


async def _turn(registry: str, callers: _Callers, *, killed: bool) -> None:
    provider = _process(registry) if killed else _provider(registry)
    async with provider, Application("soak-visitor", registry=registry) as visitor:
        stub = await visitor.refer(Soak, timeout=10.0)
        for error in await asyncio.gather(*(_give_up(stub) for _ in range(_GIVE_UP)), return_exceptions=True):
            if isinstance(error, AiodubboError):
                callers.note(error)
            elif error is not None:
                raise error
        await asyncio.sleep(_TURN)


async def _give_up(stub: Soak) -> None:
    try:
        async with asyncio.timeout(0.02):
            await stub.nap(100)
    except TimeoutError:
        return


@asynccontextmanager
async def _provider(registry: str) -> AsyncIterator[None]:
    async with Application("soak-provider", registry=registry, protocol="dubbo://127.0.0.1:0") as app:
        await app.export(Soak, _Soak())
        yield


@asynccontextmanager
async def _process(registry: str) -> AsyncIterator[None]:
    """A provider in a process of its own, which is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.soak",
        "--provide",
        registry,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20.0):
            await process.stdout.readline()
        yield
    finally:
        process.kill()
        await process.communicate()


async def _provide(registry: str) -> None:
    """Be that process; the end of the input ends it, so that it does not outlive who started it."""
    async with _provider(registry):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _report(outcome: Outcome) -> int:
    for text, times in outcome.failures.items():
        print(f"FAILED CALLS: {times} x {text}")
    try:
        grown = vitals.growth(outcome.samples)
    except ValueError as error:
        print(f"NOT JUDGED: {error}")
        return 1 if outcome.failures else 2
    for text in grown:
        print(f"GROWTH: {text}")
    if grown:
        print("Classes of which there are more now than at the third sample:")
        for name, count in (outcome.last - outcome.first).most_common(12):
            print(f"  {name}: {outcome.first[name]} -> {outcome.first[name] + count}")
    if grown or outcome.failures:
        return 1
    print(f"Nothing grew, and none of {outcome.calls:,} calls failed, in {len(outcome.samples)} turns.")
    return 0


def main() -> int:
    """Run what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description="Calls flow while providers come and go; nothing may grow."
    )
    parser.add_argument("--seconds", type=float, default=600.0, help="how long (default: %(default)g)")
    parser.add_argument(
        "--provide", metavar="REGISTRY", help="be a provider that registers there, until the input ends (used by the soak itself)"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)  # a retry after a kill is a warning, and meant to happen
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        if options.provide is not None:
            runner.run(_provide(options.provide))
            return 0
        outcome = runner.run(soak(options.seconds))
    return _report(outcome)


if __name__ == "__main__":
    sys.exit(main())
