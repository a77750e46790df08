"""What `Application` announces, binds and merges: its arguments as parameters of URLs, and what follows from them."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo import (
    Application,
    CallTimeoutError,
    ConfigurationError,
    ContractError,
    ForbiddenError,
    JavaException,
    LocalProtocolError,
    NoProviderError,
    RegistryError,
    RegistryServer,
    RpcContext,
    SerializationError,
    call_options,
    interface,
    java,
    method,
)
from aiodubbo.rpc.host import Host
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until, until_equal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodubbo import URL

pytestmark = pytest.mark.integration

INTERFACE = "org.aiodubbo.test.ShopService"


@interface("org.aiodubbo.test.ClockService", version="1.0.0", group="lab")
class Clock(Protocol):
    """A contract with a group, a version, a timeout of one method, and a one-way method."""

    @method(timeout=0.15)
    async def wait(self, seconds: java.double) -> str: ...

    async def wait_long(self, seconds: java.double) -> str: ...

    @method(one_way=True)
    async def reset(self) -> None: ...


class Waiter:
    """Serves `Clock`."""

    waits = False

    async def wait(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    async def wait_long(self, seconds: float) -> str:
        self.waits = True
        await asyncio.sleep(seconds)
        return "done"

    async def reset(self) -> None:
        return None


def provider(registry: str | None = None, protocol: str = "dubbo://127.0.0.1:0", **parameters: str) -> Application:
    return Application("provider", registry=registry, protocol=protocol, shutdown_wait=1, parameters=parameters)


def consumer(registry: str | None = None) -> Application:
    return Application("consumer", registry=registry, shutdown_wait=1)


async def announced(server: RegistryServer, category: str = "providers") -> list[URL]:
    return [url for url in server.urls if url.param("category", "providers") == category]


# -- what a provider announces


@pytest.mark.spec("CFG-51", "side, application, interface, methods, version, protocol version, process and moment")
@pytest.mark.spec("URL-32", "process id and moment of the export")
@pytest.mark.spec("URL-33", "the distinct method names, sorted")
@pytest.mark.spec("KEY-1", "interface")
@pytest.mark.spec("KEY-3", "version")
@pytest.mark.spec("KEY-6", "side=provider")
@pytest.mark.spec("KEY-7", "application")
@pytest.mark.spec("KEY-9", "dubbo=2.0.2")
@pytest.mark.spec("KEY-48", "return=false for a one-way method")
async def test_a_providers_url() -> None:
    before = time.time()
    async with provider(owner="team") as app:
        url = (await app.export(Clock, Waiter(), timeout=2.5, weight=200, token="t", parameters={"warmup": "0"})).url
    assert url.protocol == "dubbo"
    assert url.path == "org.aiodubbo.test.ClockService"
    expected = {
        "application": "provider",
        "dubbo": "2.0.2",
        "generic": "false",
        "group": "lab",
        "interface": "org.aiodubbo.test.ClockService",
        "methods": "reset,wait,waitLong",
        "owner": "team",
        "pid": str(os.getpid()),
        "reset.return": "false",
        "revision": "1.0.0",
        "side": "provider",
        "timeout": "2500",
        "token": "t",
        "version": "1.0.0",
        "wait.timeout": "150",
        "warmup": "0",
        "weight": "200",
    }
    assert expected.items() <= url.params.items()
    assert before <= int(url.param("timestamp")) / 1000 + 0.001 <= time.time() + 0.001


@pytest.mark.spec("REG-40", "bind.ip and bind.port stay at home")
@pytest.mark.spec("URL-14", "so does what begins with a dot")
async def test_local_settings_are_not_announced() -> None:
    async with RegistryServer(port=0) as server, provider(server.address, **{".secret": "x", "qos.port": "22222"}) as app:
        await app.export(Shop, ShopImplementation())
        [url] = await announced(server)
    assert not {"bind.ip", "bind.port", ".secret", "qos.port"} & set(url.params)


@pytest.mark.spec("URL-19", "a path of its own; the interface keeps its name")
async def test_a_path_of_its_own() -> None:
    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, ShopImplementation(), path="shop/v1")).url
        assert (url.path, url.service_interface) == ("shop/v1", INTERFACE)
        stub = await client.refer(Shop, url=f"dubbo://{url.address}/shop/v1")
        assert await stub.find("x", limit=0) == []


@pytest.mark.spec("CFG-55", "generic=true, methods=*")
async def test_a_generic_services_url() -> None:
    class Anything:
        async def invoke(self, method: str, types: list[str], args: list[object]) -> object:
            return method

    async with provider() as app:
        url = (await app.export_generic("com.example.Any", Anything())).url
    assert (url.param("generic"), url.param("methods")) == ("true", "*")


@pytest.mark.spec("PRO-100", "the URL marks callback arguments for consumers that have only the URL")
@pytest.mark.spec("KEY-61", "watch.1.callback=true")
async def test_callback_arguments_are_announced() -> None:
    async with provider() as app:
        url = (await app.export(Shop, ShopImplementation())).url
    assert url.param("watch.1.callback") == "true"


# -- where it listens


@pytest.mark.spec("CFG-131", "a named host is bound, and no other")
@pytest.mark.spec("CFG-132", "and announced as it stands")
@pytest.mark.spec("CFG-134", "port 0 takes a free one, which is announced")
async def test_loopback_means_loopback() -> None:
    async with provider(protocol="dubbo://127.0.0.1:0") as app:
        url = (await app.export(Shop, ShopImplementation())).url
        assert (url.host, url.param("anyhost")) == ("127.0.0.1", "false")
        assert url.port > 0
        socket.create_connection(("127.0.0.1", url.port), timeout=2).close()
        other = _other_address()
        if other is not None:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((other, url.port), timeout=2)


@pytest.mark.spec("CFG-137", "without a host all addresses are bound")
@pytest.mark.spec("CFG-133", "and a real one is announced where the machine has one")
@pytest.mark.spec("KEY-18", "anyhost=true says so")
@pytest.mark.parametrize("protocol", ["dubbo://:0", "dubbo://0.0.0.0:0"])
async def test_an_open_host_means_all_addresses(protocol: str) -> None:
    async with provider(protocol=protocol) as app:
        url = (await app.export(Shop, ShopImplementation())).url
        assert url.param("anyhost") == "true"
        assert url.host == _other_address() or _other_address() is None
        for host in {"127.0.0.1", url.host}:
            socket.create_connection((host, url.port), timeout=2).close()


def _other_address() -> str | None:
    """The machine's address in the direction of the default route, None on a machine without network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        host = str(probe.getsockname()[0])
    return None if host.startswith("127.") else host


