"""The zookeeper configuration centre against a real server: what it reads, and what it misses: nothing."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_digest_acl

from aiodubbo.config_center.zookeeper import ZooKeeperConfigCenter, create
from aiodubbo.errors import ConfigurationError, NetworkError, RegistryError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.integration.registry_protocol import refer
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL
from tests.polling import until
from tests.unit.fakes import GREETER, FakeProtocol, FakeRegistry, provider_url

from .conftest import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodubbo.rpc.abc import Listener

    from .conftest import Kind

pytestmark = pytest.mark.integration

ROOT = "/dubbo/config/dubbo"


class Notified:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.texts: list[str | None] = []

    async def __call__(self, text: str | None) -> None:
        self.texts.append(text)


@asynccontextmanager
async def opened(kind: Kind, parameters: str = FAST, user: str = "") -> AsyncIterator[ZooKeeperConfigCenter]:
    center = ZooKeeperConfigCenter(URL.parse(f"zookeeper://{user}{kind.server.address}?{parameters}"), Host(name="test"))
    try:
        yield center
    finally:
        await center.close()


async def as_operator(kind: Kind, work: Callable[[Any], Any], **options: Any) -> Any:
    """Do something with a client that knows nothing of configuration centres."""

    def run() -> Any:
        client = KazooClient(kind.server.address, **options)
        client.start()
        try:
            return work(client)
        finally:
            client.stop()
            client.close()

    return await asyncio.to_thread(run)


async def write(kind: Kind, key: str, text: str | bytes | None, root: str = ROOT) -> None:
    """Set the text of a key, or remove it, as an operator's tool does."""

    def work(client: Any) -> None:
        path = f"{root}/{key}"
        if text is None:
            client.delete(path)
            return
        content = text if isinstance(text, bytes) else text.encode()
        if client.exists(path):
            client.set(path, content)
        else:
            client.create(path, content, makepath=True)

    await as_operator(kind, work)


@pytest.mark.spec("REG-160", "a text is the content of one node below namespace and group; missing, made, changed, removed, made again")
async def test_a_text_comes_and_goes(zookeeper: Kind) -> None:
    async with opened(zookeeper) as center:
        told = Notified()
        await center.watch("comes.configurators", "dubbo", told)
        assert center.is_available()
        expected: list[str | None] = [None]
        for text in ("a", "b", "", None, "c – grün", None):
            await write(zookeeper, "comes.configurators", text)
            expected.append(text)
            await until(lambda: told.texts == expected)
        assert await center.get("comes.configurators", "dubbo") is None
        await write(zookeeper, "comes.configurators", "d")
        assert await center.get("comes.configurators", "dubbo") == "d"


@pytest.mark.spec("REG-160", "the namespace is the root folder, also a nested one, or ZooKeeper's own")
@pytest.mark.parametrize(("namespace", "root"), [("n", "/n/config"), ("/a/b", "/a/b/config"), ("/", "/config")])
async def test_namespace(zookeeper: Kind, namespace: str, root: str) -> None:
    await write(zookeeper, "x", "here", f"{root}/g")
    async with opened(zookeeper, f"{FAST}&namespace={namespace}") as center:
        told = Notified()
        await center.watch("x", "g", told)
        await write(zookeeper, "x", "there", f"{root}/g")
        await until(lambda: told.texts == ["here", "there"])


@pytest.mark.spec("REG-160", "nothing is written, so that a server which permits only reading is enough")
async def test_nothing_is_written(own_zookeeper: Kind) -> None:
    async with opened(own_zookeeper) as center:
        await center.watch("web.configurators", "dubbo", Notified())
        assert await as_operator(own_zookeeper, lambda client: client.get_children("/")) == ["zookeeper"]


@pytest.mark.spec("REG-160", "a server that is restarted, with its data or empty, is read again, and changes meanwhile are told")
async def test_restarts(own_zookeeper: Kind) -> None:
    await write(own_zookeeper, "web.configurators", "a")
    async with opened(own_zookeeper, f"{FAST}&session=1000&timeout=1000") as center:
        told, later = Notified(), Notified()
        await center.watch("web.configurators", "dubbo", told)
        await center.watch("later.configurators", "dubbo", later)
        await asyncio.to_thread(own_zookeeper.server.kill)
        await until(lambda: not center.is_available(), 20)
        assert told.texts == ["a"], "what was told stays while the server is away"
        with pytest.raises(NetworkError):
            await center.get("web.configurators", "dubbo")
        await asyncio.to_thread(own_zookeeper.server.start)
        await until(center.is_available, 20)
        await write(own_zookeeper, "web.configurators", "b")
        await write(own_zookeeper, "later.configurators", "c")
        await until(lambda: (told.texts, later.texts) == (["a", "b"], [None, "c"]), 20)
        await asyncio.to_thread(own_zookeeper.server.restart_empty)
        await until(lambda: (told.texts, later.texts) == (["a", "b", None], [None, "c", None]), 30)


