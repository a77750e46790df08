"""A connection as listeners and links see it, whatever protocol it speaks, and the writing side of one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from .address import format_address
from .timer import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from .timer import TimerWheel

logger = logging.getLogger(__name__)

_FLUSH_AT = 256 * 1024
"""Gathered bytes that are written at once, so that the transport can ask us to slow down."""

_MAX_UNREAD = 64 * 1024 * 1024
"""Bytes that may wait for a peer to read them before any more makes it a dead one. Owners that heed `Writer.room` stay far below."""

_MAX_COMPLAINTS = 10
"""Warnings about one peer in a minute; a peer that makes more faults must not fill the disk with them."""


class Ends:
    """Both ends of a connection, for texts and for rules about addresses.

    Attributes:
        local: this end's ``host:port``; "?" until connected.
        peer: the other end's.
        local_address: host and port of this end, as two values.
        remote_address: those of the other end.
        channel: the name of the connection in texts.
        reason: why the connection is gone, or will be said to be gone.
    """

    __slots__ = ("channel", "local", "local_address", "peer", "reason", "remote_address")

    def __init__(self) -> None:
        self.local = self.peer = "?"
        self.local_address = self.remote_address = ("?", 0)
        self.channel = ""
        self.reason = "the peer closed the connection"

    def __str__(self) -> str:
        return f"{self.local} - {self.peer}"

    def take_from(self, transport: asyncio.BaseTransport) -> None:
        """Take the addresses of a connection that stands."""
        local, peer = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        self.local, self.peer = format_address(local), format_address(peer)
        self.local_address, self.remote_address = _pair(local, self.local), _pair(peer, self.peer)
        self.channel = str(self)


def _pair(address: object, text: str) -> tuple[str, int]:
    match address:
        case (str(host), int(port), *_):
            return host, port
        case _:
            return text, 0


class Connection(Protocol):
    """The protocol object of one connection; asyncio's own methods are left out.

    Its maker gives it two functions to call: when the connection stands, and when it is gone.

    Attributes:
        ends: addresses and name.
        connected: whether bytes can be sent.
        peer_is_closing: whether the peer said that it is about to close.
        last_request: when the peer last asked for something, by the wheel's clock.
    """

    ends: Ends
    connected: bool
    peer_is_closing: bool
    last_request: float

    @property
    def outstanding(self) -> int:
        """Calls in either direction that are not answered yet."""
        ...

    def announce_close(self) -> None:
        """Tell the peer that this side is about to close, where the protocol has words for it."""
        ...

    def abort(self, reason: str, /) -> None:
        """Close at once; unsent bytes are lost."""
        ...

    async def close(self, wait: float = 0.0, /) -> None:
        """Refuse new calls of ours, wait at most `wait` seconds for those under way in either direction, close."""
        ...


class Writer:
    """Gathers what is sent within one turn of the loop, or while one read is handled, into one ``write``.

    With several calls in flight that halves what a call costs.

    Args:
        wheel: the loop's timers.
        give_up: called with the reason when the peer reads nothing at all any more.

    Attributes:
        is_writable: whether the peer reads as fast as we write; if not, wait for `room`.
        last_write: when bytes were last handed to the transport, by the wheel's clock.
    """

    __slots__ = (
        "_give_up",
        "_is_gathering",
        "_loop",
        "_out",
        "_size",
        "_transport",
        "_turn",
        "_wheel",
        "_writable",
        "is_writable",
        "last_write",
    )

    def __init__(self, wheel: TimerWheel, give_up: Callable[[str], None]) -> None:
        self._wheel = wheel
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._size = 0
        self._is_gathering = False  # a flush is certain to come
        self.is_writable = True  # beside the signal, because each call asks several times
        self._writable = Signal(wheel, is_set=True)
        self._turn = asyncio.Lock()  # of those who wait in `room`
        self.last_write = wheel.now()

    def open(self, transport: asyncio.Transport) -> None:
        """Write to `transport` from now on."""
        self._transport = transport
        self.last_write = self._wheel.now()

    def close(self) -> None:
        """Forget what was not written; the connection is gone. Whoever waits for room goes on."""
        self._transport = None
        self._out.clear()
        self.resume()

    def send(self, data: bytes) -> None:
        """Have `data` written with what else is sent in this turn of the loop."""
        self._out.append(data)
        self._size += len(data)
        if self._size > _FLUSH_AT:
            self.flush()
        elif not self._is_gathering:
            self._is_gathering = True
            self._loop.call_soon(self._flush_gathered)

    def gather(self) -> bool:
        """Hold back until `release` what is sent; returns what that needs."""
        before, self._is_gathering = self._is_gathering, True
        return before

    def release(self, before: bool) -> None:
        """Write what was sent since `gather`."""
        self._is_gathering = before
        if self._out:
            self.flush()

    def _flush_gathered(self) -> None:
        self._is_gathering = False
        self.flush()

    def flush(self) -> None:
        """Write at once what was sent."""
        out, transport = self._out, self._transport
        if not out or transport is None:
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        self._size = 0
        if not self.is_writable and transport.get_write_buffer_size() > _MAX_UNREAD:
            self._give_up("it does not read what is sent to it")
            return
        self.last_write = self._wheel.now()
        transport.write(data)

    def pause(self) -> None:
        """Note that the peer does not read as fast as we write (asyncio's ``pause_writing``)."""
        self.is_writable = False
        self._writable.clear()

    def resume(self) -> None:
        """Note that the peer has caught up."""
        self.is_writable = True
        self._writable.set()

    async def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` until there is room to write, or the connection is gone; returns whether that came about."""
        return await self._writable.wait(seconds)

    async def room(self) -> None:
        """Wait until there is room to write, or the connection is gone; one caller after the other, because each may fill it."""
        async with self._turn:
            while not self.is_writable:
                await self._writable.wait()


class Complaints:
    """Warnings about the peer of one connection, only so many in a minute."""

    __slots__ = ("_count", "_minute_ends", "_wheel")

    def __init__(self, wheel: TimerWheel) -> None:
        self._wheel = wheel
        self._count = 0
        self._minute_ends = 0.0

    def log(self, peer: str, fault: str) -> None:
        """Log a fault of `peer`, unless there were too many."""
        now = self._wheel.now()
        if now >= self._minute_ends:
            self._count, self._minute_ends = 0, now + 60.0
        self._count += 1
        if self._count <= _MAX_COMPLAINTS:
            last = "; further faults are not logged for a minute" if self._count == _MAX_COMPLAINTS else ""
            logger.warning("%s: %s%s", peer, fault, last)