@pytest.mark.spec("CFG-136", "20880 when no port is given")
async def test_the_default_port() -> None:
    async with provider(protocol="dubbo://127.0.0.1") as app:
        try:
            url = (await app.export(Shop, ShopImplementation())).url
        except ConfigurationError as error:
            assert "20880" in str(error), "another program has the port; the error names it"
        else:
            assert url.port == 20880


@pytest.mark.spec("PRO-51", "two services, one server")
@pytest.mark.spec("REG-47", "the second service does not open a second server")
async def test_services_share_a_server() -> None:
    async with provider() as app, consumer() as client:
        first = await app.export(Shop, ShopImplementation())
        port = first.url.port
        second = await app.export(Clock, Waiter(), parameters={"bind.port": str(port)})
        assert second.url.port == port
        await first.close()
        clock = await client.refer(Clock, url=f"dubbo://127.0.0.1:{port}")
        assert await clock.wait(0) == "done", "the server stays for the second one"


# -- before anything is opened


@pytest.mark.spec("CFG-112", "an implementation that does not fit opens no port and announces nothing")
async def test_contract_first() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app:
        with pytest.raises(ContractError, match="reset"):
            await app.export(Clock, ShopImplementation())
        assert server.urls == []


@pytest.mark.spec("CFG-116", "no registry: served, not announced")
async def test_without_registry() -> None:
    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, ShopImplementation())).url
        stub = await client.refer(Shop, url=f"dubbo://{url.address}")
        assert await stub.find("x", limit=1)


@pytest.mark.spec("REG-41", "a registry that is away leaves no server behind")
async def test_a_refused_export_leaves_nothing() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Application("provider", registry="dubbo://127.0.0.1:1", protocol=f"dubbo://127.0.0.1:{port}", shutdown_wait=1) as app:
        with pytest.raises(RegistryError, match="Failed to register"):
            await app.export(Shop, ShopImplementation())
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=2)


