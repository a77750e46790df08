"""The zookeeper registry against a real server: what it writes, what it reads, and what happens to its session."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
import sys
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionLoss

from aiodubbo import clients
from aiodubbo.clients.zookeeper import SessionEvent, ZooKeeperClient
from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.registry.zookeeper import ZooKeeperRegistry
from aiodubbo.rpc.host import Host
from aiodubbo.tasks import LoopClock
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.grammar import decode, encode
from aiodubbo.url.url import URL
from tests.polling import elapse, until, until_equal

from .conftest import FAST, open_registry
from .golden import VERSIONS, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .conftest import Kind

pytestmark = pytest.mark.integration

SERVICE = "com.example.Greeter"


def provider(number: int = 1, **params: str) -> URL:
    return URL("dubbo", f"10.0.0.{number}", 20880, SERVICE, {"interface": SERVICE, **params})


def consumer(categories: str = "providers,configurators,routers") -> URL:
    return URL("consumer", "10.0.0.9", 0, SERVICE, {"interface": SERVICE, "category": categories})


@asynccontextmanager
async def opened(kind: Kind, group: str, parameters: str = FAST, user: str = "") -> AsyncIterator[ZooKeeperRegistry]:
    """A registry below a root folder of the test's own."""
    registry = ZooKeeperRegistry(URL.parse(f"zookeeper://{user}{kind.server.address}?group={group}&{parameters}"), Host(name="test"))
    try:
        yield registry
    finally:
        await registry.close()


async def in_kazoo(kind: Kind, work: Callable[[Any], Any], **options: Any) -> Any:
    """Do something with a client that knows nothing of registries."""

    def run() -> Any:
        client = KazooClient(kind.server.address, **options)
        client.start()
        try:
            return work(client)
        finally:
            client.stop()
            client.close()

    return await asyncio.to_thread(run)


def tree(client: Any, path: str) -> dict[str, bool]:
    """Every node below `path`, and whether it is ephemeral."""
    found = {}
    for name in client.get_children(path):
        child = f"{path}/{name}"
        found[child] = client.exists(child).ephemeralOwner != 0
        found |= tree(client, child)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.spec("REG-70", "every path is the one that Java writes")
@pytest.mark.spec("REG-78", "providers and consumers leave the folders and nodes that Java's leave")
async def test_the_tree_is_javas(zookeeper: Kind, version: str) -> None:
    wanted = {row["path"]: row["ephemeral"] for row in recorded(f"zookeeper-{version}")}
    urls = [URL.parse(decode(path.rpartition("/")[2])) for path, ephemeral in wanted.items() if ephemeral]
    group = f"golden-{version}"
    async with opened(zookeeper, group) as registry:
        for url in urls:
            await registry.register(url)
            categories = "configurators" if url.protocol != "consumer" else "providers,configurators,routers"
            subscription = url.with_params({"category": categories}).without_params("check")
            await registry.subscribe(subscription if url.protocol == "consumer" else subscription.with_protocol("provider"), Notified())
        found = await in_kazoo(zookeeper, lambda client: tree(client, f"/{group}"))
    assert {path.replace(f"/{group}/", "/dubbo/", 1): ephemeral for path, ephemeral in found.items()} == wanted


@pytest.mark.spec("REG-73", "what Java wrote is read, and what is no URL is left out")
async def test_reads_what_others_wrote(zookeeper: Kind, caplog: pytest.LogCaptureFixture) -> None:
    folder = f"/strangers/{SERVICE}/providers"
    names = [
        encode(str(provider(1))),
        "leftover",
        "dubbo%3A%2F%2F10.0.0.1%3Aport",
        "%ZZ%3A%2F%2F",
        encode(str(provider(2, enabled="perhaps"))),
    ]

    def write(client: Any) -> None:
        client.ensure_path(folder)
        for name in names:
            client.create(f"{folder}/{name}")

    await in_kazoo(zookeeper, write)
    async with opened(zookeeper, "strangers") as registry:
        told = Notified()
        await registry.subscribe(consumer(), told)
        assert told.of(SERVICE) is not None
        assert provider(1) in told.of(SERVICE)  # type: ignore[operator] # not None
        assert provider(1) in await registry.lookup(consumer())


