"""Asking from outside: a registry for its entries, providers for a connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiodubbo.bootstrap.addresses import check_registry
from aiodubbo.errors import RegistryError, RpcError
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import REGISTRY, create_protocol
from aiodubbo.tasks import LoopClock, close_all
from aiodubbo.transport.address import local_address
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from aiodubbo.rpc.abc import Registry, RpcProtocol
    from aiodubbo.tasks import Clock

PROBES_AT_ONCE: Final = 32
PROBE_TIMEOUT: Final = 1.0
"""Seconds for one connection. A machine that answers later than that is no use to a consumer with Dubbo's default timeout."""


def registry_url(text: str) -> URL:
    """The address of a registry; ``dubbo://`` may be left out.

    Raises:
        ConfigurationError: it is no address.
    """
    url = URL.parse(text if "://" in text else f"dubbo://{text}")
    check_registry(url)
    return url


@asynccontextmanager
async def open_registry(url: URL) -> AsyncIterator[Registry]:
    """Open the registry at `url` with a host of its own; both are closed with the block. No cache file is kept: a look leaves no trace.

    Raises:
        RegistryError: the registry does not answer.
    """
    protocols: dict[str, RpcProtocol] = {}

    def protocol(name: str) -> RpcProtocol:
        if name not in protocols:
            protocols[name] = create_protocol(name, ProtocolSettings(shutdown_wait=0.5), host)
        return protocols[name]

    host = Host(name="aiodubbo-ls", protocol=protocol)
    try:
        registry = REGISTRY.load(url.protocol)(url.without_params(("file",)).with_params({"file.cache": "false"}), host)
        try:
            async with registry_errors(url):
                yield registry
        finally:
            await registry.close()
    finally:
        await close_all([host.close_hooks.run(), *(protocol.close() for protocol in protocols.values())])
        await host.tasks.close()


@asynccontextmanager
async def registry_errors(url: URL) -> AsyncIterator[None]:
    """Turn a failed call inside the block into an error of the registry at `url`; with two registries, the name matters.

    Raises:
        RegistryError: the registry does not answer.
    """
    try:
        yield
    except RpcError as error:
        raise RegistryError(f"the registry at {url.address} does not answer: {error}") from error


async def subscription(url: URL, categories: Iterable[str], interface: str = "*") -> URL:
    """The consumer URL that asks the registry at `url` for `categories` of one interface, or of all, of any group and version."""
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
    """The entries in `categories` of one interface, or of all, that the registry at `url` holds.

    Raises:
        RegistryError: the registry does not answer.
    """
    async with open_registry(url) as registry:
        return await registry.lookup(await subscription(url, categories, interface))


async def _connect(host: str, port: int) -> None:
    """Open a connection and close it; nothing is sent."""
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass  # the connection was open, which is all that was asked


async def probe(
    urls: Iterable[URL],
    connect: Callable[[str, int], Awaitable[None]] = _connect,
    *,
    timeout: float = PROBE_TIMEOUT,
    clock: Clock | None = None,
) -> dict[str, str]:
    """Address of each provider that takes no connection from here → why. Each address is tried once, few at the same time.

    Args:
        urls: providers; those without a port are left out, for nothing listens there.
        connect: opens a connection to a host and port.
        timeout: seconds for each.
        clock: limits them.
    """
    clock = clock or LoopClock()
    slots = asyncio.Semaphore(PROBES_AT_ONCE)
    failures: dict[str, str] = {}

    async def probe_provider(url: URL) -> None:
        async with slots:
            try:
                async with clock.timeout(timeout):
                    await connect(url.bare_host, url.port)
            except TimeoutError:
                failures[url.address] = f"no answer within {timeout:g} s"
            except (OSError, UnicodeError) as error:  # a host name may be anything
                failures[url.address] = str(error)

    by_address = {url.address: url for url in urls if url.host and url.port > 0}
    await asyncio.gather(*map(probe_provider, by_address.values()))
    return failures
