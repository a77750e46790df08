"""Subscription in a multicast group: the URLs that it heard, and the notification of its listener."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from aiodubbo.url import keys

from .untrusted import MAX_URLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.tasks import Tasks
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_LONGEST_REST: Final = 0.5
"""Seconds that a listener rests after a notification, at most; otherwise as long as that took: many datagrams may come at once."""


class MulticastSubscription:
    """A subscription and what it has heard; its listener is notified of the newest state, one call after the other.

    Args:
        url: the subscription.
        listener: is notified; None for a look-up.
        tasks: owner of the notifications.

    Attributes:
        arrived: set when something was heard.
    """

    def __init__(self, url: URL, listener: Listener | None, tasks: Tasks) -> None:
        self.url = url
        self.listener = listener
        self._tasks = tasks
        self.arrived = asyncio.Event()
        self._fallback: Sequence[URL] = ()
        self._received: dict[URL, None] = {}
        self._gone: dict[str, URL] = {}  # category → ``empty://`` form of its last URL, once there is none left
        self._dirty = False
        self._rest_until = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def received(self) -> list[URL]:
        """The registered URLs of which this subscription heard."""
        return list(self._received)

    @property
    def urls(self) -> list[URL]:
        """The complete list, with ``empty://`` for each category that had something once (REG-84)."""
        return [*self._received, *self._gone.values()] or list(self._fallback)

    def add(self, url: URL) -> bool:
        """Hear ``register``.

        Returns:
            Whether there was room for it.
        """
        if url not in self._received:
            if len(self._received) >= MAX_URLS:
                return False
            self._received[url] = None
            self._gone.pop(url.get(keys.CATEGORY), None)
            self._changed()
        self.arrived.set()
        return True

    def remove(self, url: URL) -> None:
        """Hear ``unregister``."""
        if url not in self._received:
            return
        del self._received[url]
        category = url.get(keys.CATEGORY)
        if all(other.get(keys.CATEGORY) != category for other in self._received):
            self._gone[category] = url.with_protocol("empty")
        self._changed()

    def fall_back(self, urls: Sequence[URL]) -> None:
        """Notify the listener of `urls`, since nobody answered."""
        self._fallback = urls
        self._changed()

    async def settle(self) -> None:
        """Wait until the listener knows everything."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def close(self) -> None:
        """Stop notifying; a notification that runs goes on to its end."""
        self.listener = None

    async def _listen(self, urls: Sequence[URL]) -> None:
        if self.listener is not None:  # it may have unsubscribed meanwhile
            await self.listener(urls)

    def _changed(self) -> None:
        self._dirty = True
        if self._task is None and self.listener is not None:
            self._task = self._tasks.start(self._notify(), f"notify {self.url.service_key}")

    async def _notify(self) -> None:
        clock = self._tasks.clock
        try:
            while self._dirty and self.listener is not None:
                await clock.sleep(self._rest_until - clock.now())
                self._dirty = False
                urls, begun = self.urls, clock.now()
                if not urls:
                    logger.info("Ignore empty notify urls for subscribe url %r", self.url)
                    continue
                logger.info("Notify urls for subscribe url %r, urls: %r", self.url, urls)
                try:
                    await self._listen(urls)
                except Exception:  # a listener that fails must not stop the registry (REG-32)
                    logger.exception("Failed to notify addresses for subscribe %r", self.url)
                self._rest_until = clock.now() + min(clock.now() - begun, _LONGEST_REST)
        finally:
            self._task = None
