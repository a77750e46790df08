"""Java consumers and a Python provider: everything about a call but the types."""

from __future__ import annotations

import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import Application, JavaException
from tests.polling import until

from .conftest import CALLBACKS
from .contracts import CallbackService, GreetingService
from .peers import JavaError
from .relay import Relay
from .services import Callbacks, Greeting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from .peers import JavaPeer

GREETING = "org.aiodubbo.interop.GreetingService"


class Consumer:
    """A reference of a Java peer."""

    def __init__(self, java: JavaPeer, name: str) -> None:
        self._java = java
        self.name = name

    async def call(self, method: str, *args: object, **parts: Any) -> Any:
        return (await self.outcome(method, *args, **parts))["value"]

    async def outcome(self, method: str, *args: object, **parts: Any) -> Any:
        return await self._java.ask("call", name=self.name, method=method, args=list(args), **parts)


@asynccontextmanager
async def referred(java: JavaPeer, url: str, service: str = "greeting", **options: Any) -> AsyncIterator[Consumer]:
    name = f"{service} at {url}"
    await java.ask("refer", name=name, service=service, url=url, **{"timeout": 10000, **options})
    try:
        yield Consumer(java, name)
    finally:
        await java.ask("release", name=name)


@asynccontextmanager
async def served(java: JavaPeer, protocol: str = "", **options: Any) -> AsyncIterator[tuple[Consumer, Greeting]]:
    """A Python provider at the machine's address, and a Java consumer of it."""
    implementation = Greeting()
    async with Application("python", protocol=f"dubbo://{java.host}:0{protocol}") as app:
        exported = await app.export(GreetingService, implementation)
        async with referred(java, f"dubbo://{exported.url.address}", **options) as consumer:
            yield consumer, implementation