# -- what a consumer announces, and how settings meet


@pytest.mark.spec("CFG-52", "side, application, interface, methods, and what the reference says")
@pytest.mark.spec("REG-61", "a consumer registers itself, without check")
@pytest.mark.spec("KEY-5", "under the category consumers")
async def test_a_consumers_url() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        await app.export(Clock, Waiter())
        await client.refer(Clock, timeout=0.5, retries=0, load_balance="random", cluster="failover", lazy=True, connections=2)
        [url] = await announced(server, "consumers")
    assert url.protocol == "consumer"
    assert url.path == "org.aiodubbo.test.ClockService"
    expected = {
        "application": "consumer",
        "category": "consumers",
        "check": "false",
        "cluster": "failover",
        "connections": "2",
        "group": "lab",
        "interface": "org.aiodubbo.test.ClockService",
        "lazy": "true",
        "loadbalance": "random",
        "methods": "reset,wait,waitLong",
        "retries": "0",
        "side": "consumer",
        "timeout": "500",
        "version": "1.0.0",
    }
    assert expected.items() <= url.params.items()


@pytest.mark.spec("CFG-75", "a method's timeout goes before the reference's, a call's before all")
@pytest.mark.spec("KEY-40", "1 second when nobody says otherwise")
@pytest.mark.parametrize(
    ("call", "options", "limit"),
    [
        pytest.param(lambda clock: clock.wait(5.0), {"timeout": 3.0}, 0.15, id="method before reference"),
        pytest.param(lambda clock: clock.wait_long(5.0), {"timeout": 0.1}, 0.1, id="reference"),
        pytest.param(lambda clock: clock.wait_long(5.0), {}, 1.0, id="default"),
    ],
)
async def test_which_timeout_counts(call: Callable[[Clock], AsyncIterator[str]], options: dict[str, float], limit: float) -> None:
    async with provider() as app, consumer() as client:
        url = (await app.export(Clock, Waiter())).url
        clock = await client.refer(Clock, url=f"dubbo://{url.address}", retries=0, timeout=options.get("timeout"))
        started = time.monotonic()
        with pytest.raises(CallTimeoutError):
            await call(clock)  # type: ignore[misc] # a coroutine, whatever the lambda's type says
        assert limit - 0.05 <= time.monotonic() - started < limit + 1.0


@pytest.mark.spec("CFG-75", "the provider's timeout counts for a consumer that has none")
async def test_a_providers_timeout_comes_through_the_registry() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        await app.export(Clock, Waiter(), timeout=0.2)
        clock = await client.refer(Clock, retries=0)
        with pytest.raises(CallTimeoutError):
            await clock.wait_long(5.0)
        assert await (await client.refer(Clock, retries=0, timeout=3.0)).wait_long(0.3) == "done"


@pytest.mark.spec("KEY-26", "consumers learn the token from the registry")
async def test_the_token_comes_through_the_registry() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        await app.export(Shop, ShopImplementation(), token="secret")
        assert await (await client.refer(Shop)).find("x", limit=0) == []


@pytest.mark.spec("KEY-2", "group=* takes any group")
@pytest.mark.spec("KEY-3", "version=* takes any version")
async def test_any_group_and_version() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        await app.export(Clock, Waiter())
        clock = await client.refer(Clock, group="*", version="*")
        assert await clock.wait(0) == "done"


@pytest.mark.spec("KEY-16", "a disabled provider is named with its reason, not called")
async def test_a_disabled_provider() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        await app.export(Shop, ShopImplementation(), parameters={"disabled": "true"})
        with pytest.raises(NoProviderError, match="disabled") as caught:
            await client.refer(Shop)
        assert list(caught.value.candidates.values()) == ["disabled"]


@pytest.mark.spec("KEY-14", "register=false: served, not announced")
async def test_a_service_that_is_not_announced() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app:
        await app.export(Shop, ShopImplementation(), parameters={"register": "false"})
        assert await announced(server) == []


