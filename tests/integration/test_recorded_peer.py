"""A peer that sends what Java sent, byte for byte: recorded requests against a running provider, compared with recorded answers."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from aiodubbo import Application, interface, java
from aiodubbo.java.classes import CLASSES
from aiodubbo.wire.dubbo.body import decode_attachments, decode_request_head, encode_request
from aiodubbo.wire.serialization import serialization_by_id
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).parent.parent / "golden" / "frames"
HESSIAN2 = serialization_by_id(2)
HEADER = struct.Struct(">HBBqi")


@interface("org.samples.GreetingsService$Cb")
class Listener(Protocol):
    async def changed(self, text: str) -> None: ...


@interface("org.samples.GreetingsService")
class Greetings(Protocol):
    async def say_hi(self, name: str) -> str: ...
    async def many(self, count: java.int, values: dict[str, java.Integer]) -> list[str]: ...
    async def cb(self, key: str, listener: Listener) -> None: ...


@dataclass
class Greeter:
    """Does what the recorded Java provider did."""

    seen: list[object] = field(default_factory=list)

    async def say_hi(self, name: str) -> str:
        self.seen.append(name)
        return f"hi, {name}"

    async def many(self, count: int, values: dict[str, int]) -> list[str]:
        self.seen.append((count, values))
        return ["a", "b"]

    async def cb(self, key: str, listener: Listener) -> None:
        await listener.changed(f"ok {key}")
        self.seen.append(key)


@dataclass
class Frame:
    """What came back."""

    flags: int
    status: int
    id: int
    body: bytes
    raw: bytes


@dataclass
class Peer:
    """A socket that speaks frames by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, frame: bytes) -> None:
        self.writer.write(frame)

    async def receive(self) -> Frame:
        async with asyncio.timeout(5):
            head = await self.reader.readexactly(16)
            magic, flags, status, request_id, length = HEADER.unpack(head)
            assert magic == 0xDABB
            body = await self.reader.readexactly(length)
        return Frame(flags, status, request_id, body, head + body)


def recorded(version: str, spec: str, kind: str | None = None) -> dict[str, Any]:
    lines = (GOLDEN / f"dubbo-{version}.jsonl").read_text(encoding="utf-8").splitlines()
    [frame] = [frame for frame in map(json.loads, lines) if frame["spec"] == spec and kind in (None, frame["kind"])]
    found: dict[str, Any] = frame
    return found


def hexadecimal(version: str, spec: str, kind: str | None = None) -> bytes:
    return bytes.fromhex(recorded(version, spec, kind)["hex"])


def with_id(frame: bytes, request_id: int) -> bytes:
    return frame[:4] + request_id.to_bytes(8, "big", signed=True) + frame[12:]


def with_flags(frame: bytes, flags: int) -> bytes:
    return frame[:2] + bytes([flags]) + frame[3:]


def request(method: str, descriptor: str, *arguments: object, version: str = "2.0.2", path: str = "org.samples.GreetingsService") -> bytes:
    body = encode_request(
        HESSIAN2.encoder(CLASSES),
        path=path,
        method=method,
        descriptor=descriptor,
        arguments=[(argument, None) for argument in arguments],
        attachments={"path": path},
        dubbo_version=version,
    )
    return HEADER.pack(0xDABB, 0xC2, 0, 7, len(body)) + body


@asynccontextmanager
async def provider(parameters: str = "") -> AsyncIterator[tuple[Peer, Greeter]]:
    """A connection to a provider of Greetings."""
    greeter = Greeter()
    async with Application("provider", protocol=f"dubbo://127.0.0.1:0{parameters}", shutdown_wait=0.3) as app:
        url = (await app.export(Greetings, greeter)).url
        reader, writer = await asyncio.open_connection("127.0.0.1", url.port)
        try:
            yield Peer(reader, writer), greeter
        finally:
            writer.close()


@pytest.mark.spec("PRO-140", "2.6.12 is answered with the bytes of 2.6.12")
@pytest.mark.spec("PRO-141", "2.7.23 gets the same bytes")
@pytest.mark.spec("PRO-142", "the answer, byte for byte")
@pytest.mark.spec("PRO-23", "dubbo=2.0.2 among its attachments")
@pytest.mark.spec("PRO-12", "hessian2 is answered in hessian2")
@pytest.mark.parametrize(("version", "spec"), [("2.6.12", "PRO-140"), ("2.7.23", "PRO-141")])
async def test_say_hi(version: str, spec: str) -> None:
    async with provider() as (peer, greeter):
        peer.send(hexadecimal(version, spec))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-142")
        assert greeter.seen == ["dubbo"]


