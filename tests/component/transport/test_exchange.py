"""Two exchanges joined in memory: calls, answers, and everything that can go wrong between them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import CallTimeoutError, LimitExceededError, NetworkError, SerializationError, ServerError
from aiodubbo.java.classes import CLASSES
from aiodubbo.protocol.dubbo.exchange import Exchange, ExchangeSettings
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import MemoryLink, join
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.wire.dubbo.body import decode_error
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.events import Request, Response
from aiodubbo.wire.dubbo.header import REQUEST, Status, pack_header
from aiodubbo.wire.dubbo.heartbeat import HeartbeatPolicy
from aiodubbo.wire.serialization import serialization_by_id

if TYPE_CHECKING:
    from collections.abc import Callable

OK = Status.OK


def echo(exchange: Exchange, request: Request) -> None:
    if request.two_way:
        exchange.respond(request, OK, request.body)


class Desk:
    """Collects requests; the test answers them."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, exchange: Exchange, request: Request) -> None:
        self.requests.append(request)


class Pair:
    """A client and a server, joined; time on the clock stands still."""

    def __init__(
        self,
        on_request: Callable[[Exchange, Request], None] | None = echo,
        *,
        on_callback: Callable[[Exchange, Request], None] | None = None,
        client: ExchangeSettings | None = None,
        server: ExchangeSettings | None = None,
    ) -> None:
        self.clock = ManualClock(now=1000.0)
        wheel = TimerWheel(self.clock)
        self.client = Exchange(Role.CLIENT, wheel, settings=client, on_request=on_callback)
        self.server = Exchange(Role.SERVER, wheel, settings=server, on_request=on_request)
        self.link: MemoryLink = join(self.client, self.server)

    async def pass_time(self, seconds: float, steps: int = 1) -> None:
        for _ in range(steps):
            await self.clock.advance(seconds / steps)
            await settle()

    async def end(self) -> None:
        self.link.reset()
        await settle()


async def settle() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(12):
        await asyncio.sleep(0)


def stands(exchange: Exchange) -> bool:
    """Whether it is connected; a call, because a type checker takes an attribute for unchanged after an ``await``."""
    return exchange.connected


def text_of(response: Response) -> str:
    return decode_error(serialization_by_id(response.serialization).decoder(response.body, CLASSES))


# ----------------------------------------------------------------------------------------------------- calls


async def test_a_call_gets_its_answer() -> None:
    pair = Pair()
    response = await pair.client.call(b"hello", timeout=1.0)
    assert (response.status, response.body, response.serialization) == (OK, b"hello", 2)
    assert pair.client.outstanding == pair.server.outstanding == 0
    await pair.end()


async def test_answers_find_their_calls_in_any_order() -> None:
    desk = Desk()
    pair = Pair(desk)
    calls = [asyncio.ensure_future(pair.client.call(bytes([number]), timeout=1.0)) for number in range(5)]
    await settle()
    for request in reversed(desk.requests):
        pair.server.respond(request, OK, request.body)
    assert [response.body for response in await asyncio.gather(*calls)] == [bytes([number]) for number in range(5)]
    await pair.end()


@pytest.mark.spec("PRO-36", "the server calls the client over the same connection")
async def test_calls_in_the_other_direction() -> None:
    pair = Pair(on_callback=echo)
    responses = await asyncio.gather(pair.server.call(b"back", timeout=1.0), pair.client.call(b"forth", timeout=1.0))
    assert [response.body for response in responses] == [b"back", b"forth"]
    await pair.end()


async def test_a_client_that_serves_nothing_says_so() -> None:
    pair = Pair()
    response = await pair.server.call(b"x", timeout=1.0)
    assert response.status == Status.SERVICE_NOT_FOUND
    assert "nothing is served" in text_of(response)
    await pair.server.call_one_way(b"x", timeout=1.0)
    await settle()
    assert stands(pair.client)
    await pair.end()


