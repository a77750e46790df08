"""Rules of operators, seen from Java: Java writes one and Python follows, Python writes one and Java follows; nothing is restarted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import Application, RegistryServer, RpcError
from aiodubbo.errors import AiodubboError
from aiodubbo.url.url import URL
from tests.polling import until, until_equal

from .conftest import VERSIONS
from .contracts import GreetingService
from .defects import NO_ROUTES, WEIGHS_BY_THE_FIRST
from .peers import JavaError
from .registries import INTERFACE, opened, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodubbo.bootstrap.services import ExportedService

    from .conftest import Peers
    from .peers import JavaPeer

CALLS = 12
"""Of two providers with equal weight one is missed by chance once in 2048 times; then it is asked again."""

CASES = [(kind, version) for kind in ("zookeeper", "redis", "dubbo") for version in VERSIONS if (kind, version) != ("dubbo", "3.x")]
"""Dubbo 3.x has no client for the simple registry."""


FOLLOWS_COPIES = {"2.6"}
"""Versions for which Dubbo's newer admin writes ``override://…&compatible_config=true`` besides its rule in the configuration centre."""

NOBODY = {"2.6": "com.alibaba.dubbo.rpc.RpcException", "2.7": "org.apache.dubbo.rpc.RpcException"}
"""What a Java consumer says when its routes leave it nobody."""


@dataclass(frozen=True)
class Scene:
    """Two Python providers, "first" and "second", with a Python consumer and a Java consumer, at one registry.

    Attributes:
        kind: of the registry.
        group: of the service; keeps scenes apart.
        registry: its address.
        first: what is served.
        second: what is served.
        consumer: the Python consumer's application.
        stub: the Python consumer.
        java: the Java consumer, and whose registry client writes.
    """

    kind: str
    group: str
    registry: str
    first: ExportedService
    second: ExportedService
    consumer: Application
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
        await until_equal(self.python_reaches, set(names))
        await until_equal(self.java_reaches, set(names))

    def override(self, host: str, settings: str) -> str:
        """A rule as Java's admin writes it."""
        return f"override://{host}/{INTERFACE}?category=configurators&dynamic=false&enabled=true&group={self.group}&{settings}"

    def route(self, rule: str) -> str:
        """A condition route as Java's admin writes it; `rule` is encoded already."""
        return (
            f"route://0.0.0.0/{INTERFACE}?category=routers&dynamic=false&enabled=true&force=true&group={self.group}"
            f"&name=aside&priority=1&router=condition&rule={rule}&runtime=false"
        )

    def weightless(self, exported: ExportedService) -> list[str]:
        """Rules after which the other provider gets every call."""
        rules = [self.override(exported.url.address, "weight=0")]
        if (self.kind, self.java.version) in WEIGHS_BY_THE_FIRST:
            (other,) = {self.first, self.second} - {exported}
            rules.append(self.override(other.url.address, "weight=100"))
        return rules

    @asynccontextmanager
    async def java_writes(self, *rules: str) -> AsyncIterator[None]:
        """Rules that are there for a while, written by Java."""
        for rule in rules:
            await self.java.ask("register", registry=self.registry, url=rule)
        try:
            yield
        finally:
            for rule in rules:
                await self.java.ask("unregister", registry=self.registry, url=rule)

    @asynccontextmanager
    async def python_writes(self, *rules: str) -> AsyncIterator[None]:
        """Rules that are there for a while, written by Python."""
        async with opened(self.registry) as admin:
            for rule in rules:
                await admin.register(URL.parse(rule))
            try:
                yield
            finally:
                for rule in rules:
                    await admin.unregister(URL.parse(rule))


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
                yield Scene(kind, group, registry, first, second, consumer, stub, java)
            finally:
                await java.ask("release", name="through")


@pytest.mark.spec(
    "CLU-98",
    "a weight, a refusal and a mock written by Java's registry client change running Python providers and consumers, and are undone",
)
@pytest.mark.spec("CLU-60", "Java's mock rule answers for a Python consumer")
@pytest.mark.spec("REG-43", "the rule changes the provider's own settings, not its announcement")
@pytest.mark.parametrize(("kind", "version"), CASES)
async def test_settings_from_java(peers: Peers, kind: str, version: str, address: Callable[[str], str]) -> None:
    async with scene(kind, peers[version], address, "settings") as at:
        await at.both_reach("first", "second")
        announced = at.first.url
        async with at.java_writes(*at.weightless(at.first)):
            await at.both_reach("second")
            await until(lambda: at.first.effective_url.param("weight") == "0")
            assert at.second.effective_url.param("weight") != "0"
        await at.both_reach("first", "second")
        async with at.java_writes(at.override(announced.address, "disabled=true")):
            await at.both_reach("second")
        await at.both_reach("first", "second")
        assert at.first.url == announced
        async with at.java_writes(at.override("0.0.0.0", "application=python-consumer&mock=force:return+degraded")):
            await until_equal(at.python_reaches, {"degraded"})
            assert await at.java_reaches() <= {"first", "second"}, "the rule is for another application"
        await at.both_reach("first", "second")


