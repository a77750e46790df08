"""Registry servers for the tests of this folder, and the loud word when they cannot be had."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL, REGISTRY
from aiodubbo.url.url import URL
from tests.servers import redis_server, zookeeper_server
from tests.servers.redis_server import RedisCluster, RedisServer
from tests.servers.simple_registry_server import SimpleRegistryServer
from tests.servers.zookeeper_server import ZooKeeperServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiodubbo.rpc.abc import Registry, RpcProtocol
    from tests.servers.process import ServerProcess

FAST = "retry.period=200&reconnect.period=200"
"""Parameters that make registries try again soon."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A registry with a server of its own.

    Attributes:
        name: its protocol.
        server: the process.
    """

    name: str
    server: ServerProcess

    def address(self, parameters: str = FAST) -> str:
        return f"{self.name}://{self.server.address}?{parameters}"

    def open(self, parameters: str = FAST) -> Registry:
        return open_registry(self.address(parameters))


def open_registry(address: str) -> Registry:
    """A client of the registry at `address`."""
    url = URL.parse(address)
    return REGISTRY.load(url.protocol)(url, Host(name="test", protocol=_no_protocol))


def _no_protocol(name: str) -> RpcProtocol:
    return PROTOCOL.load(name)(ProtocolSettings(), Host(name="test"))


def need(reason: str | None) -> None:
    """Leave the test out, loudly; in CI fail."""
    if reason is None:
        return
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"in CI the tests with real registries must run: {reason}")
    pytest.skip(f"REAL REGISTRIES LEFT OUT: {reason}")


@pytest.fixture(scope="session")
def zookeeper_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeperServer]:
    need(zookeeper_server.missing())
    with ZooKeeperServer(tmp_path_factory.mktemp("zookeeper")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    need(redis_server.missing())
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A Redis Cluster without replicas that other tests use too: no node is stopped."""
    need(redis_server.missing())
    with RedisCluster(tmp_path_factory.mktemp("redis-cluster")) as cluster:
        yield cluster


@pytest.fixture(params=["zookeeper", "redis"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each registry in turn, at a server that other tests use too: it is neither stopped nor emptied."""
    return Kind(request.param, request.getfixturevalue(f"{request.param}_shared"))


@pytest.fixture(params=["zookeeper", "redis", "dubbo"])
def any_kind(request: pytest.FixtureRequest) -> Kind:
    """As `kind`, and the simple registry, which has a server of the test's own."""
    kind: Kind = (
        request.getfixturevalue("own_dubbo")
        if request.param == "dubbo"
        else Kind(request.param, request.getfixturevalue(f"{request.param}_shared"))
    )
    return kind


@pytest.fixture
def zookeeper(zookeeper_shared: ZooKeeperServer) -> Kind:
    """As `kind`, ZooKeeper alone."""
    return Kind("zookeeper", zookeeper_shared)


@pytest.fixture
def redis(redis_shared: RedisServer) -> Kind:
    """As `kind`, Redis alone."""
    return Kind("redis", redis_shared)


@pytest.fixture
def own_zookeeper(tmp_path: Path) -> Iterator[Kind]:
    """A ZooKeeper of the test's own, which it may kill."""
    need(zookeeper_server.missing())
    with ZooKeeperServer(tmp_path / "zookeeper") as server:
        yield Kind("zookeeper", server)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Kind]:
    """A Redis of the test's own, which it may kill."""
    need(redis_server.missing())
    with RedisServer(tmp_path / "redis") as server:
        yield Kind("redis", server)


@pytest.fixture
def own_dubbo(tmp_path: Path) -> Iterator[Kind]:
    """A simple registry of the test's own, which it may kill."""
    with SimpleRegistryServer(tmp_path / "dubbo") as server:
        yield Kind("dubbo", server)


@pytest.fixture(params=["zookeeper", "redis", "dubbo"])
def own(request: pytest.FixtureRequest) -> Kind:
    """Each registry in turn, at a server of the test's own that it may kill."""
    kind: Kind = request.getfixturevalue(f"own_{request.param}")
    return kind
