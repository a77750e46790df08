"""Cables that are pulled: nothing is closed and nothing refused, what is sent gets lost. Calls go on over those that are left."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.polling import elapse, until
from tests.servers import redis_server, zookeeper_server
from tests.servers.redis_server import RedisServer
from tests.servers.simple_registry_server import SimpleRegistryServer
from tests.servers.zookeeper_server import ZooKeeperServer

from . import networks
from .conftest import need
from .processes import started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.servers.process import ServerProcess

    from .processes import Process

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

REGISTRY, FIRST, SECOND, CONSUMER = 1, 2, 3, 4
"""Hosts."""

SESSION = 2.0
NAMES = ("zookeeper", "redis", "dubbo")
SETTINGS = "session=2000&timeout=1000&retry.period=200&reconnect.period=200&heartbeat=300&enable-empty-protection=true"


class Scene:
    """Three registries on one host, two providers and a consumer on others.

    Each process has one application for each registry, so that every cut is tried on all of them at once.
    """

    def __init__(self, network: networks.Network, first: Process, second: Process, consumer: Process) -> None:
        self.network = network
        self.first = first
        self.second = second
        self.consumer = consumer

    async def until(self, what: str, condition: Callable[[str, Any], bool], seconds: float = 30.0) -> list[Any]:
        """Ask the consumer until the answer of each registry is as wanted."""

        async def answers_if_all() -> list[Any]:
            answers: list[Any] = await self.consumer.ask(what)
            missing = {name: answer for name, answer in zip(NAMES, answers, strict=True) if not condition(name, answer)}
            if missing:
                raise LookupError(f"still {missing}")
            return answers

        answers: list[Any] = await until(answers_if_all, seconds, ignoring=(LookupError,))
        return answers

    async def knows(self, *wanted: list[str]) -> None:
        """Wait until the consumer would call exactly these providers, each given by its addresses in order of the registries."""
        expected = {name: sorted(addresses[index] for addresses in wanted) for index, name in enumerate(NAMES)}
        await self.until("report", lambda name, report: report["addresses"] == expected[name])

    async def calls_go_on(self, number: int = 20) -> list[Any]:
        """Wait for further answers; no call may have failed."""
        before = [sum(report["answered"].values()) for report in await self.consumer.ask("report")]
        wanted = {name: count + number for name, count in zip(NAMES, before, strict=True)}
        return await self.until("report", lambda name, report: _without_failure(report) >= wanted[name])

    async def go(self, change: Callable[..., None], *arguments: int, **options: bool) -> None:
        """Change the network."""
        await asyncio.to_thread(change, *arguments, **options)


def _without_failure(report: Any) -> int:
    assert not report["failed"], f"calls were lost: {report['failed']}"
    return int(sum(report["answered"].values()))


def address(name: str, server: ServerProcess) -> str:
    return f"{name}://{server.address}?{SETTINGS}"


@asynccontextmanager
async def played(tmp_path: Path) -> AsyncIterator[Scene]:
    """The servers run, and the processes wait for commands."""
    for reason in (networks.missing(), zookeeper_server.missing(), redis_server.missing()):
        need(reason)
    servers: dict[str, ServerProcess] = {
        "zookeeper": ZooKeeperServer(tmp_path / "zookeeper"),
        "redis": RedisServer(tmp_path / "redis"),
        "dubbo": SimpleRegistryServer(tmp_path / "dubbo"),
    }
    with networks.Network(4) as network:
        try:
            for server in servers.values():
                await asyncio.to_thread(server.launch_at, "10.77.0.1", *network.command(REGISTRY))
            registries: list[str] = [address(name, servers[name]) for name in NAMES]
            async with started(
                network,
                (FIRST, "steered", ("first", *registries)),
                (SECOND, "steered", ("second", *registries)),
                (CONSUMER, "steered", ("consumer", *registries)),
            ) as (first, second, consumer):
                yield Scene(network, first, second, consumer)
        finally:
            for server in servers.values():
                server.kill()


@pytest.mark.spec("REG-77", "a link to the registry that is cut for longer than a session: no call is lost, all find together again")
@pytest.mark.spec("REG-112", "a simple registry that is cut off is connected to anew")
async def test_links_to_the_registry(tmp_path: Path) -> None:
    async with played(tmp_path) as scene:
        network = scene.network
        one = await scene.first.ask("export")
        await scene.consumer.ask("refer")
        await scene.knows(one)
        await scene.calls_go_on()

        # From everybody.
        await scene.go(network.link, REGISTRY, up=False)
        await scene.until("found", lambda name, found: found is None)
        await elapse(2 * SESSION)
        await scene.calls_go_on()
        await scene.knows(one)
        await scene.go(network.link, REGISTRY, up=True)
        await scene.until("found", lambda name, found: found == [one[NAMES.index(name)]])
        await scene.calls_go_on()

        # From the only provider. The simple registry has no sessions, and keeps what a silent provider told it.
        await scene.go(network.path, REGISTRY, FIRST, open=False)
        await scene.until("found", lambda name, found: name == "dubbo" or found == [])
        await scene.calls_go_on()
        await scene.knows(one)
        await scene.go(network.path, REGISTRY, FIRST, open=True)
        await scene.until("found", lambda name, found: found == [one[NAMES.index(name)]])
        await scene.calls_go_on()

        # From the consumer, while another provider comes.
        await scene.go(network.path, REGISTRY, CONSUMER, open=False)
        await scene.until("found", lambda name, found: found is None)
        other = await scene.second.ask("export")
        await elapse(2 * SESSION)
        await scene.calls_go_on()
        await scene.knows(one)
        await scene.go(network.path, REGISTRY, CONSUMER, open=True)
        await scene.knows(one, other)
        await scene.calls_go_on()


@pytest.mark.spec("PRO-74", "a provider that cannot be reached any more is given up after its silence, and found again")
async def test_link_to_a_provider(tmp_path: Path) -> None:
    async with played(tmp_path) as scene:
        one, other = await scene.first.ask("export"), await scene.second.ask("export")
        await scene.consumer.ask("refer")
        await scene.knows(one, other)
        await scene.calls_go_on()

        def asked(name: str, report: Any, key: str = "made") -> int:
            return int(report[key][one[NAMES.index(name)]])

        await scene.go(scene.network.path, FIRST, CONSUMER, open=False)
        await elapse(2)  # three heartbeats are missing after 0.9 s
        before = dict(zip(NAMES, await scene.calls_go_on(), strict=True))
        after = dict(zip(NAMES, await scene.calls_go_on(100), strict=True))
        for name in NAMES:
            assert asked(name, before[name]) == asked(name, after[name]), f"{name}: calls were sent to a provider that is cut off"
            assert asked(name, after[name], "in_vain") == 0
        await scene.knows(one, other)  # the registry is not concerned
        await scene.go(scene.network.path, FIRST, CONSUMER, open=True)
        await scene.until("report", lambda name, report: asked(name, report) > asked(name, after[name]) + 10)
        await scene.calls_go_on()