@pytest.mark.spec("KEY-17", "check=false starts without a provider and finds it later")
@pytest.mark.spec("REG-67", "meanwhile the error says that nobody is there")
async def test_a_reference_that_waits_for_its_provider() -> None:
    async with RegistryServer(port=0) as server, consumer(server.address) as client, provider(server.address) as app:
        stub = await client.refer(Shop, check=False)
        with pytest.raises(ForbiddenError, match="Nothing is registered under this name"):
            await stub.nothing()
        await app.export(Shop, ShopImplementation())
        await until_equal(stub.nothing, None, ignoring=(ForbiddenError, NoProviderError))


# -- direct URLs


@pytest.mark.spec("CFG-152", "several addresses, separated by ;")
@pytest.mark.spec("CFG-154", "when one fails, the other answers")
async def test_several_direct_urls() -> None:
    async with provider() as one, provider() as two, consumer() as client:
        urls = [(await app.export(Shop, ShopImplementation())).url for app in (one, two)]
        stub = await client.refer(Shop, url=";".join(f"dubbo://{url.address}" for url in urls), retries=1)
        assert await stub.find("x", limit=0) == []
        await one.close()
        for _ in range(10):
            assert await stub.find("x", limit=0) == []


async def test_one_bad_direct_url_leaves_no_connection_to_the_others() -> None:
    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, ShopImplementation())).url
        with pytest.raises(ConfigurationError, match="100000 connections"):
            await client.refer(Shop, url=f"dubbo://{url.address};dubbo://127.0.0.1:1?connections=100000")
        assert client.host.protocol("dubbo")._pool._shared == {}  # type: ignore[attr-defined] # the protocol is the dubbo one


# -- taking away


@pytest.mark.spec("REG-49", "unregister: consumers leave, and who still calls is served")
async def test_unregister_serves_on() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer() as client:
        exported = await app.export(Shop, ShopImplementation())
        stub = await client.refer(Shop, url=f"dubbo://{exported.url.address}")
        await exported.unregister()
        assert await announced(server) == []
        assert await stub.find("x", limit=0) == []


@pytest.mark.spec("REG-68", "closing a consumer takes back its registration and subscription")
@pytest.mark.spec("REG-29", "and closing a provider its service")
@pytest.mark.spec("PRO-110", "registries first")
async def test_closing_takes_everything_back() -> None:
    async with RegistryServer(port=0) as server:
        async with provider(server.address) as app, consumer(server.address) as client:
            await app.export(Shop, ShopImplementation())
            await client.refer(Shop)
            assert len(server.urls) == 2
        assert server.urls == []


@pytest.mark.spec("PRO-111", "closing waits for running calls, but not for ever")
@pytest.mark.parametrize(("seconds", "ends_well"), [(0.2, True), (30.0, False)])
async def test_closing_waits_for_running_calls(seconds: float, ends_well: bool) -> None:
    app = Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.6)
    waiter = Waiter()
    url = (await app.export(Clock, waiter)).url
    async with consumer() as client:
        clock = await client.refer(Clock, url=f"dubbo://{url.address}", retries=0, timeout=20.0)
        running = asyncio.ensure_future(clock.wait_long(seconds))
        await until(lambda: waiter.waits)
        started = time.monotonic()
        await app.close()
        assert time.monotonic() - started < 5.0
        [outcome] = await asyncio.gather(running, return_exceptions=True)
        assert (outcome == "done") is ends_well


# -- context and callbacks


@pytest.mark.spec("FIL-4", "an implementation sees the caller's attachments without Dubbo's own")
@pytest.mark.spec("CTX-2", "addresses, interface and method")
async def test_what_an_implementation_sees() -> None:
    seen: list[RpcContext] = []

    class Looking(Waiter):
        async def wait(self, seconds: float) -> str:
            seen.append(RpcContext.current())
            return "seen"

    async with provider() as app, consumer() as client:
        url = (await app.export(Clock, Looking(), token="t")).url
        clock = await client.refer(Clock, url=f"dubbo://{url.address}?token=t")
        with call_options(attachments={"trace": "42"}):
            await clock.wait(0)
    [context] = seen
    assert dict(context.attachments) == {"trace": "42"}
    assert (context.interface, context.method) == ("org.aiodubbo.test.ClockService", "wait")
    assert context.local_address == ("127.0.0.1", url.port)
    assert context.remote_address[0] == "127.0.0.1"