@pytest.mark.spec("PRO-21", "real Java reads values, null and void answers")
async def test_results_null_and_void(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        assert await consumer.call("sayHi", "you") == "hi, you"
        assert await consumer.call("many", 2, {"b": 2, "a": 1}) == ["0 {'a': 1, 'b': 2}", "1 {'a': 1, 'b': 2}"]
        assert await consumer.call("nullText") is None
        assert await consumer.call("nothing") is None
        assert (await consumer.call("greet", {"name": "Ada", "favorite": "RED"}))["name"] == "hi, Ada"


@pytest.mark.spec("PRO-25", "overloads are chosen by the descriptor that real Java sends")
async def test_overloads(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        for types, args, answer in (
            (["int"], [5], "int 5"),
            (["long"], [5], "long 5"),
            (["java.lang.Integer"], [5], "Integer 5"),
            (["java.lang.String"], ["t"], "String t"),
            (["java.lang.Object"], [2.5], "Object 2.5"),
            (["java.lang.String", "int"], ["t", 3], "String, int t 3"),
            (["java.util.List"], [["a", "b"]], "List a, b"),
        ):
            assert await consumer.call("over", *args, types=types) == answer


@pytest.mark.spec("PRO-58", "real Java gets exceptions with class, message, fields and cause")
async def test_exceptions(java: JavaPeer) -> None:
    async def failure(kind: str) -> dict[str, Any]:
        with pytest.raises(JavaError) as caught:
            await consumer.call("fail", kind)
        return caught.value.details

    async with served(java) as (consumer, _):
        biz = await failure("biz")
        assert (biz["class"], biz["message"]) == ("org.aiodubbo.interop.model.BizException", "no stock")
        assert (biz["code"], biz["reasons"]) == (42, ["sold", "out"])
        assert "cause" not in biz
        outer = await failure("cause")
        assert outer["code"] == 7
        assert (outer["cause"]["class"], outer["cause"]["message"]) == ("java.lang.IllegalStateException", "inner")
        illegal = await failure("illegal")
        assert (illegal["class"], illegal["message"]) == ("java.lang.IllegalArgumentException", "bad")
        plain = await failure("plain")
        assert (plain["class"], plain["detail"]) == ("org.aiodubbo.interop.model.PlainException", "a detail")
        python = await failure("python")
        assert python["class"] == "java.lang.RuntimeException"
        assert "ZeroDivisionError: a Python error" in python["message"]
        assert await consumer.call("sayHi", "again") == "hi, again"


@pytest.mark.spec("PRO-22", "attachments of answers reach real Java")
async def test_attachments_both_ways(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        seen = await consumer.call("attachments", attachments={"trace": "42", "text": "é中"})
        assert (seen["trace"], seen["text"]) == ("42", "é中")
        outcome = await consumer.outcome("respond", "node", "a7")
        assert outcome["value"] == "node=a7"
        if java.version == "3.x":  # the others cannot read them after a call that waits
            assert outcome["attachments"]["node"] == "a7"


@pytest.mark.spec("PRO-50", "real Java is told that nobody has this group and version")
async def test_group_and_version_choose_the_provider(java: JavaPeer) -> None:
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        first = await app.export(GreetingService, Greeting("first"), group="g1", version="1.0")
        await app.export(GreetingService, Greeting("second"), group="g2", version="2.0")
        url = f"dubbo://{first.url.address}"
        async with referred(java, url, group="g1", version="1.0") as consumer:
            assert await consumer.call("where") == "first"
        async with referred(java, url, group="g2", version="2.0") as consumer:
            assert await consumer.call("where") == "second"
        async with referred(java, url, group="g1", version="2.0") as consumer:
            with pytest.raises(JavaError, match="Not found exported service"):
                await consumer.call("where")


@pytest.mark.spec("PRO-91", "generic calls of real Java")
@pytest.mark.spec("PRO-92", "real Java gets a GenericException")
async def test_generic_calls(java: JavaPeer) -> None:
    async def invoke(method: str, types: list[str], args: list[object]) -> Any:
        return await java.ask("generic", name=consumer.name, method=method, types=types, args=args)

    async with (
        Application("python", protocol=f"dubbo://{java.host}:0") as app,
        contextlib.AsyncExitStack() as stack,
    ):
        exported = await app.export(GreetingService, Greeting())
        consumer = await stack.enter_async_context(referred(java, f"dubbo://{exported.url.address}", GREETING, generic=True))
        assert (await invoke("sayHi", ["java.lang.String"], ["you"]))["value"] == "hi, you"
        assert (await invoke("over", ["long"], [5]))["value"] == "long 5"
        given = {"class": "org.aiodubbo.interop.model.Person", "name": "Ada", "favorite": "RED", "home": {"street": "Main", "zip": 5}}
        answer = (await invoke("greet", ["org.aiodubbo.interop.model.Person"], [given]))["value"]
        assert answer["class"] == "org.aiodubbo.interop.model.Person"
        assert (answer["name"], answer["favorite"]) == ("hi, Ada", "RED")
        assert answer["home"]["zip"] == 5
        with pytest.raises(JavaError) as caught:
            await invoke("fail", ["java.lang.String"], ["biz"])
        assert caught.value.class_name.endswith(".GenericException")
        assert caught.value.details["exceptionClass"] == "org.aiodubbo.interop.model.BizException"
        assert caught.value.details["exceptionMessage"] == "no stock"


class Anything:
    """A service without contract: says what it was asked."""

    async def invoke(self, method: str, types: Sequence[str], args: Sequence[object]) -> object:
        if method == "fail":
            raise JavaException("java.lang.IllegalStateException", "generic failure")
        return {"method": method, "types": list(types), "arguments": list(args)}


@pytest.mark.spec("PRO-96", "real Java calls a generic service of Python")
async def test_a_generic_provider(java: JavaPeer) -> None:
    interface = "org.aiodubbo.interop.Anything"
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export_generic(interface, Anything())
        async with referred(java, f"dubbo://{exported.url.address}", interface, generic=True) as consumer:
            answer = await java.ask("generic", name=consumer.name, method="order", types=["java.lang.String", "int"], args=["apple", 3])
            assert answer["value"] == {"method": "order", "types": ["java.lang.String", "int"], "arguments": ["apple", 3]}
            with pytest.raises(JavaError, match="generic failure"):
                await java.ask("generic", name=consumer.name, method="fail", types=[], args=[])


@pytest.mark.spec("PRO-96", "real Java calls it by its own interface")
async def test_a_generic_provider_behind_a_java_interface(java: JavaPeer) -> None:
    """Java turns calls of its interface into $invoke when it is told that the provider is generic (PRO-95)."""
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export_generic(GREETING, Mock())
        url = f"dubbo://{exported.url.address}?generic=true"
        async with referred(java, url) as consumer:
            assert await consumer.call("sayHi", "you") == "sayHi(you)"
            assert (await consumer.call("greet", {"name": "Ada", "age": 36}))["name"] == "mocked Ada"


class Mock:
    """Stands for a Java service."""

    async def invoke(self, method: str, types: Sequence[str], args: Sequence[Any]) -> object:
        if method == "greet":
            return {**args[0], "name": f"mocked {args[0]['name']}"}
        return f"{method}({', '.join(map(str, args))})"


async def test_echo(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        assert await java.ask("echo", name=consumer.name, value="ping") == "ping"
        assert await java.ask("echo", name=consumer.name, value={"a": [1, 2.5]}) == {"a": [1, 2.5]}


@pytest.mark.spec("PRO-35", "a one-way call of real Java is served and not answered")
async def test_one_way_calls_are_not_answered(java: JavaPeer) -> None:
    implementation = Greeting()
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export(GreetingService, implementation)
        async with (
            Relay(java.host, int(exported.url.port or 0)) as relay,
            referred(java, relay.address, parameters={"note.return": "false"}) as consumer,
        ):
            await consumer.call("note", "for Python")
            assert await consumer.call("notes") == ["for Python"]
            requests = [frame for frame in relay.frames if frame.is_request and not frame.is_event]
            assert [frame.is_two_way for frame in requests] == [False, True]
            assert requests[0].id not in {frame.id for frame in relay.frames if not frame.is_request}


async def test_asynchronous_calls(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        assert await consumer.call("sayHi", "later", **{"async": True}) == "hi, later"


async def test_timeout(java: JavaPeer) -> None:
    async with served(java, timeout=300) as (consumer, _):
        with pytest.raises(JavaError) as caught:
            await consumer.call("sleep", 1200)
        assert caught.value.details["code"] == 2
        assert await consumer.call("sayHi", "after") == "hi, after"


async def test_one_megabyte(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        assert (await consumer.outcome("payload", 1 << 20))["text"].startswith("byte[1048576]:")
        assert len(await consumer.call("text", 1 << 20)) == 1 << 20


@pytest.mark.spec("PRO-30", "too long for a provider, either way; real Java goes on")
async def test_over_the_payload_limit(java: JavaPeer) -> None:
    async with served(java) as (consumer, _):
        with pytest.raises(JavaError, match=r"Data length too large: \d+, max payload: 8388608"):
            await consumer.call("text", 9_000_000)
        assert await consumer.call("sayHi", "after") == "hi, after"
    async with served(java, protocol="?payload=100000", timeout=1000) as (consumer, _):
        with pytest.raises(JavaError) as caught:
            await consumer.call("payload", 200_000)
        assert caught.value.details["code"] == 2, "an oversized request is not answered, as Java's provider does"
        assert await consumer.call("sayHi", "after") == "hi, after"


@pytest.mark.spec("PRO-74", "heartbeats keep an idle connection from real Java")
async def test_heartbeats_keep_an_idle_connection(java: JavaPeer) -> None:
    async with Application("python", protocol=f"dubbo://{java.host}:0?heartbeat=1000") as app:
        exported = await app.export(GreetingService, Greeting())
        async with (
            Relay(java.host, int(exported.url.port or 0)) as relay,
            referred(java, relay.address, parameters={"heartbeat": "1000"}) as consumer,
        ):
            assert await consumer.call("sayHi", "first") == "hi, first"
            await until(lambda: len(relay.heartbeats(outward=True)) + len(relay.heartbeats(outward=False)) >= 2, 20)
            assert await consumer.call("sayHi", "later") == "hi, later"
            assert relay.links == 1


@pytest.mark.spec("PRO-102", "Python calls back objects of real Java")
async def test_callbacks(java: JavaPeer) -> None:
    implementation = Callbacks()
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export(CallbackService, implementation, parameters={"callbacks": "10"})
        async with referred(java, f"dubbo://{exported.url.address}", "callback", parameters=CALLBACKS) as consumer:
            assert await java.ask("listen", name=consumer.name, key="a") == "heard added a"
            assert await java.ask("listen", name=consumer.name, key="b") == "heard added b"
            assert await consumer.call("fire", "news") == "a:heard news,b:heard news"
            assert await consumer.call("fire", "fail") == "a fails: JavaException,b fails: JavaException"
            await java.ask("listen", name=consumer.name, key="a", remove=True)
            assert await consumer.call("fire", "more") == "b:heard more"
            assert await java.ask("heard") == [
                "a: added a",
                "b: added b",
                "a: news",
                "b: news",
                "a: fail",
                "b: fail",
                "b: more",
            ]
            await java.ask("listen", name=consumer.name, key="b", remove=True)
            assert implementation.listeners == {}
