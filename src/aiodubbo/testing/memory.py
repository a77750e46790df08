"""Two protocols joined in memory, with the faults of a real network on demand. For tests; no sockets.

::

    link = join(client_exchange, server_exchange)
    link.to_server.delay = 0.05       # seconds, in the loop's time
    link.to_server.drop = True        # a black hole: written bytes vanish
    link.to_client.chunk = 1          # deliver byte by byte
    link.client.pause_reading()       # a slow reader: the other side gets pause_writing
    link.reset()                      # connection reset for both sides
    link.client.write_eof()           # half-close

    clock = ManualClock()             # wheel = TimerWheel(clock)
    await clock.advance(60)           # a minute passes for everything on that wheel
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Direction", "MemoryLink", "MemoryTransport", "join"]

_HIGH_WATER = 64 * 1024  # asyncio's own default


@dataclass(slots=True)
class Direction:
    """Treatment of bytes on their way; may be changed at any time.

    Attributes:
        delay: seconds until they arrive.
        drop: whether they vanish instead.
        chunk: greatest number of bytes that arrive together; 0: as written.
    """

    delay: float = 0.0
    drop: bool = False
    chunk: int = 0


class MemoryTransport(asyncio.Transport):
    """End of a link."""

    def __init__(self, protocol: asyncio.Protocol, direction: Direction, extra: Mapping[str, Any]) -> None:
        super().__init__(extra)
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._direction = direction
        self._peer: MemoryTransport | None = None
        self._inbox = bytearray()  # arrived, not read yet
        self._inbox_ended = False
        self._on_the_way = 0
        self._reading = True
        self._writing_paused = False
        self._eof_sent = False
        self._closing = False
        self._lost = False
        self._high_water = _HIGH_WATER

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Have another protocol take over."""
        self._protocol = cast("asyncio.Protocol", protocol)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Only the high mark counts; writing goes on below half of it."""
        del low
        self._high_water = _HIGH_WATER if high is None else high

    def get_write_buffer_size(self) -> int:
        """Bytes that were written and not read by the peer."""
        return self._on_the_way

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes."""
        if self._closing or self._eof_sent or self._direction.drop or not data:
            return
        data = bytes(data)
        self._on_the_way += len(data)
        self._later(self._arrive, data)
        if self._on_the_way > self._high_water and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        """A memory link can be half closed."""
        return True

    def write_eof(self) -> None:
        """Send no more, but go on reading."""
        if not self._eof_sent and not self._closing:
            self._eof_sent = True
            self._later(self._arrive, None)

    def pause_reading(self) -> None:
        """Leave what arrives where it is."""
        self._reading = False

    def resume_reading(self) -> None:
        """Read on."""
        self._reading = True
        self._loop.call_soon(self._read)

    def is_reading(self) -> bool:
        """Return whether arriving bytes are read."""
        return self._reading and not self._closing

    def is_closing(self) -> bool:
        """Return whether it was closed from this side."""
        return self._closing

    def close(self) -> None:
        """Close; what was written still arrives."""
        if not self._closing:
            self.write_eof()
            self._closing = True
            self._loop.call_soon(self.lose, None)

    def abort(self) -> None:
        """Close at once; the peer sees a reset."""
        self._closing = True
        self._loop.call_soon(self.lose, None)
        if self._peer is not None and not self._direction.drop:
            self._later(self._peer.lose, ConnectionResetError(104, "Connection reset by peer"))

    def lose(self, error: Exception | None) -> None:
        """The connection is gone."""
        if not self._lost:
            self._lost = self._closing = True
            self._inbox.clear()
            self._protocol.connection_lost(error)

    def _later(self, callback: Any, *arguments: Any) -> None:  # Any: as asyncio's own call_soon
        if self._direction.delay:
            self._loop.call_later(self._direction.delay, callback, *arguments)
        else:
            self._loop.call_soon(callback, *arguments)

    def _arrive(self, data: bytes | None) -> None:
        peer = self._peer
        if peer is None or peer._lost:  # the class's own attribute
            self._on_the_way = 0
            return
        if data is None:
            peer._inbox_ended = True
        else:
            peer._inbox += data
        peer._read()

    def _read(self) -> None:
        while self._inbox and self.is_reading():
            chunk = self._peer._direction.chunk if self._peer is not None else 0
            data = bytes(self._inbox[:chunk] if chunk else self._inbox)
            del self._inbox[: len(data)]
            if self._peer is not None:
                self._peer._delivered(len(data))
            self._protocol.data_received(data)
        if self._inbox_ended and not self._inbox and self.is_reading():
            self._inbox_ended = False
            if not self._protocol.eof_received():
                self.close()

    def _delivered(self, count: int) -> None:
        self._on_the_way = max(0, self._on_the_way - count)
        if self._writing_paused and self._on_the_way <= self._high_water // 2 and not self._lost:
            self._writing_paused = False
            self._protocol.resume_writing()


class MemoryLink:
    """Both ends and both directions."""

    __slots__ = ("client", "server", "to_client", "to_server")

    def __init__(self, client: asyncio.Protocol, server: asyncio.Protocol) -> None:
        self.to_server = Direction()
        self.to_client = Direction()
        ours, theirs = ("127.0.0.1", 40000), ("127.0.0.1", 20880)
        self.client = MemoryTransport(client, self.to_server, {"sockname": ours, "peername": theirs})
        self.server = MemoryTransport(server, self.to_client, {"sockname": theirs, "peername": ours})
        self.client._peer, self.server._peer = self.server, self.client  # the module's own attributes

    def reset(self) -> None:
        """Break the connection, as a router that forgot it would."""
        error = ConnectionResetError(104, "Connection reset by peer")
        self.client.lose(error)
        self.server.lose(error)


def join(client: asyncio.Protocol, server: asyncio.Protocol) -> MemoryLink:
    """Connect two protocols; both are notified at once."""
    link = MemoryLink(client, server)
    server.connection_made(link.server)
    client.connection_made(link.client)
    return link
