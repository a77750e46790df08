"""The limit of what Python can do: frames with a header of 16 bytes, sent back as they came.

Nothing is read or built; writes are gathered as aiodubbo gathers them.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from benchmarks.payloads import SIZES

from . import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from . import Targets

__all__ = ["connect", "serve"]

_HEADER = struct.Struct(">HBBQI")  # as Dubbo's: magic, flags, status, request id, length
_MAGIC = 0xDABB


class _Frames(asyncio.Protocol):
    """Splits what comes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def frames(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Request id and whole frame of each frame that is complete."""
        buffer = self._buffer
        buffer += data
        start, size = 0, len(buffer)
        while size - start >= _HEADER.size:
            _, _, _, request_id, length = _HEADER.unpack_from(buffer, start)
            end = start + _HEADER.size + length
            if end > size:
                break
            yield request_id, bytes(buffer[start:end])
            start = end
        del buffer[:start]


class _Server(_Frames):
    def data_received(self, data: bytes) -> None:
        answers = b"".join([frame for _, frame in self.frames(data)])
        if answers:
            self.write(answers)


class _Client(_Frames):
    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._ids = itertools.count()
        self._pending: dict[int, asyncio.Future[bytes]] = {}
        self._out: list[bytes] = []

    def call(self, body: bytes) -> asyncio.Future[bytes]:
        """Send one frame; the future gives the body that came back."""
        request_id = next(self._ids)
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._pending[request_id] = future
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(_HEADER.pack(_MAGIC, 0xC2, 0, request_id, len(body)) + body)
        return future

    def _flush(self) -> None:
        self.write(b"".join(self._out))
        self._out.clear()

    def data_received(self, data: bytes) -> None:
        for request_id, frame in self.frames(data):
            future = self._pending.pop(request_id)
            if not future.done():
                future.set_result(frame[_HEADER.size :])

    def connection_lost(self, exc: Exception | None) -> None:
        for future in self._pending.values():
            if not future.done():
                future.set_exception(exc or ConnectionError("the server closed the connection"))


@asynccontextmanager
async def serve() -> AsyncIterator[int]:
    """See `Peer.serve`."""
    server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Targets]:
    """See `Peer.connect`."""
    transport, client = await asyncio.get_running_loop().create_connection(_Client, "127.0.0.1", port)

    def target(payload: str) -> Target:
        body = bytes(SIZES[payload])
        return Target(lambda: client.call(body), body)

    try:
        yield target
    finally:
        transport.close()
