"""Whatever the body of a request, it is answered once and without a defect; whatever the body of an answer, only documented errors."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hypothesis import given, settings
from hypothesis import strategies as st

from aiodubbo import java
from aiodubbo.errors import JavaException, RpcError
from aiodubbo.filter.chain import chain, provider_filters
from aiodubbo.java.classes import CLASSES
from aiodubbo.protocol.dubbo.calling import read_response
from aiodubbo.protocol.dubbo.exchange import Exchange
from aiodubbo.protocol.dubbo.services import ExportedService, Services
from aiodubbo.protocol.dubbo.serving import serve_request
from aiodubbo.protocol.dubbo.session import Session
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.rpc.descriptor import GENERIC_INVOKE
from aiodubbo.rpc.host import Host
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import join
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.url.url import URL
from aiodubbo.wire._impl import HESSIAN2 as CODEC
from aiodubbo.wire.dubbo import body
from aiodubbo.wire.dubbo.body import AttachmentsReader
from aiodubbo.wire.dubbo.connection import Role
from aiodubbo.wire.dubbo.events import Response
from aiodubbo.wire.dubbo.header import Status

if TYPE_CHECKING:
    from aiodubbo.rpc.descriptor import MethodDescriptor


@java.model("com.example.fuzz.Part")
@dataclass
class Part:
    name: str | None = None
    size: java.int = 0
    children: list[Part] | None = None
    extra: object = None


@interface("com.example.fuzz.Listener")
class Listener(Protocol):
    async def tell(self, text: str) -> str: ...


@interface("com.example.fuzz.Parts")
class Parts(Protocol):
    async def put(self, part: Part | None, number: int, tags: dict[str, list[java.long]] | None) -> Part | None: ...

    async def anything(self, value: object) -> object: ...

    async def listen(self, listener: Listener | None, text: str | None) -> str | None: ...


class PartsImplementation:
    async def put(self, part: Part | None, number: int, tags: dict[str, list[int]] | None) -> Part | None:
        return part

    async def anything(self, value: object) -> object:
        return value

    async def listen(self, listener: Listener | None, text: str | None) -> str | None:
        return text


PARTS = describe(Parts)
PART = Part("a", 1, [Part("b", 2, None, {"k": [1.5, None, True]})], b"bytes")
WIRE_PART = {"class": "com.example.fuzz.Part", "name": "a", "size": 3, "children": [{"name": "b"}], "extra": [1]}


def written(method: str, descriptor: str, *arguments: object, **attachments: object) -> bytes:
    return body.encode_request(
        CODEC.encoder(CLASSES),
        path=PARTS.interface,
        method=method,
        descriptor=descriptor,
        arguments=[(argument, None) for argument in arguments],
        attachments={"path": PARTS.interface, "interface": PARTS.interface, "version": "0.0.0", "timeout": "1000", **attachments},
    )


def method(name: str) -> MethodDescriptor:
    return PARTS.by_name(name)[0]


REQUESTS = [
    written("put", "Lcom/example/fuzz/Part;Ljava/lang/Integer;Ljava/util/Map;", PART, 5, {"x": [1, 2]}),
    written("anything", "Ljava/lang/Object;", [PART, {"a": PART}, JavaException("x.Y", "z", cause=ValueError("v"))], list=[1, {"a": None}]),
    written("listen", method("listen").descriptor, None, "x", **{"sys_callback_arg-0": "17"}),
    written("$echo", "Ljava/lang/Object;", [1, "x"]),
    written(
        "$invoke",
        GENERIC_INVOKE.descriptor,
        "put",
        ["com.example.fuzz.Part", "int", "java.util.Map"],
        [WIRE_PART, 5, {"x": [1]}],
        generic="true",
    ),
    written("$invoke", GENERIC_INVOKE.descriptor, "anything", None, [WIRE_PART], generic="true"),
]
# Beginnings of Hessian 2 values, and values that mean something here.
PIECES = [bytes([code]) for code in range(256)] + [
    b"\x51\x90",
    b"\x05class",
    b"C\x15com.example.fuzz.Part\x91\x04name`",
    b"M\x15com.example.fuzz.Part\x04name\x90Z",
    b"C\x13java.lang.Throwable\x91\x05cause`\x51\x90",
    b"V\x04[int\xca\x00\x90",
    b"I\x7f\xff\xff\xff",
    b"X\x49\x7f\xff\xff\xff",
    b"S\xff\xff",
]


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.sampled_from(PIECES))
            case 1:
                data[at:at] = draw(st.sampled_from(PIECES))
            case 2:
                del data[at : at + draw(st.integers(1, 8))]
            case _:
                end = at + draw(st.integers(1, 40))
                data[at:at] = data[at:end]
    return bytes(data)


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.defects: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "aiodubbo.protocol.dubbo.serving":
            self.defects.append(self.format(record))


async def _serve_all(bodies: list[bytes]) -> list[int]:
    wheel = TimerWheel(ManualClock(now=1000.0))
    services = Services(20880)
    url = URL("dubbo", "127.0.0.1", 20880, PARTS.interface, {"callbacks": "2"})
    invoke = chain(provider_filters(url, PARTS, Host(name="test")), serve(PARTS, PartsImplementation(), WorkerPool(1)))
    services.add(ExportedService(PARTS, url, invoke, path=PARTS.interface, group="", version="", token=""))
    links: list[Session] = []
    server = Exchange(Role.SERVER, wheel, on_request=lambda exchange, request: serve_request(services, links[0], request))
    client = Exchange(Role.CLIENT, wheel)
    wires = join(client, server)
    links.append(Session(server, Tasks()))
    async with asyncio.timeout(20):
        responses = await asyncio.gather(*(client.call(one, timeout=20.0) for one in bodies))
    assert server.outstanding == services.running == services.held == client.late_responses == 0
    wires.reset()
    await asyncio.sleep(0)
    return [response.status for response in responses]


@settings(deadline=None)  # eight requests, and the machine may be busy
@given(st.lists(st.one_of(mutated(REQUESTS), st.binary(max_size=60)), min_size=1, max_size=8))
def test_every_request_is_answered_once(bodies: list[bytes]) -> None:
    records = _Records()
    logging.getLogger("aiodubbo").addHandler(records)
    try:
        statuses = asyncio.run(_serve_all([*bodies, *REQUESTS]))
    finally:
        logging.getLogger("aiodubbo").removeHandler(records)
    assert not records.defects
    assert set(statuses) <= {Status.OK, Status.BAD_REQUEST, Status.SERVICE_ERROR}
    assert statuses[-len(REQUESTS) :] == [Status.OK] * len(REQUESTS), "the good ones after them are served as ever"


def answer(flag: int, *parts: object) -> bytes:
    encoder = CODEC.encoder(CLASSES)
    encoder.write_byte(flag)
    for part in parts:
        encoder.write(part)
    return encoder.getvalue()


ANSWERS = [
    answer(4, PART, {"dubbo": "2.0.2"}),
    answer(3, JavaException("x.Y", "z", cause=JavaException("a.B")), {"dubbo": "2.0.2"}),
    answer(0, ValueError("x")),
    answer(2),
    answer(5, {"a": "b"}),
    answer(1, [PART, {1: PART}]),
]


@given(
    st.one_of(mutated(ANSWERS), st.binary(max_size=60)),
    st.sampled_from([20, 20, 20, 20, 40, 70, 80, 100, 31, 30, 0, 255]),
    st.sampled_from([2, 2, 2, 2, 6, 31]),
    st.sampled_from(["put", "anything", "listen"]),
)
def test_every_answer_is_a_result_or_a_documented_error(data: bytes, status: int, serialization: int, name: str) -> None:
    invocation = Invocation(PARTS, method(name), ())
    try:
        result = read_response(Response(1, status, serialization, data), invocation, "10.0.0.1:20880", AttachmentsReader())
    except RpcError as error:
        assert len(str(error)) < 20_000
    else:
        assert result.exception is None or isinstance(result.exception, BaseException)


def test_the_originals_are_good() -> None:
    assert asyncio.run(_serve_all(REQUESTS)) == [Status.OK] * len(REQUESTS)
