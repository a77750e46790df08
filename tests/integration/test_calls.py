"""Two applications over a loopback socket: every kind of call, and every way in which one can fail."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import (
    Application,
    ArgumentError,
    CallTimeoutError,
    ConfigurationError,
    ContractError,
    JavaException,
    LimitExceededError,
    LocalProtocolError,
    NetworkError,
    NoProviderError,
    SerializationError,
    ServerError,
    call_options,
    echo,
)
from aiodubbo.rpc.statistics import Failure, Side
from tests.integration.services import Item, OutOfStockError, Shop, ShopImplementation
from tests.polling import until, until_equal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodubbo import URL, ExportedService
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.host import CallEnded

pytestmark = pytest.mark.integration


@asynccontextmanager
async def shop(
    protocol: str = "dubbo://127.0.0.1:0", **options: Any
) -> AsyncIterator[tuple[Shop, ShopImplementation, ExportedService, Application]]:
    """A provider, and a stub in another application; options starting with ``refer_`` are the reference's."""
    implementation = ShopImplementation()
    refer = {key.removeprefix("refer_"): options.pop(key) for key in list(options) if key.startswith("refer_")}
    async with Application("provider", protocol=protocol, shutdown_wait=1) as provider:
        exported = await provider.export(Shop, implementation, **options)
        async with Application("consumer", shutdown_wait=1) as consumer:
            yield await consumer.refer(Shop, url=_address(exported), **refer), implementation, exported, consumer


def _address(exported: ExportedService) -> str:
    return f"dubbo://{exported.url.address}"


async def test_models_defaults_and_overloads() -> None:
    async with shop() as (stub, *_):
        assert await stub.find("apple", limit=2) == [Item("apple 0", 0.0), Item("apple 1", 1.0)]
        assert len(await stub.find("apple")) == 10
        assert await stub.total_of_item(Item("a", 1.5, parent=Item("b", 2.0))) == 3.5
        assert await stub.total_of_many([Item("a", 1.0), Item("b", 2.0)]) == 3.0
        assert await stub.nothing() is None  # type: ignore[func-returns-value] # that it is None is the point


async def test_a_thousand_calls_at_once() -> None:
    async with shop(refer_timeout=20.0) as (stub, *_):
        found = await asyncio.gather(*(stub.find(str(number), limit=1) for number in range(1000)))
        assert [items[0].name for items in found] == [f"{number} 0" for number in range(1000)]


@pytest.mark.spec("PRO-21", "a registered exception arrives as its class, with fields")
async def test_registered_exception() -> None:
    async with shop() as (stub, *_):
        with pytest.raises(OutOfStockError) as caught:
            await stub.fail("registered")
        assert (str(caught.value), caught.value.item) == ("no apples", "apple")


@pytest.mark.spec("FIL-6", "an exception that the caller cannot know arrives as RuntimeException with its text")
async def test_unregistered_exception() -> None:
    async with shop() as (stub, *_):
        with pytest.raises(JavaException) as caught:
            await stub.fail("apples")
        assert caught.value.class_name == "java.lang.RuntimeException"
        assert caught.value.message is not None
        assert caught.value.message.startswith("KeyError: 'apples'\nTraceback")


async def test_statistics_and_observers_count_on_both_sides() -> None:
    seen: list[tuple[Side, str, bool]] = []

    def observe(side: Side, url: URL, invocation: Invocation) -> CallEnded:
        def ended(outcome: Result | BaseException, elapsed: float) -> None:
            assert elapsed >= 0
            failed = isinstance(outcome, BaseException) or outcome.exception is not None
            seen.append((side, invocation.method.name, failed))

        return ended

    async with Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=1) as provider:
        exported = await provider.export(Shop, ShopImplementation())
        async with Application("consumer", shutdown_wait=1) as consumer:
            stub = await consumer.refer(Shop, url=_address(exported))
            provider.host.observers.add(observe)
            consumer.host.observers.add(observe)
            await stub.nothing()
            with pytest.raises(OutOfStockError):
                await stub.fail("registered")

            for application, side in ((consumer, Side.CONSUMER), (provider, Side.PROVIDER)):
                counts = {(where, method): counts for where, _, method, counts in application.host.statistics}
                assert counts.keys() == {(side, "nothing"), (side, "fail")}
                succeeded, failed = counts[side, "nothing"], counts[side, "fail"]
                assert (succeeded.succeeded, succeeded.failed, succeeded.active, succeeded.peak) == (1, {}, 0, 1)
                assert (failed.succeeded, failed.failed, failed.active, failed.peak) == (0, {Failure.SERVICE: 1}, 0, 1)
                assert application.host.statistics.counts(side, exported.url, "fail") is failed
        assert list(consumer.host.statistics) == [], "figures end with their reference"
        await exported.close()
        assert list(provider.host.statistics) == [], "and with their service"
    # The provider's end of a call comes before the consumer's.
    calls = [("nothing", False), ("fail", True)]
    assert seen == [(side, *call) for call in calls for side in (Side.PROVIDER, Side.CONSUMER)]


