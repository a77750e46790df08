"""The redis registry against real servers: what it writes and publishes, what expires, and several servers."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from aiodubbo.clients.redis import RedisClient
from aiodubbo.errors import ConfigurationError, NetworkError, RegistryError
from aiodubbo.registry.redis import RedisRegistry, create
from aiodubbo.rpc.host import Host
from aiodubbo.testing.registry_conformance import Notified
from aiodubbo.url.url import URL
from tests.polling import elapse, until, until_equal
from tests.servers import redis_server
from tests.servers.redis_server import RedisServer, SentinelServer

from .conftest import FAST, need
from .golden import VERSIONS, recorded
from .provider_process import ProviderProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from aiodubbo.rpc.abc import RpcProtocol

    from .conftest import Kind

pytestmark = pytest.mark.integration

SERVICE = "com.example.Greeter"


def provider(number: int = 1, **params: str) -> URL:
    return URL("dubbo", f"10.0.0.{number}", 20880, SERVICE, {"interface": SERVICE, **params})


def consumer(categories: str = "providers,configurators,routers") -> URL:
    return URL("consumer", "10.0.0.9", 0, SERVICE, {"interface": SERVICE, "category": categories})


@asynccontextmanager
async def opened(address: str, group: str, parameters: str = FAST) -> AsyncIterator[RedisRegistry]:
    """A registry whose keys begin with a word of the test's own."""
    registry = RedisRegistry(URL.parse(f"redis://{address}?group={group}&{parameters}"), Host(name="test"))
    try:
        yield registry
    finally:
        await registry.close()


@asynccontextmanager
async def raw(server: RedisServer, **options: Any) -> AsyncIterator[Any]:
    """A client that knows nothing of registries."""
    client = await asyncio.to_thread(lambda: Redis(port=server.port, decode_responses=True, **options))
    try:
        yield client
    finally:
        await client.aclose()


async def changed(client: Any, key: str, url: URL, before: str) -> bool:
    """Whether the expiry of a field is another one than before."""
    return bool(await client.hget(key, str(url)) != before)


@pytest.fixture
def server(redis: Kind) -> RedisServer:
    """The server that tests share."""
    assert isinstance(redis.server, RedisServer)
    return redis.server


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    """Two servers that do not know each other."""
    need(redis_server.missing())
    with RedisServer(tmp_path / "one") as one, RedisServer(tmp_path / "two") as other:
        yield one, other


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.spec("REG-100", "keys, fields and messages are those that Java writes")
async def test_hashes_are_javas(server: RedisServer, version: str) -> None:
    wanted = {row["key"]: row["fields"] for row in recorded(f"redis-{version}")}
    group = f"golden-{version}"
    async with raw(server) as client, opened(server.address, group, f"{FAST}&session=60000") as registry:
        heard = client.pubsub()
        await heard.psubscribe(f"/{group}/*")
        urls = [URL.parse(field) for fields in wanted.values() for field in fields]
        for url in urls:
            await registry.register(url)
        found = {key.replace(f"/{group}/", "/dubbo/", 1): await client.hgetall(key) for key in await client.keys(f"/{group}/*")}
        assert {key: sorted(fields) for key, fields in found.items()} == wanted
        now = time.time() * 1000
        assert all(now + 50_000 < int(expiry) <= now + 60_000 for fields in found.values() for expiry in fields.values())
        for url in urls:
            await registry.unregister(url)
        assert await client.keys(f"/{group}/*") == []
        messages: set[tuple[str, str]] = set()
        count = 0
        async with asyncio.timeout(5):
            while count < 2 * len(urls):
                message = await heard.get_message(ignore_subscribe_messages=True, timeout=1)
                if message is not None:
                    count += 1
                    messages.add((message["channel"].replace(f"/{group}/", "/dubbo/", 1), message["data"]))
        await heard.aclose()
    assert messages == {(row["channel"], row["text"]) for row in recorded(f"redis-messages-{version}")}


