"""A TCP relay that notes the frames which pass, so that tests see what travels between two peers."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Frame", "Relay"]

_HEADER = struct.Struct(">HBBqi")


@dataclass(frozen=True, slots=True)
class Frame:
    """The header of one frame.

    Attributes:
        outward: from the consumer to the provider.
        link: number of the connection.
        flags: request 0x80, two-way 0x40, event 0x20, and the serialization.
        status: of a response.
        id: request id.
        length: of the body.
    """

    outward: bool
    link: int
    flags: int
    status: int
    id: int
    length: int

    @property
    def is_request(self) -> bool:
        return bool(self.flags & 0x80)

    @property
    def is_two_way(self) -> bool:
        return bool(self.flags & 0x40)

    @property
    def is_event(self) -> bool:
        return bool(self.flags & 0x20)


class Relay:
    """Listens at `host` and passes everything on to (`host`, `port`)."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._target = port
        self.port = 0
        self.frames: list[Frame] = []
        self.links = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def address(self) -> str:
        return f"dubbo://{self._host}:{self.port}"

    def cut(self) -> None:
        """Close every connection, as a network fault would."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def heartbeats(self, *, outward: bool) -> list[int]:
        """Ids of the heartbeats that went this way and whose answers went the other way."""
        asked = [frame.id for frame in self.frames if frame.is_event and frame.is_request and frame.is_two_way and frame.outward == outward]
        answered = {frame.id for frame in self.frames if frame.is_event and not frame.is_request and frame.outward != outward}
        return [number for number in asked if number in answered]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = self.links
        self.links += 1
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers += [writer, far_writer]
        for outward, source, sink in ((True, reader, far_writer), (False, far_reader, writer)):
            task = asyncio.create_task(self._pass(outward, link, source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, outward: bool, link: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        try:
            while data := await source.read(65536):
                buffer += data
                while len(buffer) >= _HEADER.size:
                    _, flags, status, number, length = _HEADER.unpack_from(buffer)
                    if len(buffer) < _HEADER.size + length:
                        break
                    self.frames.append(Frame(outward, link, flags, status, number, length))
                    del buffer[: _HEADER.size + length]
                sink.write(data)
                await sink.drain()
        except OSError:
            pass  # the other side is gone
        finally:
            sink.close()
