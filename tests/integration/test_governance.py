"""Rules that an operator writes into a registry: they change running providers and consumers, and are taken back."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo import Application, RegistryServer, interface
from aiodubbo.errors import NoProviderError, RpcError
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.url.url import URL
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodubbo.bootstrap.services import ExportedService
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.rpc.descriptor import ServiceDescriptor

pytestmark = pytest.mark.integration


@interface("org.aiodubbo.test.NamedService")
class Named(Protocol):
    async def name(self) -> str: ...


class One:
    """A provider that tells its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def name(self) -> str:
        return self._name


@dataclass(frozen=True)
class Scene:
    """A registry with providers "0", "1", … and one consumer, and the registry as an operator's tool sees it."""

    exported: list[ExportedService]
    named: Named
    consumer: Application
    admin: Registry

    async def names(self) -> set[str]:
        """Who answers."""
        return {await self.named.name() for _ in range(40)}

    @property
    def service(self) -> ServiceDescriptor:
        """The contract."""
        return describe(Named)

    @property
    def hosts(self) -> list[URL]:
        """The providers that the consumer would call."""
        return [invoker.url for invoker in self.consumer.host.catalogue.references[0].snapshot.invokers]

    @property
    def reference(self) -> URL:
        """The reference's own URL, after the rules."""
        return self.consumer.host.catalogue.references[0].url


@asynccontextmanager
async def scene(providers: int = 2) -> AsyncIterator[Scene]:
    async with RegistryServer(port=0) as registry, AsyncExitStack() as stack:

        async def application(name: str) -> Application:
            app = Application(name, registry=registry.address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1)
            return await stack.enter_async_context(app)

        exported = [await (await application("provider")).export(Named, One(str(number))) for number in range(providers)]
        consumer, admin = await application("consumer"), await application("admin")
        named = await consumer.refer(Named)
        yield Scene(exported, named, consumer, admin._registries.open()[0])


def written_by_admin(text: str) -> URL:
    """A rule as Java's admin writes it: permanent, and in the category of rules."""
    return URL.parse(f"override://{text}&category=configurators&dynamic=false&enabled=true")


@pytest.mark.spec("CLU-98", "a running consumer follows rules: a provider is kicked, weights and settings change, and all of it is undone")
async def test_rules_reach_a_running_consumer() -> None:
    async with scene() as at:
        assert await at.names() == {"0", "1"}
        service = "org.aiodubbo.test.NamedService"
        kicked = written_by_admin(f"{at.exported[0].url.address}/{service}?disabled=true")
        await at.admin.register(kicked)
        await until(lambda: len(at.hosts) == 1)
        assert await at.names() == {"1"}
        await at.admin.unregister(kicked)
        await until(lambda: len(at.hosts) == 2)
        assert await at.names() == {"0", "1"}

        light = written_by_admin(f"{at.exported[1].url.address}/{service}?weight=0")
        general = written_by_admin(f"0.0.0.0/{service}?application=consumer&timeout=1500&retries=5")
        other = written_by_admin(f"0.0.0.0/{service}?application=somebody&timeout=7")
        for rule in (light, general, other):
            await at.admin.register(rule)
        await until(lambda: at.reference.param("retries") == "5" and any(url.param("weight") == "0" for url in at.hosts))
        assert await at.names() == {"0"}
        assert {url.param("timeout") for url in at.hosts} == {"1500"}


async def test_the_error_names_the_rule_s_effect() -> None:
    async with scene(1) as at:
        await at.admin.register(written_by_admin("0.0.0.0/org.aiodubbo.test.NamedService?disabled=true"))
        await until(lambda: not at.hosts)
        with pytest.raises(NoProviderError, match=f"{at.exported[0].url.address}: disabled"):
            await at.named.name()


@pytest.mark.spec("CLU-60", "a rule degrades a service for a running consumer, and gives it back")
@pytest.mark.spec("CLU-63", "the rule is written as in Dubbo's documentation")
async def test_a_rule_mocks_a_running_consumer() -> None:
    async with scene(1) as at:
        forced = written_by_admin("0.0.0.0/org.aiodubbo.test.NamedService?application=consumer&mock=force:return+degraded")
        await at.admin.register(forced)
        await until(lambda: at.reference.has_param("mock"))
        assert await at.names() == {"degraded"}
        await at.admin.unregister(forced)
        await until(lambda: not at.reference.has_param("mock"))
        assert await at.names() == {"0"}

        await at.admin.register(written_by_admin("0.0.0.0/org.aiodubbo.test.NamedService?mock=return+away"))
        await until(lambda: at.reference.has_param("mock"))
        assert await at.names() == {"0"}
        await at.exported[0].close()
        await until(lambda: not at.hosts)
        assert await at.names() == {"away"}


@pytest.mark.spec("REG-43", "a running provider follows rules; its announcement, its server and its connections stay")
async def test_rules_reach_a_running_provider() -> None:
    async with scene(1) as at:
        (exported,) = at.exported
        announced, link = exported.url, at.consumer.host.catalogue.references[0].snapshot.invokers[0]
        await at.admin.register(written_by_admin("0.0.0.0/org.aiodubbo.test.NamedService?side=provider&token=secret&timeout=5"))
        await until(lambda: exported.effective_url.param("token") == "secret")
        assert exported.effective_url.params == {**exported.effective_url.params, "token": "secret", "timeout": "5"}
        assert exported.url == announced
        with pytest.raises(RpcError, match="Invalid token!"):
            await at.named.name()
        assert at.consumer.host.catalogue.references[0].snapshot.invokers == (link,), "the rule is for providers"
        await at.admin.unregister(written_by_admin("0.0.0.0/org.aiodubbo.test.NamedService?side=provider&token=secret&timeout=5"))
        await until(lambda: not exported.effective_url.has_param("token"))
        assert await at.names() == {"0"}


@pytest.mark.spec("CLU-75", "a route written as Java's admin writes it leads a running consumer elsewhere, and back")
async def test_routes_reach_a_running_consumer() -> None:
    async with scene() as at:
        service = "org.aiodubbo.test.NamedService"
        port = at.exported[1].url.port
        rule = URL.parse(
            f"route://0.0.0.0/{service}?category=routers&dynamic=false&enabled=true&force=true&name=blue&priority=1&router=condition"
            f"&rule=application+%3D+consumer+%26+method+%3D+na*+%3D%3E+port+%3D+{port}&runtime=false"
        )
        await at.admin.register(rule)
        directory = at.consumer.host.catalogue.references[0]
        method = at.service.methods[0]
        await until(lambda: len(directory.candidates(Invocation(at.service, method, ()))) == 1)
        assert await at.names() == {"1"}
        assert len(at.hosts) == 2, "the other one is known, and its connection kept"
        await at.exported[1].close()
        await until(lambda: len(at.hosts) == 1)
        with pytest.raises(NoProviderError, match=r"left out by the route route://.*name=blue"):
            await at.named.name()
        await at.admin.unregister(rule)
        await until(lambda: len(directory.candidates(Invocation(at.service, method, ()))) == 1)
        assert await at.names() == {"0"}
