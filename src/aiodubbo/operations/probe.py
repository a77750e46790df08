"""Whether the ports of providers take connections from here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from aiodubbo.url.url import URL

AT_ONCE: Final = 32
TIMEOUT: Final = 1.0
"""Seconds for one connection. A machine that answers later than that is no use to a consumer with Dubbo's default timeout."""


async def _connect(host: str, port: int) -> None:
    """Open a connection and close it; nothing is sent."""
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass  # it was open, which is all that was asked


async def probe(
    urls: Iterable[URL], connect: Callable[[str, int], Awaitable[None]] = _connect, *, timeout: float = TIMEOUT
) -> dict[str, str]:
    """Address of each provider that takes no connection → why. Each address is tried once, few at the same time.

    Args:
        urls: where to connect; those without a port are left out, for nothing listens there.
        connect: opens a connection to a host and port.
        timeout: seconds for each.
    """
    room = asyncio.Semaphore(AT_ONCE)
    failed: dict[str, str] = {}

    async def one(url: URL) -> None:
        async with room:
            try:
                async with asyncio.timeout(timeout):
                    await connect(url.bare_host, url.port)
            except TimeoutError:
                failed[url.address] = f"no answer within {timeout:g} s"
            except (OSError, UnicodeError) as error:  # a host name may be anything
                failed[url.address] = str(error)

    places = {url.address: url for url in urls if url.host and url.port > 0}
    await asyncio.gather(*map(one, places.values()))
    return failed