@pytest.mark.spec("FIL-5", "attachments of one block do not reach the next call, nor the calls of an implementation")
@pytest.mark.spec("CTX-1", "caller and implementation each have a context of their own")
async def test_attachments_end_with_their_block() -> None:
    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, ShopImplementation())).url
        stub = await client.refer(Shop, url=f"dubbo://{url.address}")

        class Passing(Waiter):
            async def wait(self, seconds: float) -> str:
                return ",".join(await stub.attachments())

        clock = await client.refer(Clock, url=f"dubbo://{(await app.export(Clock, Passing())).url.address}", timeout=3.0)
        with call_options(attachments={"trace": "42"}, timeout=3.0):
            assert await stub.attachments() == {"trace": "42"}
            assert await clock.wait(0) == ""
        assert await stub.attachments() == {}


@pytest.mark.spec("PRO-101", "one callback of an interface for each connection, unless the URL allows more")
@pytest.mark.spec("KEY-60", "callbacks=N allows N")
async def test_the_limit_of_callbacks() -> None:
    class Counting:
        async def step(self, number: int) -> str:
            return str(number)

    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, ShopImplementation(), parameters={"callbacks": "2"})).url
        stub = await client.refer(Shop, url=f"dubbo://{url.address}?callbacks=2", retries=0)
        first, second, third = Counting(), Counting(), Counting()
        assert await stub.watch("a", first) == "0,1,2"
        assert await stub.watch("b", second) == "0,1,2"
        assert await stub.watch("c", second) == "0,1,2", "the same object again is no further one"
        with pytest.raises(SerializationError, match=r"callback instances num exceed providers limit :2 ,current num: 3"):
            await stub.watch("d", third)


@pytest.mark.spec("PRO-104", "the end of the connection ends its callbacks")
@pytest.mark.spec("PRO-62", "the implementation is told")
async def test_callbacks_end_with_their_connection() -> None:
    implementation = ShopImplementation()

    class Counting:
        async def step(self, number: int) -> str:
            return str(number)

    async with provider() as app:
        url = (await app.export(Shop, implementation)).url
        async with consumer() as client:
            await (await client.refer(Shop, url=f"dubbo://{url.address}")).watch("a", Counting())
            assert not implementation.disconnected.is_set()
        await until(implementation.disconnected.is_set)


@pytest.mark.spec("CLU-43", "an application that is closed says so")
async def test_closed() -> None:
    app = consumer()
    await app.close()
    with pytest.raises(LocalProtocolError, match="closed"):
        await app.refer(Shop, url="dubbo://127.0.0.1:1")


@pytest.mark.spec("PRO-58", "what a service throws is an answer, and is not tried again")
async def test_an_exception_is_not_retried() -> None:
    calls: list[str] = []

    class Failing(ShopImplementation):
        async def fail(self, kind: str) -> str:
            calls.append(kind)
            raise JavaException("com.example.Nope", "no")

    async with provider() as app, consumer() as client:
        url = (await app.export(Shop, Failing())).url
        stub = await client.refer(Shop, url=f"dubbo://{url.address}", retries=3)
        with pytest.raises(JavaException, match=r"com\.example\.Nope: no"):
            await stub.fail("x")
    assert calls == ["x"]


@pytest.mark.spec("REG-114", "a registry with a group is reached with that group only")
async def test_the_registrys_own_group() -> None:
    from aiodubbo.registry.simple import SimpleRegistry
    from aiodubbo.rpc.abc import ProtocolSettings
    from aiodubbo.rpc.points import PROTOCOL
    from aiodubbo.url.url import URL

    host = Host(name="registry")
    registry, protocol = SimpleRegistry(host), PROTOCOL.load("dubbo")(ProtocolSettings(shutdown_wait=0.5), host)
    params = {"bind.ip": "127.0.0.1", "bind.port": "0", "group": "simple", "version": "1.0.0"}
    port = await registry.export(protocol, URL("dubbo", "127.0.0.1", 0, "", params))
    try:
        async with provider(f"dubbo://127.0.0.1:{port}?group=simple&version=1.0.0") as app:
            await app.export(Shop, ShopImplementation())
            assert len(registry.urls) == 1
        async with provider(f"dubbo://127.0.0.1:{port}") as app:
            with pytest.raises(RegistryError, match="Not found exported service"):
                await app.export(Shop, ShopImplementation())
    finally:
        await registry.close()
        await protocol.close()


