"""A Python consumer and Java providers: everything about a call but the types."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from aiodubbo import Application, CallTimeoutError, JavaException, RpcError, ServerError, call_options, echo
from aiodubbo.rpc.generic.calls import GenericException
from tests.polling import until

from .conftest import CALLBACKS
from .contracts import CallbackService, GreetingService
from .models import BizError, Person, PlainError
from .relay import Relay
from .samples import numbered_bytes, numbered_text, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .conftest import Address, Peers

GREETING = "org.aiodubbo.interop.GreetingService"


@asynccontextmanager
async def greeting(url: str, **options: Any) -> AsyncIterator[GreetingService]:
    async with Application("python") as app:
        yield await app.refer(GreetingService, url=url, **{"timeout": 10.0, **options})


@pytest.mark.spec("PRO-21", "values, null and void answers of real Java")
async def test_results_null_and_void(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        assert await service.say_hi("you") == "hi, you"
        assert await service.many(2, {"b": 2, "a": 1}) == ["0 {a=1, b=2}", "1 {a=1, b=2}"]
        assert await service.null_text() is None
        await service.nothing()
        answer = await service.greet(person(1))
        assert isinstance(answer, Person)
        assert answer.name == "hi, P1"


@pytest.mark.spec("PRO-25", "real Java chooses the overload by the descriptor")
async def test_overloads(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        assert await service.over_int(5) == "int 5"
        assert await service.over_long(5) == "long 5"
        assert await service.over_boxed(5) == "Integer 5"
        assert await service.over_text("t") == "String t"
        assert await service.over_object(2.5) == "Object Double:2.5"
        assert await service.over_two("t", 3) == "String, int t 3"
        assert await service.over_list(["a", "b"]) == "List [a, b]"


@pytest.mark.spec("PRO-58", "exceptions of real Java arrive with class, message, fields, cause and stack")
async def test_exceptions(java_address: Address) -> None:
    async with greeting(java_address.url, retries=0) as service:
        with pytest.raises(BizError) as checked:
            await service.fail("biz")
        assert str(checked.value) == "no stock"
        assert checked.value.code == 42
        assert checked.value.reasons == ["sold", "out"]
        assert checked.value.__cause__ is None

        with pytest.raises(BizError) as outer:
            await service.fail("cause")
        inner = outer.value.__cause__
        assert isinstance(inner, JavaException)
        assert (inner.class_name, inner.message) == ("java.lang.IllegalStateException", "inner")

        with pytest.raises(JavaException) as illegal:
            await service.fail("illegal")
        assert (illegal.value.class_name, illegal.value.message) == ("java.lang.IllegalArgumentException", "bad")
        assert illegal.value.stack[0].class_name.endswith(".Greeting")
        assert illegal.value.stack[0].method_name == "fail"

        with pytest.raises(PlainError) as plain:
            await service.fail("plain")
        assert plain.value.detail == "a detail"

        if java_address.version == "3.x":  # it lets only classes on its allow list out
            with pytest.raises(ServerError, match=r"java.lang.AssertionError is not in allow list") as refused:
                await service.fail("error")
            assert refused.value.status == 50
        else:
            with pytest.raises(JavaException) as serious:
                await service.fail("error")
            assert serious.value.class_name == "java.lang.AssertionError"
        assert await service.say_hi("again") == "hi, again"


@pytest.mark.spec("PRO-28", "real Java sees the attachments of the caller, and its own arrive")
async def test_attachments_both_ways(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        with call_options(attachments={"trace": "42", "text": "é中"}):
            seen = await service.attachments()
        assert seen["trace"] == "42"
        assert seen["text"] == "é中"
        assert "trace" not in await service.attachments()
        with call_options() as call:
            await service.respond("node", "a7")
        assert call.response_attachments["node"] == "a7"


@pytest.mark.spec("PRO-50", "real Java finds the service by group and version")
async def test_group_and_version_choose_the_provider(java_address: Address) -> None:
    async with Application("python") as app:
        for group, version in (("g1", "1.0"), ("g2", "2.0")):
            service = await app.refer(GreetingService, url=java_address.url, group=group, version=version, timeout=10.0)
            assert await service.where() == f"{group}:{version}"
        wrong = await app.refer(GreetingService, url=java_address.url, group="g1", version="2.0", timeout=10.0, retries=0)
        with pytest.raises(ServerError, match="group mismatch") as caught:
            await wrong.where()
        assert caught.value.status in (40, 70)


@pytest.mark.spec("PRO-90", "real Java answers generic calls")
@pytest.mark.spec("PRO-92", "exceptions of real Java reach a generic caller")
async def test_generic_calls(java_address: Address) -> None:
    async with Application("python") as app:
        service = await app.refer_generic(GREETING, url=java_address.url, timeout=10.0)
        assert await service.invoke("sayHi", ["java.lang.String"], ["you"]) == "hi, you"
        assert await service.invoke("over", ["long"], [5]) == "long 5"
        assert await service.invoke("over", ["int"], [5]) == "int 5"
        given = {"class": "org.aiodubbo.interop.model.Person", "name": "Ada", "favorite": "RED", "home": {"street": "Main", "zip": 5}}
        answer = await service.invoke("greet", ["org.aiodubbo.interop.model.Person"], [given])
        assert answer["class"] == "org.aiodubbo.interop.model.Person"
        assert (answer["name"], answer["favorite"]) == ("hi, Ada", "RED")
        assert answer["home"]["zip"] == 5
        with pytest.raises(GenericException) as caught:
            await service.invoke("fail", ["java.lang.String"], ["biz"])
        assert caught.value.exception_class == "org.aiodubbo.interop.model.BizException"
        assert caught.value.exception_message == "no stock"


@pytest.mark.spec("PRO-90", "a generic service of real Java is called")
async def test_a_generic_provider(java_address: Address) -> None:
    async with Application("python") as app:
        service = await app.refer_generic("org.aiodubbo.interop.Anything", url=java_address.url, timeout=10.0)
        answer = await service.invoke("order", ["java.lang.String", "int"], ["apple", 3])
        assert answer["method"] == "order"
        assert answer["types"] == ["java.lang.String", "int"]
        assert answer["arguments"] == 'Object[]{"apple", Integer:3}'


async def test_echo(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        assert await echo(service, "ping") == "ping"
        assert await echo(service, [1, "two"]) == [1, "two"]


@pytest.mark.spec("PRO-77", "real Java runs a one-way call and sends no answer")
async def test_one_way_calls_are_not_answered(java_address: Address) -> None:
    host, port = java_address.url.removeprefix("dubbo://").split(":")
    text = f"note for {java_address.version}"
    async with Relay(host, int(port)) as relay, greeting(relay.address) as service:
        await service.note(text)

        async def is_noted() -> bool:
            return text in await service.notes()

        await until(is_noted)
        requests = [frame for frame in relay.frames if frame.is_request and not frame.is_event]
        answers = {frame.id for frame in relay.frames if not frame.is_request}
        assert [frame.is_two_way for frame in requests][:2] == [False, True]
        assert requests[0].id not in answers


@pytest.mark.spec("PRO-75", "a slow method of real Java ends in a timeout; the connection goes on")
async def test_timeout(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        with call_options(timeout=0.3, retries=0), pytest.raises(CallTimeoutError):
            await service.sleep(1500)
        assert await service.say_hi("after") == "hi, after"


async def test_one_megabyte(java_address: Address) -> None:
    data = numbered_bytes(1 << 20)
    async with greeting(java_address.url) as service:
        assert await service.payload(data) == data
        assert await service.text(1 << 20) == numbered_text(1 << 20)


@pytest.mark.spec("PRO-30", "too long for real Java, either way; the connection goes on")
async def test_over_the_payload_limit(java_address: Address) -> None:
    async with greeting(java_address.url, retries=0) as service:
        with pytest.raises(RpcError, match=r"Data length too large: \d+, max payload: 8388608"):
            await service.payload(bytes(9_000_000))
        with pytest.raises(ServerError, match=r"Data length too large: \d+, max payload: 8388608") as caught:
            await service.text(9_000_000)
        assert caught.value.status == (25 if java_address.version == "3.x" else 50)
        assert await service.say_hi("after") == "hi, after"


@pytest.mark.spec("PRO-74", "heartbeats keep an idle connection to real Java")
async def test_heartbeats_keep_an_idle_connection(java_address: Address) -> None:
    host, port = java_address.url.removeprefix("dubbo://").split(":")
    async with Relay(host, int(port)) as relay, greeting(relay.address, parameters={"heartbeat": "1000"}) as service:
        assert await service.say_hi("first") == "hi, first"
        await until(lambda: len(relay.heartbeats(outward=True)) >= 2, 20)
        assert await service.say_hi("later") == "hi, later"
        assert relay.links == 1


@pytest.mark.spec("PRO-31", "heartbeats of a real 2.6 provider are answered")
async def test_heartbeats_of_the_provider_are_answered(peers: Peers, free_port: int) -> None:
    """2.6 alone sends heartbeats from the provider's side, and drops a consumer that does not answer for three intervals."""
    java = peers["2.6"]
    await java.ask("export", name="beating", service="greeting", host=java.host, port=free_port, protocol={"heartbeat": "1000"})
    try:
        async with Relay(java.host, free_port) as relay, greeting(relay.address, parameters={"heartbeat": "60000"}) as service:
            await service.say_hi("first")
            await until(lambda: len(relay.heartbeats(outward=False)) >= 4, 20)  # three intervals without an answer would be the end
            assert await service.say_hi("later") == "hi, later"
            assert relay.links == 1
    finally:
        await java.ask("unexport", name="beating")