@pytest.mark.spec("PRO-35", "a one-way request is handled and not answered")
async def test_one_way() -> None:
    desk = Desk()
    pair = Pair(desk)
    await pair.client.call_one_way(b"x", timeout=1.0)
    await settle()
    assert [(request.two_way, request.body) for request in desk.requests] == [(False, b"x")]
    assert pair.client.outstanding == pair.server.outstanding == 0
    await pair.end()


@pytest.mark.parametrize("chunk", [1, 7, 0])
async def test_however_the_bytes_arrive(chunk: int) -> None:
    pair = Pair()
    pair.link.to_server.chunk = pair.link.to_client.chunk = chunk
    bodies = [bytes([number]) * number for number in range(40)]
    responses = await asyncio.gather(*(pair.client.call(body, timeout=1.0) for body in bodies))
    assert [response.body for response in responses] == bodies
    await pair.end()


async def test_what_is_sent_in_one_turn_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    writes: list[str] = []
    for name, transport in (("client", pair.link.client), ("server", pair.link.server)):
        write = transport.write

        def counted(data: bytes, name: str = name, write: Callable[[bytes], None] = write) -> None:
            writes.append(name)
            write(data)

        monkeypatch.setattr(transport, "write", counted)
    await asyncio.gather(*(pair.client.call(b"x", timeout=1.0) for _ in range(16)))
    assert writes == ["client", "server"]
    await pair.end()


async def test_a_handler_that_fails_answers_and_the_connection_lives(caplog: pytest.LogCaptureFixture) -> None:
    def broken(exchange: Exchange, request: Request) -> None:
        raise ValueError("no such luck")

    pair = Pair(broken)
    response = await pair.client.call(b"x", timeout=1.0)
    assert response.status == Status.SERVER_ERROR
    assert text_of(response) == "ValueError: no such luck"
    assert stands(pair.server)
    assert "the handler of requests failed" in caplog.text
    await pair.end()


# -------------------------------------------------------------------------------------------------- timeouts


@pytest.mark.spec("PRO-75", "a call that is not answered in time ends with Java's text; a late answer is counted and dropped")
async def test_timeout_and_late_answer() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"abc", timeout=1.0))
    await settle()
    await pair.pass_time(0.9)
    assert not call.done()
    await pair.pass_time(0.2)
    with pytest.raises(CallTimeoutError, match=r"Waiting server-side response timeout by scan timer\. start time: ") as error:
        await call
    assert "timeout: 1000 ms" in str(error.value)
    assert "channel: 127.0.0.1:40000 -> 127.0.0.1:20880" in str(error.value)
    assert pair.client.outstanding == 0
    pair.server.respond(desk.requests[0], OK, b"late")
    await settle()
    assert pair.client.late_responses == 1
    pair.server.respond(Request(12345, True, 2, b""), OK, b"never asked")
    await settle()
    assert pair.client.late_responses == 2
    await pair.end()


async def test_a_cancelled_call_leaves_nothing_behind() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    assert pair.client.outstanding == 1
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert pair.client.outstanding == 0
    pair.server.respond(desk.requests[0], OK, b"")
    await settle()
    assert pair.client.late_responses == 1
    await pair.end()


async def test_a_call_cancelled_before_it_starts_sends_nothing() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    call.cancel()
    await settle()
    assert call.cancelled()
    assert desk.requests == []
    await pair.end()


async def test_a_call_cancelled_in_the_turn_of_its_answer() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    pair.client.data_received(DubboConnection(Role.SERVER).send_response(desk.requests[0].id, OK, b"y"))
    call.cancel()
    await settle()
    assert call.cancelled()
    assert pair.client.outstanding == 0
    await pair.end()


# ------------------------------------------------------------------------------------------------- link loss


