"""gRPC's asyncio API, with protobuf messages of the same content.

The messages are made once, so that the caller's cost of filling them is not counted; the answer is parsed, as gRPC does it for everybody.
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

from benchmarks.payloads import ITEMS, RECORD, TEXT

from . import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from . import Targets

__all__ = ["connect", "serve"]

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


class _Echoes:
    async def EchoText(self, request: object, context: object) -> object:
        return request

    async def EchoRecord(self, request: object, context: object) -> object:
        return request

    async def EchoItems(self, request: object, context: object) -> object:
        return request


@asynccontextmanager
async def serve() -> AsyncIterator[int]:
    """See `PeerModule.serve`."""
    aio = importlib.import_module("grpc.aio")
    _, services = _compile()
    server = aio.server()
    services.add_EchoServicer_to_server(_Echoes(), server)
    port: int = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Targets]:
    """See `PeerModule.connect`."""
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
