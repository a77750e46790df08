"""One measurement in a process of its own: ``python -m benchmarks.registries.worker PART REGISTRY [--services N] [--providers N] …``.

It says lines of JSON on its standard output: a `Cost` when it is done; the part ``change`` first how many providers it knows, then a
`Change` after each. A failure is told as ``{"error": text}``.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import logging
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from aiodubbo.errors import AiodubboError
from aiodubbo.integration.registry_directory import RegistryDirectory
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL, REGISTRY
from aiodubbo.url.url import URL

from .. import vitals
from ..worker import loop_factory
from .contents import LARGE, provider, service, services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from aiodubbo.rpc.abc import Invoker, Listener, Registry, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor

__all__ = ["PARTS", "Change", "Cost", "main"]

_LIMIT = 60.0
"""Seconds that a change may take to arrive; then whoever makes changes is gone."""

_CALM = 0.05
"""Seconds after a change in which what it leads to happens as well, such as the writing of the cache file."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a measurement cost.

    Attributes:
        urls: how many were found, told or registered.
        seconds: how long it took.
        loop: processor seconds of the event loop's thread.
        before: resident bytes before it.
        after: resident bytes after it, while all is still held.
        peak: the most resident bytes of the process.
    """

    urls: int
    seconds: float
    loop: float
    before: int
    after: int
    peak: int


@dataclass(frozen=True, slots=True)
class Change:
    """What one change in the large service cost a consumer.

    Attributes:
        providers: how many it knows now.
        loop: processor seconds of the event loop's thread, from the registry's word to the new list and what follows it.
        made: invokers that were made.
        replaced: providers that were there before and have another invoker now.
    """

    providers: int
    loop: float
    made: int
    replaced: int


@interface(LARGE)
class Basket(Protocol):
    """The contract of the large service."""

    async def create(self, name: str) -> str: ...


class _Counting:
    """The dubbo protocol, counting what it is asked to make."""

    def __init__(self, protocol: RpcProtocol) -> None:
        self._protocol = protocol
        self.made = 0

    async def refer(self, service: ServiceDescriptor, url: URL) -> Invoker:
        self.made += 1
        return await self._protocol.refer(service, url)


class _Telling:
    """A registry that says when its listener was told."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.url = registry.url
        self.told = asyncio.Event()

    def is_available(self) -> bool:
        return self._registry.is_available()

    async def subscribe(self, url: URL, listener: Listener) -> None:
        async def telling(urls: Sequence[URL]) -> None:
            await listener(urls)
            self.told.set()

        await self._registry.subscribe(url, telling)


def _subscription(interface: str, category: str) -> URL:
    wanted = {"interface": interface, "group": "*", "version": "*", "classifier": "*", "enabled": "*", "check": "false"}
    return URL("admin", "127.0.0.1", 0, interface, {**wanted, "category": category})


def _consumer(interface: str) -> URL:
    own = {"interface": interface, "application": "scale", "group": "production", "version": "1.4.2", "side": "consumer", "lazy": "true"}
    return URL("consumer", "127.0.0.1", 0, interface, own)


async def _lookup(registry: Registry, options: argparse.Namespace) -> list[object]:
    """What ``aiodubbo ls`` does."""
    return list(await registry.lookup(_subscription("*", "providers,consumers")))


async def _wildcard(registry: Registry, options: argparse.Namespace) -> list[object]:
    """What an administration console does."""
    told: list[object] = []

    async def listener(urls: Sequence[URL]) -> None:
        told.extend(url for url in urls if url.protocol != "empty")

    await registry.subscribe(_subscription("*", "providers,consumers,routers,configurators"), listener)
    return told


async def _subscribe(registry: Registry, options: argparse.Namespace) -> list[object]:
    """A consumer of many services starts."""
    told: list[object] = []

    async def listener(urls: Sequence[URL]) -> None:
        told.extend(url for url in urls if url.protocol != "empty")

    subscriptions = [_consumer(name).with_params({"category": "providers,configurators,routers"}) for name in services(options.services)]
    await asyncio.gather(*(registry.subscribe(url, listener) for url in subscriptions))
    return told


