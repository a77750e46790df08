"""Users, passwords, databases and groups of a registry: Java and Python that were told the same find each other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from kazoo.security import OPEN_ACL_UNSAFE, make_digest_acl
from redis.asyncio import Redis

from aiodubbo import Application, RegistryError
from aiodubbo.url.url import URL
from tests.polling import until_equal
from tests.servers.redis_server import RedisCluster, RedisServer, SentinelServer
from tests.servers.zookeeper_server import ZooKeeperServer

from .contracts import GreetingService
from .peers import JavaError
from .registries import INTERFACE, opened, where
from .services import Greeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.process import ServerProcess

    from .conftest import Peers
    from .peers import JavaPeer

OURS_ALONE = [make_digest_acl("ada", "s3cret", all=True)]
"""What ZooKeeper calls CREATOR_ALL, for the user of these tests."""

CREATED_BY_JAVA = {"2.6": OPEN_ACL_UNSAFE, "2.7": OPEN_ACL_UNSAFE, "3.x": OURS_ALONE}
"""Who may change what a Java application with a user has created; as observed."""

DATABASE_ZERO = {"2.7"}
"""Versions that do not read ``db.index``; as observed."""


@pytest.fixture(scope="module")
def secret_zookeeper(servers: Callable[[str], ServerProcess], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeperServer]:
    """A server whose folders may be closed to other tests."""
    servers("zookeeper")  # leaves the test out where there is none
    with ZooKeeperServer(tmp_path_factory.mktemp("secret")) as server:
        yield server


@pytest.fixture(scope="module")
def secret_redis(servers: Callable[[str], ServerProcess], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    servers("redis")
    with RedisServer(tmp_path_factory.mktemp("secret"), password="s3cret") as server:
        yield server


@pytest.fixture(params=["cluster", "sentinel"])
def many_redis(request: pytest.FixtureRequest, servers: Callable[[str], ServerProcess], tmp_path: Path) -> Iterator[str]:
    """A registry's address: of a Redis Cluster with a password, or of two sentinels, since Java does not take one alone."""
    servers("redis")
    parameters = "session=6000&timeout=5000"
    if request.param == "cluster":
        with RedisCluster(tmp_path, password="s3cret") as cluster:
            yield cluster.address(parameters)
        return
    with (
        RedisServer(tmp_path / "master") as master,
        SentinelServer(tmp_path / "one", master=master.port, name="main") as one,
        SentinelServer(tmp_path / "other", master=master.port, name="main") as other,
    ):
        yield f"redis://{one.address}?backup={other.address}&redis-client=sentinel&master.name=main&{parameters}"


async def acls(server: ZooKeeperServer, root: str) -> dict[str, list[Any]]:
    """Every node below a root folder, without the URLs' own names, and who may do what."""

    def read() -> dict[str, list[Any]]:
        client = KazooClient(server.address, auth_data=[("digest", "ada:s3cret")])
        client.start()
        found: dict[str, list[Any]] = {}

        def walk(path: str) -> None:
            found[path.partition("%3A")[0]] = list(client.get_acls(path)[0])
            for name in client.get_children(path):
                walk(f"{path}/{name}")

        try:
            walk(root)
        finally:
            client.stop()
            client.close()
        return found

    return await asyncio.to_thread(read)


@pytest.mark.spec("REG-76", "Java providers and Python consumers of one ZooKeeper user see each other; Dubbo 2 leaves what it created open")
async def test_java_creates(java: JavaPeer, secret_zookeeper: ZooKeeperServer, free_port: int) -> None:
    root = f"java-{java.version}"
    registry = f"zookeeper://ada:s3cret@{secret_zookeeper.address}?group={root}&session=6000"
    await java.ask("export", name="secret", service="greeting", host=java.host, port=free_port, registry=registry, group="secret")
    try:
        assert set(map(str, (await acls(secret_zookeeper, f"/{root}")).values())) == {str(CREATED_BY_JAVA[java.version])}
        async with Application("python", registry=registry) as app:
            stub = await app.refer(GreetingService, group="secret", timeout=5.0)
            assert await stub.where() == "secret:null"
            by_python = {
                path: acl for path, acl in (await acls(secret_zookeeper, f"/{root}")).items() if "consumers" in path or "routers" in path
            }
            assert len(by_python) == 3
            assert all(acl == OURS_ALONE for acl in by_python.values())
        without_user = registry.replace("ada:s3cret@", "")
        subscription = URL.parse(f"admin://{java.host}/{INTERFACE}?interface={INTERFACE}&group=*")
        refused = "not permitted; give the registry's address the right user and password"
        async with opened(without_user) as nobody:
            if CREATED_BY_JAVA[java.version] is OPEN_ACL_UNSAFE:
                assert len(await nobody.lookup(subscription.with_params({"category": "providers"}))) == 1
            else:
                with pytest.raises(RegistryError, match=refused):
                    await nobody.lookup(subscription.with_params({"category": "providers"}))
            with pytest.raises(RegistryError, match=refused):  # the folder that Python created
                await nobody.lookup(subscription.with_params({"category": "routers"}))
    finally:
        await java.ask("unexport", name="secret")