@pytest.mark.spec("PRO-76", "a lost connection ends its waiting calls at once")
async def test_link_loss_ends_all_calls() -> None:
    pair = Pair(Desk())
    calls = [asyncio.ensure_future(pair.client.call(b"x", timeout=1.0)) for _ in range(3)]
    await settle()
    pair.link.reset()
    for call in calls:
        with pytest.raises(NetworkError, match=r"is inactive\. Directly return the unFinished request .*127\.0\.0\.1:20880") as error:
            await call
        assert "Connection reset by peer" in str(error.value)
        assert isinstance(error.value.__cause__, ConnectionResetError)
    assert pair.client.outstanding == 0
    with pytest.raises(NetworkError, match=r"cause: The channel .* is closed!"):
        await pair.client.call(b"x", timeout=1.0)


async def test_an_answer_to_a_peer_that_is_gone_is_dropped() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    await pair.end()
    pair.server.respond(desk.requests[0], OK, b"")
    assert pair.server.outstanding == 0
    with pytest.raises(NetworkError):
        await call


async def test_a_peer_that_closes_ends_calls() -> None:
    pair = Pair(Desk())
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    pair.server.shut("tired")
    with pytest.raises(NetworkError, match="the peer closed the connection"):
        await call
    assert not stands(pair.client)


async def test_half_closed_peer_still_gets_its_answers() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    pair.link.client.write_eof()
    await settle()
    assert stands(pair.server)
    pair.server.respond(desk.requests[0], OK, b"y")
    assert (await call).body == b"y"
    await settle()
    assert not stands(pair.server)
    assert not stands(pair.client)


