"""The cache of what a registry notified last, for a start without the registry (REG-21…24)."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.tasks import Tasks, finish, wait_until_set
from aiodubbo.url import keys
from aiodubbo.url.match import is_match

from .cache_file import cache_path, open_file, write
from .untrusted import untrusted_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_GATHER: Final = 0.1
"""Seconds between a change and its writing: changes come in bursts, and each writing is of the whole file."""

_REST: Final = 10
"""Times as long as a writing took until the next one: a file with thousands of services must not keep the process busy."""

_ATTEMPTS: Final = 3
"""Attempts to write one state (REG-23)."""

_RETRY: Final = 0.5
"""Seconds between two attempts; another process that holds the lock is done long before."""

_BLANK: Final = re.compile(r"[ \t\n\x0b\f\r]+")
"""Separator of URLs in a line: Java's ``\\s+``. A blank inside a URL is written as ``%20``, else two halves of it would be read."""

_News: TypeAlias = "tuple[URL, tuple[URL, ...] | None]"
"""A subscription, and complete lists of one or more of its categories; None at its end."""


class RegistryCache:
    """The lists that one registry notified last, by service, in memory and in a file.

    Args:
        registry: the registry's URL: ``file``, ``file.cache``, ``save.file`` and ``application`` count.
        host: the application; its clock times the writing.
    """

    def __init__(self, registry: URL, host: Host) -> None:
        self._path = cache_path(registry)
        self._named = registry.has_param("file")
        self._save_at_once = registry.get(keys.SAVE_FILE)
        self._lists = _Lists()  # belongs to the holder of `_saving`
        self._news: list[_News] = []  # not in `_lists` yet
        self._version = 0  # of both
        self._saved = 0  # the version that is in the file
        self._took = 0.0  # seconds that the last writing took
        self._opened = self._path is None
        self._opening = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._hurry = asyncio.Event()
        self._tasks = Tasks(host.clock)
        self._will_save = False

    @property
    def path(self) -> Path | None:
        """The file; None when nothing is kept."""
        return self._path

    async def open(self) -> None:
        """Read the file, once; everything else of this class needs that first.

        Raises:
            ConfigurationError: the folder of a file that the user named cannot be created.
        """
        async with self._opening:
            path = self._path
            if self._opened or path is None:
                return
            try:
                self._path, stored = await asyncio.to_thread(open_file, path)
            except OSError as error:
                if self._named:
                    raise ConfigurationError(
                        f"Invalid registry cache file {path}, cause: Failed to create directory {path.parent}! ({error}) "
                        "Give another path as parameter 'file', or file.cache=false to do without."
                    ) from error
                logger.warning("no registry cache: %s", error)
                self._path = None
            else:
                self._lists.lines = stored
            self._opened = True

    def recording(self, subscription: URL, listener: Listener) -> Listener:
        """A listener that notifies `listener`, then keeps the list (REG-23). Equal arguments give equal listeners."""
        return listener if self._path is None else _Recording(self, subscription, listener)

    async def keep(self, subscription: URL, urls: Sequence[URL]) -> None:
        """Keep what `subscription` was notified of: complete lists of one or more categories."""
        await self.open()
        if self._path is None:
            return
        self._news.append((subscription, tuple(urls)))
        self._version += 1
        if self._save_at_once:
            await self._save()
        elif not self._will_save:
            self._will_save = True
            self._tasks.start(self._save_soon(), f"registry cache {self._path}")

    def forget(self, subscription: URL) -> None:
        """End a subscription; its last list stays in the file until another subscription to the service is notified."""
        if self._path is not None:
            self._news.append((subscription, None))

    async def lookup(self, subscription: URL) -> list[URL]:
        """The last list of a subscription like this one, possibly of another process."""
        await self.open()
        async with self._saving:
            self._lists.take(self._news)
            self._news = []
            line = self._lists.lines.get(subscription.service_key, "")
        urls = []
        for text in filter(None, _BLANK.split(line)):
            try:
                url = untrusted_url(text)
            except InvalidURLError as error:
                logger.info("ignoring an entry of the registry cache %s: %s", self._path, error)
                continue
            if is_match(subscription, url):
                urls.append(url)
        return urls

    async def close(self) -> None:
        """Write what has not been written yet."""
        self._hurry.set()
        await self._tasks.wait()

    # -- saving

    async def _save_soon(self) -> None:
        try:
            while self._saved < self._version:
                await wait_until_set(self._hurry, self._tasks.clock, max(_GATHER, _REST * self._took))
                if not await self._save():
                    break
        finally:
            self._will_save = False

    async def _save(self) -> bool:
        """Write the newest state.

        Returns:
            Whether that was done; when not, the next change tries again (REG-23).
        """
        path = self._path
        assert path is not None, "without a file there is nothing to save"
        for attempt in range(1, _ATTEMPTS + 1):
            async with self._saving:
                version = self._version
                if self._saved >= version:
                    return True
                news, self._news = self._news, []
                begun = self._tasks.clock.now()
                try:
                    await finish(asyncio.to_thread(_save, path, self._lists, news))  # the thread goes on: the lists are its own until then
                except OSError as error:
                    reason = str(error)
                else:
                    self._saved = version
                    self._took = self._tasks.clock.now() - begun
                    return True
            if attempt < _ATTEMPTS:
                logger.warning("Failed to save registry cache file, will retry, cause: %s", reason)
                await self._tasks.clock.sleep(_RETRY)
        logger.warning("Failed to save registry cache file after retrying %d times, cause: %s", _ATTEMPTS, reason)
        return False