@pytest.mark.spec(
    "REG-76", "Java consumers of one ZooKeeper user see Python providers, whose nodes belong to that user; others are refused"
)
async def test_python_creates(java: JavaPeer, secret_zookeeper: ZooKeeperServer) -> None:
    root = f"python-{java.version}"
    registry = f"zookeeper://ada:s3cret@{secret_zookeeper.address}?group={root}&session=6000"
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting("python"), group="secret")
        assert all(acl == OURS_ALONE for acl in (await acls(secret_zookeeper, f"/{root}")).values())
        await java.ask("refer", name="through", service="greeting", registry=registry, group="secret", timeout=5000)
        try:
            assert await where(java) == "python"
            created = (await acls(secret_zookeeper, f"/{root}"))[f"/{root}/{INTERFACE}/consumers/consumer"]
            assert created == CREATED_BY_JAVA[java.version]
        finally:
            await java.ask("release", name="through")
        nobody = f"consumer://{java.host}/{INTERFACE}?interface={INTERFACE}&group=secret&category=providers"
        with pytest.raises(JavaError, match="NoAuth"):
            await java.ask("lookup", registry=registry.replace("ada:s3cret@", ""), url=nobody)


@pytest.mark.spec("REG-106", "Java and Python with the password of a Redis find each other")
async def test_redis_password(java: JavaPeer, secret_redis: RedisServer, free_port: int) -> None:
    registry = f"redis://any:s3cret@{secret_redis.address}?session=6000&timeout=5000"
    group = f"secret-{java.version}"
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting("python"), group=group)
        await java.ask("export", name="secret", service="greeting", host=java.host, port=free_port, registry=registry, group=group)
        await java.ask("refer", name="through", service="greeting", registry=registry, group=group, timeout=5000)
        try:
            stub = await app.refer(GreetingService, group=group, timeout=5.0)
            both = {"python", f"{group}:null"}

            async def from_python() -> set[str]:
                return {await stub.where() for _ in range(12)}

            async def from_java() -> set[str]:
                return {await where(java) for _ in range(12)}

            await until_equal(from_python, both)
            await until_equal(from_java, both)
        finally:
            await java.ask("release", name="through")
            await java.ask("unexport", name="secret")


@pytest.mark.spec("REG-106", "db.index: Java 2.6 and 3.x use that database as Python does; 2.7 stays in the first one")
async def test_redis_database(java: JavaPeer, secret_redis: RedisServer) -> None:
    root = f"db-{java.version}"
    registry = f"redis://any:s3cret@{secret_redis.address}?group={root}&db.index=3&session=6000&timeout=5000"
    url = f"dubbo://{java.host}:20880/{INTERFACE}?interface={INTERFACE}&dynamic=false"
    await java.ask("register", registry=registry, url=url)
    database = 0 if java.version in DATABASE_ZERO else 3
    client = await asyncio.to_thread(lambda: Redis(port=secret_redis.port, password="s3cret", db=database, decode_responses=True))
    try:
        assert await client.hkeys(f"/{root}/{INTERFACE}/providers") == [str(URL.parse(url))]
    finally:
        await client.aclose()
    for index, found in ((3, database == 3), (0, database == 0)):
        async with opened(registry.replace("db.index=3", f"db.index={index}")) as admin:
            urls = await admin.lookup(URL.parse(f"admin://{java.host}/{INTERFACE}?interface={INTERFACE}&category=providers"))
        assert [str(one) for one in urls if one.protocol != "empty"] == ([str(URL.parse(url))] if found else [])
    await java.ask("unregister", registry=registry, url=url)


@pytest.mark.spec(
    "REG-70", "another root folder in ZooKeeper, another prefix in Redis: Java and Python of one group meet there, and nowhere else"
)
@pytest.mark.parametrize("kind", ["zookeeper", "redis"])
async def test_registry_group(java: JavaPeer, kind: str, address: Callable[[str], str], free_port: int) -> None:
    registry = f"{address(kind)}&group=blue-{java.version}"
    subscription = URL.parse(f"admin://{java.host}/{INTERFACE}?interface={INTERFACE}&category=providers&group=*")
    async with Application("python", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting("python"), group="rooted")
        await java.ask("export", name="rooted", service="greeting", host=java.host, port=free_port, registry=registry, group="rooted")
        try:
            texts = await java.ask("lookup", registry=registry, url=str(subscription))
            async with opened(registry) as admin, opened(address(kind)) as elsewhere:
                ours = {url.port for url in await admin.lookup(subscription) if url.protocol != "empty"}
                assert free_port in ours
                assert {url.port for url in map(URL.parse, texts)} == ours
                assert len(ours) == 2
                assert ours.isdisjoint(url.port for url in await elsewhere.lookup(subscription))
        finally:
            await java.ask("unexport", name="rooted")


@pytest.mark.spec(
    "REG-106", "Java 2.7 and Python on one Redis Cluster, or guided by the same sentinels, find each other and see each other leave"
)
async def test_many_redis_servers(peers: Peers, many_redis: str, free_port: int) -> None:
    java, registry = peers["2.7"], many_redis
    async with (
        Application("python", registry=registry, shutdown_wait=1.0) as watching,
        Application("python", registry=registry, protocol=f"dubbo://{java.host}:0", shutdown_wait=1.0) as app,
    ):
        await app.export(GreetingService, Greeting("python"), group="sharded")
        await java.ask("export", name="sharded", service="greeting", host=java.host, port=free_port, registry=registry, group="sharded")
        await java.ask("refer", name="through", service="greeting", registry=registry, group="sharded", timeout=5000)
        stub = await watching.refer(GreetingService, group="sharded", timeout=5.0)

        async def from_python() -> set[str]:
            return {await stub.where() for _ in range(12)}

        async def from_java() -> set[str]:
            return {await where(java) for _ in range(12)}

        try:
            await until_equal(from_python, {"python", "sharded:null"})
            await until_equal(from_java, {"python", "sharded:null"})
        finally:
            await java.ask("unexport", name="sharded")
        await until_equal(from_python, {"python"})
        await until_equal(from_java, {"python"})
        await java.ask("release", name="through")
