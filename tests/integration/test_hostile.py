"""Whole applications on sockets, and peers that mean harm or do not know better."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from aiodubbo import (
    Application,
    JavaException,
    LocalProtocolError,
    NetworkError,
    RpcError,
    SerializationError,
    ServerError,
    call_options,
    interface,
)
from aiodubbo.java.classes import CLASSES
from aiodubbo.wire._impl import HESSIAN2 as CODEC
from aiodubbo.wire.dubbo import body
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.events import Request
from aiodubbo.wire.dubbo.header import EVENT, REQUEST, TWO_WAY, Status, pack_header
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiodubbo import ExportedService

pytestmark = pytest.mark.integration


@asynccontextmanager
async def provider(protocol: str = "dubbo://127.0.0.1:0", **options: Any) -> AsyncIterator[tuple[ShopImplementation, ExportedService]]:
    implementation = ShopImplementation()
    async with Application("provider", protocol=protocol, shutdown_wait=0.2) as application:
        yield implementation, await application.export(Shop, implementation, **options)


@asynccontextmanager
async def bad_provider(answer: Callable[[Request], bytes | None], **options: Any) -> AsyncIterator[Shop]:
    """A stub whose provider sends what `answer` makes of each call; None closes the connection."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = DubboConnection(Role.SERVER)
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                connection.receive_data(data)
                for event in connection.events():
                    if isinstance(event, Request):
                        made = answer(event)
                        if made is None:
                            writer.close()
                        else:
                            writer.write(made)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Application("consumer", shutdown_wait=0.2) as consumer:
        yield await consumer.refer(Shop, url=f"dubbo://127.0.0.1:{port}", **{"timeout": 0.3, "retries": 0, **options})
    server.close()
    if tasks:
        await asyncio.wait(tasks)


def port_of(exported: ExportedService) -> int:
    return exported.url.port


def asks(method: str, descriptor: str, *arguments: object) -> bytes:
    return body.encode_request(
        CODEC.encoder(CLASSES),
        path="org.aiodubbo.test.ShopService",
        method=method,
        descriptor=descriptor,
        arguments=[(argument, None) for argument in arguments],
        attachments={},
    )


def answers(*parts: object) -> bytes:
    encoder = CODEC.encoder(CLASSES)
    for part in parts:
        encoder.write(part)
    return encoder.getvalue()


def frame(
    request: Request, content: bytes, *, flags: int = 2, status: int = Status.OK, length: int | None = None, number: int = 0
) -> bytes:
    return pack_header(flags, status, number or request.id, len(content) if length is None else length) + content


def cyclic() -> JavaException:
    first, second = JavaException("com.example.First", "one"), JavaException("com.example.Second", "two")
    first.__cause__, second.__cause__ = second, first
    return first


BOMB: object = ["x"]
for _ in range(60):
    BOMB = [BOMB, BOMB]


# -- a provider that answers with nonsense


@pytest.mark.parametrize(
    ("made", "kind", "words"),
    [
        (lambda r: frame(r, answers(4, 7, {})), SerializationError, "cannot be read as java.util.List"),
        (lambda r: frame(r, answers(1, "text")), SerializationError, "cannot be read as java.util.List"),
        (lambda r: frame(r, answers(9, [])), SerializationError, "Unknown result flag"),
        (lambda r: frame(r, answers("x", [])), SerializationError, "cannot be read"),
        (lambda r: frame(r, b""), SerializationError, "cannot be read"),
        (lambda r: frame(r, b"\xff\x00garbage"), SerializationError, "cannot be read"),
        (lambda r: frame(r, answers(4, [], BOMB)), SerializationError, "expected a map, got <list of 2>"),
        (lambda r: frame(r, answers(4, BOMB, {})), SerializationError, "cannot be read"),
        (lambda r: frame(r, answers(0, BOMB)), SerializationError, "expect Throwable, but get <list of 2>"),
        (lambda r: frame(r, answers(0, "no exception")), SerializationError, "expect Throwable"),
        (lambda r: frame(r, answers("why\nnot"), status=70), ServerError, "status 70"),
        (lambda r: frame(r, answers("x" * 5_000_000), status=80), ServerError, "status 80"),
        (lambda r: frame(r, answers(BOMB), status=80), SerializationError, "cannot be read"),
        (lambda r: frame(r, answers("x"), status=7), ServerError, "status 7 .unknown."),
        (lambda r: frame(r, answers(4, [], {}), flags=6), SerializationError, "serialization 6"),
        (lambda r: frame(r, b"", length=2**31 - 1), ServerError, "Data length too large: 2147483647"),
        (lambda r: None, NetworkError, "closed the connection"),
        (lambda r: b"HTTP/1.1 400 Bad Request\r\n\r\n", NetworkError, "speaks HTTP"),
        (lambda r: b"\x15\x03\x01\x00\x02\x02\x50", NetworkError, "speaks TLS"),
        (lambda r: frame(r, answers(4, [], {}), number=r.id + 1), RpcError, "timeout: 300 ms"),
        (lambda r: frame(r, b"", length=-1), RpcError, "timeout: 300 ms"),
        (lambda r: frame(r, b"x" * 1000, length=10_000), RpcError, "timeout: 300 ms"),
        (lambda r: frame(r, answers(4, [], {}), flags=2 | EVENT), RpcError, "timeout: 300 ms"),
        (lambda r: frame(r, answers(4, [], {}), flags=2 | REQUEST | TWO_WAY), RpcError, "timeout: 300 ms"),
    ],
)
async def test_bad_answers(made: Callable[[Request], bytes | None], kind: type[Exception], words: str) -> None:
    async with bad_provider(made) as stub, asyncio.timeout(5):
        with pytest.raises(kind, match=words) as caught:
            await stub.find("x", limit=1)
    assert len(str(caught.value)) < 20_000


