"""Registries as a tool of operators sees them, from Python and from Java."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL, REGISTRY
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodubbo.rpc.abc import Registry, RpcProtocol

    from .peers import JavaPeer

__all__ = ["INTERFACE", "answering", "opened", "where"]

T = TypeVar("T")

INTERFACE = "org.aiodubbo.interop.GreetingService"


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Registry]:
    """A client of the registry at `address`."""
    protocols: list[RpcProtocol] = []

    def protocol(name: str) -> RpcProtocol:
        protocols.append(PROTOCOL.load(name)(ProtocolSettings(shutdown_wait=0.5), Host(name="admin")))
        return protocols[-1]

    url = URL.parse(address)
    client = REGISTRY.load(url.protocol)(url, Host(name="admin", protocol=protocol))
    try:
        yield client
    finally:
        await client.close()
        for one in protocols:
            await one.close()


async def where(java: JavaPeer, name: str = "through") -> str:
    """Name of the provider that answers the Java consumer `name`."""
    return str((await java.ask("call", name=name, method="where"))["value"])


async def answering(java: JavaPeer, calls: int) -> set[str]:
    """Providers that answer so many calls of the Java consumer."""
    return {await where(java) for _ in range(calls)}