# -- several protocols and registries


@pytest.mark.spec("CFG-113", "every protocol at every registry")
@pytest.mark.spec("CFG-121", "one URL for each protocol, in their order")
async def test_several_protocols_and_registries() -> None:
    async with RegistryServer(port=0) as main, RegistryServer(port=0) as lab:
        both = [f"{main.address}?id=main", f"{lab.address}?id=lab"]
        ports = ["dubbo://127.0.0.1:0?id=inner&threads=3", "dubbo://127.0.0.2:0?id=outer&default=false"]
        async with (
            Application("provider", registry=both, protocol=ports, shutdown_wait=0.5) as app,
            Application("consumer", registry=both, shutdown_wait=0.5) as client,
        ):
            shop = await app.export(Shop, ShopImplementation(), protocol=["inner", "outer"], registry="lab")
            clock = await app.export(Clock, Waiter())
            assert [url.param("threads") for url in shop.urls] == ["3", ""]
            assert shop.urls[0] == shop.url
            assert clock.urls == (clock.url,), "the other one is for those who name it"
            assert [url.host for url in shop.urls] == ["127.0.0.1", "127.0.0.2"]
            assert [len(await announced(server)) for server in (main, lab)] == [1, 3]
            assert [len(export.registrations) for export in app.host.catalogue.exports] == [1, 1, 2]

            with pytest.raises(NoProviderError):
                await client.refer(Shop, registry="main")
            stub = await client.refer(Shop)
            assert await stub.find("x", limit=0) == []
            assert len(client.host.catalogue.references) == 2, "one for each registry"
            with pytest.raises(ConfigurationError, match="the application has no registry 'nosuch'; it has main, lab"):
                await client.refer(Shop, registry="nosuch")
            with pytest.raises(ConfigurationError, match="has a url and a registry"):
                await client.refer(Shop, registry="lab", url=str(shop.url))

            await shop.unregister()
            assert [len(await announced(server)) for server in (main, lab)] == [1, 1]
            await shop.register()
            await shop.close()
            assert len(app.host.catalogue.exports) == 1


@pytest.mark.spec("CFG-59", "N/A: served, not announced, though the application has a registry")
async def test_a_service_without_the_applications_registry() -> None:
    async with RegistryServer(port=0) as server, provider(server.address) as app, consumer(server.address) as client:
        exported = await app.export(Clock, Waiter(), registry="N/A")
        assert await announced(server) == []
        clock = await client.refer(Clock, url=str(exported.url))
        assert await clock.wait(0) == "done"
        with pytest.raises(ConfigurationError, match="no way to find"):
            await client.refer(Clock, registry="N/A")
        with pytest.raises(ConfigurationError, match="would be served nowhere"):
            await app.export(Clock, Waiter(), protocol=[])


@pytest.mark.spec("REG-41", "one of two ports is taken: the other one is given back")
async def test_an_export_over_two_protocols_is_all_or_nothing() -> None:
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
        probe.close()
        ports = [f"dubbo://127.0.0.1:{free}", f"dubbo://127.0.0.1:{taken.getsockname()[1]}"]
        async with RegistryServer(port=0) as server, Application("p", registry=server.address, protocol=ports, shutdown_wait=0.2) as app:
            with pytest.raises(ConfigurationError, match="in use"):
                await app.export(Shop, ShopImplementation())
            assert server.urls == []
            assert app.host.catalogue.exports == []
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", free), timeout=2)


async def test_closing_runs_hooks_before_protocols_and_ends_tasks() -> None:
    app = provider()
    seen: list[object] = []
    exported = await app.export(Shop, ShopImplementation())

    async def hook() -> None:
        socket.create_connection(("127.0.0.1", exported.url.port), timeout=2).close()
        seen.append(app.host.catalogue.references)

    app.host.close_hooks.add(hook)
    task = app.host.tasks.start(asyncio.Event().wait(), "for ever")
    await app.close()
    assert seen == [[]]
    assert task.cancelled()
    assert app.host.catalogue.exports == []