@pytest.mark.spec("PRO-143", "an int and a map arrive as declared")
@pytest.mark.spec("PRO-144", "the list, byte for byte")
@pytest.mark.spec("PRO-26", "arguments are read by the declared types")
async def test_many() -> None:
    async with provider() as (peer, greeter):
        peer.send(hexadecimal("2.6.12", "PRO-143"))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-144")
        assert greeter.seen == [(3, {"k": 1})]


@pytest.mark.spec("PRO-148", "a generic call of 2.6.12 reaches the method")
@pytest.mark.spec("PRO-90", "$invoke with name, types, arguments")
@pytest.mark.spec("FIL-3", "translated by the provider")
async def test_generic() -> None:
    async with provider() as (peer, greeter):
        peer.send(hexadecimal("2.6.12", "PRO-148"))
        answer = await peer.receive()
        assert answer.body.startswith(b"\x94\x07hi, gen")
        assert greeter.seen == ["gen"]


@pytest.mark.spec("PRO-145", "a callback argument of 2.7.23")
@pytest.mark.spec("PRO-146", "calling back: a request in the other direction, without a service version")
@pytest.mark.spec("PRO-147", "answered by what Java answered")
@pytest.mark.spec("PRO-102", "path of the listener, number of the instance")
@pytest.mark.spec("PRO-24", "the argument itself was null")
@pytest.mark.spec("PRO-36", "both ends ask")
async def test_callback() -> None:
    async with provider() as (peer, greeter):
        peer.send(hexadecimal("2.7.23", "PRO-145"))
        back = await peer.receive()
        assert back.flags == 0xC2
        decoder = HESSIAN2.decoder(back.body, CLASSES)
        head = decode_request_head(decoder)
        assert (head.path, head.method, head.descriptor) == ("org.samples.GreetingsService$Cb", "changed", "Ljava/lang/String;")
        assert back.body.startswith(hexadecimal("2.7.23", "PRO-146")[16:60]), (
            "version, path and the null service version, as Java writes them"
        )
        assert decoder.read() == "ok key"
        assert decode_attachments(decoder).items() >= {"callback.service.instid": "790067974", "path": head.path}.items()
        peer.send(with_id(hexadecimal("2.7.23", "PRO-147"), back.id))
        answer = await peer.receive()
        assert (answer.flags, answer.status, answer.id) == (0x02, 20, 3)
        assert greeter.seen == ["key"]


@pytest.mark.spec("PRO-154", "an old peer gets no attachments, byte for byte")
async def test_an_old_peer() -> None:
    async with provider() as (peer, _):
        peer.send(with_id(request("sayHi", "Ljava/lang/String;", "raw", version="2.6.2"), 10))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-154")


@pytest.mark.spec("PRO-153", "an echo, byte for byte")
@pytest.mark.spec("FIL-1", "every service has one")
async def test_echo() -> None:
    async with provider() as (peer, greeter):
        peer.send(with_id(request("$echo", "Ljava/lang/Object;", "ping"), 11))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-153")
        assert greeter.seen == []


@pytest.mark.spec("PRO-155", "one-way: served, not answered")
@pytest.mark.spec("PRO-35", "the next answer belongs to the next request")
async def test_one_way() -> None:
    async with provider() as (peer, greeter):
        peer.send(with_flags(with_id(hexadecimal("2.6.12", "PRO-140"), 1), 0x82))
        peer.send(with_id(hexadecimal("2.6.12", "PRO-140"), 2))
        assert (await peer.receive()).id == 2
        await until(lambda: len(greeter.seen) == 2)


@pytest.mark.spec("PRO-155", "an unknown serialization breaks the request, with status 40 in our own serialization")
@pytest.mark.spec("PRO-11", "and not the connection")
@pytest.mark.parametrize("number", [31, 3, 6])
async def test_unknown_serialization(number: int) -> None:
    async with provider() as (peer, greeter):
        peer.send(with_flags(hexadecimal("2.6.12", "PRO-140"), 0xC0 | number))
        refused = await peer.receive()
        assert (refused.flags, refused.status, refused.id) == (0x02, 40, 0)
        assert str(number) in (HESSIAN2.decoder(refused.body, CLASSES).read_string() or "")
        peer.send(hexadecimal("2.6.12", "PRO-140"))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-142")
        assert greeter.seen == ["dubbo"]