async def _register(registry: Registry, options: argparse.Namespace) -> list[object]:
    """A provider of many services starts."""
    urls = [provider(service(number), 1_000_000, port=10_000 + number) for number in range(options.services)]
    await asyncio.gather(*(registry.register(url) for url in urls))
    return list(urls)


PARTS: dict[str, Callable[[Registry, argparse.Namespace], Awaitable[list[object]]]] = {
    "lookup": _lookup,
    "wildcard": _wildcard,
    "subscribe": _subscribe,
    "register": _register,
}


@asynccontextmanager
async def _connected(address: str, folder: str) -> AsyncIterator[Registry]:
    """The registry at `address`, connected, with a cache file in `folder` as every application has one."""
    url = URL.parse(address).with_params({"application": "scale", "file": str(Path(folder, "registry.cache")), "timeout": "60000"})
    registry = REGISTRY.load(url.protocol)(url, Host(name="scale", protocol=_protocol))
    try:
        await registry.lookup(_subscription("com.example.Nothing", "providers"))
        yield registry
    finally:
        await registry.close()


def _protocol(name: str) -> RpcProtocol:
    return PROTOCOL.load(name)(ProtocolSettings(), Host(name="scale"))


async def _measure(options: argparse.Namespace, folder: str) -> None:
    async with _connected(options.registry, folder) as registry:
        before = vitals.resident()
        started, loop = time.perf_counter(), time.thread_time()
        held = await PARTS[options.part](registry, options)
        seconds, loop = time.perf_counter() - started, time.thread_time() - loop
        peak = vitals.peak()
        gc.collect()
        _say(asdict(Cost(len(held), seconds, loop, before, vitals.resident(), peak)))


async def _changes(options: argparse.Namespace, folder: str) -> None:
    protocol = _protocol("dubbo")
    counting = _Counting(protocol)
    async with _connected(options.registry, folder) as registry:
        telling = _Telling(registry)
        directory = RegistryDirectory(
            describe(Basket),
            _consumer(LARGE),
            cast("Registry", telling),
            Host(name="scale", protocol=lambda name: cast("RpcProtocol", counting)),
        )
        await directory.subscribe(check=True)
        _say({"providers": len(directory.snapshot.invokers)})
        for _ in range(options.changes):
            known = {invoker.url: invoker for invoker in directory.snapshot.invokers}
            made = counting.made
            await asyncio.sleep(_CALM)
            telling.told.clear()
            _say({"waits": True})
            loop = time.thread_time()
            async with asyncio.timeout(_LIMIT):
                await telling.told.wait()
            await asyncio.sleep(_CALM)
            loop = time.thread_time() - loop
            now = directory.snapshot.invokers
            replaced = sum(known.get(invoker.url, invoker) is not invoker for invoker in now)
            _say(asdict(Change(len(now), loop, counting.made - made, replaced)))


def _say(message: dict[str, Any]) -> None:  # Any: JSON
    print(json.dumps(message), flush=True)


def main() -> None:
    """Measure one part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registries.worker", description="one measurement at a registry")
    parser.add_argument("part", choices=[*PARTS, "change"])
    parser.add_argument("registry", help="its address")
    parser.add_argument("--services", type=int, default=0, help="to how many services to subscribe, or how many URLs to register")
    parser.add_argument("--changes", type=int, default=0, help="how many changes to wait for")
    parser.add_argument("--profile", metavar="FILE", help="write what cProfile saw to this file; the figures are worthless then")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    if options.profile is None:
        _run(options)
        return
    profiler = cProfile.Profile()
    try:
        profiler.runcall(_run, options)
    finally:
        profiler.dump_stats(options.profile)


def _run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="aiodubbo-scale-") as folder, asyncio.Runner(loop_factory=loop_factory()) as runner:
        try:
            runner.run(_changes(options, folder) if options.part == "change" else _measure(options, folder))
        except (AiodubboError, OSError, TimeoutError) as error:
            _say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
