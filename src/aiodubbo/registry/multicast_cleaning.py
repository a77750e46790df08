"""Dead providers in a multicast group: is anybody there, and what administrators do about it (REG-89)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiodubbo.tasks import Clock
    from aiodubbo.url.url import URL

_TIMEOUT: Final = 1.0
"""Seconds for a connection to a provider."""

_PAUSE: Final = 0.1
"""Seconds between the two attempts to reach a provider."""

_CONCURRENCY: Final = 16
"""Providers that are looked at at once."""


async def find_dead(urls: Iterable[URL], clock: Clock, dead: Callable[[URL], None]) -> None:
    """Call `dead` with each of `urls` that takes no connection, twice."""
    limit = asyncio.Semaphore(_CONCURRENCY)

    async def look(url: URL) -> None:
        async with limit:
            if await accepts(url, clock):
                return
            await clock.sleep(_PAUSE)
            if await accepts(url, clock):
                return
        dead(url)

    await asyncio.gather(*map(look, urls))


def may_expire(url: URL) -> bool:
    """Tell whether `url` goes when nothing takes connections there: a provider that is not persistent."""
    return url.get(keys.DYNAMIC) and url.port > 0 and url.protocol not in ("consumer", "route", "override")


async def accepts(url: URL, clock: Clock) -> bool:
    """Tell whether a server at the address of `url` takes connections."""
    try:
        async with clock.timeout(_TIMEOUT):
            _, writer = await asyncio.open_connection(url.bare_host, url.port)
    except (OSError, TimeoutError, ValueError):  # the last: a host that no system call takes
        return False
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass
    return True