@pytest.mark.spec("REG-101", "what is registered is renewed in time")
@pytest.mark.spec("REG-102", "what is not renewed expires for everybody, without a message; what is not dynamic does not")
async def test_expiry(server: RedisServer) -> None:
    key = f"/expiry/{SERVICE}/providers"
    short = f"{FAST}&session=600"
    async with raw(server) as client, opened(server.address, "expiry", short) as registry, opened(server.address, "expiry", short) as other:
        told = Notified()
        lasting = provider(3, dynamic="false")
        await registry.register(provider(1))
        await registry.register(lasting)
        expiry = str(int((time.time() + 0.4) * 1000))
        await client.hset(key, str(provider(2)), expiry)
        await other.subscribe(consumer(), told)
        assert told.of(SERVICE) == [provider(1), provider(2), lasting]
        await until(lambda: told.of(SERVICE) == [provider(1), lasting])
        first = await client.hget(key, str(provider(1)))
        await elapse(0.7)
        assert told.of(SERVICE) == [provider(1), lasting]
        assert int(await client.hget(key, str(provider(1)))) > int(first)


@pytest.mark.spec("REG-101", "a field that somebody deleted is written again at the next renewal, and told")
async def test_a_deleted_field_comes_back(server: RedisServer) -> None:
    key = f"/deleted/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "deleted", f"{FAST}&session=6000") as registry:
        told = Notified()
        await registry.register(provider(1))
        await registry.subscribe(consumer(), told)
        await client.hdel(key, str(provider(1)))
        await client.publish(key, "unregister")
        await until(lambda: told.of(SERVICE) == [], 2.5)  # before the renewal
        await until(lambda: told.of(SERVICE) == [provider(1)], 15)


@pytest.mark.spec("REG-104", "an entry that expired and is renewed later, which Java does not tell, is seen")
async def test_an_expired_field_is_renewed_silently(server: RedisServer) -> None:
    key = f"/late/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "late", f"{FAST}&session=600") as registry:
        told = Notified()
        await client.hset(key, str(provider(1)), str(int((time.time() + 2) * 1000)))
        await registry.subscribe(consumer(), told)
        await until(lambda: told.of(SERVICE) == [], 10)
        assert await client.hset(key, str(provider(1)), str(int((time.time() + 60) * 1000))) == 0
        await until(lambda: told.of(SERVICE) == [provider(1)], 10)


@pytest.mark.spec("REG-101", "who renews an entry after it expired tells it, though the entry was still there")
async def test_a_late_renewal_is_told(server: RedisServer) -> None:
    address = f"redis://{server.address}?group=paused&{FAST}&session=2000"
    key = "/paused/org.aiodubbo.test.ShopService/providers"
    async with raw(server) as client, client.pubsub() as heard, ProviderProcess(address, "paused") as process:
        process.pause()
        await heard.psubscribe(key)

        async def has_expired() -> bool:
            return bool((await client.hvals(key))[0] < str(int(time.time() * 1000)))

        await until(has_expired, 20)
        (expiry,) = await client.hvals(key)
        async with asyncio.timeout(20):
            assert await client.hvals(key) == [expiry]
            process.resume()
            while (message := await heard.get_message(ignore_subscribe_messages=True, timeout=1)) is None:
                pass
        assert message["data"] == "register"
        assert (await client.hvals(key))[0] > expiry


@pytest.mark.spec("REG-101", "what is taken back while it is being renewed stays away")
async def test_taken_back_while_renewed(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/taken/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "taken", f"{FAST}&session=400") as registry:
        for number in (1, 2):
            await registry.register(provider(number))
        renews, go_on, write = asyncio.Event(), asyncio.Event(), RedisClient.set_field

        async def wait_and_write(self: RedisClient, *field: str) -> bool:
            renews.set()
            await go_on.wait()
            return await write(self, *field)

        monkeypatch.setattr(RedisClient, "set_field", wait_and_write)
        await renews.wait()
        leaving = [asyncio.create_task(registry.unregister(provider(number))) for number in (1, 2)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*leaving)
        assert await client.hkeys(key) == []
        monkeypatch.undo()
        await registry.register(provider(3))
        first = await client.hget(key, str(provider(3)))
        await until(lambda: changed(client, key, provider(3), first))  # a whole round later
        assert await client.hkeys(key) == [str(provider(3))]


