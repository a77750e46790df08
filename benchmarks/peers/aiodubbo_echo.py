"""aiodubbo, as its users use it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from aiodubbo import Application, interface
from benchmarks.payloads import ITEMS, RECORD, TEXT, Item, Record

from . import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from . import Targets

__all__ = ["Echo", "Echoes", "connect", "serve"]


@interface("org.aiodubbo.benchmarks.Echo")
class Echo(Protocol):
    """The service."""

    async def text(self, value: str) -> str: ...
    async def record(self, value: Record) -> Record: ...
    async def items(self, value: list[Item]) -> list[Item]: ...


class Echoes:
    """The implementation."""

    async def text(self, value: str) -> str:
        return value

    async def record(self, value: Record) -> Record:
        return value

    async def items(self, value: list[Item]) -> list[Item]:
        return value


@asynccontextmanager
async def serve() -> AsyncIterator[int]:
    """See `Peer.serve`."""
    async with Application("benchmark-provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=0) as app:
        exported = await app.export(Echo, Echoes())
        yield exported.url.port


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Targets]:
    """See `Peer.connect`."""
    async with Application("benchmark-consumer") as app:
        echo = await app.refer(Echo, url=f"dubbo://127.0.0.1:{port}", timeout=30.0)
        targets = {
            "P1": Target(lambda: echo.text(TEXT), TEXT),
            "P2": Target(lambda: echo.record(RECORD), RECORD),
            "P3": Target(lambda: echo.items(ITEMS), ITEMS),
        }
        yield targets.__getitem__
