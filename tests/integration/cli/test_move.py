"""``aiodubbo registry dump | load | diff`` with real ZooKeeper and Redis servers and the simple registry."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aiodubbo.operations.entries import CATEGORIES, Selection, read_entries
from aiodubbo.operations.lookup import open_registry, subscription
from aiodubbo.url.url import URL
from tests.polling import until, until_blocking

from .processes import AIODUBBO, REGISTRY_READY, SECONDS, Background, command, registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from aiodubbo.rpc.abc import Registry
    from tests.integration.registry.conftest import Kind

pytestmark = pytest.mark.integration

SERVICE = "com.example.move.Shop"
PROVIDER = URL.parse(f"dubbo://192.0.2.1:20880/{SERVICE}?application=shop&interface={SERVICE}&timestamp=1&token=s3cret")
SECOND = PROVIDER.with_host("192.0.2.2").with_params({"note": "größe 漢字 50% a+b %2F a b", "timestamp": "2"})
CONSUMER = URL.parse(f"consumer://192.0.2.9/{SERVICE}?application=web&category=consumers&check=false&interface={SERVICE}")
RULE = URL.parse(f"override://0.0.0.0/{SERVICE}?category=configurators&dynamic=false&timeout=5&token=s3cret")
ROUTE = URL.parse(f"route://0.0.0.0/{SERVICE}?category=routers&dynamic=false&router=condition&rule=host+%3D+192.0.2.9+%3D%3E")
ODD = URL.parse(f"override://0.0.0.0/{SERVICE}?category=configurators&dynamic=false&note=two  words, 100%25, Jörg/日本")
LASTING = (RULE, ROUTE, ODD)


class Place:
    """A registry that a test fills and reads; each has a root of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = URL.parse(address)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Registry]:
        async with open_registry(self.url) as client:
            yield client

    def fill(self, *urls: URL) -> None:
        """Write what lasts."""

        async def write() -> None:
            async with self.open() as client:
                for url in urls:
                    await client.register(url)

        asyncio.run(write())

    def held(self) -> list[str]:
        async def read() -> list[str]:
            async with self.open() as client:
                return [str(url) for url in await read_entries(client, Selection())]

        return asyncio.run(read())

    def wait_for(self, *urls: URL) -> None:
        """Wait until it holds exactly these."""
        expected = sorted(map(str, urls))
        until_blocking(lambda: sorted(self.held()) == expected, 2 * SECONDS)


@pytest.fixture
def zookeeper(zookeeper_shared: object, tmp_path: Path) -> Place:
    return _place("zookeeper", zookeeper_shared, tmp_path)


@pytest.fixture
def redis(redis_shared: object, tmp_path: Path) -> Place:
    return _place("redis", redis_shared, tmp_path)


@pytest.fixture
def simple() -> Iterator[Place]:
    with registry() as server:
        yield Place(server.wait_for(REGISTRY_READY))
        assert server.end() == 0, server.output


def _place(name: str, server: object, folder: Path) -> Place:
    address = server.address  # type: ignore[attr-defined] # any of the servers
    return Place(f"{name}://{address}?group={folder.name}&retry.period=200&reconnect.period=200&session=5000")


@asynccontextmanager
async def announced(place: Place, *urls: URL) -> AsyncIterator[Registry]:
    """Entries that live as long as the block."""
    async with place.open() as client:
        for url in urls:
            await client.register(url)
        yield client


async def run(*arguments: str) -> tuple[int, str, str]:
    """One command, while the loop of the test goes on."""
    outcome = await asyncio.to_thread(command, "registry", *arguments)
    assert "Traceback" not in outcome.stderr, outcome.stderr
    return outcome.returncode, outcome.stdout, outcome.stderr


