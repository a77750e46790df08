"""Rules that an operator writes into the configuration centre: running providers and consumers follow them, and go back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
from kazoo.security import make_digest_acl

from aiodubbo import Application, call_options, interface, sync
from aiodubbo.errors import NoProviderError, RegistryError
from tests.integration.cli.processes import command
from tests.polling import until, until_equal, until_raises

from .conftest import FAST
from .test_config_center import as_operator, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodubbo.bootstrap.services import ExportedService
    from aiodubbo.url.url import URL

    from .conftest import Kind

pytestmark = pytest.mark.integration


@interface("org.aiodubbo.test.CenterService")
class Named(Protocol):
    async def name(self) -> str: ...


@interface("org.aiodubbo.test.CenterService")
class BlockingNamed(Protocol):
    def name(self) -> str: ...


class One:
    """A provider that tells its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def name(self) -> str:
        return self._name


SERVICE = "org.aiodubbo.test.CenterService"
KEY = f"{SERVICE}::"


@dataclass(frozen=True)
class Scene:
    """A root folder of the test's own with providers "0", "1", …, and one consumer."""

    kind: Kind
    group: str
    exported: list[ExportedService]
    named: Named
    consumer: Application

    async def names(self) -> set[str]:
        """Who answers."""
        return {await self.named.name() for _ in range(40)}

    async def write(self, key: str, text: str | None) -> None:
        """Have an operator set a rule, or remove it."""
        await write(self.kind, key, text, f"/{self.group}/config/dubbo")

    async def until_names(self, expected: set[str], seconds: float = 10.0) -> None:
        """Wait until exactly these answer."""
        await until_equal(self.names, expected, seconds, ignoring=(NoProviderError,))

    @property
    def held(self) -> list[URL]:
        """The providers as the consumer sees them."""
        return [invoker.url for invoker in self.consumer.host.catalogue.references[0].snapshot.invokers]


@asynccontextmanager
async def scene(kind: Kind, group: str, providers: int = 2, parameters: str = FAST) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:

        async def application(name: str) -> Application:
            address = f"zookeeper://{kind.server.address}?group={group}&{parameters}"
            return await stack.enter_async_context(Application(name, registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1))

        exported = [await (await application("shop")).export(Named, One(str(number))) for number in range(providers)]
        consumer = await application("web")
        named = await consumer.refer(Named)
        yield Scene(kind, group, exported, named, consumer)


@pytest.mark.spec("REG-163", "rules for settings reach running consumers and providers, of an application and of a service")
@pytest.mark.spec("REG-44", "a provider serves and announces what the rules make of its settings, and goes back")
async def test_settings(zookeeper: Kind) -> None:
    async with scene(zookeeper, "settings") as at:
        await at.write(
            "web.configurators",
            "configVersion: v2.7\nscope: application\nkey: web\nenabled: true\nconfigs:\n"
            "- addresses: [0.0.0.0]\n  side: consumer\n  parameters: {timeout: 1500, retries: 5}\n",
        )
        await until(lambda: {(url.param("timeout"), url.param("retries")) for url in at.held} == {("1500", "5")})
        await at.write(
            f"{KEY}.configurators",
            f"configVersion: v2.7\nscope: service\nkey: {SERVICE}\nenabled: true\nconfigs:\n"
            f"- addresses: [0.0.0.0]\n  side: consumer\n  parameters: {{timeout: 1200}}\n"
            f"- addresses: ['{at.exported[0].url.address}']\n  side: provider\n  parameters: {{weight: 0, token: secret}}\n",
        )
        await at.until_names({"1"})
        await until(lambda: sorted(url.param("weight") for url in at.held) == ["", "0"])
        assert {(url.param("timeout"), url.param("retries")) for url in at.held} == {("1200", "5")}
        assert [at.exported[0].url.param(name) for name in ("weight", "token")] == ["0", "secret"]
        assert at.exported[0].effective_url.param("token") == "secret"
        await at.write("web.configurators", "configs: [")
        await at.write(f"{KEY}.configurators", None)
        await at.until_names({"0", "1"})
        await until(lambda: {url.param("timeout") for url in at.held} == {"1500"})
        await at.write("web.configurators", None)
        await until(lambda: {url.param("timeout") for url in at.held} == {""})
        assert not at.exported[0].url.has_param("weight")


