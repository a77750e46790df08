"""gRPC's asyncio API, with protobuf messages of the same content. Two peers:

``grpc.aio`` (`serve`, `connect`)
    passes messages on as they are. The caller's is made once, and nobody looks into one: what is inside stays in C.
``grpc.aio values`` (`serve_values`, `connect_values`)
    does what aiodubbo does: the service gets and gives dataclasses, lists and dicts of Python, and so does the caller.

Imports go by name because the packages are there for benchmarks only and carry no types.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.payloads import ITEMS, RECORD, TEXT, Item, Record

from . import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from . import Targets

__all__ = ["connect", "connect_values", "serve", "serve_values"]

_PROTO = """
syntax = "proto3";
package aiodubbo_benchmarks;

message Text { string value = 1; }

message Record {
  int64 id = 1;
  string name = 2;
  string email = 3;
  string phone = 4;
  bool active = 5;
  int32 age = 6;
  double score = 7;
  double balance = 8;
  int64 created = 9;
  string description = 10;
  repeated string tags = 11;
  map<string, string> attributes = 12;
}

message Item {
  int64 id = 1;
  string sku = 2;
  string name = 3;
  int32 quantity = 4;
  double price = 5;
  string note = 6;
}

message Items { repeated Item items = 1; }

service Echo {
  rpc EchoText(Text) returns (Text);
  rpc EchoRecord(Record) returns (Record);
  rpc EchoItems(Items) returns (Items);
}
"""


def _compile() -> tuple[Any, Any]:  # Any: modules that exist only from here on
    """The modules that protoc makes: messages, and services."""
    protoc = importlib.import_module("grpc_tools.protoc")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "aiodubbo_benchmarks.proto")
        source.write_text(_PROTO, encoding="utf-8")
        status = protoc.main(["protoc", f"-I{folder}", f"--python_out={folder}", f"--grpc_python_out={folder}", str(source)])
        if status != 0:
            raise RuntimeError(f"protoc ended with status {status}")
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("aiodubbo_benchmarks_pb2"), importlib.import_module("aiodubbo_benchmarks_pb2_grpc")
        finally:
            sys.path.remove(folder)


class _Values:
    """Dataclasses to messages and back."""

    def __init__(self, messages: Any) -> None:
        self._messages = messages

    def from_record(self, record: Record) -> object:
        return self._messages.Record(
            id=record.id,
            name=record.name,
            email=record.email,
            phone=record.phone,
            active=record.active,
            age=record.age,
            score=record.score,
            balance=record.balance,
            created=record.created,
            description=record.description,
            tags=record.tags,
            attributes=record.attributes,
        )

    @staticmethod
    def to_record(message: Any) -> Record:
        return Record(
            id=message.id,
            name=message.name,
            email=message.email,
            phone=message.phone,
            active=message.active,
            age=message.age,
            score=message.score,
            balance=message.balance,
            created=message.created,
            description=message.description,
            tags=list(message.tags),
            attributes=dict(message.attributes),
        )

    def from_items(self, items: list[Item]) -> object:
        make = self._messages.Item
        return self._messages.Items(
            items=[
                make(id=item.id, sku=item.sku, name=item.name, quantity=item.quantity, price=item.price, note=item.note) for item in items
            ]
        )

    @staticmethod
    def to_items(message: Any) -> list[Item]:
        return [
            Item(id=item.id, sku=item.sku, name=item.name, quantity=item.quantity, price=item.price, note=item.note)
            for item in message.items
        ]


class _ValueEchoes:
    def __init__(self, messages: Any) -> None:
        self._messages = messages
        self._values = _Values(messages)

    async def EchoText(self, request: Any, context: object) -> object:
        return self._messages.Text(value=request.value)

    async def EchoRecord(self, request: object, context: object) -> object:
        return self._values.from_record(self._values.to_record(request))

    async def EchoItems(self, request: object, context: object) -> object:
        return self._values.from_items(self._values.to_items(request))


class _Echoes:
    async def EchoText(self, request: object, context: object) -> object:
        return request

    async def EchoRecord(self, request: object, context: object) -> object:
        return request

    async def EchoItems(self, request: object, context: object) -> object:
        return request


def serve() -> AbstractAsyncContextManager[int]:
    """See `Peer.serve`."""
    _, services = _compile()
    return _serve(services, _Echoes())


def serve_values() -> AbstractAsyncContextManager[int]:
    """See `Peer.serve`."""
    messages, services = _compile()
    return _serve(services, _ValueEchoes(messages))


@asynccontextmanager
async def _serve(services: Any, echoes: object) -> AsyncIterator[int]:
    aio = importlib.import_module("grpc.aio")
    server = aio.server()
    services.add_EchoServicer_to_server(echoes, server)
    port: int = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Targets]:
    """See `Peer.connect`."""
    aio = importlib.import_module("grpc.aio")
    messages, services = _compile()
    text = messages.Text(value=TEXT)
    record = messages.Record(**asdict(RECORD))
    items = messages.Items(items=[messages.Item(**asdict(item)) for item in ITEMS])
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        echo = services.EchoStub(channel)
        targets = {
            "P1": Target(lambda: echo.EchoText(text), text),
            "P2": Target(lambda: echo.EchoRecord(record), record),
            "P3": Target(lambda: echo.EchoItems(items), items),
        }
        yield targets.__getitem__


@asynccontextmanager
async def connect_values(port: int) -> AsyncIterator[Targets]:
    """See `Peer.connect`."""
    aio = importlib.import_module("grpc.aio")
    messages, services = _compile()
    values = _Values(messages)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        echo = services.EchoStub(channel)

        async def text() -> object:
            return (await echo.EchoText(messages.Text(value=TEXT))).value

        async def record() -> object:
            return values.to_record(await echo.EchoRecord(values.from_record(RECORD)))

        async def items() -> object:
            return values.to_items(await echo.EchoItems(values.from_items(ITEMS)))

        targets = {"P1": Target(text, TEXT), "P2": Target(record, RECORD), "P3": Target(items, ITEMS)}
        yield targets.__getitem__
