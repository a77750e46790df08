"""What an application leaves in a registry, beside what Java left there for the same services."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from kazoo.client import KazooClient
from redis.asyncio import Redis

from aiodubbo import Application, interface
from aiodubbo.url.grammar import decode
from aiodubbo.url.url import URL
from tests.golden.registry.differences import difference

from .golden import VERSIONS, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .conftest import Kind

pytestmark = pytest.mark.integration

UNASKED = {
    "application": "the recorded names end with the version",
    "subscribe.return": "3.x writes a method's defaults when it has any setting",
    "subscribe.sent": "as `subscribe.return`",
    "unsubscribe.return": "as `subscribe.return`",
    "unsubscribe.sent": "as `subscribe.return`",
    "unsubscribe.1.callback": "the recorded application was told to send the listener as a plain value; ours is one in both methods",
}


@interface("org.capture.api.Listener")
class Listener(Protocol):
    async def changed(self, message: str) -> str: ...


@interface("org.capture.api.CallbackService")
class CallbackService(Protocol):
    async def listeners(self) -> list[str]: ...

    async def subscribe(self, key: str, listener: Listener) -> None: ...

    async def unsubscribe(self, key: str, listener: Listener) -> None: ...

    async def ask(self, question: str) -> list[str]: ...

    async def fire(self, message: str) -> None: ...


@interface("org.capture.api.TokenService")
class TokenService(Protocol):
    async def guarded(self, text: str) -> str: ...


@interface("org.capture.api.VersionedService")
class VersionedService(Protocol):
    async def which(self) -> str: ...


class Everything:
    """Serves all three; nobody calls it."""

    async def listeners(self) -> list[str]:
        return []

    async def subscribe(self, key: str, listener: Listener) -> None:
        pass

    async def unsubscribe(self, key: str, listener: Listener) -> None:
        pass

    async def ask(self, question: str) -> list[str]:
        return []

    async def fire(self, message: str) -> None:
        pass

    async def guarded(self, text: str) -> str:
        return text

    async def which(self) -> str:
        return ""


@asynccontextmanager
async def announced(registry: str) -> AsyncIterator[None]:
    """The services as they were served and referred to when Java was recorded."""
    async with (
        Application("capture-provider", registry=registry, protocol="dubbo://:0", shutdown_wait=1.0) as provider,
        Application("capture-consumer", registry=registry, parameters={"retries": "0", "timeout": "5000"}) as consumer,
    ):
        await provider.export(CallbackService, Everything(), parameters={"callbacks": "1000"})
        await provider.export(TokenService, Everything(), token="s3cret-token")
        await consumer.refer(TokenService)
        for group, version in (("", ""), ("a", "1.0.0"), ("a", "2.0.0"), ("b", "1.0.0")):
            await provider.export(VersionedService, Everything(), group=group, version=version)
            await consumer.refer(VersionedService, group=group, version=version)
        yield


def role(url: URL) -> tuple[str, str, str, str]:
    """What makes two URLs those of one service on one side."""
    return (url.protocol, url.path, url.group, url.version)


def compare(version: str, java: list[URL], ours: list[URL]) -> None:
    """Each of our URLs has its counterpart, and the same keys and values but for those with a reason."""
    mine = {role(url): url for url in ours}
    assert len(mine) == len(ours) == 11
    theirs = {role(url): url for url in java if role(url) in mine}
    assert theirs.keys() == mine.keys()
    different = {key: difference(theirs[key], mine[key], version, unasked=UNASKED) for key in mine}
    assert {key: found for key, found in different.items() if found} == {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.spec("REG-70", "a whole application leaves the tree that Java leaves: folders, nodes, which of them go with the session")
@pytest.mark.spec("REG-184", "each URL has Java's keys and values, but for those with a written reason; node data is the writer's address")
async def test_zookeeper(zookeeper: Kind, version: str) -> None:
    root = f"/announced-{version}"

    def walk(client: Any, path: str) -> dict[str, tuple[bool, bytes]]:
        found = {}
        for name in client.get_children(path):
            child = f"{path}/{name}"
            data, stat = client.get(child)
            found[child] = (stat.ephemeralOwner != 0, data)
            found |= walk(client, child)
        return found

    def read() -> dict[str, tuple[bool, bytes]]:
        client = KazooClient(zookeeper.server.address)
        client.start()
        try:
            return walk(client, root)
        finally:
            client.stop()
            client.close()

    def url_of(path: str) -> URL:
        return URL.parse(decode(path.rpartition("/")[2]))

    async with announced(zookeeper.address(f"group={root}")):
        found = {path.replace(root, "/dubbo", 1): node for path, node in (await asyncio.to_thread(read)).items()}
    rows = recorded(f"zookeeper-{version}")
    services = {"CallbackService", "TokenService", "VersionedService"}
    folders = {row["path"] for row in rows if not row["ephemeral"] and row["path"].split("/")[2].rpartition(".")[2] in services}
    assert {path for path, (ephemeral, _) in found.items() if not ephemeral} == folders
    java = [url_of(row["path"]) for row in rows if row["ephemeral"]]
    compare(version, java, [url_of(path) for path, (ephemeral, _) in found.items() if ephemeral])
    addresses = {url_of(path).host for path, (ephemeral, _) in found.items() if ephemeral}
    assert {data.decode() for _, data in found.values()} == addresses
    assert [path for path, (ephemeral, _) in (await asyncio.to_thread(read)).items() if ephemeral] == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.spec("REG-100", "a whole application leaves the hashes that Java leaves: keys, and each URL with Java's keys and values")
async def test_redis(redis: Kind, version: str) -> None:
    root = f"announced-{version}"
    client: Any = await asyncio.to_thread(lambda: Redis(port=redis.server.port, decode_responses=True))
    try:
        async with announced(redis.address(f"group={root}")):
            found = {
                key.replace(f"/{root}/", "/dubbo/", 1): [URL.parse(field) for field in await client.hkeys(key)]
                for key in await client.keys(f"/{root}/*")
            }
        assert await client.keys(f"/{root}/*") == []
    finally:
        await client.aclose()
    java = {row["key"]: [URL.parse(field) for field in row["fields"]] for row in recorded(f"redis-{version}")}
    assert found.keys() <= java.keys()
    for key, urls in found.items():
        assert {role(url) for url in urls} <= {role(url) for url in java[key]}
    compare(version, [url for urls in java.values() for url in urls], [url for urls in found.values() for url in urls])