@pytest.mark.spec("REG-164", "conditions reach a running consumer, of a service and of an application, and are taken back")
async def test_conditions(zookeeper: Kind) -> None:
    async with scene(zookeeper, "conditions") as at:
        ports = [exported.url.port for exported in at.exported]
        await at.write(
            f"{KEY}.condition-router", f"scope: service\nkey: {SERVICE}\nforce: true\nconditions:\n- method = name => port = {ports[0]}\n"
        )
        await at.until_names({"0"})
        await at.write("web.condition-router", f"scope: application\nkey: web\nforce: true\nconditions: ['=> port != {ports[0]}']\n")
        await until_raises(NoProviderError, at.named.name, 10)
        with pytest.raises(NoProviderError, match=rf"left out by the route web.condition-router: => port != {ports[0]}"):
            await at.named.name()
        await at.write(f"{KEY}.condition-router", None)
        await at.until_names({"1"})
        await at.write("web.condition-router", f"enabled: false\nconditions: ['=> port != {ports[0]}']\n")
        await at.until_names({"0", "1"})


@pytest.mark.spec("REG-165", "tags reach a running consumer and are taken back")
@pytest.mark.spec("CLU-78", "a call with a tag goes to its providers, the others to the rest")
async def test_tags(zookeeper: Kind) -> None:
    async with scene(zookeeper, "tags") as at:
        await at.write("shop.tag-router", f"force: false\nkey: shop\ntags:\n- name: gray\n  addresses: ['{at.exported[1].url.address}']\n")
        await at.until_names({"0"})
        with call_options(attachments={"dubbo.tag": "gray"}):
            assert await at.names() == {"1"}
        with call_options(attachments={"dubbo.tag": "red"}):
            assert await at.names() == {"0"}
        with call_options(attachments={"dubbo.tag": "red", "dubbo.force.tag": "true"}), pytest.raises(NoProviderError):
            await at.named.name()
        await at.write("shop.tag-router", None)
        await at.until_names({"0", "1"})


@pytest.mark.spec("REG-161", "whoever asks which settings and routes count is told those of the configuration centre")
async def test_described(zookeeper: Kind) -> None:
    async with scene(zookeeper, "described") as at:
        first, second = (exported.url.address for exported in at.exported)
        address = f"zookeeper://{zookeeper.server.address}?group=described"
        settings = "scope: application\nkey: web\nconfigs:\n- side: consumer\n  parameters: {timeout: 1500}\n"
        await at.write("web.configurators", settings)
        await at.write(f"{KEY}.configurators", "configs: [")
        await at.write(f"{KEY}.condition-router", f"conditions: ['=> port = {second.rpartition(':')[2]}']\n")
        found = await asyncio.to_thread(command, "describe", SERVICE, "-r", address, "--consumer", "web")
        assert found.returncode == 0, found.stderr
        route = f"{KEY}.condition-router: => port = {second.rpartition(':')[2]}"
        assert f"  {first}  shop  (not called: left out by the route {route})" in found.stdout
        assert f"  {second}  shop\n" in found.stdout
        assert "  timeout = 1500  [rule web.configurators: override://0.0.0.0/*?" in found.stdout
        assert f"rule  {route}\n" in found.stdout
        assert f"rule  {KEY}.configurators: not followed: the rule is no YAML" in found.stdout
        assert found.stderr == ""
        for command_line in (("-r", address), ("-r", f"{address}&use-as-config-center=false", "--consumer", "web")):
            other = await asyncio.to_thread(command, "describe", SERVICE, *command_line)
            assert other.returncode == 0, other.stderr
            assert "timeout = 1500" not in other.stdout
            assert ("left out by the route" in other.stdout) is ("--consumer" not in command_line)
        nowhere = await asyncio.to_thread(
            command, "describe", SERVICE, "-r", address, "--config-center", "zookeeper://127.0.0.1:1?timeout=300"
        )
        assert nowhere.returncode != 0
        assert "the configuration centre 127.0.0.1:1 tells nothing: " in nowhere.stderr


@pytest.mark.spec("CLU-77", "providers with a tag of their own are for calls that ask for it, without any rule")
async def test_tags_without_a_rule(zookeeper: Kind) -> None:
    async with scene(zookeeper, "static") as at:
        address = f"zookeeper://{zookeeper.server.address}?group=static&{FAST}"
        async with Application("shop", registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1) as third:
            await third.export(Named, One("gray"), parameters={"dubbo.tag": "gray"})
            await until(lambda: len(at.held) == 3)
            assert await at.names() == {"0", "1"}
            with call_options(attachments={"dubbo.tag": "gray"}):
                assert await at.names() == {"gray"}