class Ear:
    """A listener in Python."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def changed(self, message: str) -> str:
        if message == "fail":
            raise JavaException("java.lang.IllegalStateException", "the listener fails")
        self.heard.append(message)
        return f"heard {message}"


@pytest.mark.spec("PRO-100", "real Java calls back objects of Python")
async def test_callbacks(java_address: Address) -> None:
    first, second = Ear(), Ear()
    async with Application("python") as app:
        service = await app.refer(CallbackService, url=java_address.url, timeout=10.0, parameters=CALLBACKS)
        assert await service.add("a", first) == "heard added a"
        assert await service.add("b", second) == "heard added b"
        assert await service.fire("news") == "a:heard news,b:heard news"
        await service.remove("a", first)
        assert await service.fire("more") == "b:heard more"
        assert first.heard == ["added a", "news"]
        assert second.heard == ["added b", "news", "more"]
        await service.remove("b", second)


@pytest.mark.spec("PRO-104", "real Java loses the callbacks of a connection that is gone")
async def test_callbacks_end_with_the_connection(java_address: Address) -> None:
    async with Application("python") as app:
        gone = await app.refer(CallbackService, url=java_address.url, timeout=10.0, parameters=CALLBACKS)
        await gone.add("gone", Ear())
    async with Application("python") as app:
        service = await app.refer(CallbackService, url=java_address.url, timeout=20.0, parameters=CALLBACKS)
        assert await service.fire("anybody?") == "gone is gone"
        assert await service.fire("anybody?") == ""


@pytest.mark.spec("PRO-70", "200 calls at once to real Java over one connection")
async def test_concurrent_calls_share_a_connection(java_address: Address) -> None:
    host, port = java_address.url.removeprefix("dubbo://").split(":")
    async with Relay(host, int(port)) as relay, greeting(relay.address) as service:
        names = [f"n{i}" for i in range(200)]
        answers = await asyncio.gather(*(service.say_hi(name) for name in names))
        assert answers == [f"hi, {name}" for name in names]
        assert relay.links == 1


async def test_a_wrong_argument_is_refused_here(java_address: Address) -> None:
    async with greeting(java_address.url) as service:
        with pytest.raises(TypeError):
            await service.many(cast("int", "two"), {})
        with pytest.raises(TypeError):
            await service.over_int(1 << 31)