@pytest.mark.spec("REG-71", "what is not dynamic is a persistent node; the rest goes with the session")
async def test_dynamic(zookeeper: Kind) -> None:
    async with opened(zookeeper, "dynamic") as registry:
        await registry.register(provider(1))
        await registry.register(provider(2, dynamic="false"))
    left = await in_kazoo(zookeeper, lambda client: client.get_children(f"/dynamic/{SERVICE}/providers"))
    assert left == [encode(str(provider(2, dynamic="false")))]


@pytest.mark.spec("REG-71", "a node that an earlier session left behind is replaced, so that it does not go with that session")
async def test_a_stale_node_is_replaced(zookeeper: Kind) -> None:
    async with opened(zookeeper, "stale") as first, opened(zookeeper, "stale") as second:
        await first.register(provider(1))
        await second.register(provider(1))
        await second.register(provider(1))  # its own node stays
        await first.close()
        assert list(await second.lookup(consumer())) == [provider(1)]


@pytest.mark.spec("REG-70", "the root is named by the group, also a nested one, or is ZooKeeper's own")
@pytest.mark.parametrize(("group", "root"), [("a/b", "/a/b"), ("/c", "/c"), ("/", "")])
async def test_root(zookeeper: Kind, group: str, root: str) -> None:
    async with opened(zookeeper, group) as registry:
        await registry.register(provider(1))
        path = f"{root}/{SERVICE}/providers/{encode(str(provider(1)))}"
        assert await in_kazoo(zookeeper, lambda client: client.exists(path) is not None)


@pytest.mark.spec("REG-76", "user and password authenticate, and what was created belongs to them alone")
async def test_digest(zookeeper: Kind) -> None:
    async with opened(zookeeper, "secret", user="ada:s3cret@") as ours, opened(zookeeper, "secret") as nobody:
        await ours.register(provider(1))
        assert list(await ours.lookup(consumer())) == [provider(1)]
        with pytest.raises(RegistryError, match="not permitted; give the registry's address the right user and password"):
            await nobody.lookup(consumer())
        with pytest.raises(RegistryError, match="not permitted"):
            await nobody.register(provider(2))
    assert "s3cret" not in repr(ours.url)


@pytest.mark.spec("REG-77", "a session that expires is followed by a new one, in which everything is told again")
async def test_session_expires(zookeeper: Kind) -> None:
    registry, watcher = zookeeper.open(f"{FAST}&group=expiry"), zookeeper.open(f"{FAST}&group=expiry")
    told = Notified()
    await registry.register(provider(1))
    await registry.subscribe(consumer(), told)
    kazoo = registry._inner._client._link._kazoo  # type: ignore[attr-defined] # nothing public knows the session's secret
    before = kazoo.client_id[0]
    await in_kazoo(zookeeper, lambda client: None, client_id=kazoo.client_id)  # another client ends our session
    await until(lambda: kazoo.client_id is not None and kazoo.client_id[0] != before, 20)
    await until_equal(lambda: watcher.lookup(consumer()), [provider(1)], 10)
    await watcher.register(provider(2))
    await until(lambda: told.of(SERVICE) == [provider(1), provider(2)])
    await registry.close()
    await watcher.close()


@pytest.mark.spec("REG-77", "a server that was restarted empty takes a client back that has seen more than it, after a session")
async def test_restarted_with_less_than_we_saw(own_zookeeper: Kind) -> None:
    own = own_zookeeper
    registry = own.open(f"{FAST}&session=1000&timeout=1000")
    for number in range(1, 30):
        await registry.register(provider(number))
    await asyncio.to_thread(own.server.restart_empty)

    async def is_filled() -> bool:
        return len(await registry.lookup(consumer())) == 29

    await until(is_filled, 20, ignoring=(NetworkError, RegistryError))
    await registry.close()


