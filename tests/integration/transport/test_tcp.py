"""Servers and links over loopback sockets: plain, TLS, and the mistakes people make with addresses and ports."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.polling import until

from aiodubbo.errors import CallTimeoutError, ConfigurationError, NetworkError
from aiodubbo.protocol.dubbo.client import Client, ClientSettings
from aiodubbo.protocol.dubbo.exchange import ExchangeSettings
from aiodubbo.protocol.dubbo.protocol import dubbo_on_port
from aiodubbo.tasks import LoopClock, Tasks
from aiodubbo.transport.link import LinkSettings
from aiodubbo.transport.listener import Listener, ListenerSettings
from aiodubbo.transport.tcp import connect
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.transport.tls import client_context, server_context
from aiodubbo.wire.dubbo.header import Status, pack_header

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aiodubbo.protocol.dubbo.exchange import Exchange
    from aiodubbo.wire.dubbo.events import Request, Response

pytestmark = pytest.mark.integration

FAST = ClientSettings(connect_timeout=2.0, link=LinkSettings(reconnect=0.05))


async def call(client: Client, body: bytes, timeout: float) -> Response:
    return await (await client.connected()).call(body, timeout=timeout)


def echo(exchange: Exchange, request: Request) -> None:
    if request.two_way:
        exchange.respond(request, Status.OK, request.body)


def dubbo_client(host: str, port: int, settings: ClientSettings | None = None) -> Client:
    return Client(host, port, Tasks(), TimerWheel(), settings=settings)


def dubbo_server(
    host: str,
    port: int,
    on_request: Callable[[Exchange, Request], None],
    settings: ListenerSettings | None = None,
    exchange: ExchangeSettings | None = None,
) -> Listener:
    wheel = TimerWheel()
    return Listener(host, port, [dubbo_on_port(wheel, on_request, exchange)], wheel=wheel, settings=settings)


async def start(
    on_request: Callable[[Exchange, Request], None] = echo,
    settings: ListenerSettings | None = None,
    port: int = 0,
    exchange: ExchangeSettings | None = None,
) -> Listener:
    server = dubbo_server("127.0.0.1", port, on_request, settings, exchange)
    await server.start()
    return server


async def raw(port: int, data: bytes) -> bytes:
    """Send bytes as somebody with another program would; return what comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(10.0):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def handshakes_over() -> None:
    """asyncio accepts TLS connections in tasks of its own."""
    await until(lambda: len(asyncio.all_tasks()) == 1)