@pytest.mark.spec("PRO-75", "a call ends when its time is over, and the connection goes on")
async def test_timeout_of_reference_and_of_one_call() -> None:
    async with shop(refer_timeout=0.1, refer_retries=0) as (stub, *_):
        with pytest.raises(CallTimeoutError, match="timeout: 100 ms"):
            await stub.slow(1.0)
        with call_options(timeout=2.0):
            assert await stub.slow(0.2) == "done"


@pytest.mark.spec("PRO-35", "a one-way call returns at once and is not answered")
async def test_one_way() -> None:
    async with shop() as (stub, implementation, *_):
        await stub.log("hello")
        await until(lambda: implementation.logged == ["hello"])


@pytest.mark.spec("CTX-3", "attachments travel both ways")
async def test_attachments() -> None:
    async with shop() as (stub, *_):
        with call_options(attachments={"trace": "42"}) as call:
            assert await stub.attachments() == {"trace": "42"}
        assert call.response_attachments["node"] == "one"
        assert await stub.attachments() == {}


@pytest.mark.spec("EVT-2", "every service answers $echo")
async def test_echo() -> None:
    async with shop() as (stub, *_):
        assert await echo(stub, {"a": [1, None]}) == {"a": [1, None]}


class Recorder:
    def __init__(self) -> None:
        self.steps: list[int] = []

    async def step(self, number: int) -> str:
        self.steps.append(number)
        return f"seen {number}"


@pytest.mark.spec("PRO-100", "an object given as argument is called back over the same connection")
async def test_callback() -> None:
    async with shop(parameters={"callbacks": "2"}, refer_parameters={"callbacks": "2"}) as (stub, implementation, _, consumer):
        recorder = Recorder()
        assert await stub.watch("a", recorder) == "seen 0,seen 1,seen 2"
        assert recorder.steps == [0, 1, 2]
        assert await stub.watch("a", None) == "nobody watches"
        await stub.watch("again", recorder)  # the same object keeps its number
        await stub.watch("another", Recorder())
        with pytest.raises(SerializationError, match=r"callback instances num exceed providers limit :2 ,current num: 3"):
            await stub.watch("one too many", Recorder())
        await consumer.close()
        async with asyncio.timeout(5):
            await implementation.disconnected.wait()
        with pytest.raises(NetworkError):
            await implementation.watchers[0].step(9)


@pytest.mark.spec("PRO-50", "group and version are part of a service's name")
async def test_group_and_version() -> None:
    async with shop(group="g", version="1.0", refer_group="g", refer_version="1.0") as (stub, _, exported, consumer):
        assert await stub.find("x", limit=0) == []
        other = await consumer.refer(Shop, url=_address(exported), version="2.0")
        with pytest.raises(ServerError, match=r"Not found exported service: org\.aiodubbo\.test\.ShopService:2\.0:\d+ in \[") as caught:
            await other.nothing()
        assert caught.value.status == 70


@pytest.mark.spec("FIL-20", "a call without the token is refused")
async def test_token() -> None:
    async with shop(token="secret", refer_parameters={"token": "secret"}) as (stub, _, exported, consumer):
        assert await stub.find("x", limit=0) == []
        other = await consumer.refer(Shop, url=_address(exported), retries=0)
        with pytest.raises(ServerError, match="Invalid token! Forbid invoke remote service"):
            await other.nothing()