@pytest.mark.spec("REG-76", "operations without a connection fail at once; only the first waits")
async def test_no_connection(own_zookeeper: Kind) -> None:
    own = own_zookeeper
    events: list[SessionEvent] = []
    client = ZooKeeperClient(
        own.server.address, clock=LoopClock(), timeout=0.5, session=5, on_session=events.append, on_children=lambda path: None
    )
    assert await client.create("/a/b/c", ephemeral=True)
    assert not await client.create("/a/b/c", ephemeral=True)
    assert (await client.get("/a/b")).owner == 0  # type: ignore[union-attr] # it is there
    with pytest.raises(RegistryError, match="/a/b has children"):
        await client.delete("/a/b")
    own.server.freeze()
    with pytest.raises(NetworkError, match=r"did not answer within 0\.5 s"):
        await client.get("/a")
    own.server.kill()
    await until(lambda: not client.is_connected)
    with pytest.raises(NetworkError, match="not connected"):
        await client.get("/a")
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(10):
        with pytest.raises(NetworkError, match="not connected"):
            await client.get("/a")
    assert loop.time() - started < 0.5
    assert events == [SessionEvent.NEW, SessionEvent.SUSPENDED]
    await client.close()


@pytest.mark.spec("REG-12", "a registration that arrives after we gave it up is taken back")
async def test_an_answer_that_comes_too_late(own_zookeeper: Kind) -> None:
    own = own_zookeeper
    address = f"zookeeper://{own.server.address}?group=late&session=20000&{FAST}"
    registry = FailbackRegistry(
        ZooKeeperRegistry(URL.parse(f"{address}&timeout=500&file.cache=false"), Host(name="test")), Host(name="test")
    )
    await registry.register(provider(2))
    own.server.freeze()
    with pytest.raises(RegistryError, match="did not answer"):
        await registry.register(provider(1))
    own.server.thaw()
    async with opened(own, "late") as other:
        await registry.unregister(provider(1))
        await until_equal(lambda: other.lookup(consumer()), [provider(2)], 10)
    await registry.close()


FORK = """
import asyncio, os, sys
from aiodubbo import clients
from aiodubbo.clients.zookeeper import ZooKeeperClient
from aiodubbo.tasks import LoopClock

async def session(client, path):
    assert await client.create(path, ephemeral=True)
    return (await client.get(path)).owner

client = ZooKeeperClient(sys.argv[1], clock=LoopClock(), timeout=5, session=5, on_session=lambda event: None, on_children=lambda path: None)
before = asyncio.run(session(client, "/fork/parent"))
child = os.fork()
if not child:
    assert asyncio.run(session(client, "/fork/child")) != before
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print("ok")
"""


async def test_after_a_fork_the_client_is_made_anew(zookeeper: Kind) -> None:
    command = (sys.executable, "-c", FORK, zookeeper.server.address)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(30):
        out, error = await process.communicate()
    assert out == b"ok\n", error.decode()


@pytest.mark.spec("REG-74", "folders that are no service's are passed over, and nothing is made of them")
async def test_folders_with_names_that_nobody_gave_to_a_service(zookeeper: Kind) -> None:
    names = ["%zz", "%2e", "%2E%2E", "a$b", "x y", "%ED%A0%80", "*x"]
    await in_kazoo(zookeeper, lambda client: [client.ensure_path(f"/names/{name}/providers") for name in names])
    told = Notified()
    async with opened(zookeeper, "names") as registry:
        await registry.register(provider(1))
        anything = consumer("*").with_path("*").with_params({"interface": "*"})
        assert await registry.lookup(anything) == [provider(1)]
        await registry.subscribe(anything, told)
        assert told.of(SERVICE) == [provider(1)]
        found = await in_kazoo(zookeeper, lambda client: client.get_children("/names"))
    assert sorted(found) == sorted([*names, SERVICE])


async def test_no_session_begins_after_closing(zookeeper: Kind) -> None:
    async with opened(zookeeper, "closed") as registry:
        await registry.register(provider(1))
    with pytest.raises(NetworkError, match="is closed"):
        await registry.lookup(consumer())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("zk")]