def expect_failing_handshakes() -> None:
    """In debug mode, and only there, asyncio reports a failed handshake of an incoming connection as an unhandled error."""
    asyncio.get_running_loop().set_debug(False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# ----------------------------------------------------------------------------------------------------- plain


async def test_calls_large_and_small() -> None:
    server = await start()
    client = dubbo_client("127.0.0.1", server.port, settings=FAST)
    await client.open()
    bodies = [b"", b"x", bytes(100_000), bytes(8 * 1024 * 1024)]
    responses = await asyncio.gather(*(call(client, body, timeout=10.0) for body in bodies))
    assert [response.body for response in responses] == bodies
    await client.close()
    await server.close(0.0)


async def test_a_thousand_calls_at_once() -> None:
    server = await start()
    client = dubbo_client("127.0.0.1", server.port, settings=FAST)
    await client.open()
    responses = await asyncio.gather(*(call(client, b"%d" % number, timeout=10.0) for number in range(1000)))
    assert [response.body for response in responses] == [b"%d" % number for number in range(1000)]
    await client.close()
    await server.close(0.0)


async def test_ipv6() -> None:
    server = dubbo_server("::1", 0, echo)
    try:
        await server.start()
    except ConfigurationError:
        pytest.skip("this machine has no IPv6 loopback")
    assert server.address == f"[::1]:{server.port}"
    client = dubbo_client("::1", server.port, settings=FAST)
    await client.open()
    assert (await call(client, b"x", timeout=5.0)).body == b"x"
    await client.close()
    await server.close(0.0)


async def test_a_provider_that_restarts_under_load() -> None:
    server = await start()
    port = server.port
    client = dubbo_client("127.0.0.1", port, settings=FAST)
    await client.open()
    outcomes: list[str] = []
    stop = False

    async def keep_calling() -> None:
        while not stop:
            try:
                outcomes.append((await call(client, b"x", timeout=5.0)).body.decode())
            except NetworkError:
                outcomes.append("lost")
            await asyncio.sleep(0)

    callers = [asyncio.ensure_future(keep_calling()) for _ in range(4)]
    await until(lambda: outcomes.count("x") > 20)
    await server.close(0.0)
    await until(lambda: outcomes.count("lost") > 4)
    server = await start(port=port)
    calls = outcomes.count("x")
    await until(lambda: outcomes.count("x") > calls + 20)
    stop = True
    await asyncio.gather(*callers)
    await client.close()
    await server.close(0.0)


async def test_closing_a_server_answers_what_was_asked() -> None:
    asked: list[tuple[Exchange, Request]] = []
    server = await start(lambda exchange, request: asked.append((exchange, request)))
    client = dubbo_client("127.0.0.1", server.port, settings=ClientSettings(link=LinkSettings(reconnect=0.0)))
    await client.open()
    answer = asyncio.ensure_future(call(client, b"x", timeout=10.0))
    await until(lambda: bool(asked))
    closing = asyncio.ensure_future(server.close(10.0, quiet=0.05))
    await until(lambda: not client.is_available())
    with pytest.raises(NetworkError, match="connection refused"):
        await dubbo_client("127.0.0.1", server.port, settings=FAST).open()
    [(exchange, request)] = asked
    exchange.respond(request, Status.OK, b"answered")
    assert (await answer).body == b"answered"
    await closing
    await client.close()


async def test_a_peer_that_never_reads_does_not_hold_up_closing() -> None:
    server = await start(lambda exchange, request: exchange.respond(request, Status.OK, bytes(8_000_000)))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write((pack_header(0xC2, 0, 1, 1) + b"N") * 4)
    await until(lambda: any(exchange.last_request for exchange in server.connections))
    async with asyncio.timeout(5.0):
        await server.close(0.1)
    assert server.connections == frozenset()
    writer.transport.abort()
    del reader


async def test_two_clients_one_server_limit(caplog: pytest.LogCaptureFixture) -> None:
    server = await start(settings=ListenerSettings(accepts=1))
    first = dubbo_client("127.0.0.1", server.port, settings=FAST)
    second = dubbo_client("127.0.0.1", server.port, settings=ClientSettings(link=LinkSettings(reconnect=0.0)))
    await first.open()
    assert (await call(first, b"x", timeout=5.0)).body == b"x"
    await second.open()
    await until(lambda: not second.is_available())
    assert "connections greater than max config 1" in caplog.text
    assert first.is_available()
    await first.close()
    await second.close()
    await server.close(0.0)


# ------------------------------------------------------------------------------------------- wrong addresses


async def test_port_in_use() -> None:
    server = await start()
    other = dubbo_server("127.0.0.1", server.port, echo)
    with pytest.raises(
        ConfigurationError, match=rf"Fail to start server on 127\.0\.0\.1:{server.port}: the port is in use; stop the process"
    ):
        await other.start()
    await other.close(0.0)
    await server.close(0.0)


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("192.0.2.1", 0, "this machine has no such address; bind 0.0.0.0 or one of its own"),
        ("127.0.0.1", 70000, "port must be 0-65535"),
    ],
)
async def test_addresses_that_cannot_be_bound(host: str, port: int, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        await dubbo_server(host, port, echo).start()


async def test_nothing_listens() -> None:
    port = free_port()
    with pytest.raises(
        NetworkError, match=rf"Failed connect to server 127\.0\.0\.1:{port}, cause: connection refused; nothing listens there"
    ):
        await dubbo_client("127.0.0.1", port, settings=FAST).open()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example", "bad host"])
async def test_a_host_that_cannot_be_resolved(host: str) -> None:
    with pytest.raises(NetworkError, match="correct the address"):
        await dubbo_client(host, 20880, settings=FAST).open()


async def test_a_port_that_is_none() -> None:
    with pytest.raises(NetworkError, match="port must be 0-65535"):
        await dubbo_client("127.0.0.1", 70000, settings=FAST).open()


async def test_a_host_that_does_not_answer() -> None:
    with socket.socket() as silent:  # its backlog is full after the first connections, so that later ones get no answer
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        client = dubbo_client("127.0.0.1", port, settings=ClientSettings(connect_timeout=0.2))
        with pytest.raises(NetworkError, match=r"no answer within 0\.2 s; check the address"):
            await client.open()
        for filler in fillers:
            filler.close()


# ------------------------------------------------------------------------------------------- wrong protocols


async def test_an_http_client_on_the_dubbo_port(caplog: pytest.LogCaptureFixture) -> None:
    server = await start()
    with caplog.at_level(logging.WARNING):
        assert await raw(server.port, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n") == b""
    assert "the peer speaks HTTP, not dubbo (it began with 'GET /metrics HTTP/1.1')" in caplog.text
    await server.close(0.0)


async def test_a_typed_line() -> None:
    server = await start()
    assert await raw(server.port, b"help\r\n\x03") == b"Unsupported command: help\r\ndubbo>"
    await server.close(0.0)


async def test_a_truncated_frame(caplog: pytest.LogCaptureFixture) -> None:
    server = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(pack_header(0xC2, 0, 1, 100) + bytes(40))
    writer.write_eof()
    assert await reader.read() == b""
    assert "in the middle of a frame, 60 bytes missing" in caplog.text
    writer.close()
    await writer.wait_closed()
    await server.close(0.0)


async def test_an_oversized_request_and_the_next_one() -> None:
    server = await start(exchange=ExchangeSettings(payload=1000))
    client = dubbo_client("127.0.0.1", server.port, settings=FAST)
    await client.open()
    with pytest.raises(CallTimeoutError):
        await call(client, bytes(100_000), timeout=0.2)
    assert (await call(client, bytes(1000), timeout=5.0)).body == bytes(1000)
    await client.close()
    await server.close(0.0)


# ------------------------------------------------------------------------------------------------------- TLS


class Papers:
    """Certificates of one CA, as files."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.server = folder / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(self.server))
        self.client = folder / "client.pem"
        authority.issue_cert("consumer@example.org").private_key_and_cert_chain_pem.write_to_path(str(self.client))
        self.elsewhere = folder / "elsewhere.pem"
        authority.issue_cert("elsewhere.example").private_key_and_cert_chain_pem.write_to_path(str(self.elsewhere))
        self.stranger = folder / "stranger.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(self.stranger))


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("tls"))


def tls(context: ssl.SSLContext, server_hostname: str | None = None) -> ClientSettings:
    return ClientSettings(connect_timeout=5.0, link=LinkSettings(reconnect=0.0), ssl_context=context, server_hostname=server_hostname)


@pytest.fixture
def contexts(papers: Papers) -> dict[str, ssl.SSLContext]:
    """Made outside of the event loop, because files are read."""
    return {
        "server": server_context(papers.server),
        "mutual": server_context(papers.server, client_ca=papers.ca),
        "elsewhere": server_context(papers.elsewhere),
        "stranger": server_context(papers.stranger),
        "client": client_context(papers.ca),
        "lenient client": client_context(papers.ca, check_hostname=False),
        "known client": client_context(papers.ca, certificate=papers.client),
        "strange client": client_context(papers.ca, certificate=papers.stranger),
    }


@pytest.mark.parametrize(
    ("server_side", "client_side", "name"),
    [
        ("server", "client", None),
        ("mutual", "known client", None),
        ("elsewhere", "lenient client", None),
        ("elsewhere", "client", "elsewhere.example"),
    ],
)
async def test_tls(contexts: dict[str, ssl.SSLContext], server_side: str, client_side: str, name: str | None) -> None:
    server = await start(settings=ListenerSettings(ssl_context=contexts[server_side]))
    client = dubbo_client("127.0.0.1", server.port, settings=tls(contexts[client_side], name))
    await client.open()
    responses = await asyncio.gather(*(call(client, bytes(size), timeout=10.0) for size in (0, 10, 1_000_000)))
    assert [len(response.body) for response in responses] == [0, 10, 1_000_000]
    await client.close()
    await server.close(0.0)


@pytest.mark.parametrize(
    ("server_side", "client_side", "words"),
    [
        ("stranger", "client", "certificate is not accepted .*give ssl_context the CA that signed it"),
        ("elsewhere", "client", "certificate is not accepted .*IP address mismatch"),
    ],
)
async def test_a_certificate_that_is_not_accepted(
    contexts: dict[str, ssl.SSLContext], server_side: str, client_side: str, words: str
) -> None:
    expect_failing_handshakes()
    server = await start(settings=ListenerSettings(ssl_context=contexts[server_side]))
    with pytest.raises(NetworkError, match=words):
        await dubbo_client("127.0.0.1", server.port, settings=tls(contexts[client_side])).open()
    await handshakes_over()
    await server.close(0.0)


@pytest.mark.parametrize("client_side", ["client", "strange client"])
async def test_a_client_that_the_server_does_not_know(contexts: dict[str, ssl.SSLContext], client_side: str) -> None:
    expect_failing_handshakes()
    server = await start(settings=ListenerSettings(ssl_context=contexts["mutual"]))
    client = dubbo_client("127.0.0.1", server.port, settings=tls(contexts[client_side]))
    # With TLS 1.3 the client learns of the refusal only after its own handshake is over.
    with pytest.raises(NetworkError, match=r"(?i)certificate|unknown.ca|reset"):
        await client.open()
        await call(client, b"x", timeout=5.0)
    await client.close()
    await handshakes_over()
    await server.close(0.0)


async def test_a_tls_client_on_a_plain_port(contexts: dict[str, ssl.SSLContext], caplog: pytest.LogCaptureFixture) -> None:
    server = await start()
    with caplog.at_level(logging.WARNING), pytest.raises(NetworkError, match="leave it out"):
        await dubbo_client("127.0.0.1", server.port, settings=tls(contexts["client"])).open()
    assert "the peer speaks TLS, not dubbo" in caplog.text
    assert "give this server an ssl_context" in caplog.text
    await server.close(0.0)


@pytest.mark.parametrize("loop_kind", ["asyncio", "uvloop"])
def test_tls_with_the_first_call_in_the_same_bytes(contexts: dict[str, ssl.SSLContext], loop_kind: str) -> None:
    """A client's last part of the handshake and its first requests may arrive together."""

    async def work() -> None:
        server = await start(settings=ListenerSettings(ssl_context=contexts["server"]))
        for _ in range(20):
            client = dubbo_client("127.0.0.1", server.port, settings=tls(contexts["client"]))
            await client.open()
            responses = await asyncio.gather(*(call(client, bytes([number]), timeout=5.0) for number in range(20)))
            assert [response.body for response in responses] == [bytes([number]) for number in range(20)]
            await client.close()
        await server.close(1.0, quiet=0.0)

    with asyncio.Runner(loop_factory=None if loop_kind == "asyncio" else pytest.importorskip("uvloop").new_event_loop) as runner:
        runner.run(work())


async def test_a_server_closes_during_handshakes(contexts: dict[str, ssl.SSLContext]) -> None:
    server = await start(settings=ListenerSettings(ssl_context=contexts["server"]))
    strangers = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(20)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(2):
        await server.close(0.0)
        for reader, writer in strangers:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()


async def test_a_plain_client_on_a_tls_port(contexts: dict[str, ssl.SSLContext], caplog: pytest.LogCaptureFixture) -> None:
    expect_failing_handshakes()
    server = await start(settings=ListenerSettings(ssl_context=contexts["server"]))
    client = dubbo_client("127.0.0.1", server.port, settings=ClientSettings(link=LinkSettings(reconnect=0.0)))
    await client.open()
    with pytest.raises(NetworkError):
        await call(client, b"x", timeout=5.0)
    await client.close()
    assert "the peer does not speak TLS; give the client an ssl_context" in caplog.text
    await handshakes_over()
    await server.close(0.0)


# ----------------------------------------------------------------------------------------------------- uvloop


def test_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def work() -> AsyncIterator[bytes]:
        server = await start()
        client = dubbo_client("127.0.0.1", server.port, settings=FAST)
        await client.open()
        for response in await asyncio.gather(*(call(client, bytes(size), timeout=5.0) for size in (1, 1_000_000))):
            yield response.body
        await client.close()
        await server.close(1.0, quiet=0.0)

    async def collect() -> list[int]:
        return [len(body) async for body in work()]

    assert uvloop.run(collect()) == [1, 1_000_000]


@pytest.mark.parametrize("host", ["a\0b", "a" * 64 + ".example", "..", "\ud800"])
async def test_a_host_that_no_system_call_takes(host: str) -> None:
    """A registry may tell any text."""
    with pytest.raises(NetworkError, match="correct the address"):
        await connect(lambda: pytest.fail("nobody is there"), host, 1, clock=LoopClock())


async def test_a_server_whose_start_is_cancelled_leaves_no_socket_behind() -> None:
    before = set(os.listdir("/proc/self/fd")) if sys.platform == "linux" else set()
    for steps in range(12):
        server = dubbo_server("127.0.0.1", 0, lambda exchange, request: None)
        starting = asyncio.create_task(server.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled():
            await server.close(0)
    await asyncio.to_thread(gc.collect)
    assert sys.platform != "linux" or set(os.listdir("/proc/self/fd")) <= before