async def test_an_exception_with_a_cyclic_cause() -> None:
    async with bad_provider(lambda request: frame(request, answers(0, cyclic()))) as stub, asyncio.timeout(5):
        with pytest.raises(JavaException, match="one") as caught:
            await stub.find("x", limit=1)
    assert "com.example.Second" in "".join(traceback.format_exception(caught.value))
    assert len(caught.value.java_stack_trace()) < 1000


async def test_answers_nobody_asked_for() -> None:
    def answer(request: Request) -> bytes:
        junk = b"".join(frame(request, answers(4, [], {}), number=number) for number in range(-500, 500) if number != request.id)
        return junk + frame(request, answers(4, [], {})) * 3

    async with bad_provider(answer) as stub:
        assert await stub.find("x", limit=1) == []
        assert await stub.find("x", limit=1) == []


# -- consumers on the port of a provider


async def test_many_that_say_nothing_or_little_do_not_disturb() -> None:
    async with provider() as (_, exported), Application("consumer") as consumer:
        stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", timeout=5.0)
        strangers: list[asyncio.StreamWriter] = []
        for number in range(300):
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(exported))
            writer.write((b"", b"\xda", b"\xda\xbb", pack_header(0xC2, 0, 1, 8_000_000), b"a line without end")[number % 5])
            strangers.append(writer)
        for _ in range(20):
            for writer in strangers:
                writer.write(b"x")
            assert await stub.find("x", limit=0) == []
        for writer in strangers:
            writer.transport.abort()


async def test_a_flood_of_questions_whose_answers_nobody_reads() -> None:
    async with provider("dubbo://127.0.0.1:0") as (_, exported), Application("consumer") as consumer:
        stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", timeout=5.0)
        stranger = socket.socket()
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stranger.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stranger, ("127.0.0.1", port_of(exported)))
        question = DubboConnection(Role.CLIENT).send_request(1, asks("find", "Ljava/lang/String;I", "x" * 1000, 500))
        before = resident()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                for _ in range(2000):
                    await loop.sock_sendall(stranger, question)
        assert await stub.find("x", limit=0) == []
        assert resident() - before < 200_000_000, "an answer is half a megabyte"
        stranger.close()