@pytest.mark.spec("REG-11", "what lasts moves from ZooKeeper to Redis and to the simple registry, and stays there")
@pytest.mark.parametrize("target_name", ["redis", "simple"])
async def test_a_dump_of_zookeeper_is_loaded_elsewhere(
    zookeeper: Place, target_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    target: Place = request.getfixturevalue(target_name)
    path = tmp_path / "dump.txt"
    async with announced(zookeeper, PROVIDER, SECOND, CONSUMER, *LASTING):
        code, out, err = await run("dump", "-r", zookeeper.address, "-o", str(path))
        assert (code, out) == (0, ""), err
        assert f"wrote 6 entries to {path}; it may hold tokens and passwords" in err
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text()
        assert str(SECOND) in text.splitlines()
        assert (await run("dump", "-r", zookeeper.address, "shop"))[1].splitlines()[4:] == text.splitlines()[4:]
        assert (await run("dump", "-r", zookeeper.address, "--category", "routers"))[1].splitlines()[4:] == [str(ROUTE)]
        assert (await run("diff", str(path), zookeeper.address))[0] == 0
    code, out, err = await run("load", str(path), "-r", target.address)
    assert code == 0, err
    assert "3 written, 0 taken away, 0 there already, 3 left out: they are registered only while their owner lives" in err
    assert "s3cret" not in out + err
    assert sorted(await asyncio.to_thread(target.held)) == sorted(map(str, LASTING))
    code, out, err = await run("diff", zookeeper.address, target.address)
    assert (code, out) == (0, ""), err
    code, out, err = await run("load", zookeeper.address, "-r", target.address)
    assert (code, out) == (0, "")
    assert "0 written, 0 taken away, 3 there already" in err


def test_without_a_command_the_server_runs_as_ever(simple: Place) -> None:
    assert command("registry", "--port", "0", "dump").returncode == 2, "options of the server before a command"
    assert command("registry", "nothing").returncode == 2
    assert command("registry", "dump", "-r", simple.address).stdout.splitlines()[2].endswith(", 0 entries")


def test_a_dry_run_touches_nothing(zookeeper: Place, redis: Place, tmp_path: Path) -> None:
    zookeeper.fill(*LASTING)
    other = RULE.with_params({"timeout": "6"})
    redis.fill(other, ROUTE)
    outcome = command("registry", "load", zookeeper.address, "-r", redis.address, "--dry-run", "--replace")
    assert outcome.returncode == 0, outcome.stderr
    assert sorted(outcome.stdout.splitlines()) == sorted([f"+ {RULE.redacted()}", f"+ {ODD}", f"- {other.redacted()}"])
    assert "2 to write, 1 to take away, 1 there already; nothing was done" in outcome.stderr
    assert sorted(redis.held()) == sorted(map(str, (other, ROUTE)))
    path = tmp_path / "provider"
    path.write_text(f"{PROVIDER}\n")
    outcome = command("registry", "load", str(path), "-r", redis.address, "--dry-run", "--hold")
    assert (outcome.returncode, outcome.stdout) == (0, f"+ {PROVIDER.redacted()}\n")


@pytest.mark.parametrize("name", ["zookeeper", "redis", "simple"])
def test_replace_takes_away_what_only_the_target_has(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Also what another client wrote, and never what lives: a provider of the target stays."""
    target: Place = request.getfixturevalue(name)
    path = tmp_path / "rules"
    path.write_text(f"# by hand\n{RULE}\n")

    async def load() -> None:
        async with announced(target, PROVIDER, ROUTE, ODD):
            code, out, err = await run("load", str(path), "-r", target.address, "--replace", "--category", "configurators")
            assert (code, len(out.splitlines())) == (0, 2), err
            assert {str(url) for url in (PROVIDER, ROUTE, RULE)} == set(await asyncio.to_thread(target.held))
            code, out, err = await run("load", str(path), "-r", target.address, "--replace")
            assert (code, out) == (0, f"- {ROUTE}\n"), err
            assert {str(PROVIDER), str(RULE)} == set(await asyncio.to_thread(target.held))

    asyncio.run(load())
    path.write_text("# nothing\n")
    outcome = command("registry", "load", str(path), "-r", target.address, "--replace")
    assert outcome.returncode == 2
    assert "would take everything away" in outcome.stderr
    assert target.held() == [str(RULE)]


def test_a_broken_file_does_nothing(redis: Place, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_text(f"{RULE}\nnonsense\n{ROUTE}\ndubbo://h:x/{SERVICE}?token=s3cret\n")
    outcome = command("registry", "load", str(path), "-r", redis.address)
    assert outcome.returncode == 2
    assert "2 line(s) that are no URL to register; nothing was done" in outcome.stderr
    assert "line 2: " in outcome.stderr
    assert "line 4: " in outcome.stderr
    assert "s3cret" not in outcome.stderr
    assert redis.held() == []


@pytest.mark.parametrize("name", ["zookeeper", "redis", "dubbo"])
def test_a_registry_that_is_away(name: str, tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text(f"{RULE}\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"{name}://127.0.0.1:{taken.getsockname()[1]}?timeout=500"
        begin = time.monotonic()
        for arguments in (["load", str(path), "-r", address], ["dump", "-r", address], ["diff", str(path), address]):
            outcome = command("registry", *arguments)
            assert outcome.returncode == 3, outcome.stderr
            assert f"the registry at 127.0.0.1:{taken.getsockname()[1]} does not answer" in outcome.stderr
            assert "Traceback" not in outcome.stderr
        assert time.monotonic() - begin < SECONDS


def test_a_registry_that_takes_connections_and_never_answers(own: Kind, tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text(f"{RULE}\n")
    own.server.freeze()
    try:
        begin = time.monotonic()
        outcome = command("registry", "load", str(path), "-r", own.address("timeout=500"))
        assert time.monotonic() - begin < SECONDS
    finally:
        own.server.thaw()
    assert outcome.returncode == 3, outcome.stderr
    assert f"the registry at {own.server.address} does not answer" in outcome.stderr


def test_a_target_that_refuses_half_way(redis_shared: object, tmp_path: Path) -> None:
    """A server that takes no more writes; when it does again, the same command does the rest."""
    target = _place("redis", redis_shared, tmp_path)
    path = tmp_path / "rules"
    path.write_text("".join(f"{RULE.with_params({'timeout': number})}\n" for number in range(5)))
    taken = RULE.with_params({"timeout": 0})
    target.fill(taken)
    ask = redis_shared.ask  # type: ignore[attr-defined] # any of the servers
    assert ask(b"CONFIG SET maxmemory 1\r\n").startswith(b"+OK")
    try:
        outcome = command("registry", "load", str(path), "-r", target.address)
        assert target.held() == [str(taken)]
    finally:
        assert ask(b"CONFIG SET maxmemory 0\r\n").startswith(b"+OK")
    assert outcome.returncode == 3, outcome.stderr
    assert "written: 0 of 4, taken away: 0 of 0; the same command again does the rest" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    outcome = command("registry", "load", str(path), "-r", target.address)
    assert (outcome.returncode, len(outcome.stdout.splitlines())) == (0, 4), outcome.stderr
    assert len(target.held()) == 5


@pytest.mark.parametrize(("source_name", "target_name"), [("zookeeper", "redis"), ("redis", "zookeeper"), ("simple", "zookeeper")])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_bridge_follows_and_takes_back_exactly_what_it_announced(
    source_name: str, target_name: str, number: int, request: pytest.FixtureRequest
) -> None:
    source: Place = request.getfixturevalue(source_name)
    target: Place = request.getfixturevalue(target_name)
    moved = PROVIDER.with_host("192.0.2.7")

    async def follow() -> None:
        async with announced(source, PROVIDER, CONSUMER, RULE, moved) as owner, announced(target, moved, ROUTE):
            with Background(*AIODUBBO, "registry", "load", source.address, "-r", target.address, "--hold") as bridge:
                await asyncio.to_thread(bridge.wait_for, r"holding 2 entries at .*; Ctrl-C ends, and takes them back")
                await asyncio.to_thread(target.wait_for, PROVIDER, CONSUMER, RULE, moved, ROUTE)
                await owner.register(SECOND)
                await owner.unregister(PROVIDER)
                await asyncio.to_thread(target.wait_for, SECOND, CONSUMER, RULE, moved, ROUTE)
                assert await asyncio.to_thread(bridge.end, number) == 0, bridge.output
                assert "Traceback" not in bridge.output
                assert "s3cret" not in bridge.output
            await asyncio.to_thread(target.wait_for, RULE, moved, ROUTE)

    asyncio.run(follow())


def test_a_file_is_held(redis: Place, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(f"{PROVIDER}\n{RULE}\n")
    with Background(*AIODUBBO, "registry", "load", str(path), "-r", redis.address, "--hold") as bridge:
        bridge.wait_for("holding 1 entries")
        assert sorted(redis.held()) == sorted(map(str, (PROVIDER, RULE)))
        assert bridge.end() == 0, bridge.output
    assert redis.held() == [str(RULE)]


def test_a_bridge_outlives_a_restart_of_the_target(own: Kind, simple: Place, tmp_path: Path) -> None:
    target = Place(own.address("retry.period=200&reconnect.period=200&session=2000"))
    path = tmp_path / "dump"
    path.write_text(f"{PROVIDER}\n")
    with Background(*AIODUBBO, "registry", "load", str(path), "-r", target.address, "--hold") as bridge:
        bridge.wait_for("holding 1 entries")
        own.server.kill()
        own.server.start()
        target.wait_for(PROVIDER)
        assert bridge.end() == 0, bridge.output
    target.wait_for()


def test_differences(zookeeper: Place, redis: Place) -> None:
    zookeeper.fill(RULE, ROUTE)
    redis.fill(RULE.with_params({"timeout": "6", "token": "other"}), ODD.with_params({"note": "x", "application": "web"}))
    outcome = command("registry", "diff", zookeeper.address, redis.address)
    assert outcome.returncode == 1, outcome.stderr
    assert outcome.stdout.splitlines() == [
        f"- {ROUTE}",
        f"+ {ODD.with_params({'note': 'x', 'application': 'web'})}",
        f"~ configurators  override  {SERVICE}  0.0.0.0  timeout: 5 -> 6, token: *** -> ***",
    ]
    as_json = json.loads(command("registry", "diff", zookeeper.address, redis.address, "--json", "--category", "configurators").stdout)
    assert (as_json["left"], len(as_json["right"]), len(as_json["changed"])) == ([], 1, 1)


def test_no_trace_is_left_at_home(redis: Place, tmp_path: Path) -> None:
    """An address that is copied from an application names it, and would ask for its cache file."""
    address = f"{redis.address}&application=web&file={tmp_path / 'cache'}"
    path = tmp_path / "rules"
    path.write_text(f"{RULE}\n")
    assert command("registry", "load", str(path), "-r", address).returncode == 0
    assert command("registry", "dump", "-r", address).returncode == 0
    with Background(*AIODUBBO, "registry", "load", address, "-r", address, "--hold") as bridge:
        bridge.wait_for("holding 0 entries")
        assert bridge.end() == 0, bridge.output
    assert list(Path(os.environ["HOME"]).iterdir()) == []
    assert [one.name for one in tmp_path.iterdir()] == ["rules"]


@pytest.fixture
def multicast() -> Place:
    """A group on loopback that no other test uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return Place(f"multicast://224.5.6.7:{probe.getsockname()[1]}?network.interface=127.0.0.1")


@pytest.mark.spec("REG-91", "without a subscription a look-up is what the members of the group answer now")
def test_a_multicast_group_is_dumped_and_bridged(multicast: Place, redis: Place) -> None:
    """A group can be asked; who is in it answers."""

    async def follow() -> None:
        async with announced(multicast, PROVIDER) as owner:
            code, out, err = await run("dump", "-r", multicast.address)
            assert (code, out.splitlines()[4:]) == (0, [str(PROVIDER)]), err
            with Background(*AIODUBBO, "registry", "load", multicast.address, "-r", redis.address, "--hold") as bridge:
                await asyncio.to_thread(bridge.wait_for, "holding 1 entries")
                await owner.register(SECOND)
                await owner.unregister(PROVIDER)
                await asyncio.to_thread(redis.wait_for, SECOND)
                assert await asyncio.to_thread(bridge.end) == 0, bridge.output
        await asyncio.to_thread(redis.wait_for)

    asyncio.run(follow())


def test_a_multicast_group_keeps_nothing(multicast: Place, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text(f"{PROVIDER}\n{RULE}\n")
    outcome = command("registry", "load", str(path), "-r", multicast.address)
    assert outcome.returncode == 2
    assert "multicast has no memory" in outcome.stderr

    async def hear() -> None:
        async with multicast.open() as client:
            heard: set[str] = set()

            async def listener(urls: Sequence[URL]) -> None:
                heard.clear()
                heard.update(str(url) for url in urls if url.protocol != "empty")

            await client.subscribe(await subscription(multicast.url, CATEGORIES), listener)
            with Background(*AIODUBBO, "registry", "load", str(path), "-r", multicast.address, "--hold") as holding:
                await asyncio.to_thread(holding.wait_for, "holding 2 entries")
                await until(lambda: heard == {str(PROVIDER), str(RULE)}, SECONDS)
                assert await asyncio.to_thread(holding.end) == 0, holding.output
            await until(lambda: heard == set(), SECONDS)

    asyncio.run(hear())