@pytest.mark.spec("REG-166", "rules outlast a restart of the servers; what changed meanwhile is followed")
async def test_a_restart_of_zookeeper(own_zookeeper: Kind) -> None:
    async with scene(own_zookeeper, "restart", parameters=f"{FAST}&session=2000&timeout=1000") as at:
        ports = [exported.url.port for exported in at.exported]
        await at.write(f"{KEY}.condition-router", f"conditions: ['=> port = {ports[0]}']\n")
        await at.until_names({"0"})
        await asyncio.to_thread(own_zookeeper.server.kill)
        assert await at.names() == {"0"}
        await asyncio.to_thread(own_zookeeper.server.start)
        await at.write(f"{KEY}.condition-router", f"conditions: ['=> port = {ports[1]}']\n")
        await at.until_names({"1"}, 30)
        await asyncio.to_thread(own_zookeeper.server.kill)
        await asyncio.to_thread(own_zookeeper.server.start)
        await at.write(f"{KEY}.condition-router", None)
        await at.until_names({"0", "1"}, 30)


@pytest.mark.spec("REG-160", "a registry that does not permit reading rules is a registry all the same")
async def test_a_server_that_refuses(zookeeper: Kind, caplog: pytest.LogCaptureFixture) -> None:
    secret = [make_digest_acl("ada", "s3cret", all=True)]
    folder = "/refuses/config/dubbo"
    hidden = b"key: web\nconfigs: [{side: consumer, parameters: {timeout: 1}}]"
    await as_operator(zookeeper, lambda client: client.ensure_path(folder))
    await as_operator(zookeeper, lambda client: client.create(f"{folder}/web.configurators", hidden, acl=secret))
    async with scene(zookeeper, "refuses") as at:
        assert await at.names() == {"0", "1"}
        assert {url.param("timeout") for url in at.held} == {""}
    assert "the rule web.configurators is followed later, the configuration centre does not give it" in caplog.text


async def test_a_registry_that_is_not_to_be_the_centre(zookeeper: Kind) -> None:
    async with scene(zookeeper, "not-used", parameters=f"{FAST}&use-as-config-center=false") as at:
        await at.write(f"{KEY}.condition-router", f"conditions: ['=> port = {at.exported[0].url.port}']\n")
        async with Application("web", registry=f"zookeeper://{zookeeper.server.address}?group=not-used&{FAST}") as following:
            named = await following.refer(Named)
            assert {await named.name() for _ in range(20)} == {"0"}
            assert await at.names() == {"0", "1"}


@pytest.mark.spec("REG-160", "a centre that is named is used with any registry, and must be there")
async def test_a_centre_of_its_own(zookeeper: Kind, redis: Kind) -> None:
    center = f"zookeeper://{zookeeper.server.address}?namespace=own&{FAST}"
    async with AsyncExitStack() as stack:
        exported = []
        for name in ("0", "1"):
            app = Application("shop", registry=redis.address(), protocol="dubbo://127.0.0.1:0", shutdown_wait=1)
            exported.append(await (await stack.enter_async_context(app)).export(Named, One(name)))
        await write(zookeeper, f"{KEY}.condition-router", f"conditions: ['=> port = {exported[1].url.port}']\n", "/own/config/dubbo")

        def blocking() -> set[str]:
            with sync.Application("web", registry=redis.address(), config_center=center) as app:
                named = app.refer(BlockingNamed)
                return {named.name() for _ in range(20)}

        assert await asyncio.to_thread(blocking) == {"1"}
        async with Application("web", registry=redis.address(), config_center="zookeeper://127.0.0.1:1?timeout=200") as nobody:
            with pytest.raises(
                RegistryError, match=r"cannot be read from the configuration centre 127\.0\.0\.1:1: zookeeper not connected"
            ):
                await nobody.refer(Named)
            assert await (await nobody.refer(Named, url=f"dubbo://{exported[0].url.address}")).name() == "0"
        async with Application("web", registry=redis.address(), config_center="zookeeper://127.0.0.1:1?timeout=200", check=False) as later:
            named = await later.refer(Named)
            await until(lambda: later.host.catalogue.references[0].snapshot.invokers)
            assert {await named.name() for _ in range(40)} == {"0", "1"}