@pytest.mark.spec("REG-160", "a change during an expired session is told by the next")
async def test_session_expires(zookeeper: Kind) -> None:
    await write(zookeeper, "expires.configurators", "a")
    async with opened(zookeeper) as center:
        told = Notified()
        await center.watch("expires.configurators", "dubbo", told)
        kazoo = center._client._link._kazoo  # type: ignore[union-attr] # nothing public knows the session's secret
        before = kazoo.client_id[0]
        await as_operator(zookeeper, lambda client: None, client_id=kazoo.client_id)  # another client ends our session
        await write(zookeeper, "expires.configurators", "b")
        await until(lambda: told.texts == ["a", "b"], 20)
        await until(lambda: center.is_available() and kazoo.client_id[0] != before, 20)
        await write(zookeeper, "expires.configurators", "c")
        await until(lambda: told.texts == ["a", "b", "c"], 20)


async def test_a_server_that_is_away_at_first(own_zookeeper: Kind) -> None:
    await write(own_zookeeper, "web.configurators", "a")
    await asyncio.to_thread(own_zookeeper.server.kill)
    async with opened(own_zookeeper, f"{FAST}&timeout=300") as center:
        told = Notified()
        with pytest.raises(NetworkError, match="zookeeper not connected"):
            await center.watch("web.configurators", "dubbo", told)
        await asyncio.to_thread(own_zookeeper.server.start)
        await until(lambda: told.texts == ["a"], 20)


@pytest.mark.spec("REG-160", "what is too large, no text, or not permitted is refused by name, and followed when it is mended")
async def test_what_cannot_be_read(zookeeper: Kind) -> None:
    await write(zookeeper, "large", b"x" * (256 * 1024 + 1))
    await write(zookeeper, "bytes", b"\xff\xfe")
    secret = [make_digest_acl("ada", "s3cret", all=True)]
    await as_operator(zookeeper, lambda client: client.create(f"{ROOT}/secret", b"hidden", acl=secret))
    async with opened(zookeeper) as center, opened(zookeeper, user="ada:s3cret@") as permitted:
        for key, reason in {
            "large": f"{ROOT}/large holds 262145 bytes, more than the 262144 that are read",
            "bytes": f"{ROOT}/bytes holds no text in UTF-8",
            "secret": "not permitted",
        }.items():
            told = Notified()
            with pytest.raises(RegistryError, match=reason):
                await center.watch(key, "dubbo", told)
            if key != "secret":
                await write(zookeeper, key, "mended")
                await until(lambda told=told: told.texts == ["mended"])  # type: ignore[misc] # mypy does not know defaults of lambdas
        assert await permitted.get("secret", "dubbo") == "hidden"


@pytest.mark.parametrize("address", ["zookeeper://", "zookeeper://0.0.0.0:2181"])
def test_no_host(address: str) -> None:
    with pytest.raises(ConfigurationError, match="a zookeeper configuration centre needs a host"):
        create(URL.parse(address), Host(name="test"))


@pytest.mark.parametrize(("name", "reason"), [("a/../b", "relative paths"), ("x/./y", "relative paths"), ("\ud800", "surrogates")])
async def test_a_name_that_is_no_path(zookeeper: Kind, name: str, reason: str) -> None:
    async with opened(zookeeper) as center:
        with pytest.raises(RegistryError, match=f"can have no node '.*tag-router': .*{reason}"):
            await center.get(f"{name}.tag-router", "dubbo")
        assert await center.get("web.configurators", "dubbo") is None, "the connection stands as before"


async def test_an_application_whose_name_is_no_path(zookeeper: Kind) -> None:
    """A provider may say of itself whatever it likes: the centre refuses to look there, and the reference has its providers."""

    class Hostile(FakeRegistry):
        async def subscribe(self, url: URL, listener: Listener) -> None:
            await super().subscribe(url, listener)
            await listener([provider_url(1, application="a/../b"), provider_url(2, application="good")])

    async with opened(zookeeper) as center:
        rules = CenterRules(center, check=True)
        consumer = URL("consumer", "10.0.0.9", 0, GREETER.interface, {"interface": GREETER.interface, "application": "web"})
        host = Host(name="test", protocol=FakeProtocol().by_name)
        directory = await refer(GREETER, consumer, registry=Hostile(), host=host, check=True, rules=rules)
        assert len(directory.snapshot.invokers) == 2
        assert await center.get("web.configurators", "dubbo") is None, "the connection stands as before"
        await directory.close()
