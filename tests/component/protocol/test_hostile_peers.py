"""A provider and a consumer in memory, and the other side at its worst."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo.filter.chain import chain, provider_filters
from aiodubbo.java.classes import CLASSES
from aiodubbo.protocol.dubbo.exchange import Exchange, ExchangeSettings
from aiodubbo.protocol.dubbo.services import ExportedService, Services
from aiodubbo.protocol.dubbo.serving import serve_request
from aiodubbo.protocol.dubbo.session import Session
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.rpc.descriptor import GENERIC_INVOKE
from aiodubbo.rpc.host import Host
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import MemoryLink, join
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.url.url import URL
from aiodubbo.wire._impl import HESSIAN2 as CODEC
from aiodubbo.wire.dubbo import body
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.header import Status

if TYPE_CHECKING:
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.wire.dubbo.events import Request, Response


@interface("com.example.Watcher")
class Watcher(Protocol):
    async def invoke(self, text: str) -> str: ...


@interface("com.example.Other")
class Other(Protocol):
    async def tell(self, text: str) -> str: ...


@interface("com.example.Desk")
class Desk(Protocol):
    async def say(self, text: str) -> str: ...

    async def big(self, size: int) -> bytes: ...

    async def watch(self, watcher: Watcher | None) -> str: ...

    async def tell(self, other: Other | None) -> str: ...

    async def fail(self, kind: str) -> str: ...


class DeskImplementation:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.big_calls = 0
        self.given: list[object] = []

    async def say(self, text: str) -> str:
        self.said.append(text)
        return text

    async def big(self, size: int) -> bytes:
        self.big_calls += 1
        return bytes(size)

    async def watch(self, watcher: Watcher | None) -> str:
        self.given.append(watcher)
        return "watching"

    async def tell(self, other: Other | None) -> str:
        self.given.append(other)
        return "telling"

    async def fail(self, kind: str) -> str:
        if kind == "cancelled":
            raise asyncio.CancelledError
        raise KeyError(kind)


@dataclass(slots=True)
class Site:
    """A provider of `Desk`, and the bare connection of its consumer."""

    implementation: DeskImplementation
    services: Services
    server: Session
    client: Exchange
    wires: MemoryLink

    async def ask(self, request: bytes) -> tuple[int, object]:
        """Status, and the text of an error or the result."""
        return read(await asyncio.wait_for(self.client.call(request, timeout=5.0), 5))

    async def call(
        self, method: str, descriptor: str = "Ljava/lang/String;", *arguments: object, **attachments: object
    ) -> tuple[int, object]:
        return await self.ask(write(method, descriptor, *arguments, **attachments))


def site(*, token: str = "", payload: int = 8 * 1024 * 1024, callbacks: int = 1) -> Site:
    wheel = TimerWheel(ManualClock(now=1000.0))
    services = Services(20880)
    implementation = DeskImplementation()
    contract = describe(Desk)
    url = URL("dubbo", "127.0.0.1", 20880, contract.interface, {"callbacks": str(callbacks)})
    invoke = chain(provider_filters(url, contract, Host(name="test")), serve(contract, implementation, WorkerPool(1)))
    services.add(ExportedService(contract, url, invoke, path=contract.interface, group="", version="", token=token))
    links: list[Session] = []

    def on_request(exchange: Exchange, request: Request) -> None:
        serve_request(services, links[0], request)

    settings = ExchangeSettings(payload=payload)
    server = Exchange(Role.SERVER, wheel, settings=settings, on_request=on_request)
    client = Exchange(Role.CLIENT, wheel, settings=settings)
    wires = join(client, server)
    links.append(Session(server, Tasks()))
    return Site(implementation, services, links[0], client, wires)


def write(method: str, descriptor: str = "Ljava/lang/String;", *arguments: object, **attachments: object) -> bytes:
    return body.encode_request(
        CODEC.encoder(CLASSES),
        path="com.example.Desk",
        method=method,
        descriptor=descriptor,
        arguments=[(argument, None) for argument in arguments],
        attachments=attachments,
    )


def read(response: Response) -> tuple[int, object]:
    decoder = CODEC.decoder(response.body, CLASSES)
    if response.status != Status.OK:
        return response.status, body.decode_error(decoder)
    answer = body.decode_response(decoder)
    return response.status, answer.value if answer.exception is None else answer.exception


def bomb(levels: int = 60) -> object:
    """Small on the wire; as text it would have 2**levels parts."""
    value: object = ["x"]
    for _ in range(levels):
        value = [value, value]
    return value


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("key", ["group", "token", "generic", "path", "version", "interface", "dubbo", "timeout"])
@pytest.mark.parametrize("method", ["say", "$invoke"])
async def test_dubbos_own_attachments_must_be_plain(key: str, method: str) -> None:
    desk = site(token="secret")
    sent = [GENERIC_INVOKE.descriptor, "say", ["java.lang.String"], ["x"]] if method == "$invoke" else ["Ljava/lang/String;", "x"]
    for value in (bomb(), {"a": bomb()}, ["x"]):
        status, text = await desk.ask(write(method, *sent, **{"token": "secret", key: value}))  # type: ignore[arg-type] # not for a reader
        assert status == 40
        assert str(text).startswith(f"Fail to decode request due to: the attachment {key} must be text, got <")
    assert not desk.implementation.said
    status, text = await desk.call("say", "Ljava/lang/String;", "x", token="secret", timeout=1000, trace=bomb())
    assert (status, text) == (20, "x"), "an integer is fine (2.7), and what an application sends is its own business"
    desk.wires.reset()
    await settle()


async def test_attachments_that_are_a_bomb() -> None:
    desk = site()
    encoder = CODEC.encoder(CLASSES)
    for written in ("2.0.2", "com.example.Desk", "0.0.0", "say", "Ljava/lang/String;", "x"):
        encoder.write_string(written)
    encoder.write(bomb())
    status, text = await desk.ask(encoder.getvalue())
    assert (status, text) == (40, "Fail to decode request due to: malformed attachments: expected a map, got <list of 2>")
    desk.wires.reset()
    await settle()


@pytest.mark.parametrize("where", ["path", "method", "descriptor"])
async def test_answers_do_not_echo_huge_texts(where: str) -> None:
    desk = site()
    texts = {"path": "com.example.Desk", "method": "say", "descriptor": "Ljava/lang/String;"} | {where: "x\n" * 500_000}
    request = body.encode_request(CODEC.encoder(CLASSES), **texts, arguments=[], attachments={})
    status, text = await desk.ask(request)
    assert status in (40, 70)
    assert len(str(text)) < 10_000
    desk.wires.reset()
    await settle()


async def test_an_unknown_service_of_a_crowded_port_is_told_some_of_its_keys() -> None:
    desk = site()
    contract = describe(Other)
    for number in range(1000):
        desk.services.add(
            ExportedService(
                contract, URL("dubbo"), serve(contract, _Teller(), WorkerPool(1)), path=f"path{number}", group="", version="", token=""
            )
        )
    request = body.encode_request(CODEC.encoder(CLASSES), path="other", method="say", descriptor="", arguments=[], attachments={})
    status, text = await desk.ask(request)
    assert status == 70
    assert "in ['com.example.Desk:20880', 'path0:20880'" in str(text)
    assert "... 1001 in all]" in str(text)
    assert len(str(text)) < 2000
    desk.wires.reset()
    await settle()


async def test_an_implementation_that_cancels_itself_is_answered() -> None:
    desk = site()
    status, text = await desk.call("fail", "Ljava/lang/String;", "cancelled")
    assert (status, text) == (80, "java.lang.RuntimeException: the call was cancelled by the provider")
    assert desk.server.exchange.outstanding == 0
    assert desk.services.running == 0
    desk.wires.reset()
    await settle()


async def test_whatever_fails_is_answered(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    desk = site()

    def broken(*arguments: object) -> bytes:
        raise RuntimeError("an encoder's defect")

    monkeypatch.setattr(body, "encode_value", broken)
    status, text = await desk.call("say", "Ljava/lang/String;", "x")
    assert (status, text) == (80, "java.lang.RuntimeException: RuntimeError: an encoder's defect")
    assert desk.server.exchange.outstanding == 0
    desk.wires.reset()
    await settle()


async def test_a_one_way_call_that_fails_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    desk = site()
    for _ in range(100):
        await desk.client.call_one_way(write("say\nERROR all is lost", ""), timeout=1.0)
    await settle()
    assert 0 < len(caplog.messages) <= 10
    assert all("\n" not in message and "one-way" in message for message in caplog.messages)
    desk.wires.reset()
    await settle()


async def test_answers_wait_for_a_reader() -> None:
    desk = site()
    desk.wires.client.pause_reading()
    client = DubboConnection(Role.CLIENT)
    for number in range(500):
        desk.wires.client.write(client.send_request(number, write("big", "Ljava/lang/Integer;", 100_000)))
    await settle()
    assert desk.implementation.big_calls < 20, "what nobody reads is not even made"
    assert desk.wires.server.get_write_buffer_size() < 1_000_000
    desk.wires.client.resume_reading()
    for _ in range(500):
        await settle()
    assert desk.implementation.big_calls == 500
    assert desk.services.running == 0
    desk.wires.reset()
    await settle()


async def test_requests_that_wait_may_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiodubbo.protocol.dubbo.serving._MAX_HELD", 100_000)
    desk = site()
    calls = [asyncio.ensure_future(desk.call("say", "Ljava/lang/String;", "x" * 30_000)) for _ in range(5)]
    statuses = [status for status, _ in await asyncio.gather(*calls)]
    assert statuses == [20, 20, 20, 100, 100]
    assert await desk.call("say", "Ljava/lang/String;", "x") == (20, "x")
    desk.wires.reset()
    await settle()


async def test_made_up_heads_do_not_crowd_out_the_real_ones() -> None:
    desk = site()
    for number in range(5000):
        request = body.encode_request(
            CODEC.encoder(CLASSES),
            path="com.example.Desk",
            method="say",
            descriptor="Ljava/lang/String;",
            arguments=[("x", None)],
            attachments={},
            dubbo_version=f"{number}" + "9" * (number % 1000),
        )
        await desk.client.call_one_way(request, timeout=1.0)
        if number % 100 == 0:
            await settle()
    await settle()
    assert sum(map(len, desk.services.known_heads)) < 2_000_000
    await desk.call("say", "Ljava/lang/String;", "last")
    assert any(head.startswith(b"\x052.0.2") for head in desk.services.known_heads)
    desk.wires.reset()
    await settle()


# -- callbacks

WATCH = "Lcom/example/Watcher;"


@pytest.mark.parametrize("number", ["", "x", "-1", "1.0", "٣", "9" * 30, 7, bomb(), ["1"], True])
async def test_callback_ids_that_are_none(number: object) -> None:
    desk = site()
    status, text = await desk.ask(write("watch", WATCH, None, **{"sys_callback_arg-0": number}))
    assert status == 40
    assert "sys_callback_arg-0 must be a number" in str(text)
    assert not desk.implementation.given
    desk.wires.reset()
    await settle()


async def test_one_object_of_two_interfaces_may_have_one_number() -> None:
    desk = site()
    assert (await desk.ask(write("watch", WATCH, None, **{"sys_callback_arg-0": "1"})))[0] == 20
    assert (await desk.ask(write("tell", "Lcom/example/Other;", None, **{"sys_callback_arg-0": "1"})))[0] == 20
    watcher, other = desk.implementation.given
    assert (hasattr(watcher, "invoke"), hasattr(other, "tell")) == (True, True)
    desk.wires.reset()
    await settle()


async def test_no_more_callbacks_than_agreed() -> None:
    desk = site(callbacks=2)
    outcomes = [(await desk.ask(write("watch", WATCH, None, **{"sys_callback_arg-0": str(number)})))[0] for number in range(50)]
    assert outcomes == [20, 20] + [40] * 48
    desk.wires.reset()
    await settle()


class _Teller:
    def __init__(self) -> None:
        self.heard: list[object] = []

    async def tell(self, text: str) -> str:
        self.heard.append(text)
        return text

    async def invoke(self, *given: object) -> str:
        self.heard.append(given)
        return "heard"


def consumer(target: object, contract: ServiceDescriptor) -> tuple[Session, Exchange, MemoryLink, str]:
    """The consumer's link with one object given away, and the provider's end."""
    wheel = TimerWheel(ManualClock(now=1000.0))
    links: list[Session] = []

    def on_request(exchange: Exchange, request: Request) -> None:
        serve_request(links[0].callbacks.services, links[0], request)

    client = Exchange(Role.CLIENT, wheel, on_request=on_request)
    server = Exchange(Role.SERVER, wheel)
    wires = join(client, server)
    links.append(Session(client, Tasks()))
    number = links[0].callbacks.give(target, contract, describe(Desk).by_name("watch")[0], 0, URL("dubbo", "127.0.0.1", 20880))
    return links[0], server, wires, number


def write_callback(method: str, descriptor: str, number: object, *arguments: object, path: str = "com.example.Watcher") -> bytes:
    return body.encode_request(
        CODEC.encoder(CLASSES),
        path=path,
        method=method,
        descriptor=descriptor,
        arguments=[(argument, None) for argument in arguments],
        attachments={"callback.service.instid": number},
        service_version=None,
    )


@pytest.mark.parametrize(
    ("method", "descriptor", "arguments"),
    [
        ("$invoke", GENERIC_INVOKE.descriptor, ("invoke", ["java.lang.String"], ["x"])),
        ("$invokeAsync", GENERIC_INVOKE.descriptor, ("invoke", ["java.lang.String"], ["x"])),
        ("$echo", "Ljava/lang/Object;", ("x",)),
        ("__init__", "", ()),
        ("invoke", "", ()),
    ],
)
async def test_a_callback_object_has_only_the_methods_of_its_contract(
    method: str, descriptor: str, arguments: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    target = _Teller()
    _, server, wires, number = consumer(target, describe(Watcher))
    status, text = read(await asyncio.wait_for(server.call(write_callback(method, descriptor, number, *arguments), timeout=5), 5))
    assert status == 40
    assert "Service not found:com.example.Watcher" in str(text)
    assert not target.heard
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    status, text = read(await asyncio.wait_for(server.call(write_callback("invoke", "Ljava/lang/String;", number, "x"), timeout=5), 5))
    assert (status, text) == (20, "heard")
    wires.reset()
    await settle()


@pytest.mark.parametrize("number", [None, "", "2", "0", bomb(), 1])
async def test_calls_of_objects_that_were_not_given(number: object) -> None:
    target = _Teller()
    _, server, wires, _ = consumer(target, describe(Watcher))
    status, _ = read(await asyncio.wait_for(server.call(write_callback("invoke", "Ljava/lang/String;", number, "x"), timeout=5), 5))
    assert status in (40, 70)
    assert not target.heard
    wires.reset()
    await settle()


async def test_one_object_given_as_two_interfaces() -> None:
    target = _Teller()
    link, server, wires, number = consumer(target, describe(Watcher))
    desk, url = describe(Desk), URL("dubbo", "127.0.0.1", 20880)
    second = link.callbacks.give(target, describe(Other), desk.by_name("tell")[0], 0, url)
    assert link.callbacks.give(target, describe(Other), desk.by_name("tell")[0], 0, url) == second
    request = write_callback("tell", "Ljava/lang/String;", second, "x", path="com.example.Other")
    assert read(await asyncio.wait_for(server.call(request, timeout=5), 5)) == (20, "x")
    assert read(await asyncio.wait_for(server.call(write_callback("invoke", "Ljava/lang/String;", number, "x"), timeout=5), 5)) == (
        20,
        "heard",
    )
    wires.reset()
    await settle()


async def test_what_a_callback_object_throws_arrives() -> None:
    class Thrower:
        async def invoke(self, text: str) -> str:
            raise KeyError(text)

    _, server, wires, number = consumer(Thrower(), describe(Watcher))
    status, error = read(
        await asyncio.wait_for(server.call(write_callback("invoke", "Ljava/lang/String;", number, "apples"), timeout=5), 5)
    )
    assert status == 20
    assert "apples" in str(error)
    wires.reset()
    await settle()
