"""Every registry keeps the contract of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.testing import registry_conformance
from aiodubbo.testing.registry_conformance import CHECKS, Check
from tests.servers.process import find_free_port

from .conftest import FAST, open_registry

if TYPE_CHECKING:
    from tests.servers.redis_server import RedisCluster

    from .conftest import Kind

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.spec("REG-11", "ZooKeeper and Redis keep every promise of the contract")
@pytest.mark.spec("REG-12", "ZooKeeper and Redis match the full URL when it is taken back, and ignore unknown ones")
@pytest.mark.spec("REG-13", "ZooKeeper and Redis have told the first list when subscribe returns")
@pytest.mark.spec("REG-14", "ZooKeeper and Redis ignore what is not subscribed")
@pytest.mark.spec("REG-15", "ZooKeeper and Redis look up what they would tell")
@pytest.mark.spec("REG-75", "looking up gives what the folders hold")
@pytest.mark.spec("REG-103", "a published change is read and told")
@pytest.mark.spec("REG-16", "ZooKeeper and Redis tell complete lists, in order, and empty categories by a marker")
async def test_conformance(check: Check, kind: Kind) -> None:
    await registry_conformance.run(check, kind.open, patience=20)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.spec("REG-106", "a Redis Cluster keeps every promise of the contract")
async def test_redis_cluster(check: Check, redis_cluster: RedisCluster) -> None:
    await registry_conformance.run(check, lambda: open_registry(redis_cluster.address(FAST)), patience=20)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.spec("REG-11", "the simple registry keeps every promise of the contract but one: it is silent while it knows nobody")
async def test_simple(check: Check) -> None:
    async with RegistryServer("127.0.0.1", 0) as server:
        await registry_conformance.run(check, lambda: open_registry(server.address), notifies_empty=False, patience=20)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.spec("REG-11", "the multicast registry keeps every promise of the contract but one: it is silent while it hears nobody")
@pytest.mark.spec("REG-3", "every member keeps what it hears")
async def test_multicast(check: Check) -> None:
    address = f"multicast://224.5.6.7:{find_free_port()}?network.interface=127.0.0.1&{FAST}"
    await registry_conformance.run(check, lambda: open_registry(address), notifies_empty=False, patience=20)
