"""Announcing at one registry what owners announce at another one, while applications move.

Theory of operation: the source tells what it holds, list by list; the bridge remembers the lists and, after each change, compares them
with what the target holds. What the target lacks is announced, by this process; what the bridge announced and the source has no more is
taken back. What others announced at the target is never touched. An application that moves announces the same URL at both registries, at
the target a moment after the source; hence the bridge waits for that moment before it announces what is new, and finds it there.

What the source tells is believed as any consumer would: a source that is away changes nothing, and an empty list after that is held back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiodubbo.cli.failure import CommandError
from aiodubbo.cli.text import one_line
from aiodubbo.errors import AiodubboError
from aiodubbo.url import keys

from .entries import held, readable
from .plan import carry_out, keeps, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL

    from .entries import Selection

SETTLE: Final = 2.0
"""Seconds in which an application that announces itself at two registries has done so at both."""

_RETRY: Final = 5.0
"""Seconds until what failed is tried again."""

_ONE_SERVICE_AT_A_TIME = ("zookeeper", "redis")
"""Registries that tell whoever wants all services one service after the other. The others tell everything in one list."""

_ALL = "*"

_MANY = 20
"""Services from which on the target is read whole, instead of one service after the other."""


class Bridge:
    """Keeps `target` in line with a source.

    Args:
        target: an open registry.
        selection: which entries count.
        tell: takes one line for each entry that is announced (``+``) or taken back (``-``).
        warn: takes what failed.
        replace: whether what lasts goes from the target when it goes from the source.
        settle: seconds to wait after a change of the source.
        retry: seconds to wait after a failure.
    """

    def __init__(
        self,
        target: Registry,
        selection: Selection,
        tell: Callable[[str], object],
        warn: Callable[[str], object],
        *,
        replace: bool = False,
        settle: float = SETTLE,
        retry: float = _RETRY,
    ) -> None:
        self._target = target
        self._selection = selection
        self._tell = tell
        self._warn = warn
        self._replace = replace
        self._settle = settle
        self._retry = retry
        self._announced: dict[str, URL] = {}
        self._lists: dict[tuple[str, str], Sequence[URL]] = {}
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._listening_to = ""

    @property
    def announced(self) -> Sequence[URL]:
        """What this bridge announces now."""
        return list(self._announced.values())

    def follows(self, source: URL) -> None:
        """Before the source's first list: which kind of registry tells it."""
        self._listening_to = source.protocol

    async def announce(self, urls: Iterable[URL], stop: asyncio.Event | None = None) -> None:
        """Announce entries that the target does not have, until `stop` is set.

        Raises:
            RegistryError: the target failed, and the entry does not say that it may come later (``check=false``).
        """
        for url in urls:
            if stop is not None and stop.is_set():
                return
            await self._target.register(url)
            self._announced[str(url)] = url
            self._tell(one_line(f"+ {url.redacted()}"))

    async def close(self) -> None:
        """Take back what closing the registry would leave there: what is announced for as long as this lasts, although it says it stays."""
        for url in [url for url in self.announced if not url.get(keys.DYNAMIC)]:
            await self._target.unregister(url)

    # -- following

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Take what the source tells."""
        if self._listening_to not in _ONE_SERVICE_AT_A_TIME:
            self._lists = {(_ALL, _ALL): urls}
            self._changed.add(_ALL)
        else:
            lists: dict[tuple[str, str], list[URL]] = {}
            for url in urls:
                lists.setdefault((url.service_interface, url.get(keys.CATEGORY)), []).append(url)
            self._lists.update(lists)
            self._changed.update(service for service, _ in lists)
        self._wake.set()

    async def follow(self) -> None:
        """Go on for ever: after each change bring the target in line."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._settle)
            self._wake.clear()
            services, self._changed = self._changed, set()
            for service in sorted(services) if len(services) < _MANY else (_ALL,):
                try:
                    await self._catch_up(service)
                except (AiodubboError, OSError, CommandError) as error:
                    told = error.text if isinstance(error, CommandError) else str(error)
                    self._warn(f"{told}; trying again in {self._retry:g} s")
                    self._changed.add(service)
            if self._changed and not self._wake.is_set():
                try:
                    async with asyncio.timeout(self._retry):
                        await self._wake.wait()
                except TimeoutError:
                    self._wake.set()

    async def _catch_up(self, service: str) -> None:
        lists = [urls for (one, _), urls in self._lists.items() if service in (_ALL, one)]
        told, _ = readable(url for urls in lists for url in urls)
        source = [url for url in told if self._selection.takes(url)]
        texts = {str(url) for url in source}
        for text, url in list(self._announced.items()):
            if text not in texts and service in (_ALL, url.service_interface):
                await self._target.unregister(url)
                del self._announced[text]
                self._tell(one_line(f"- {url.redacted()}"))
        target = await held(self._target, self._selection, service, tell=lambda _: None)
        plan = make_plan(source, target, replace=self._replace, kept=keeps(self._target.url))
        await carry_out(plan, self._target, self._tell)
        await self.announce(url for url in plan.passing if str(url) not in self._announced)