@pytest.mark.spec("CLU-75", "a condition route written by Java's registry client leads a Python consumer elsewhere, and back")
@pytest.mark.parametrize(("kind", "version"), CASES)
async def test_routes_from_java(peers: Peers, kind: str, version: str, address: Callable[[str], str]) -> None:
    async with scene(kind, peers[version], address, "routes") as at:
        rule = f"application+%3D+python-consumer+%26+method+%3D+where+%3D%3E+port+%3D+{at.second.url.port}"
        async with at.java_writes(at.route(rule)):
            await until_equal(at.python_reaches, {"second"})
            await until_equal(at.java_reaches, {"first", "second"})
        await at.both_reach("first", "second")
        async with at.java_writes(at.route("method+%3D+where+%3D%3E+")):
            await until_equal(at.python_reaches, {"NoProviderError"})
            await until_equal(at.java_reaches, {"first", "second"} if version in NO_ROUTES else {NOBODY[version]})
        await at.both_reach("first", "second")


@pytest.mark.spec("REG-11", "Java consumers and providers follow rules that Python writes")
@pytest.mark.parametrize(("kind", "version"), CASES)
async def test_rules_from_python(peers: Peers, kind: str, version: str, address: Callable[[str], str]) -> None:
    async with scene(kind, peers[version], address, "python") as at:
        async with at.python_writes(*at.weightless(at.first)):
            await at.both_reach("second")
        async with at.python_writes(at.override(at.second.url.address, "disabled=true")):
            await at.both_reach("first")
        async with at.python_writes(at.override("0.0.0.0", "application=interop&mock=force:return+degraded")):
            await until_equal(at.java_reaches, {"degraded"})
            assert await at.python_reaches() <= {"first", "second"}, "the rule is for another application"
        await at.both_reach("first", "second")
        async with at.python_writes(at.route(f"application+%3D+interop+%3D%3E+port+%3D+{at.second.url.port}")):
            if version in NO_ROUTES:
                await at.both_reach("first", "second")
            else:
                await until_equal(at.java_reaches, {"second"})
        await at.both_reach("first", "second")


@pytest.mark.spec("REG-43", "a running Java provider asks for the token that Python's rule gives it; consumers learn it from the same rule")
@pytest.mark.parametrize(("kind", "version"), CASES)
async def test_a_rule_for_a_java_provider(peers: Peers, kind: str, version: str, address: Callable[[str], str], free_port: int) -> None:
    java = peers[version]
    async with scene(kind, java, address, "token") as at:
        where_it_is: dict[str, Any] = {"host": java.host, "port": free_port, "registry": at.registry, "group": at.group}
        await java.ask("export", name="ruled", service="greeting", **where_it_is)
        third = f"{at.group}:null"
        try:
            await at.both_reach("first", "second", third)
            direct = await at.consumer.refer(GreetingService, url=f"dubbo://{java.host}:{free_port}", group=at.group, retries=0)

            async def without_token() -> str:
                try:
                    return await direct.where()
                except RpcError as error:
                    return "refused" if "Invalid token!" in str(error) else str(error)

            assert await without_token() == third
            async with at.python_writes(at.override(f"{java.host}:{free_port}", "token=secret")):
                await until_equal(without_token, "refused")
                await at.both_reach("first", "second", third)
            await until_equal(without_token, third)
        finally:
            await java.ask("unexport", name="ruled")


@pytest.mark.spec(
    "CLU-100",
    "the copy of a rule that a newer admin writes for Dubbo 2.6 is for it alone: Python asks the configuration centre, as 2.7 does",
)
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_copy_for_old_consumers(peers: Peers, version: str, address: Callable[[str], str]) -> None:
    async with scene("zookeeper", peers[version], address, "copy") as at:
        await at.both_reach("first", "second")
        copy, another = (at.override(at.first.url.address, f"disabled=true&{words}") for words in ("compatible_config=true", "note=own"))
        async with at.java_writes(copy):
            await until_equal(at.java_reaches, {"second"} if version in FOLLOWS_COPIES else {"first", "second"})
            assert await at.python_reaches() == {"first", "second"}
            async with at.java_writes(another):  # told after the copy, so that the copy has been told as well
                await until_equal(at.python_reaches, {"second"})
            await until_equal(at.python_reaches, {"first", "second"})
        await at.both_reach("first", "second")