async def test_a_frame_that_breaks_off_is_named(caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair()
    frame = DubboConnection(Role.CLIENT).send_request(1, bytes(100))
    pair.link.client.write(frame[:50])
    pair.link.client.write_eof()
    await settle()
    assert "the peer closed the connection in the middle of a frame, 66 bytes missing" in caplog.text
    assert not stands(pair.server)


# --------------------------------------------------------------------------------------------- back-pressure


async def test_a_slow_server_makes_calls_wait() -> None:
    pair = Pair(client=ExchangeSettings(heartbeat=HeartbeatPolicy(0.0)))
    pair.link.server.pause_reading()
    filling = asyncio.ensure_future(pair.client.call(bytes(300_000), timeout=100.0))
    await settle()
    waiting = asyncio.ensure_future(pair.client.call(b"second", timeout=1.0))
    await settle()
    assert pair.client.outstanding == 2
    await pair.pass_time(1.1)
    with pytest.raises(CallTimeoutError, match="Sending request timeout in client-side"):
        await waiting
    third = asyncio.ensure_future(pair.client.call(b"third", timeout=10.0))
    await settle()
    pair.link.server.resume_reading()
    assert (await third).body == b"third"
    assert (await filling).body == bytes(300_000)
    assert pair.client.outstanding == 0
    await pair.end()


@pytest.mark.parametrize("how", ["cancel", "loss"])
async def test_waiting_for_room_can_be_cancelled_or_broken(how: str) -> None:
    pair = Pair()
    pair.link.server.pause_reading()
    filling = asyncio.ensure_future(pair.client.call(bytes(300_000), timeout=100.0))
    await settle()
    waiting = asyncio.ensure_future(pair.client.call(b"second", timeout=1.0))
    one_way = asyncio.ensure_future(pair.client.call_one_way(b"third", timeout=1.0))
    await settle()
    if how == "cancel":
        waiting.cancel()
        one_way.cancel()
        await settle()
        assert waiting.cancelled()
        assert one_way.cancelled()
    pair.link.reset()
    for call in (filling, waiting, one_way):
        with pytest.raises((NetworkError, asyncio.CancelledError)):
            await call
    assert pair.client.outstanding == 0


async def test_calls_that_wait_for_room_go_out_bit_by_bit() -> None:
    pair = Pair()
    pair.link.server.pause_reading()
    calls = []
    for _ in range(20):
        calls.append(asyncio.ensure_future(pair.client.call(bytes(200_000), timeout=1.0)))
        await settle()
    assert pair.link.client.get_write_buffer_size() < 500_000
    pair.link.server.resume_reading()
    responses = await asyncio.gather(*calls)
    assert [len(response.body) for response in responses] == [200_000] * 20
    await pair.end()


async def test_a_server_stops_reading_from_a_peer_that_does_not_read() -> None:
    served = 0

    def serve(exchange: Exchange, request: Request) -> None:
        nonlocal served
        served += 1
        exchange.respond(request, OK, bytes(100_000))

    pair = Pair(serve)
    pair.link.client.pause_reading()
    calls = []
    for _ in range(50):
        calls.append(asyncio.ensure_future(pair.client.call(bytes(1000), timeout=100.0)))
        await settle()
    assert served < 10
    pair.link.client.resume_reading()
    await asyncio.gather(*calls)
    assert served == 50
    await pair.end()


async def test_too_many_waiting_calls_are_refused() -> None:
    pair = Pair(Desk(), client=ExchangeSettings(max_pending=2))
    calls = [asyncio.ensure_future(pair.client.call(b"x", timeout=1.0)) for _ in range(2)]
    await settle()
    with pytest.raises(LimitExceededError, match=r"2 calls wait for 127\.0\.0\.1:20880 .* raise max_pending"):
        await pair.client.call(b"x", timeout=1.0)
    await pair.end()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_too_many_unanswered_requests_get_status_100() -> None:
    desk = Desk()
    pair = Pair(desk, server=ExchangeSettings(max_serving=2))
    calls = [asyncio.ensure_future(pair.client.call(b"x", timeout=1.0)) for _ in range(3)]
    await settle()
    assert len(desk.requests) == 2
    response = await calls[2]
    assert response.status == Status.SERVER_THREADPOOL_EXHAUSTED_ERROR
    for request in desk.requests:
        pair.server.respond(request, OK, b"")
    await asyncio.gather(*calls)
    again = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    pair.server.respond(desk.requests[2], OK, b"")
    assert (await again).status == OK
    await pair.end()


# ------------------------------------------------------------------------------------------------- oversized


async def test_an_oversized_request_is_refused_before_sending() -> None:
    pair = Pair(client=ExchangeSettings(payload=10))
    with pytest.raises(SerializationError, match=r"^Data length too large: 11, max payload: 10, channel: NettyChannel \[channel=\[id: 0x"):
        await pair.client.call(bytes(11), timeout=1.0)
    assert pair.client.outstanding == 0
    assert (await pair.client.call(bytes(10), timeout=1.0)).status == OK
    await pair.end()


@pytest.mark.spec("PRO-30", "an oversized request is not answered; the caller times out, later calls work")
async def test_an_oversized_request_that_arrives(caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair(server=ExchangeSettings(payload=10))
    call = asyncio.ensure_future(pair.client.call(bytes(11), timeout=1.0))
    await settle()
    assert "Data length too large: 11, max payload: 10" in caplog.text
    assert (await pair.client.call(b"small", timeout=1.0)).body == b"small"
    await pair.pass_time(1.1)
    with pytest.raises(CallTimeoutError):
        await call
    await pair.end()


@pytest.mark.spec("PRO-30", "an oversized answer becomes status 50 with Java's text")
async def test_an_oversized_answer_is_replaced() -> None:
    pair = Pair(lambda exchange, request: exchange.respond(request, OK, bytes(11)), server=ExchangeSettings(payload=10))
    response = await pair.client.call(b"x", timeout=1.0)
    assert response.status == Status.BAD_RESPONSE
    assert text_of(response) == f"Data length too large: 11, max payload: 10, channel: {pair.server.ends.channel}"
    assert "L:/127.0.0.1:20880 - R:/127.0.0.1:40000" in pair.server.ends.channel
    await pair.end()


@pytest.mark.spec("PRO-30", "an oversized answer that arrives ends its call at once, as from 2.7.10")
async def test_an_oversized_answer_that_arrives() -> None:
    pair = Pair(lambda exchange, request: exchange.respond(request, OK, bytes(11)), client=ExchangeSettings(payload=10))
    with pytest.raises(ServerError, match=r"^Data length too large: 11, max payload: 10, channel: ") as error:
        await pair.client.call(b"x", timeout=1.0)
    assert error.value.status == Status.CLIENT_ERROR
    await pair.end()


# ------------------------------------------------------------------------------------------ heartbeats, ends


@pytest.mark.spec("PRO-31", "heartbeats keep an idle connection alive and reach nobody else")
async def test_heartbeats_keep_an_idle_connection() -> None:
    desk = Desk()
    policy = HeartbeatPolicy(10.0, 30.0)
    pair = Pair(desk, client=ExchangeSettings(heartbeat=policy), server=ExchangeSettings(heartbeat=policy))
    await pair.pass_time(300.0, steps=300)
    assert stands(pair.client)
    assert stands(pair.server)
    assert desk.requests == []
    await pair.end()


@pytest.mark.spec("PRO-74", "a silent peer is given up after the timeout")
@pytest.mark.parametrize("role", Role)
async def test_a_silent_peer_is_given_up(role: Role, caplog: pytest.LogCaptureFixture) -> None:
    settings = ExchangeSettings(heartbeat=HeartbeatPolicy(10.0, 30.0))
    off = ExchangeSettings(heartbeat=HeartbeatPolicy(0.0))
    pair = Pair(Desk(), client=settings if role is Role.CLIENT else off, server=settings if role is Role.SERVER else off)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=100.0))
    await settle()
    pair.link.to_client.drop = pair.link.to_server.drop = True
    subject = pair.client if role is Role.CLIENT else pair.server
    await pair.pass_time(29.0, steps=29)
    assert stands(subject)
    await pair.pass_time(2.0, steps=2)
    assert not stands(subject)
    assert "nothing was heard for 30 s" in caplog.text
    await pair.end()
    with pytest.raises(NetworkError):
        await call