def resident() -> int:
    """Bytes of memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_floods_of_small_frames() -> None:
    async with provider() as (implementation, exported), Application("consumer") as consumer:
        stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", timeout=5.0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(exported))
        client = DubboConnection(Role.CLIENT)
        one_way = client.send_request(1, asks("log", "Ljava/lang/String;", "x"), two_way=False)
        nonsense = pack_header(2, 20, 5, 1) + b"N" + pack_header(0xE2, 0, 6, 3) + b"xyz" + pack_header(0x22, 0, 7, 1) + b"N"
        writer.write((client.send_heartbeat(9) + nonsense + one_way) * 3000)
        acks = await asyncio.wait_for(reader.readexactly(17 * 3000), 10)
        assert acks == (pack_header(0x22, 20, 9, 1) + b"N") * 3000
        assert await stub.find("x", limit=0) == []
        await until(lambda: len(implementation.logged) == 3000)
        writer.close()


async def test_the_same_id_again_and_again() -> None:
    async with provider() as (_, exported):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(exported))
        writer.write(DubboConnection(Role.CLIENT).send_request(7, asks("nothing", "")) * 100)
        client = DubboConnection(Role.CLIENT)
        received = 0
        async with asyncio.timeout(5):
            while received < 100:
                client.receive_data(await reader.read(65536))
                received += len(client.events())
        writer.close()


# -- callbacks


@interface("org.aiodubbo.test.Inner")
class Inner(Protocol):
    async def tell(self, text: str) -> str: ...


@interface("org.aiodubbo.test.Outer")
class Outer(Protocol):
    async def ask(self, inner: Inner | None) -> str: ...


@interface("org.aiodubbo.test.Talks")
class Talks(Protocol):
    async def begin(self, outer: Outer, deep: bool) -> str: ...

    async def again(self, inner: Inner) -> str: ...


class TalksImplementation:
    async def begin(self, outer: Outer, deep: bool) -> str:
        return await outer.ask(Ear() if deep else None)

    async def again(self, inner: Inner) -> str:
        return await inner.tell("a word")


class Ear:
    async def tell(self, text: str) -> str:
        return f"heard {text}"


async def test_callbacks_inside_of_callbacks() -> None:
    async with Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.2) as application:
        exported = await application.export(Talks, TalksImplementation())
        async with Application("consumer", shutdown_wait=0.2) as consumer, asyncio.timeout(10):
            stub = await consumer.refer(Talks, url=f"dubbo://{exported.url.address}", retries=0, timeout=5.0)

            class Caller:
                """Calls the provider, which waits for this answer and calls back once more."""

                async def ask(self, inner: Inner | None) -> str:
                    return await stub.again(Ear())

            caller = Caller()  # one object, because a provider allows one unless it says otherwise
            assert await stub.begin(caller, deep=False) == "heard a word"
            with pytest.raises(JavaException, match="a callback cannot be given another one"):
                await stub.begin(caller, deep=True)


async def test_the_link_drops_during_a_callback() -> None:
    async with provider() as (implementation, exported), Application("consumer", shutdown_wait=0.2) as consumer:
        stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", retries=0, timeout=5.0)
        begun, ended = asyncio.Event(), asyncio.Event()

        class Slow:
            async def step(self, number: int) -> str:
                begun.set()
                try:
                    await asyncio.sleep(30)
                finally:
                    ended.set()
                return "too late"

        call = asyncio.ensure_future(stub.watch("x", Slow()))
        async with asyncio.timeout(5):
            await begun.wait()
            await exported.close()
            with pytest.raises(NetworkError):
                await call
            await ended.wait()
        with pytest.raises(NetworkError):
            await implementation.watchers[0].step(1)


# -- callers and applications that go away


@pytest.mark.parametrize("ticks", range(12))
async def test_a_caller_that_is_cancelled_leaves_nothing(ticks: int) -> None:
    async with provider() as (_, exported), Application("consumer", shutdown_wait=5) as consumer:
        for lazy in (False, True):
            stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", timeout=5.0, lazy=lazy, connections=1)
            calls = [asyncio.ensure_future(stub.slow(0.02)) for _ in range(5)]
            for _ in range(ticks):
                await asyncio.sleep(0)
            if ticks == 11:  # as the answers come
                await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            assert await stub.slow(0.0) == "done"
        async with asyncio.timeout(2):
            await consumer.close()


@pytest.mark.parametrize("ticks", [0, 1, 2, 3, 5, 8, 13, 21, 34])
async def test_closing_while_everything_is_under_way(ticks: int) -> None:
    async with provider() as (_, exported):
        before = descriptors()
        consumer = Application("consumer", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.2)
        address = f"dubbo://{exported.url.address}"
        stub = await consumer.refer(Shop, url=address, timeout=5.0)
        work = [
            *(asyncio.ensure_future(stub.slow(0.5)) for _ in range(3)),
            *(asyncio.ensure_future(consumer.refer(Shop, url=address, connections=number, check=False)) for number in range(4)),
            asyncio.ensure_future(consumer.refer(Shop, url="dubbo://192.0.2.1:1", check=False, parameters={"connect.timeout": "300"})),
            *(asyncio.ensure_future(consumer.export(Shop, ShopImplementation(), group=f"g{number}")) for number in range(3)),
        ]
        for _ in range(ticks):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await consumer.close()
            outcomes = await asyncio.gather(*work, return_exceptions=True)
        failures = [one for one in outcomes if isinstance(one, BaseException)]
        assert all(isinstance(one, RpcError | LocalProtocolError) for one in failures), failures
        await until(lambda: descriptors() == before)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_a_port_is_free_again_at_once() -> None:
    async with provider() as (_, exported):
        port = port_of(exported)
    for _ in range(5):
        async with provider(f"dubbo://127.0.0.1:{port}") as (_, exported), Application("consumer", shutdown_wait=0.2) as consumer:
            stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}")
            assert await stub.find("x", limit=0) == []


async def test_one_service_in_several_groups_and_two_applications() -> None:
    async with Application("one", protocol="dubbo://127.0.0.1:0", shutdown_wait=0.2) as one, provider() as (_, exported):
        groups = {group: ShopImplementation() for group in ("a", "b", "c")}
        urls = {group: (await one.export(Shop, implementation, group=group)).url for group, implementation in groups.items()}
        async with Application("two", shutdown_wait=0.2) as two:
            stubs = {group: await two.refer(Shop, url=f"dubbo://{url.address}", group=group) for group, url in urls.items()}
            other = await two.refer(Shop, url=f"dubbo://{exported.url.address}")
            for group, stub in stubs.items():
                await stub.log(group)
            await other.find("x", limit=0)
            await until(lambda: all(groups[group].logged == [group] for group in groups))


async def test_attachments_of_any_kind_reach_the_application_alone() -> None:
    async with provider() as (_, exported), Application("consumer", shutdown_wait=0.2) as consumer:
        stub = await consumer.refer(Shop, url=f"dubbo://{exported.url.address}", retries=0)
        with call_options(attachments={"number": 7, "list": [1, 2], "long": "x" * 100_000}):
            received = await stub.attachments()
        assert (received["number"], received["list"], len(received["long"])) == ("7", "[1, 2]", 100_000)
        with call_options(attachments={"group": ["g"]}), pytest.raises(ServerError, match="the attachment group must be text"):
            await stub.attachments()
