"""A contract with a bit of everything, and an implementation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Protocol

from aiodubbo import RpcContext, interface, java, method
from tests.polling import until as until


@java.model("org.aiodubbo.test.Item")
@dataclass(slots=True)
class Item:
    """A model that nests."""

    name: str
    price: java.double = 0.0
    tags: list[str] = field(default_factory=list)
    parent: Item | None = None


@java.exception("org.aiodubbo.test.OutOfStockException")
class OutOfStockError(Exception):
    """A registered exception with a field."""

    item: str | None = None


@interface("org.aiodubbo.test.Progress")
class Progress(Protocol):
    """What a caller gives to be told."""

    async def step(self, number: java.int) -> str: ...


@interface("org.aiodubbo.test.ShopService")
class Shop(Protocol):
    """The contract."""

    async def find(self, name: str, limit: java.int = 10) -> list[Item]: ...

    @method(name="total")
    async def total_of_item(self, item: Item) -> java.double: ...

    @method(name="total")
    async def total_of_many(self, items: list[Item]) -> java.double: ...

    async def nothing(self) -> None: ...

    async def fail(self, kind: str) -> str: ...

    async def slow(self, seconds: java.double) -> str: ...

    async def blocking(self, seconds: java.double) -> str: ...

    @method(one_way=True)
    async def log(self, text: str) -> None: ...

    async def attachments(self) -> dict[str, str]: ...

    async def watch(self, name: str, progress: Progress | None) -> str: ...

    async def payload(self, data: bytes) -> bytes: ...


class ShopImplementation:
    """Serves `Shop`."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.slow_calls = 0
        self.disconnected = asyncio.Event()
        self.watchers: list[Progress] = []

    async def find(self, name: str, limit: int = 10) -> list[Item]:
        return [Item(f"{name} {number}", float(number)) for number in range(limit)]

    async def total_of_item(self, item: Item) -> float:
        return item.price + (await self.total_of_item(item.parent) if item.parent is not None else 0.0)

    def total_of_many(self, items: list[Item]) -> float:
        return sum(item.price for item in items)

    async def nothing(self) -> None:
        return None

    async def fail(self, kind: str) -> str:
        if kind == "registered":
            error = OutOfStockError("no apples")
            error.item = "apple"
            raise error
        raise KeyError(kind)

    async def slow(self, seconds: float) -> str:
        self.slow_calls += 1
        await asyncio.sleep(seconds)
        return "done"

    def blocking(self, seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    async def log(self, text: str) -> None:
        self.logged.append(text)

    async def attachments(self) -> dict[str, str]:
        context = RpcContext.current()
        context.response_attachments["node"] = "one"
        return {key: str(value) for key, value in context.attachments.items()}

    async def watch(self, name: str, progress: Progress | None) -> str:
        if progress is None:
            return "nobody watches"
        RpcContext.current().on_disconnect(self.disconnected.set)
        self.watchers.append(progress)
        return ",".join([await progress.step(number) for number in range(3)])

    async def payload(self, data: bytes) -> bytes:
        return data
