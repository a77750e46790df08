"""Rules of operators, seen from Java: Java writes one and Python follows, Python writes one and Java follows; nothing is restarted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, RegistryServer, RpcError
from aiodubbo.errors import AiodubboError

from .conftest import VERSIONS, find_free_port
from .contracts import GreetingService
from .peers import JavaError
from .registries import INTERFACE, becomes, opened, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodubbo.bootstrap.application import ExportedService
    from aiodubbo.rpc.abc import Registry

    from .conftest import Peers
    from .peers import JavaPeer

CALLS = 12
"""Of two providers with equal weight one is missed by chance once in 2048 times; then it is asked again."""

CASES = [(kind, version) for kind in ("zookeeper", "redis", "dubbo") for version in VERSIONS if (kind, version) != ("dubbo", "3.x")]
"""Dubbo 3.x has no client for the simple registry."""


@dataclass(frozen=True)
class Scene:
    """Two Python providers, "first" and "second", with a Python consumer and a Java consumer, at one registry.

    Attributes:
        group: of the service; keeps scenes apart.
        registry: its address.
        first: what is served.
        second: what is served.
        stub: the Python consumer.
        java: the Java consumer, and whose registry client writes.
    """

    group: str
    registry: str
    first: ExportedService
    second: ExportedService
    stub: GreetingService
    java: JavaPeer

    async def python_reaches(self) -> set[str]:
        """Who answers the Python consumer, or the error."""
        try:
            return {await self.stub.where() for _ in range(CALLS)}
        except AiodubboError as error:
            return {type(error).__name__}

    async def java_reaches(self) -> set[str]:
        """Who answers the Java consumer, or the error."""
        try:
            return {await where(self.java) for _ in range(CALLS)}
        except JavaError as error:
            return {error.class_name}

    async def both_reach(self, *names: str) -> None:
        await becomes(self.python_reaches, set(names))
        await becomes(self.java_reaches, set(names))

    def override(self, host: str, settings: str) -> str:
        """A rule as Java's admin writes it."""
        return f"override://{host}/{INTERFACE}?category=configurators&dynamic=false&enabled=true&group={self.group}&{settings}"

    def route(self, rule: str) -> str:
        """A condition route as Java's admin writes it; `rule` is encoded already."""
        return (
            f"route://0.0.0.0/{INTERFACE}?category=routers&dynamic=false&enabled=true&force=true&group={self.group}"
            f"&name=aside&priority=1&router=condition&rule={rule}&runtime=false"
        )

    @asynccontextmanager
    async def java_writes(self, rule: str) -> AsyncIterator[None]:
        await self.java.ask("register", registry=self.registry, url=rule)
        try:
            yield
        finally:
            await self.java.ask("unregister", registry=self.registry, url=rule)


@asynccontextmanager
async def scene(kind: str, java: JavaPeer, address: Callable[[str], str], group: str) -> AsyncIterator[Scene]:
    async with RegistryServer(java.host, 0) as simple:
        registry = simple.address if kind == "dubbo" else address(kind)
        group = f"{group}-{java.version}"
        settings = {"registry": registry, "protocol": f"dubbo://{java.host}:0", "shutdown_wait": 1.0}
        async with (
            Application("python-first", **settings) as one,  # type: ignore[arg-type] # a table of arguments
            Application("python-second", **settings) as two,  # type: ignore[arg-type]
            Application("python-consumer", registry=registry) as consumer,
        ):
            first = await one.export(GreetingService, Greeting("first"), group=group)
            second = await two.export(GreetingService, Greeting("second"), group=group)
            stub = await consumer.refer(GreetingService, group=group, timeout=5.0, retries=0)
            await java.ask("refer", name="through", service="greeting", registry=registry, group=group, timeout=5000)
            try:
                yield Scene(group, registry, first, second, stub, java)
            finally:
                await java.ask("release", name="through")


@pytest.mark.parametrize(("kind", "version"), CASES)
async def test_settings_from_java(peers: Peers, kind: str, version: str, address: Callable[[str], str]) -> None:
    async with scene(kind, peers[version], address, "settings") as at:
        await at.both_reach("first", "second")
        first, announced = at.first.url.address, at.first.url
        async with at.java_writes(at.override(first, "weight=0")):
            await at.both_reach("second")
            assert at.first.effective_url.param("weight") == "0"
            assert not at.second.effective_url.has_param("weight")
        await at.both_reach("first", "second")
        async with at.java_writes(at.override(first, "disabled=true")):
            await at.both_reach("second")
        await at.both_reach("first", "second")
        assert at.first.url == announced
        async with at.java_writes(at.override("0.0.0.0", "application=python-consumer&mock=force:return+degraded")):
            await becomes(at.python_reaches, {"degraded"})
            assert await at.java_reaches() <= {"first", "second"}
        await at.both_reach("first", "second")