@pytest.mark.spec("REG-101", "what is registered again while it is being renewed, as in a new session, and then taken back, stays away")
async def test_registered_again_while_renewed(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/again/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "again", f"{FAST}&session=2000") as registry:
        await registry.register(provider(1))
        renews, go_on, write = asyncio.Event(), asyncio.Event(), RedisClient.set_field

        async def wait_and_write(self: RedisClient, *field: str) -> bool:
            if not renews.is_set():
                renews.set()
                await go_on.wait()
            return await write(self, *field)

        monkeypatch.setattr(RedisClient, "set_field", wait_and_write)
        await renews.wait()
        again = asyncio.create_task(registry.register(provider(1)))
        await elapse(0.05)
        go_on.set()
        await again
        await registry.unregister(provider(1))
        await elapse(0.1)
        assert await client.hkeys(key) == []


@pytest.mark.spec("REG-101", "what cannot be renewed is tried again soon, and keeps nothing else from being renewed")
async def test_a_renewal_that_fails(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/refused/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "refused", f"{FAST}&session=4000") as registry:
        for number in (1, 2):
            await registry.register(provider(number))
        before = await client.hgetall(key)
        refusals, write = 0, RedisClient.set_field

        async def write_some(self: RedisClient, key: str, field: str, value: str) -> bool:
            nonlocal refusals
            if field == str(provider(1)):
                refusals += 1
                raise NetworkError("the node in charge is away")
            return await write(self, key, field, value)

        monkeypatch.setattr(RedisClient, "set_field", write_some)
        await until(lambda: refusals >= 6, 10)  # once in 2 seconds would be too slow
        monkeypatch.undo()
        assert await changed(client, key, provider(2), before[str(provider(2))])
        await until(lambda: changed(client, key, provider(1), before[str(provider(1))]))


@pytest.mark.spec("REG-101", "what waits for an answer keeps nothing else from being renewed")
async def test_a_renewal_that_waits(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/waits/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "waits", f"{FAST}&session=2000") as registry:
        for number in range(6):
            await registry.register(provider(number))
        frozen = {str(provider(number)) for number in (0, 1, 2)}
        before, write = await client.hgetall(key), RedisClient.set_field

        async def write_some(self: RedisClient, key: str, field: str, value: str) -> bool:
            if field in frozen:
                await asyncio.sleep(10)
            return await write(self, key, field, value)

        monkeypatch.setattr(RedisClient, "set_field", write_some)

        async def unchanged() -> set[str]:
            return {field for field, moment in (await client.hgetall(key)).items() if moment == before[field]}

        await until_equal(unchanged, frozen, 8)


@pytest.mark.spec("REG-105", "who watches all services deletes what expired")
async def test_cleaning(server: RedisServer) -> None:
    key = f"/cleaning/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "cleaning", f"{FAST}&session=400") as admin:
        await client.hset(key, mapping={str(provider(1)): "1", str(provider(2, dynamic="false")): "1"})
        await client.set("/cleaning/of/another/kind", "x")
        anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"}
        told = Notified()
        await admin.subscribe(URL("admin", "10.0.0.9", 0, "*", anything), told)
        assert told.of(SERVICE) == [provider(2, dynamic="false")]
        await until_equal(lambda: client.hkeys(key), [str(provider(2, dynamic="false"))], 5)


