"""A provider that answers what Java answered, byte for byte: our consumer's requests compared with recorded ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo import (
    Application,
    CallTimeoutError,
    LimitExceededError,
    NetworkError,
    SerializationError,
    ServerError,
    call_options,
    interface,
    java,
    method,
)
from aiodubbo.java.classes import CLASSES
from aiodubbo.wire.dubbo.body import decode_arguments, decode_attachments, decode_request_head
from tests.integration.test_recorded_peer import HEADER, HESSIAN2, Frame, Greetings, Peer, hexadecimal, recorded, with_id
from tests.polling import until, until_equal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.integration


@interface("org.samples.GreetingsService")
class OneWay(Protocol):
    @method(one_way=True)
    async def log(self, text: str) -> None: ...

    async def add(self, left: java.int, right: java.long) -> java.long: ...


class Recorder:
    """Every connection is given to `serve`; frames that came are kept."""

    def __init__(self, serve: Callable[[Recorder, Peer], Awaitable[None]]) -> None:
        self._serve = serve
        self.frames: list[Frame] = []
        self.connections = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(asyncio.get_running_loop().create_task(self._run(Peer(reader, writer))))

    async def _run(self, peer: Peer) -> None:
        try:
            await self._serve(self, peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            peer.writer.close()

    async def next(self, peer: Peer) -> Frame:
        """The next frame that is no heartbeat."""
        while True:
            frame = await peer.receive()
            if not frame.flags & 0x20:
                self.frames.append(frame)
                return frame


@asynccontextmanager
async def recorder(serve: Callable[[Recorder, Peer], Awaitable[None]]) -> AsyncIterator[tuple[Recorder, str]]:
    """A server run by `serve`, and its address."""
    made = Recorder(serve)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield made, f"dubbo://{host}:{port}"
    finally:
        server.close()
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


def answering(*specs: str) -> Callable[[Recorder, Peer], Awaitable[None]]:
    """Answers each request with the next recorded frame, and the last one for ever."""
    frames = [hexadecimal("2.6.12", spec) for spec in specs]

    async def serve(server: Recorder, peer: Peer) -> None:
        while True:
            request = await server.next(peer)
            if request.flags & 0x40:
                peer.send(with_id(frames[min(len(server.frames), len(frames)) - 1], request.id))

    return serve


@pytest.mark.spec("PRO-140", "our request is Java's up to the attachments")
@pytest.mark.spec("PRO-142", "Java's answer is read")
@pytest.mark.spec("PRO-2", "DA BB first")
@pytest.mark.spec("PRO-4", "no status in a request")
@pytest.mark.spec("PRO-6", "the length of the body")
@pytest.mark.spec("PRO-20", "version, path, service version, method, descriptor, argument")
@pytest.mark.spec("PRO-28", "path, interface, version among the attachments, and the user's own")
@pytest.mark.spec("PRO-29", "all of it Hessian 2")
@pytest.mark.spec("PRO-40", "2.0.2")
async def test_a_request() -> None:
    java_frame = recorded("2.6.12", "PRO-140")
    async with recorder(answering("PRO-142")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address)
        with call_options(attachments={"trace": "42"}):
            assert await greetings.say_hi("dubbo") == "hi, dubbo"
    [frame] = server.frames
    java_bytes = bytes.fromhex(java_frame["hex"])
    assert frame.raw[:4] == java_bytes[:4]
    assert int.from_bytes(frame.raw[12:16], "big") == len(frame.raw) - 16
    arguments_end = java_bytes.index(b"H\x04path")
    assert frame.raw[16:arguments_end] == java_bytes[16:arguments_end]
    decoder = HESSIAN2.decoder(frame.body, CLASSES)
    decode_request_head(decoder)
    decode_arguments(decoder, 1)
    attachments = decode_attachments(decoder)
    assert attachments.items() >= {**java_frame["attachments"], "trace": "42"}.items()


@pytest.mark.spec("PRO-143", "an int and a map, byte for byte")
@pytest.mark.spec("PRO-144", "a list comes back")
async def test_an_int_and_a_map() -> None:
    async with recorder(answering("PRO-144")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address)
        assert await greetings.many(3, {"k": 1}) == ["a", "b"]
    java_bytes = hexadecimal("2.6.12", "PRO-143")
    end = java_bytes.index(b"H\x04path")
    assert server.frames[0].raw[16:end] == java_bytes[16:end]


@pytest.mark.spec("PRO-148", "$invoke with two typed arrays, byte for byte")
@pytest.mark.spec("KEY-55", "generic=true goes along")
async def test_a_generic_request() -> None:
    async with recorder(answering("PRO-142")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer_generic("org.samples.GreetingsService", url=address)
        assert await greetings.invoke("sayHi", ["java.lang.String"], ["gen"]) == "hi, dubbo"
    java_bytes = hexadecimal("2.6.12", "PRO-148")
    end = java_bytes.index(b"H\x04path")
    [frame] = server.frames
    assert frame.raw[16:end] == java_bytes[16:end]
    decoder = HESSIAN2.decoder(frame.body, CLASSES)
    decode_request_head(decoder)
    decode_arguments(decoder, 3)
    assert decode_attachments(decoder)["generic"] == "true"


@pytest.mark.spec("PRO-154", "an answer without attachments")
async def test_an_answer_without_attachments() -> None:
    async with recorder(answering("PRO-154")) as (_, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address)
        with call_options() as call:
            assert await greetings.say_hi("raw") == "hi, raw"
        assert dict(call.response_attachments) == {}


@pytest.mark.spec("PRO-149", "Java's error becomes an error with its status and text")
@pytest.mark.spec("PRO-14", "a status other than OK")
async def test_an_error_answer() -> None:
    async with recorder(answering("PRO-149")) as (_, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address, retries=0)
        with pytest.raises(ServerError, match="Data length too large: 4377, max payload: 4000") as caught:
            await greetings.say_hi("x")
        assert caught.value.status == 50


@pytest.mark.spec("CLU-42", "statuses become errors with Dubbo's codes")
@pytest.mark.parametrize(
    ("status", "error", "code"),
    [(40, ServerError, 1), (50, ServerError, 1), (70, ServerError, 1), (80, ServerError, 1), (100, LimitExceededError, 7)],
)
async def test_codes(status: int, error: type[ServerError] | type[LimitExceededError], code: int) -> None:
    async def serve(server: Recorder, peer: Peer) -> None:
        while True:
            request = await server.next(peer)
            peer.send(HEADER.pack(0xDABB, 0x02, status, request.id, 4) + b"\x03why")

    async with recorder(serve) as (_, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address, retries=0)
        with pytest.raises(error, match="why") as caught:
            await greetings.say_hi("x")
        assert caught.value.code == code


@pytest.mark.spec("PRO-77", "one-way: no two-way bit, and nobody waits")
async def test_one_way() -> None:
    async with recorder(answering("PRO-142")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        service = await app.refer(OneWay, url=address)
        await service.log("hello")
        await until(lambda: server.frames)
        assert server.frames[0].flags == 0x82


@pytest.mark.spec("KEY-41", "retries=2 makes three attempts")
@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 3), (None, 3)])
async def test_retries(retries: int | None, attempts: int) -> None:
    async def silent(server: Recorder, peer: Peer) -> None:
        while True:
            await server.next(peer)

    async with recorder(silent) as (server, address), Application("consumer", shutdown_wait=0.1) as app:
        greetings = await app.refer(Greetings, url=address, retries=retries, timeout=0.05)
        with pytest.raises(CallTimeoutError):
            await greetings.say_hi("x")
        assert len(server.frames) == attempts


@pytest.mark.spec("PRO-76", "calls that wait fail at once")
@pytest.mark.spec("KEY-94", "reconnect=100: a new connection after 100 ms")
@pytest.mark.spec("PRO-73", "by itself")
async def test_reconnect() -> None:
    async def once(server: Recorder, peer: Peer) -> None:
        if server.connections == 1:
            await server.next(peer)
            return
        await answering("PRO-142")(server, peer)

    async with recorder(once) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=f"{address}?reconnect=100", retries=0)
        with pytest.raises(NetworkError):
            await greetings.say_hi("x")
        await until(lambda: server.connections == 2)
        await until_equal(lambda: greetings.say_hi("dubbo"), "hi, dubbo", ignoring=(NetworkError,))


@pytest.mark.spec("KEY-59", "connections=3 makes three, used in turn")
@pytest.mark.spec("PRO-70", "without it, references share one")
@pytest.mark.parametrize(("connections", "expected"), [(3, 3), (None, 1)])
async def test_connections(connections: int | None, expected: int) -> None:
    async with recorder(answering("PRO-142")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address, connections=connections)
        await app.refer(OneWay, url=address, connections=connections)
        for _ in range(6):
            await greetings.say_hi("dubbo")
        assert server.connections == expected * (1 if connections is None else 2)


@pytest.mark.spec("KEY-58", "lazy: the first call connects")
@pytest.mark.spec("PRO-71", "and counts as available before")
async def test_lazy() -> None:
    async with recorder(answering("PRO-142")) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address, lazy=True)
        assert server.connections == 0
        assert await greetings.say_hi("dubbo") == "hi, dubbo"
        assert server.connections == 1


@pytest.mark.spec("PRO-32", "after Java's read-only event the provider is not chosen while there is another")
@pytest.mark.spec("PRO-78", "it is connected, and still not available")
async def test_read_only() -> None:
    closing = asyncio.Event()

    async def leaving(server: Recorder, peer: Peer) -> None:
        peer.send(hexadecimal("2.6.12", "PRO-152"))
        closing.set()
        await answering("PRO-142")(server, peer)

    async with (
        recorder(leaving) as (first, one),
        recorder(answering("PRO-142")) as (second, two),
        Application("consumer", shutdown_wait=1) as app,
    ):
        greetings = await app.refer(Greetings, url=f"{one};{two}")
        await closing.wait()
        await asyncio.sleep(0.05)
        for _ in range(20):
            await greetings.say_hi("dubbo")
        assert (len(first.frames), len(second.frames)) == (0, 20)


@pytest.mark.spec("PRO-34", "an answer to a heartbeat is swallowed")
@pytest.mark.spec("PRO-74", "our client asks when nothing comes")
async def test_our_heartbeats_are_answered() -> None:
    beats: list[bytes] = []

    async def serve(server: Recorder, peer: Peer) -> None:
        while True:
            frame = await peer.receive()
            if frame.flags & 0x20:
                beats.append(frame.raw)
                peer.send(with_id(hexadecimal("2.6.12", "PRO-150", "heartbeat answer"), frame.id))
            else:
                peer.send(with_id(hexadecimal("2.6.12", "PRO-142"), frame.id))

    async with recorder(serve) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=f"{address}?heartbeat=100")
        await until(lambda: len(beats) >= 3)
        assert with_id(beats[0], 5) == hexadecimal("2.6.12", "PRO-150", "heartbeat")
        assert await greetings.say_hi("dubbo") == "hi, dubbo"
        assert server.connections == 1


@pytest.mark.spec("PRO-61", "a provider cannot call what it was not given")
async def test_a_callback_nobody_gave() -> None:
    refused: list[Frame] = []

    async def serve(server: Recorder, peer: Peer) -> None:
        request = await server.next(peer)
        peer.send(hexadecimal("2.7.23", "PRO-146"))
        refused.append(await server.next(peer))
        peer.send(with_id(hexadecimal("2.6.12", "PRO-142"), request.id))
        await peer.reader.read()

    async with recorder(serve) as (_, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address)
        assert await greetings.say_hi("dubbo") == "hi, dubbo"
    assert (refused[0].flags, refused[0].status) == (0x02, 70)


@pytest.mark.spec("PRO-7", "bytes that break the protocol end the call with an error, not the program")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\x94", id="no value"),
        pytest.param(b"\x99\x01x", id="no such flag"),
        pytest.param(b"\x94\xff", id="no Hessian"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_broken_answers(answer: bytes) -> None:
    async def serve(server: Recorder, peer: Peer) -> None:
        while True:
            request = await server.next(peer)
            if len(server.frames) == 1:
                peer.send(HEADER.pack(0xDABB, 0x02, 20, request.id, len(answer)) + answer)
            else:
                peer.send(with_id(hexadecimal("2.6.12", "PRO-142"), request.id))

    async with recorder(serve) as (server, address), Application("consumer", shutdown_wait=1) as app:
        greetings = await app.refer(Greetings, url=address, retries=0)
        with pytest.raises(SerializationError, match=r"sayHi\(java\.lang\.String\): the answer of 127\.0\.0\.1:\d+ cannot be read"):
            await greetings.say_hi("x")
        assert await greetings.say_hi("dubbo") == "hi, dubbo"
        assert server.connections == 1, "the connection goes on"
