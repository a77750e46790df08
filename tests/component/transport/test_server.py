"""Closing a server in Java's order, over memory, with time moved by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import NetworkError
from aiodubbo.protocol.dubbo.exchange import Exchange
from aiodubbo.protocol.dubbo.protocol import dubbo_on_port
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import join
from aiodubbo.transport.listener import Listener, ListenerSettings
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.wire.dubbo.connection import Role
from aiodubbo.wire.dubbo.header import Status

if TYPE_CHECKING:
    from aiodubbo.wire.dubbo.events import Request


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class House:
    """A server that does not listen; clients are let in by hand."""

    def __init__(self, settings: ListenerSettings | None = None) -> None:
        self.clock = ManualClock(now=1000.0)
        self.wheel = TimerWheel(self.clock)
        self.requests: list[tuple[Exchange, Request]] = []
        self.log: list[str] = []
        dubbo = dubbo_on_port(
            self.wheel,
            lambda exchange, request: self.requests.append((exchange, request)),
            on_disconnected=lambda exchange: self.log.append("disconnected"),
        )
        self.server = Listener("127.0.0.1", 20880, [dubbo], wheel=self.wheel, settings=settings)

    def enter(self) -> Exchange:
        client = Exchange(Role.CLIENT, self.wheel)
        join(client, self.server.accept())
        return client

    def answer_all(self) -> None:
        for exchange, request in self.requests:
            exchange.respond(request, Status.OK, b"")
        self.requests.clear()

    async def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            await self.clock.advance(0.1)
            await settle()


async def test_connections_are_known_while_they_stand() -> None:
    house = House()
    clients = [house.enter() for _ in range(3)]
    assert len(house.server.connections) == 3
    await clients[0].close()
    await settle()
    assert len(house.server.connections) == 2
    await house.server.close(0.0)
    await settle()
    assert house.server.connections == frozenset()
    assert house.log == ["disconnected"] * 3
    assert not any(client.connected for client in clients)


@pytest.mark.spec("PRO-53", "more connections than accepts are closed, with Java's log line")
async def test_accepts(caplog: pytest.LogCaptureFixture) -> None:
    house = House(ListenerSettings(accepts=2))
    clients = [house.enter() for _ in range(3)]
    await settle()
    assert [client.connected for client in clients] == [True, True, False]
    assert "cause: The server 127.0.0.1:20880 connections greater than max config 2" in caplog.text
    assert len(house.server.connections) == 2
    await house.server.close(0.0)
    await settle()


@pytest.mark.spec("PRO-112", "closing tells every peer, serves what still comes, and ends when they have left")
async def test_close_tells_the_peers_and_waits_for_them() -> None:
    house = House()
    clients = [house.enter() for _ in range(2)]
    calls = [asyncio.ensure_future(client.call(b"x", timeout=60.0)) for client in clients]
    await settle()
    closing = asyncio.ensure_future(house.server.close(10.0))
    await settle()
    assert all(client.peer_is_closing for client in clients)
    assert not house.enter().peer_is_closing
    await settle()
    assert len(house.server.connections) == 2
    late = asyncio.ensure_future(clients[0].call(b"y", timeout=60.0))
    await house.pass_time(3.0)
    assert not closing.done()
    house.answer_all()
    await asyncio.gather(*calls, late)
    await asyncio.gather(*(client.close() for client in clients))
    await house.pass_time(0.2)
    assert closing.done()
    await closing


async def test_close_ends_early_when_nobody_calls_any_more() -> None:
    house = House()
    client = house.enter()
    closing = asyncio.ensure_future(house.server.close(10.0, quiet=1.0))
    await settle()
    await house.pass_time(0.8)
    assert client.connected
    call = asyncio.ensure_future(client.call(b"x", timeout=60.0))
    await settle()
    house.answer_all()
    assert (await call).status == Status.OK
    await house.pass_time(0.8)
    assert not closing.done()
    await house.pass_time(0.4)
    await closing
    assert not client.connected


async def test_close_waits_no_longer_than_told() -> None:
    house = House()
    client = house.enter()
    call = asyncio.ensure_future(client.call(b"x", timeout=60.0))
    await settle()
    closing = asyncio.ensure_future(house.server.close(5.0))
    await settle()
    await house.pass_time(4.8)
    assert not closing.done()
    await house.pass_time(0.4)
    await closing
    with pytest.raises(NetworkError):
        await call


@pytest.mark.parametrize(("send", "wait"), [(False, 5.0), (True, 0.0)])
async def test_peers_are_not_told(send: bool, wait: float) -> None:
    house = House(ListenerSettings(announce_close=send))
    client = house.enter()
    closing = asyncio.ensure_future(house.server.close(wait))
    await settle()
    await house.pass_time(6.0)
    await closing
    assert not client.peer_is_closing
    assert not client.connected