@dataclass(frozen=True, slots=True)
class _Recording:
    """See `RegistryCache.recording`."""

    cache: RegistryCache
    subscription: URL
    listener: Listener

    async def __call__(self, urls: Sequence[URL], /) -> None:
        await self.listener(urls)
        await self.cache.keep(self.subscription, urls)


class _Lists:
    """The lists by subscription, and the lines of the file that follow from them.

    Attributes:
        lines: by service.
        ours: services whose lines come from here.
        written: whether the file holds these lines.
    """

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.ours: set[str] = set()
        self.written = True
        self._lists: dict[str, dict[URL, dict[str, list[URL]]]] = {}

    def take(self, news: Sequence[_News]) -> None:
        """Bring the lines up to date."""
        changed: dict[str, None] = {}
        for subscription, urls in news:
            service = subscription.service_key
            if urls is None:
                if service in changed:
                    del changed[service]
                    self._write_line(service)
                self._forget(service, subscription)
                continue
            by_category: dict[str, list[URL]] = {}
            for url in urls:
                by_category.setdefault(url.get(keys.CATEGORY), []).append(url)
            self._lists.setdefault(service, {}).setdefault(subscription, {}).update(by_category)
            changed[service] = None
        for service in changed:
            self._write_line(service)

    def _write_line(self, service: str) -> None:
        """Provider and consumer of one service may live in one application: their subscriptions share a line."""
        all_lists = self._lists[service].values()
        line = " ".join(dict.fromkeys(_BLANK.sub("%20", str(url)) for lists in all_lists for urls in lists.values() for url in urls))
        if self.lines.get(service) != line:
            self.lines[service] = line
            self.ours.add(service)
            self.written = False

    def _forget(self, service: str, subscription: URL) -> None:
        lists = self._lists.get(service, {})
        lists.pop(subscription, None)
        if not lists:
            self._lists.pop(service, None)


def _save(path: Path, lists: _Lists, news: Sequence[_News]) -> None:
    """Take `news` into `lists` and write them, unless the file has them already.

    Raises:
        OSError: the lock is taken, or the file cannot be written.
    """
    lists.take(news)
    if not lists.written:
        write(path, lists.lines, frozenset(lists.ours))
        lists.written = True