@pytest.mark.spec("PRO-32", "after the read-only event the client counts the provider as closing")
async def test_read_only() -> None:
    pair = Pair()
    pair.server.announce_close()
    await settle()
    assert pair.client.peer_is_closing
    assert stands(pair.client)
    assert (await pair.client.call(b"x", timeout=1.0)).status == OK
    await pair.end()


@pytest.mark.spec("PRO-113", "closing refuses new calls, waits for those under way, then closes")
async def test_close_waits_for_calls_under_way() -> None:
    desk = Desk()
    pair = Pair(desk)
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=100.0))
    await settle()
    closing = asyncio.ensure_future(pair.client.close(10.0))
    await settle()
    with pytest.raises(NetworkError, match="is closed!"):
        await pair.client.call(b"late", timeout=1.0)
    assert not closing.done()
    pair.server.respond(desk.requests[0], OK, b"y")
    assert (await call).body == b"y"
    await closing
    assert not stands(pair.client)
    assert not stands(pair.server)


async def test_close_waits_no_longer_than_told() -> None:
    pair = Pair(Desk())
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=100.0))
    await settle()
    closing = asyncio.ensure_future(pair.client.close(10.0))
    await settle()
    await pair.pass_time(10.1)
    await closing
    with pytest.raises(NetworkError, match="this side closed it"):
        await call


async def test_close_twice_and_after_the_end() -> None:
    pair = Pair()
    await pair.client.close()
    await pair.client.close(5.0)
    await pair.server.close(5.0)


# ---------------------------------------------------------------------------------------------- other talkers