@pytest.mark.spec("PRO-91", "generic calls: plain data in, plain data out")
async def test_generic_consumer() -> None:
    async with shop() as (_, _, exported, consumer):
        generic = await consumer.refer_generic("org.aiodubbo.test.ShopService", url=_address(exported))
        found = await generic.invoke("find", ["java.lang.String", "int"], ["apple", 1])
        assert found[0]["class"] == "org.aiodubbo.test.Item"
        assert found[0]["name"] == "apple 0"
        item = {"class": "org.aiodubbo.test.Item", "name": "a", "price": 2.5, "tags": [], "parent": None}
        assert await generic.invoke("total", ["org.aiodubbo.test.Item"], [item]) == 2.5
        assert await generic.invoke("total", ["java.util.List"], [[item, item]]) == 5.0
        assert await generic.invoke("nothing") is None
        with pytest.raises(Exception, match=r"org\.aiodubbo\.test\.OutOfStockException") as caught:
            await generic.invoke("fail", ["java.lang.String"], ["registered"])
        assert type(caught.value).__name__ == "GenericException"
        with pytest.raises(ServerError, match="no"):
            await generic.invoke("nosuch", ["int"], [1])
        with pytest.raises(ValueError, match="2 types for 1 arguments"):
            await generic.invoke("find", ["int", "int"], [1])


@pytest.mark.spec("PRO-96", "a generic service takes every call of its interface")
async def test_generic_provider() -> None:
    class Mock:
        async def invoke(self, method: str, types: list[str], args: list[object]) -> object:
            return {"method": method, "types": types, "args": args}

    async with Application("provider", protocol="dubbo://127.0.0.1:0") as provider, Application("consumer") as consumer:
        exported = await provider.export_generic("com.example.Anything", Mock())
        assert exported.url.param("generic") == "true"
        assert exported.url.param("methods") == "*"
        generic = await consumer.refer_generic("com.example.Anything", url=_address(exported))
        assert await generic.invoke("order", ["int"], [1]) == {"method": "order", "types": ["int"], "args": [1]}
        with pytest.raises(ContractError, match="needs a method invoke"):
            await provider.export_generic("com.example.Other", object())  # type: ignore[arg-type] # the mistake is the point


