"""Asking a registry what it holds, for the commands that show it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from aiodubbo.bootstrap.addresses import check_registry
from aiodubbo.errors import RegistryError, RpcError
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import REGISTRY, create_protocol
from aiodubbo.transport.address import local_address
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from aiodubbo.rpc.abc import Registry, RpcProtocol


def registry_url(text: str | None) -> URL:
    """The registry that ``-r`` names.

    Raises:
        click.UsageError: there is none.
        ConfigurationError: it is no address.
    """
    if text is None:
        raise click.UsageError("say where the registry is: -r REGISTRY, such as -r dubbo://127.0.0.1:9090")
    url = URL.parse(text if "://" in text else f"dubbo://{text}")
    check_registry(url)
    return url


@asynccontextmanager
async def opened(url: URL) -> AsyncIterator[Registry]:
    """The registry at `url`; it and its connections are closed with the block. It keeps no cache file: who looks leaves no trace.

    Raises:
        RegistryError: the registry does not answer.
    """
    protocols: dict[str, RpcProtocol] = {}

    def protocol(name: str) -> RpcProtocol:
        if name not in protocols:
            protocols[name] = create_protocol(name, ProtocolSettings(shutdown_wait=0.5), host)
        return protocols[name]

    host = Host(name="aiodubbo-ls", protocol=protocol)
    client = REGISTRY.load(url.protocol)(url.without_params(("file",)).with_params({"file.cache": "false"}), host)
    try:
        async with answering(url):
            yield client
    finally:
        await client.close()
        for one in protocols.values():
            await one.close()


@asynccontextmanager
async def answering(url: URL) -> AsyncIterator[None]:
    """A failed call inside the block is told as one of the registry at `url`; with two registries, which one matters.

    Raises:
        RegistryError: the registry does not answer.
    """
    try:
        yield
    except RpcError as error:
        raise RegistryError(f"the registry at {url.address} does not answer: {error}") from error


async def subscription(url: URL, categories: Iterable[str], interface: str = "*") -> URL:
    """What asks the registry at `url` for `categories` of one interface, or of all, whatever group and version."""
    everything = {
        "interface": interface,
        "group": "*",
        "version": "*",
        "classifier": "*",
        "category": ",".join(categories),
        "enabled": "*",
        "check": "false",
    }
    return URL("admin", await local_address([url.host]), 0, interface, everything)


async def look_up(url: URL, categories: Iterable[str], interface: str = "*") -> Sequence[URL]:
    """What the registry at `url` holds in `categories` for one interface, or for all.

    Raises:
        RegistryError: the registry does not answer.
    """
    async with opened(url) as client:
        return await client.lookup(await subscription(url, categories, interface))