async def test_a_greeting_that_is_not_answered(zookeeper: Kind) -> None:
    """A server that is just starting may take one and forget it; we greet again, and soon."""
    greetings = ended = 0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greetings, ended
        greetings += 1
        if greetings == 1:
            await reader.read()  # until they hang up
            writer.close()
        else:
            host, _, port = zookeeper.server.address.rpartition(":")
            there, back = await asyncio.open_connection(host, int(port))
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        ended += 1

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        registry = ZooKeeperRegistry(URL.parse(f"zookeeper://127.0.0.1:{port}?group=greeted&timeout=20000&{FAST}"), Host(name="test"))
        async with asyncio.timeout(15):
            await registry.register(provider())
        assert greetings == 2
        assert await registry.lookup(consumer("providers")) == [provider()]
        await registry.close()
        await until(lambda: ended == greetings)


@pytest.mark.spec("REG-77", "a message that makes no sense ends the session; a new one begins although nobody asks for anything")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # how kazoo's thread ends then
async def test_an_idle_client_comes_back_after_a_message_without_sense(zookeeper: Kind) -> None:
    links: list[asyncio.StreamWriter] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        links.append(writer)
        host, _, port = zookeeper.server.address.rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    settings, told = f"{FAST}&group=senseless&session=4000", Notified()
    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        registry, other = open_registry(f"zookeeper://127.0.0.1:{port}?{settings}"), zookeeper.open(settings)
        await registry.register(provider(1))
        await registry.subscribe(consumer("providers"), told)
        links[0].write(b"\0\0\0\2ab")
        await until(lambda: not registry.is_available())
        await other.register(provider(2))
        await until(lambda: told.of(SERVICE) == [provider(1), provider(2)], 20)
        await elapse(4.5)  # the first session is over by now: what stays is held by the second
        assert sorted(one.host for one in await other.lookup(consumer("providers"))) == ["10.0.0.1", "10.0.0.2"]
        assert len(links) == 2
        await registry.close()
        await other.close()


async def test_a_client_that_is_not_accepted_tries_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients.zookeeper, "_SHORTEST_PAUSE", 0.05)
    greetings: list[float] = []
    refused = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        with contextlib.suppress(asyncio.IncompleteReadError):
            await _message(reader)
            greetings.append(asyncio.get_running_loop().time())
            writer.write(struct.pack(">iiiqi16s", 36, 0, 4000, 7, 16, b""))
            await _message(reader)
            writer.write(struct.pack(">iiqi", 16, -4, 0, -115))  # the answer to who we are: authentication failed
            await reader.read()
        writer.close()
        refused += 1

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        hosts = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        events: list[SessionEvent] = []
        client = ZooKeeperClient(hosts, clock=LoopClock(), timeout=1, session=4, credentials="ada:wrong", on_session=events.append)
        with contextlib.suppress(NetworkError, RegistryError):
            await client.get("/a")
        await until(lambda: len(greetings) == 4)
        pauses = [after - before for before, after in itertools.pairwise(greetings)]
        assert [pause >= wanted for pause, wanted in zip(pauses, (0.05, 0.1, 0.2), strict=True)] == [True] * 3, pauses
        with pytest.raises((NetworkError, RegistryError)):
            await client.get("/a")
        await client.close()
        seen = len(greetings)
        await elapse(1)
        assert len(greetings) == seen, "none after closing"
        await until(lambda: refused == seen)


async def _message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4)))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_an_answer_that_is_lost_is_no_refusal(zookeeper: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where kazoo is connected again by the time that we look: the node may be there."""
    async with opened(zookeeper, "unanswered") as registry:
        await registry.register(provider(1))

        async def lose(*arguments: object) -> None:
            raise ConnectionLoss

        monkeypatch.setattr("aiodubbo.clients.zookeeper.Link.start", lambda *arguments: asyncio.ensure_future(lose()))
        with pytest.raises(NetworkError, match="ConnectionLoss"):
            await registry.register(provider(2))
        monkeypatch.undo()
