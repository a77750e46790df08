"""Rules of a configuration centre are followed alike by a Java consumer and a Python consumer: they choose the same providers."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from kazoo.client import KazooClient

from aiodubbo import Application, RpcError, call_options
from tests.polling import until_equal
from tests.servers import zookeeper_server
from tests.servers.zookeeper_server import ZooKeeperServer

from .contracts import GreetingService
from .peers import JavaError, JavaPeer
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .conftest import Peers

KEY = "org.aiodubbo.interop.GreetingService::"
SAMPLE = 30
"""Calls after which a provider that is asked at random has answered."""


@pytest.fixture(scope="module")
def zookeeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeperServer]:
    reason = zookeeper_server.missing()
    if reason is not None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"in CI the tests with real registries must run: {reason}")
        pytest.skip(f"REAL REGISTRIES LEFT OUT: {reason}")
    with ZooKeeperServer(tmp_path_factory.mktemp("zookeeper")) as server:
        yield server


def write(zookeeper: ZooKeeperServer, key: str, text: str | None) -> None:
    """Set a rule, or remove it, as Dubbo's admin does."""
    client = KazooClient(zookeeper.address)
    client.start()
    try:
        path = f"/dubbo/config/dubbo/{key}"
        if text is None:
            client.delete(path)
        else:
            client.create(path, text.encode(), makepath=True)
    finally:
        client.stop()
        client.close()


def settings(key: str, scope: str, item: str) -> str:
    return f"configVersion: v2.7\nscope: {scope}\nkey: {key}\nenabled: true\nruntime: true\nconfigs:\n- {{{item}}}\n"


def conditions(key: str, scope: str, rule: str) -> str:
    return f"configVersion: v2.7\nscope: {scope}\nkey: {key}\nforce: true\nenabled: true\nruntime: true\nconditions:\n- '{rule}'\n"


def rules(first: str, second: str) -> list[tuple[str, str, set[str], set[str]]]:
    """Key, text, who answers a call without a tag, who one with the tag "gray"; `first` and `second` are the providers' addresses."""
    service, port = KEY.rstrip(":"), first.rpartition(":")[2]
    both, none = {"0", "1"}, "addresses: ['0.0.0.0'], side: consumer"
    return [
        (f"{KEY}.condition-router", conditions(service, "service", f"method=where => port = {port}"), {"0"}, {"0"}),
        ("interop.condition-router", conditions("interop", "application", f"=> port != {port}"), {"1"}, {"1"}),
        (
            f"{KEY}.configurators",
            settings(service, "service", f"{none}, providerAddresses: ['{first}'], parameters: {{disabled: true}}"),
            {"1"},
            {"1"},
        ),
        (
            "interop.configurators",
            settings("interop", "application", f"{none}, providerAddresses: ['{second}'], parameters: {{disabled: true}}"),
            {"0"},
            {"0"},
        ),
        (
            f"{KEY}.configurators",
            settings(service, "service", f"addresses: ['{first}'], side: provider, parameters: {{disabled: true}}"),
            {"1"},
            {"1"},
        ),
        (
            "shop.tag-router",
            f"configVersion: v2.7\nforce: false\nenabled: true\nkey: shop\ntags:\n- name: gray\n  addresses: ['{second}']\n",
            {"0"},
            {"1"},
        ),
        ("shop.tag-router", "force: false\nenabled: false\nkey: shop\ntags:\n- name: gray\n  addresses: ['0.0.0.0:1']\n", both, both),
    ]


async def until(ask: Callable[[str], Awaitable[str]], tag: str, expected: set[str], rule: str) -> None:
    """Wait until exactly the providers `expected` answer; `rule` is what was done last."""

    async def answering() -> set[str]:
        return {await ask(tag) for _ in range(SAMPLE)}

    try:
        await until_equal(answering, expected, 30, ignoring=(RpcError, JavaError))
    except AssertionError as error:
        raise AssertionError(f"{ask.__name__}: with {rule}, calls with the tag {tag!r}: {error}") from None


@pytest.mark.parametrize("version", ["2.7", "3.x"])
@pytest.mark.spec("REG-161", "Java looks for rules under the same names")
@pytest.mark.spec("REG-163", "Java and Python make the same of a document about settings")
@pytest.mark.spec("REG-164", "Java and Python make the same of a document with conditions")
@pytest.mark.spec("REG-165", "Java and Python make the same of a document with tags")
async def test_java_and_python_choose_alike(
    version: str, peers: Peers, zookeeper: ZooKeeperServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`peers` sees to it that Java is built. The JVM is a new one: the first registry of 2.7 becomes its configuration centre.

    That of 3.x has to be named, since the peer makes its references without the application's own start.
    """
    registry = f"zookeeper://{zookeeper.address}?timeout=5000"
    if version == "3.x":
        monkeypatch.setenv("JDK_JAVA_OPTIONS", f"-Ddubbo.config-center.address=zookeeper://{zookeeper.address}")
    java = await asyncio.to_thread(JavaPeer, version, f"center-{version}")
    try:
        async with AsyncExitStack() as stack:
            exported = []
            for name in ("0", "1"):
                app = Application("shop", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1)
                exported.append(await (await stack.enter_async_context(app)).export(GreetingService, Greeting(name)))
            consumer = await stack.enter_async_context(Application("interop", registry=registry))
            service = await consumer.refer(GreetingService, timeout=5.0, retries=0)
            await java.ask("refer", name="through", service="greeting", registry=registry, timeout=5000)

            async def in_java(tag: str) -> str:
                attachments = {"dubbo.tag": tag} if tag else {}
                return str((await java.ask("call", name="through", method="where", attachments=attachments))["value"])

            async def in_python(tag: str) -> str:
                with call_options(attachments={"dubbo.tag": tag} if tag else {}):
                    return await service.where()

            for key, text, plain, gray in rules(*(one.url.address for one in exported)):
                await asyncio.to_thread(write, zookeeper, key, text)
                for ask in (in_java, in_python):
                    await until(ask, "", plain, text)
                    await until(ask, "gray", gray, text)
                await asyncio.to_thread(write, zookeeper, key, None)
                for ask in (in_java, in_python):
                    await until(ask, "", {"0", "1"}, f"{key} removed")
    finally:
        await asyncio.to_thread(java.close)