@pytest.mark.spec("PRO-60", "what cannot be read is status 40 with a reason, and the connection goes on")
@pytest.mark.parametrize(
    ("frame", "status", "words"),
    [
        pytest.param(request("sayHi", "I", 1), 40, "sayHi", id="no such overload"),
        pytest.param(request("nosuch", ""), 40, "nosuch", id="no such method"),
        pytest.param(
            request("sayHi", "Ljava/lang/String;", "x", path="org.samples.Other"), 70, "Not found exported service", id="no such service"
        ),
        pytest.param(request("many", "ILjava/util/Map;", "three", {}), 40, "", id="a text for an int"),
        pytest.param(request("sayHi", "Ljava/lang/String;"), 40, "", id="no argument"),
        pytest.param(HEADER.pack(0xDABB, 0xC2, 0, 7, 3) + b"\x05ab", 40, "", id="half a text"),
        pytest.param(HEADER.pack(0xDABB, 0xC2, 0, 7, 4) + b"\xff\xff\xff\xff", 40, "", id="no Hessian"),
        pytest.param(HEADER.pack(0xDABB, 0xC2, 0, 7, 0), 40, "", id="nothing"),
    ],
)
async def test_broken_requests(frame: bytes, status: int, words: str) -> None:
    async with provider() as (peer, greeter):
        peer.send(frame)
        refused = await peer.receive()
        text = HESSIAN2.decoder(refused.body, CLASSES).read_string()
        assert (refused.status, refused.id) == (status, 7), text
        assert text
        assert words in text
        peer.send(hexadecimal("2.6.12", "PRO-140"))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-142")
        assert greeter.seen == ["dubbo"]


@pytest.mark.spec("PRO-150", "a heartbeat is answered byte for byte")
@pytest.mark.spec("PRO-31", "at once, and no service hears of it")
async def test_heartbeat() -> None:
    async with provider() as (peer, greeter):
        peer.send(hexadecimal("2.6.12", "PRO-150", "heartbeat"))
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-150", "heartbeat answer")
        assert greeter.seen == []


@pytest.mark.spec("KEY-91", "heartbeat=100: a silent peer is asked after 100 ms, and closed after 300")
@pytest.mark.spec("PRO-74", "heartbeats, then the end")
async def test_a_silent_peer_is_closed() -> None:
    async with provider("?heartbeat=100") as (peer, _):
        async with asyncio.timeout(5):
            received = await peer.reader.read()
        assert len(received) % 17 == 0, "nothing but heartbeats"


@pytest.mark.spec("PRO-152", "the read-only event, byte for byte but for its id")
@pytest.mark.spec("PRO-112", "a server says that it closes, then waits for its clients")
@pytest.mark.spec("KEY-97", "channel.readonly.send=false: it says nothing")
@pytest.mark.parametrize("told", [True, False])
async def test_closing(told: bool) -> None:
    parameters = "" if told else "?channel.readonly.send=false"
    async with Application("provider", protocol=f"dubbo://127.0.0.1:0{parameters}", shutdown_wait=0.3) as app:
        url = (await app.export(Greetings, Greeter())).url
        reader, writer = await asyncio.open_connection("127.0.0.1", url.port)
        peer = Peer(reader, writer)
        peer.send(hexadecimal("2.6.12", "PRO-150", "heartbeat"))
        await peer.receive()
    async with asyncio.timeout(5):
        received = await reader.read()
    writer.close()
    assert received == (with_id(hexadecimal("2.6.12", "PRO-152"), int.from_bytes(received[4:12], "big")) if told else b"")


@pytest.mark.spec("PRO-7", "one byte at a time is as good as all at once")
async def test_one_byte_at_a_time() -> None:
    async with provider() as (peer, _):
        for byte in hexadecimal("2.6.12", "PRO-140"):
            peer.send(bytes([byte]))
            await peer.writer.drain()
            await asyncio.sleep(0)
        assert (await peer.receive()).raw == hexadecimal("2.6.12", "PRO-142")


@pytest.mark.spec("KEY-93", "accepts=1: the second connection is closed")
@pytest.mark.spec("PRO-53", "and the first goes on")
async def test_too_many_connections() -> None:
    async with provider("?accepts=1") as (peer, _):
        host, port = peer.writer.get_extra_info("peername")
        peer.send(hexadecimal("2.6.12", "PRO-140"))
        await peer.receive()
        reader, writer = await asyncio.open_connection(host, port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        peer.send(hexadecimal("2.6.12", "PRO-140"))
        await peer.receive()