@pytest.mark.spec("REG-105", "an entry that is renewed while it is about to be deleted stays")
async def test_cleaning_leaves_what_is_renewed(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/spared/{SERVICE}/providers"
    renewed = str(int((time.time() + 60) * 1000))
    async with raw(server) as client, opened(server.address, "spared", f"{FAST}&session=400") as admin:
        read = RedisClient.fields

        async def read_and_renew(self: RedisClient, key: str, most: int) -> dict[str, str]:
            found = await read(self, key, most)
            if found.get(str(provider(1))) == "1" and str(provider(2)) in found:
                await client.hset(key, str(provider(1)), renewed)
            return found

        anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"}
        await admin.subscribe(URL("admin", "10.0.0.9", 0, "*", anything), Notified())
        monkeypatch.setattr(RedisClient, "fields", read_and_renew)
        await client.hset(key, mapping={str(provider(1)): "1", str(provider(2)): "1"})
        await until_equal(lambda: client.hexists(key, str(provider(2))), 0, 5)
        assert await client.hget(key, str(provider(1))) == renewed


@pytest.mark.spec("REG-107", "the error names the registry, the service and the cause")
@pytest.mark.spec("REG-106", "a password is sent, another database is used; a wrong password is told as such")
async def test_password_and_database(tmp_path: Path) -> None:
    need(redis_server.missing())
    with RedisServer(tmp_path, password="s3cret") as secret:
        async with (
            opened(f"any:s3cret@{secret.address}", "db", f"{FAST}&db.index=3") as registry,
            raw(secret, password="s3cret", db=3) as client,
        ):
            await registry.register(provider(1))
            assert await client.hkeys(f"/db/{SERVICE}/providers") == [str(provider(1))]
        refused = create(URL.parse(f"redis://any:wrong@{secret.address}?{FAST}"), Host(name="test"))
        told = "Failed to register service to redis registry. registry: .*, service: .*com.example.Greeter.*, cause: .*"
        with pytest.raises(RegistryError, match=f"{told}give the registry's address the right password"):
            await refused.register(provider(1))
        await refused.close()


@pytest.mark.spec("REG-106", "replicate: everything is written to all servers, and one of them is enough")
async def test_replicate(two: tuple[RedisServer, RedisServer]) -> None:
    one, other = two
    parameters = f"{FAST}&cluster=replicate&backup={other.address}&session=2000"
    async with raw(one) as first, raw(other) as second, opened(one.address, "dubbo", parameters) as registry:
        key = f"/dubbo/{SERVICE}/providers"
        await registry.register(provider(1))
        assert await first.hkeys(key) == await second.hkeys(key) == [str(provider(1))]
        told = Notified()
        await registry.subscribe(consumer(), told)
        await asyncio.to_thread(one.kill)
        await registry.register(provider(2))
        await until(lambda: told.of(SERVICE) == [provider(1), provider(2)])
        await asyncio.to_thread(one.start)
        await until(lambda: first.hkeys(key), 5)


@pytest.mark.spec("REG-106", "failover: one server is written, the next one when it is gone")
async def test_failover(two: tuple[RedisServer, RedisServer]) -> None:
    one, other = two
    address = f"redis://{one.address}?{FAST}&backup={other.address}&session=2000"
    registry, watcher, told = create(URL.parse(address), Host(name="test")), create(URL.parse(address), Host(name="test")), Notified()
    async with raw(other) as second:
        key = f"/dubbo/{SERVICE}/providers"
        await registry.register(provider(1))
        await watcher.subscribe(consumer(), told)
        assert await second.hkeys(key) == []
        await asyncio.to_thread(one.kill)
        await until_equal(lambda: second.hkeys(key), [str(provider(1))], 5)
        late = create(URL.parse(address), Host(name="test"))
        await late.register(provider(2))
        await until(lambda: told.of(SERVICE) == [provider(1), provider(2)])
        assert not any(url.protocol == "empty" and url.param("category") == "providers" for urls in told.calls for url in urls)
        for one_registry in (late, watcher, registry):
            await one_registry.close()


@pytest.mark.spec("REG-106", "sentinels say which server is the master; when another one until_equal it, nobody is lost")
async def test_sentinel(tmp_path: Path) -> None:
    need(redis_server.missing())
    with (
        RedisServer(tmp_path / "one") as one,
        RedisServer(tmp_path / "other", master=one.port) as other,
        SentinelServer(tmp_path / "sentinel", master=one.port, name="main") as sentinel,
    ):
        await until(lambda: asyncio.to_thread(sentinel.replicas), 15)
        address = f"redis://{sentinel.address}?{FAST}&redis-client=sentinel&master.name=main&session=4000"
        registry, watcher, told = (
            create(URL.parse(address), Host(name="test")),
            create(URL.parse(address), Host(name="test")),
            Notified(),
        )
        await registry.register(provider(1))
        await watcher.subscribe(consumer(), told)
        assert told.of(SERVICE) == [provider(1)]
        await asyncio.to_thread(one.kill)
        late = create(URL.parse(f"{address}&check=false"), Host(name="test"))
        await late.register(provider(2))
        await until(lambda: told.of(SERVICE) == [provider(1), provider(2)], 30)
        async with raw(other) as client:
            assert set(await client.hkeys(f"/dubbo/{SERVICE}/providers")) == {str(provider(1)), str(provider(2))}
        assert not any(url.protocol == "empty" and url.param("category") == "providers" for urls in told.calls for url in urls)
        for one_registry in (late, watcher, registry):
            await one_registry.close()


@pytest.mark.spec("REG-106", "settings that do not fit together are refused")
@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("cluster=magic", "Unsupported redis cluster: magic. The redis cluster only supported failover or replicate"),
        ("redis-client=magic", "redis-client=magic is not supported; write mono, sentinel or cluster"),
        ("redis-client=cluster&db.index=1", "a Redis Cluster has only the database 0: take db.index=1 from"),
        ("redis-client=cluster&cluster=replicate", "cluster=replicate is for servers that do not know each other"),
    ],
)
def test_what_is_not_supported_is_refused(parameters: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        create(URL.parse(f"redis://127.0.0.1?{parameters}"), Host(name="test"))


def soon() -> str:
    """A moment that the test does not live to see."""
    return str(int(time.time() * 1000) + 600_000)


@pytest.mark.parametrize(
    ("expiry", "counts"),
    [("9" * 5000, False), ("9" * 400, False), ("9" * 19, True), ("-1", False), ("soon", False), ("", False), ("\u0663", False)],
)
@pytest.mark.spec("REG-102", "a field without a moment that Java could write has expired, and hides no other")
async def test_expiries_that_make_no_sense(server: RedisServer, expiry: str, counts: bool) -> None:
    group, told = f"expiry{len(expiry)}{counts}{expiry[:1]}", Notified()
    key = f"/{group}/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, group) as registry:
        await client.hset(key, mapping={str(provider(1)): expiry})
        await registry.subscribe(consumer("providers"), told)
        assert told.of(SERVICE) == ([provider(1)] if counts else [])
        await client.hset(key, mapping={str(provider(2)): soon(), b"\xff\x00": b"\xff", "dubbo://h:99999/I": soon()})
        await client.publish(key, "register")
        await until(lambda: provider(2) in (told.of(SERVICE) or []))


@pytest.mark.spec("REG-102", "a key of another kind holds nothing, and hides no other")
async def test_a_key_that_is_no_hash(server: RedisServer) -> None:
    group, told, everything = "wrongtype", Notified(), Notified()
    async with raw(server) as client, opened(server.address, group, f"{FAST}&session=400") as registry:
        await client.set(f"/{group}/{SERVICE}/routers", "x")
        await client.set(f"/{group}/com.example.Other/providers", "x")
        await registry.register(provider(1))
        await registry.subscribe(consumer(), told)
        assert told.of(SERVICE) == [provider(1)]
        anything = consumer("*").with_path("*").with_params({"interface": "*"})
        assert provider(1) in await registry.lookup(anything)
        await registry.subscribe(anything, everything)
        await client.hset(f"/{group}/{SERVICE}/consumers", str(provider(7, category="consumers")), "1")
        await until_equal(lambda: client.exists(f"/{group}/{SERVICE}/consumers"), 0, 20)


@pytest.mark.spec("REG-101", "one URL that cannot be renewed does not let the others expire")
async def test_renewal_goes_on_beside_a_failure(server: RedisServer) -> None:
    group = "renewal"
    async with raw(server) as client, opened(server.address, group, f"{FAST}&session=400") as registry:
        hidden = URL("dubbo", "10.0.0.1", 1, "com.example.Hidden", {"interface": "com.example.Hidden"})
        await registry.register(hidden)
        await registry.register(provider(1))
        await client.delete(f"/{group}/com.example.Hidden/providers")
        await client.set(f"/{group}/com.example.Hidden/providers", "x")
        key = f"/{group}/{SERVICE}/providers"
        seen = {await client.hget(key, str(provider(1)))}
        async with asyncio.timeout(20):
            while len(seen) < 4:
                seen.add(await client.hget(key, str(provider(1))))
                await asyncio.sleep(0.01)


@pytest.mark.spec("REG-103", "a root or a service with characters of patterns is watched by its name")
async def test_names_with_characters_of_patterns(server: RedisServer) -> None:
    told = Notified()
    async with opened(server.address, "g[1]*?") as registry, opened(server.address, "g[1]*?") as other:
        await registry.subscribe(consumer("providers"), told)
        await other.register(provider(1))
        await until(lambda: told.of(SERVICE) == [provider(1)])
        assert await registry.services(watch=False) == {SERVICE: {"providers"}}


async def test_a_huge_hash_is_read_in_part(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiodubbo.registry.redis.MAX_URLS", 2000)
    monkeypatch.setattr("aiodubbo.registry.untrusted.MAX_URLS", 2000)
    told = Notified()
    async with raw(server) as client, opened(server.address, "huge") as registry:
        await client.hset(f"/huge/{SERVICE}/providers", mapping={str(provider(index)): soon() for index in range(20_000)})
        await registry.subscribe(consumer("providers"), told)
        assert len(told.of(SERVICE) or []) == 2000


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.005])
async def test_what_is_registered_while_closing_does_not_stay(server: RedisServer, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    write = RedisClient.set_field

    async def slow(self: RedisClient, *field: str) -> bool:
        await asyncio.sleep(seconds)
        return await write(self, *field)

    monkeypatch.setattr(RedisClient, "set_field", slow)
    key = f"/closing/{SERVICE}/providers"
    async with raw(server) as client:
        async with opened(server.address, "closing") as registry:
            await registry.register(provider(2))
            registering = asyncio.create_task(registry.register(provider(1)))
            await asyncio.sleep(0)
        await asyncio.wait([registering])
        assert isinstance(registering.exception(), RegistryError | NetworkError)
        assert await client.hkeys(key) == [str(provider(2))], "it expires, as nobody took it back"
        await client.delete(key)


async def test_a_watch_that_ends_while_it_waits_is_no_cancellation(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(server.address, "ended") as registry:
        await registry.register(provider(1))
        client = registry._servers[0]
        take = client._take

        def take_without_confirmations(kind: str, channel: str, text: str) -> None:
            if kind != "psubscribe":
                take(kind, channel, text)

        monkeypatch.setattr(client, "_take", take_without_confirmations)
        subscribing = asyncio.create_task(registry.subscribe(consumer(), Notified()))
        await elapse(0.1)
    await asyncio.wait([subscribing])
    with pytest.raises(NetworkError, match="the watch ended before it was confirmed"):
        subscribing.result()


async def test_a_watch_that_begins_while_the_link_is_opened(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on the one connection for messages, and no other is opened for it."""

    def of(number: int) -> URL:
        return consumer("providers").with_path(f"com.example.S{number}").with_params({"interface": f"com.example.S{number}"})

    ping = PubSub.ping

    async def slowly(self: PubSub, message: str | None = None) -> bool:
        await asyncio.sleep(0.1)
        return await ping(self, message)

    monkeypatch.setattr(PubSub, "ping", slowly)
    async with raw(server) as client:
        before, told = await listening(client), Notified()
        async with opened(server.address, "opens") as registry:
            first = asyncio.create_task(registry.subscribe(of(1), Notified()))
            await elapse(0.05)
            await asyncio.gather(first, registry.subscribe(of(2), told))
            assert await listening(client) == before + 1
            await registry.register(provider(1).with_path("com.example.S2").with_params({"interface": "com.example.S2"}))
            await until(lambda: [url.host for url in told.of("com.example.S2") or []] == ["10.0.0.1"])
        await until_equal(lambda: listening(client), before, 5)


async def listening(client: Redis) -> int:
    """How many connections wait for messages."""
    return len([one for one in await client.client_list() if int(one["psub"])])


async def test_a_connection_that_is_closed_while_a_command_is_sent(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """redis-py fails with an error that is none of its own; for us the server is away."""
    async with opened(server.address, "midst") as registry:
        await registry.register(provider(1))

        async def fail(self: object, *arguments: object, **options: object) -> None:
            raise AttributeError("'NoneType' object has no attribute 'writelines'")

        monkeypatch.setattr(Redis, "execute_command", fail)
        with pytest.raises(NetworkError, match="the connection was closed"):
            await registry.register(provider(2))


@pytest.mark.spec("REG-101", "renewing goes on whatever went wrong before")
async def test_renewing_survives_a_mistake(server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    key = f"/mistake/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "mistake", f"{FAST}&session=1000") as registry:
        await registry.register(provider(1))
        before, seen = await client.hget(key, str(provider(1))), asyncio.Event()

        async def fail(self: RedisClient, *field: str) -> bool:
            seen.set()
            raise KeyError("a mistake")

        with monkeypatch.context() as wrong:
            wrong.setattr(RedisClient, "set_field", fail)
            await seen.wait()
        await until(lambda: changed(client, key, provider(1), before))
    assert "could not renew" in caplog.text


@pytest.mark.spec("REG-105", "cleaning up, however long it takes, keeps nothing from being renewed")
async def test_cleaning_takes_its_time(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"/slow/{SERVICE}/providers"
    async with raw(server) as client, opened(server.address, "slow", f"{FAST}&session=1000") as registry:
        await registry.register(provider(1))
        cleaning = asyncio.Event()

        async def never_done(self: RedisClient, pattern: str) -> list[str]:
            cleaning.set()
            await asyncio.sleep(3600)
            return []

        anything = {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"}
        await registry.subscribe(URL("admin", "10.0.0.9", 0, "*", anything), Notified())
        monkeypatch.setattr(RedisClient, "keys", never_done)
        await cleaning.wait()
        seen: set[str] = set()
        async with asyncio.timeout(10):
            while len(seen) < 3:
                seen.add(await client.hget(key, str(provider(1))))
                await asyncio.sleep(0.02)


async def test_nothing_is_opened_after_closing(server: RedisServer) -> None:
    async with opened(server.address, "closed") as registry:
        await registry.register(provider(1))
    with pytest.raises(NetworkError, match="is closed"):
        await registry.lookup(consumer())


@pytest.mark.spec("REG-30", "what arrived and was not answered is taken back")
@pytest.mark.parametrize("check", ["true", "false"])
async def test_arrived_without_an_answer(server: RedisServer, monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    key, url = f"/unanswered/{SERVICE}/providers", provider(check=check)
    registry = create(URL.parse(f"redis://{server.address}?group=unanswered&retry.period=100000"), Host(name="test", protocol=_no_protocol))
    write = RedisClient.set_field

    async def write_and_lose(self: RedisClient, *field: str) -> bool:
        await write(self, *field)
        raise NetworkError("the answer is lost")

    async with raw(server) as client:
        with monkeypatch.context() as lossy:
            lossy.setattr(RedisClient, "set_field", write_and_lose)
            if check == "true":
                with pytest.raises(RegistryError, match="the answer is lost"):
                    await registry.register(url)
            else:
                await registry.register(url)
                assert await client.hkeys(key) == [str(url)]
                await registry.unregister(url)
        await until_equal(lambda: client.hkeys(key), [], 5)
        await registry.close()


def _no_protocol(name: str) -> RpcProtocol:
    raise AssertionError("redis needs none")


async def test_whoever_may_not_listen_does_not_hurry(two: tuple[RedisServer, RedisServer]) -> None:
    """The link is made anew ever more rarely while the server refuses messages."""
    server = two[0]
    async with raw(server) as client:
        await client.execute_command("ACL", "SETUSER", "default", "resetchannels")
        async with opened(server.address, "deaf", "timeout=500") as registry:
            with pytest.raises((NetworkError, RegistryError)):
                await registry.subscribe(consumer(), Notified())
            before = (await client.info())["total_connections_received"]
            await elapse(2.5)
            assert (await client.info())["total_connections_received"] - before < 8


async def test_all_services_are_not_watched_after_closing(server: RedisServer) -> None:
    async with opened(server.address, "late") as registry:
        pass
    with pytest.raises(NetworkError, match="is closed"):
        await registry.subscribe(URL("admin", "10.0.0.9", 0, "*", {"interface": "*"}), Notified())
