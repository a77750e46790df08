"""Subscription at a registry that can be read: entries, those that match, and the last list of the listener.

A registry puts the newest complete content of a category in, as often as it likes. The listener is notified of one list after the other,
in a task of its own, so that a slow one delays no other; of several changes that come meanwhile only the newest content matters (REG-16).
A list counts as delivered when the listener is done with it; after a cancellation on the way it is delivered again.

After the registry was away, an empty list is held back for a while. A registry that was restarted empty, or that took the sessions of
providers for dead while nobody could reach it, has no providers until they announce themselves again. They live, and calls to them succeed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.tasks import cancel, is_being_cancelled

from .store import empty_url
from .untrusted import matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.tasks import Tasks, TimerHandle
    from aiodubbo.url.url import URL

    from .untrusted import Entries

logger = logging.getLogger(__name__)


def of_service(subscription: URL, service: str) -> URL:
    """The part of a subscription to ``*`` that concerns one service (REG-74)."""
    return subscription.with_path(service).with_params({"interface": service, "check": "false"})


class Subscription:
    """Subscription of one listener to one service.

    Args:
        url: the subscription.
        listener: is notified.
        tasks: owner of the notifications.
        held_back: gives the seconds for which an empty list is held back yet; 0 when it is delivered at once.
    """

    def __init__(self, url: URL, listener: Listener, tasks: Tasks, held_back: Callable[[], float]) -> None:
        self.url = url
        self._listener = listener
        self._tasks = tasks
        self._held_back = held_back
        self._matched: dict[str, Entries] = {}
        self._notified: dict[str, list[URL]] = {}
        self._in_doubt: set[str] = set()  # categories whose notification was cancelled: the listener has the former list or this one
        self._changed: dict[str, None] = {}
        self._notifying = asyncio.Lock()
        self._first_has_begun = False
        self._task: asyncio.Task[None] | None = None
        self._timers: dict[str, TimerHandle] = {}  # by category whose empty list is held back
        self._closed = False

    @property
    def is_notified(self) -> bool:
        """Tell whether the listener has a list already."""
        return bool(self._notified)

    def put(self, category: str, entries: Entries) -> None:
        """Take the complete content of `category`. Its URLs that were there before are not matched again."""
        matched = self._matched.get(category, {})
        self._matched[category] = {
            text: matched[text] if text in matched else (url if url is not None and matches(self.url, url) else None)
            for text, url in entries.items()
        }
        self._changed[category] = None
        if self._first_has_begun:
            self._start()

    async def notify_first(self) -> None:
        """Notify of all categories in one list; returns when the listener took it (REG-13). Later changes follow in the background.

        After a cancellation, a listener that has a list gets what it missed in the background.
        """
        async with self._notifying:  # again, after the registry was away: the list on its way is older
            self._first_has_begun = True
            try:
                await self._notify(list(self._changed))
            finally:
                if self._changed and self.is_notified:
                    self._start()

    async def close(self) -> None:
        """Stop notifying."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():  # a listener may unsubscribe itself
            await cancel(task)

    def _start(self) -> None:
        if self._task is None and not self._closed:
            self._task = self._tasks.start(self._notify_changes(), f"notify {self.url.service_key}")

    async def _notify_changes(self) -> None:
        try:
            while self._changed and not self._closed:
                async with self._notifying:
                    await self._notify(list(self._changed)[:1])
        finally:
            self._task = None

    async def _notify(self, categories: list[str]) -> None:
        if self._closed:
            return
        news: dict[str, list[URL]] = {}
        for category in categories:
            self._changed.pop(category, None)
            now = [url for url in self._matched[category].values() if url is not None] or [empty_url(self.url, category)]
            before = self._notified.get(category)
            if now == before and category not in self._in_doubt:
                continue
            if before is not None and now[0].protocol == "empty" and (wait := self._held_back()) > 0:
                self._again_in(wait, category)
                continue
            news[category] = now
        if not news or self._closed:
            return
        urls = [url for now in news.values() for url in now]
        logger.debug("notify %r: %d URL(s) of %s", self.url, len(urls), ", ".join(news))
        try:
            await self._listener(urls)
        except Exception:  # the listener's own failure: the registry and the other listeners go on (REG-32)
            logger.exception("Failed to notify addresses for subscribe %r", self.url)
        except BaseException:
            if not is_being_cancelled():  # the listener's own failure as well
                logger.exception("Failed to notify addresses for subscribe %r", self.url)
            else:
                self._changed.update(dict.fromkeys(news))
                self._in_doubt.update(news)
                raise
        self._notified.update(news)
        self._in_doubt.difference_update(news)

    def _again_in(self, seconds: float, category: str) -> None:
        logger.info(
            "%s: the registry was away and has no %s now; the last list is kept for %.1f s", self.url.service_key, category, seconds
        )

        def again() -> None:
            del self._timers[category]
            self._changed[category] = None
            self._start()

        if category in self._timers:
            self._timers[category].cancel()
        self._timers[category] = self._tasks.clock.call_at(self._tasks.clock.now() + seconds, again)
