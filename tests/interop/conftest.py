"""The JVMs of the interop suite, and the loud word when they cannot be had."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import redis_server, zookeeper_server
from tests.servers.redis_server import RedisServer
from tests.servers.zookeeper_server import ZooKeeperServer

from . import java_build
from .peers import JavaPeer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.process import ServerProcess

HERE = Path(__file__).parent
VERSIONS = tuple(java_build.VERSIONS)

CALLBACKS = {
    "add.1.callback": "true",
    "remove.1.callback": "false",
    "callbacks": "10",
    "add.return": "true",  # 3.x looks at the arguments of a method only if the method has another setting of its own
    "remove.return": "true",
}
"""What a provider's URL says about callback arguments; a consumer of a direct URL has to say it itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is an interop test; starting the JVMs and building them counts into a test's time."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.interop)
            item.add_marker(pytest.mark.timeout(300))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Java peer serves everything.

    Attributes:
        version: Dubbo's line.
        url: ``dubbo://host:port``.
        samples: family of types → Java's texts of the samples.
    """

    version: str
    url: str
    samples: dict[str, list[str]]


class Peers:
    """One JVM for each version, started when first asked for."""

    def __init__(self) -> None:
        self._running: dict[str, JavaPeer] = {}
        self._addresses: dict[str, Address] = {}

    def address(self, version: str) -> Address:
        """Where this version serves types, greeting (also as g1 1.0 and g2 2.0), callback and a generic service; served on first use."""
        if version not in self._addresses:
            peer, port = self[version], find_free_port()
            where: dict[str, Any] = {"host": peer.host, "port": port}
            peer.request("export", name="types", service="types", **where)
            peer.request("export", name="greeting", service="greeting", **where)
            peer.request("export", name="greeting g1", service="greeting", group="g1", version="1.0", **where)
            peer.request("export", name="greeting g2", service="greeting", group="g2", version="2.0", **where)
            peer.request("export", name="callback", service="callback", parameters=CALLBACKS, **where)
            peer.request("export", name="generic", service="org.aiodubbo.interop.Anything", generic=True, **where)
            self._addresses[version] = Address(version, f"dubbo://{peer.host}:{port}", peer.request("samples"))
        return self._addresses[version]

    def __getitem__(self, version: str) -> JavaPeer:
        if version not in self._running:
            self._running[version] = JavaPeer(version, version)
        return self._running[version]

    def close(self) -> None:
        for peer in self._running.values():
            peer.close()


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    reason = java_build.missing()
    if reason is not None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"in CI the interop suite must run: {reason}")
        pytest.skip(f"INTEROP LEFT OUT: {reason}")
    java_build.build()
    running = Peers()
    yield running
    running.close()


@pytest.fixture(params=VERSIONS)
def java(request: pytest.FixtureRequest, peers: Peers) -> JavaPeer:
    """A peer of each version in turn."""
    return peers[request.param]


@pytest.fixture
def java_address(java: JavaPeer, peers: Peers) -> Address:
    """The services of `java`."""
    return peers.address(java.version)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ServerProcess]]:
    """One ZooKeeper and one Redis for all tests, started when first asked for; tests keep apart by the groups of their services."""
    running: dict[str, ServerProcess] = {}

    def server(kind: str) -> ServerProcess:
        if kind not in running:
            reason = zookeeper_server.missing() if kind == "zookeeper" else redis_server.missing()
            if reason is not None:
                if os.environ.get("CI", "").lower() in ("1", "true"):
                    pytest.fail(f"in CI the tests with real registries must run: {reason}")
                pytest.skip(f"REAL REGISTRIES LEFT OUT: {reason}")
            folder = tmp_path_factory.mktemp(kind)
            made: ServerProcess = ZooKeeperServer(folder) if kind == "zookeeper" else RedisServer(folder)
            made.start()
            running[kind] = made
        return running[kind]

    yield server
    for one in running.values():
        one.kill()


@pytest.fixture
def address(servers: Callable[[str], ServerProcess]) -> Callable[[str], str]:
    """The address of a registry. Sessions are short, so that what ends badly is gone soon; 3.x would rest 5 s after each change."""
    return lambda kind: f"{kind}://{servers(kind).address}?session=6000&timeout=5000&delay-notification=0"


@pytest.fixture
def free_port() -> int:
    """A port that nobody uses now."""
    return find_free_port()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