async def test_a_typed_line_gets_an_answer_and_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    seen = bytearray()
    monkeypatch.setattr(pair.client, "data_received", seen.extend)  # what the person at the terminal would see
    pair.link.client.write(b"help\r\n\r\n")
    await settle()
    assert bytes(seen) == b"Unsupported command: help\r\ndubbo>dubbo>"
    pair.link.client.write(b"\x03")
    await settle()
    assert not stands(pair.server)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the peer speaks HTTP, not dubbo"),
        (bytes.fromhex("160301"), "the peer speaks TLS, not dubbo"),
    ],
)
async def test_another_protocol_is_closed_with_a_clear_log_line(data: bytes, words: str, caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair()
    pair.link.client.write(data)
    await settle()
    assert not stands(pair.server)
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert words in record.message
    assert "127.0.0.1:40000" in record.message


async def test_a_server_that_speaks_tls_to_a_plain_client() -> None:
    pair = Pair(Desk())
    call = asyncio.ensure_future(pair.client.call(b"x", timeout=1.0))
    await settle()
    pair.link.server.write(bytes.fromhex("15030300020228"))
    with pytest.raises(NetworkError, match="connect with an ssl_context"):
        await call
    await settle()


async def test_garbage_between_frames_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair()
    pair.link.client.write(b"\x00\x01\x02garbage")
    assert (await pair.client.call(b"x", timeout=1.0)).body == b"x"
    assert "10 bytes that belong to no frame" in caplog.text
    pair.link.client.write(bytes.fromhex("dabbe200000000000000000100000060") + bytes(0x60))
    pair.link.client.write(bytes.fromhex("dabba2000000000000000003000000020158"))
    assert (await pair.client.call(b"y", timeout=1.0)).body == b"y"
    assert "Event data too long, actual size 96, threshold 50" in caplog.text
    await pair.end()


# -- a hostile peer


async def test_who_asks_and_does_not_read_is_given_up(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiodubbo.transport.connection._MAX_UNREAD", 200_000)
    pair = Pair(on_callback=lambda exchange, request: exchange.respond(request, OK, bytes(50_000)))
    pair.link.server.pause_reading()
    question = DubboConnection(Role.SERVER).send_request(1, b"N")
    for _ in range(20):
        pair.link.server.write(question)
        await settle()
    assert not pair.client.connected
    assert pair.client.ends.reason == "it does not read what is sent to it"
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == ["it does not read what is sent to it"]
    await pair.end()


async def test_room_is_waited_for() -> None:
    pair = Pair(Desk())
    pair.link.client.pause_reading()
    pair.server.respond(Request(1, True, 2, b""), OK, bytes(100_000))
    await settle()
    assert not pair.server.writer.is_writable
    waiting = asyncio.ensure_future(pair.server.writer.room())
    await settle()
    assert not waiting.done()
    pair.link.client.resume_reading()
    await asyncio.wait_for(waiting, 1)
    await pair.end()


async def test_nobody_waits_for_room_on_a_lost_connection() -> None:
    pair = Pair(Desk())
    pair.link.client.pause_reading()
    pair.server.respond(Request(1, True, 2, b""), OK, bytes(100_000))
    await settle()
    waiting = asyncio.ensure_future(pair.server.writer.room())
    await settle()
    pair.link.reset()
    await asyncio.wait_for(waiting, 1)


async def test_few_of_many_faults_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    def warnings() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name.startswith("aiodubbo")]

    pair = Pair()
    for number in range(1000):
        pair.link.client.write(pack_header(REQUEST, 0, number, 2**31 - 1))
    await settle()
    assert len(warnings()) == 10
    assert warnings()[-1].endswith("; further faults are not logged for a minute")
    await pair.pass_time(61.0)
    pair.link.client.write(pack_header(REQUEST, 0, 1, 2**31 - 1))
    await settle()
    assert len(warnings()) == 11
    await pair.end()


async def test_a_close_that_the_peer_does_not_let_end_is_forced() -> None:
    pair = Pair(Desk(), server=ExchangeSettings(heartbeat=HeartbeatPolicy(0.0)))
    pair.link.server.close = lambda: None  # type: ignore[method-assign] # like a socket whose last bytes nobody takes
    pair.link.client.write(b"\x03")
    await settle()
    assert not pair.server.connected
    await pair.pass_time(9.0)
    assert not pair.server._lost.is_set()
    await pair.pass_time(2.0)
    assert pair.server._lost.is_set()
    await pair.end()