@pytest.mark.spec("PRO-57", "a full pool answers with status 100 and Java's words")
async def test_pool_exhausted() -> None:
    async with shop("dubbo://127.0.0.1:0?threads=1", refer_retries=0, refer_timeout=5.0) as (stub, *_):
        slow = [asyncio.ensure_future(stub.blocking(0.3)) for _ in range(2)]
        done = await asyncio.gather(*slow, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["LimitExceededError", "str"]
        (refused,) = [one for one in done if isinstance(one, LimitExceededError)]
        assert "status 100" in str(refused)
        assert "threadpool is exhausted ,detail msg:Thread pool is EXHAUSTED!" in str(refused)
        assert await stub.total_of_many([]) == 0.0, "the worker is free again"


# -- mistakes


async def test_wrong_argument_types_are_refused_before_sending() -> None:
    async with shop() as (stub, *_):
        with pytest.raises(ArgumentError, match=r"ShopService\.find\(java\.lang\.String, int\): argument 1 \(limit: int\)"):
            await stub.find("x", limit=2**40)
        with pytest.raises(ArgumentError, match="argument 0 \\(name"):
            await stub.find(7)  # type: ignore[arg-type] # the mistake is the point
        with pytest.raises(TypeError, match=r"find\(\) got an unexpected keyword argument 'limits'"):
            await stub.find("x", limits=1)  # type: ignore[call-arg] # the mistake is the point


async def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Application("consumer") as consumer:
        with pytest.raises(NoProviderError, match=f"127.0.0.1:{port}: unreachable"):
            await consumer.refer(Shop, url=f"dubbo://127.0.0.1:{port}")
        stub = await consumer.refer(Shop, url=f"dubbo://127.0.0.1:{port}", check=False, retries=0)
        with pytest.raises(NetworkError, match="connection refused"):
            await stub.nothing()


async def test_port_in_use() -> None:
    async with shop() as (_, _, exported, _), Application("second", protocol=f"dubbo://127.0.0.1:{exported.url.port}") as second:
        with pytest.raises(ConfigurationError, match="the port is in use"):
            await second.export(Shop, ShopImplementation())


async def test_the_same_service_twice() -> None:
    async with Application("provider", protocol="dubbo://127.0.0.1:0") as provider:
        await provider.export(Shop, ShopImplementation())
        with pytest.raises(LocalProtocolError, match="is exported at port"):
            await provider.export(Shop, ShopImplementation())
        second = await provider.export(Shop, ShopImplementation(), group="other")
        assert second.url.group == "other"


async def test_implementation_that_does_not_fit() -> None:
    class Wrong:
        async def find(self) -> list[Item]:
            return []

    async with Application("provider", protocol="dubbo://127.0.0.1:0") as provider:
        with pytest.raises(ContractError) as caught:
            await provider.export(Shop, Wrong())
        assert "find" in str(caught.value)
        assert "watch" in str(caught.value), "every mismatch is listed"


async def test_without_registry_or_address() -> None:
    async with Application("consumer") as consumer:
        with pytest.raises(ConfigurationError, match="give the application a registry"):
            await consumer.refer(Shop)


async def test_closed_application() -> None:
    consumer = Application("consumer")
    await consumer.close()
    with pytest.raises(LocalProtocolError, match="is closed"):
        await consumer.refer(Shop, url="dubbo://127.0.0.1:1")


@pytest.mark.spec("PRO-76", "calls that wait fail at once when the link dies")
async def test_provider_gone_while_a_call_waits() -> None:
    async with shop(refer_timeout=30.0, refer_retries=0) as (stub, implementation, exported, _):
        waiting = asyncio.ensure_future(stub.slow(20.0))
        await until(lambda: implementation.slow_calls)
        closing = asyncio.ensure_future(exported.close())
        with pytest.raises(NetworkError):
            await asyncio.wait_for(waiting, 5)
        await closing


async def test_provider_comes_back() -> None:
    async with Application("consumer") as consumer:
        async with Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.1) as first:
            url = (await first.export(Shop, ShopImplementation())).url
            stub = await consumer.refer(Shop, url=f"dubbo://{url.address}", retries=0, parameters={"reconnect": "50"})
            await stub.nothing()
        with pytest.raises(NetworkError):
            await stub.nothing()
        async with Application("provider", protocol=f"dubbo://{url.address}", shutdown_wait=0.1) as again:
            await again.export(Shop, ShopImplementation())
            await until_equal(stub.nothing, None, ignoring=(NetworkError,))


@pytest.mark.spec("PRO-30", "a request over the payload limit is refused here, with Java's text; the connection goes on")
async def test_payload_limit() -> None:
    async with shop("dubbo://127.0.0.1:0?payload=20000", refer_parameters={"payload": "10000"}, refer_retries=0) as (stub, *_):
        with pytest.raises(SerializationError, match=r"Data length too large: .*, max payload: 10000, channel: NettyChannel"):
            await stub.payload(bytes(11000))
        assert await stub.payload(bytes(5000)) == bytes(5000)


@pytest.mark.spec("PRO-149", "an answer over the payload limit arrives as status 50 with Java's text")
async def test_answer_over_the_limit() -> None:
    async with shop("dubbo://127.0.0.1:0?payload=4000", refer_retries=0, refer_parameters={"payload": "100000"}) as (stub, *_):
        with pytest.raises(ServerError, match=r"Data length too large: .*, max payload: 4000") as caught:
            await stub.find("x" * 200, limit=100)
        assert caught.value.status == 50


async def test_connections_of_its_own() -> None:
    async with shop(refer_connections=3) as (stub, *_):
        assert len(await asyncio.gather(*(stub.find("x", limit=1) for _ in range(30)))) == 30


async def test_lazy_reference_connects_at_the_first_call() -> None:
    async with shop(refer_lazy=True) as (stub, *_):
        assert await stub.find("x", limit=0) == []


async def test_serve_forever_ends_by_stop_and_lets_calls_end() -> None:
    implementation = ShopImplementation()
    provider = Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=5)
    exported = await provider.export(Shop, implementation)
    serving = asyncio.create_task(provider.serve_forever())
    async with Application("consumer") as consumer:
        stub = await consumer.refer(Shop, url=_address(exported), timeout=5.0)
        running = asyncio.ensure_future(stub.slow(0.3))
        await until(lambda: implementation.slow_calls)
        provider.stop()
        assert await running == "done"
        await serving
