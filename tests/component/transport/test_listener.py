"""One port for several protocols: the first bytes choose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import MemoryLink, join
from aiodubbo.transport.connection import Ends
from aiodubbo.transport.listener import Listener, ListenerSettings, PortProtocol
from aiodubbo.transport.timer import TimerWheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.transport.listener import Notify


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Talk(asyncio.Protocol):
    """A connection of some protocol that keeps what it reads."""

    def __init__(self, on_made: Notify, on_lost: Notify) -> None:
        self.ends = Ends()
        self.connected = False
        self.peer_is_closing = False
        self.last_request = 0.0
        self.outstanding = 0
        self.read = b""
        self.is_notified = False
        self._on_made, self._on_lost = on_made, on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ends.take_from(transport)
        self.connected = True
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self.read += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.connected = False
        self._on_lost(self)

    def announce_close(self) -> None:
        self.is_notified = True

    def abort(self, reason: str) -> None:
        self.connected = False
        self.transport.abort()

    async def close(self, wait: float = 0.0) -> None:
        self.transport.close()


class Port:
    def __init__(self, settings: ListenerSettings | None = None) -> None:
        self.clock = ManualClock()
        self.made: list[tuple[str, Talk]] = []
        protocols = [
            PortProtocol("http", self._maker("http"), lambda first: first == b"GET " if len(first) >= 4 else None),
            PortProtocol("never", self._maker("never"), lambda first: False),
            PortProtocol("dubbo", self._maker("dubbo")),
        ]
        self.listener = Listener("127.0.0.1", 1, protocols, wheel=TimerWheel(self.clock), settings=settings)

    def _maker(self, name: str) -> Callable[[Notify, Notify], Talk]:
        def make(on_made: Notify, on_lost: Notify) -> Talk:
            talk = Talk(on_made, on_lost)
            self.made.append((name, talk))
            return talk

        return make

    def enter(self) -> MemoryLink:
        return join(asyncio.Protocol(), self.listener.accept())


@pytest.mark.parametrize(("pieces", "name"), [([b"GET "], "http"), ([b"G", b"ET", b" "], "http"), ([b"\xda\xbb\x00", b"x"], "dubbo")])
async def test_the_first_bytes_choose(pieces: list[bytes], name: str) -> None:
    port = Port()
    link = port.enter()
    assert len(port.listener.connections) == 1
    for piece in pieces:
        link.client.write(piece)
        await settle()
    [(chosen, talk)] = port.made
    assert (chosen, talk.read) == (name, b"".join(pieces))
    assert port.listener.connections == {talk}
    link.client.write(b"more")
    await settle()
    assert talk.read.endswith(b"more")
    await port.listener.close(0.0)
    await settle()
    assert port.listener.connections == frozenset()


async def test_a_silent_peer_gets_the_last_protocol() -> None:
    port = Port()
    port.enter()
    await port.clock.advance(9.0)
    assert port.made == []
    await port.clock.advance(1.1)
    assert [name for name, _ in port.made] == ["dubbo"]
    await port.listener.close(0.0)


async def test_a_peer_that_leaves_without_a_word() -> None:
    port = Port()
    link = port.enter()
    link.client.close()
    await settle()
    assert port.listener.connections == frozenset()
    assert port.made == []
    await port.clock.advance(20.0)
    assert port.made == []


async def test_undecided_connections_count_and_are_closed() -> None:
    port = Port(ListenerSettings(accepts=1))
    first, second = port.enter(), port.enter()
    await settle()
    assert second.server.is_closing()
    assert len(port.listener.connections) == 1
    first.client.write(b"GET ")
    await settle()
    assert [name for name, _ in port.made] == ["http"]
    third = port.enter()
    await settle()
    assert third.server.is_closing()
    closing = asyncio.ensure_future(port.listener.close(5.0))
    await settle()
    assert port.made[0][1].is_notified
    await port.clock.advance(2.0)
    await closing
    await settle()
    assert port.listener.connections == frozenset()
