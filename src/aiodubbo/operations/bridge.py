"""Announcing at one registry what owners announce at another one, while applications move.

Theory of operation: the source notifies the bridge of its entries, list by list; the bridge remembers the lists and, after each change,
compares them with the entries of the target. What the target lacks is announced by this process; what the bridge announced and the source
has no more is taken back. Announcements of others at the target are never touched. An application that moves announces the same URL at
both registries, at the target a moment after the source; hence the bridge waits for that moment before it announces a new entry, and finds
it there.

The source is believed as any consumer would: a source that is away changes nothing, and an empty list after that is held back.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import AiodubboError
from aiodubbo.tasks import Backoff, Repeater, Tasks
from aiodubbo.url import keys

from .entries import read_entries, readable
from .lookup import open_registry, registry_errors, subscription
from .plan import carry_out, keeps, line, make_plan

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL

    from .entries import Selection

SETTLE: Final = 2.0
"""Seconds in which an application that announces itself at two registries has done so at both."""

RETRY: Final = 5.0
"""Seconds until a failed step is tried again."""

_ONE_SERVICE_AT_A_TIME = ("zookeeper", "redis")
"""Registries that notify a subscriber to all services of one service after the other. The others send everything in one list."""

_ALL = "*"

_MANY = 20
"""Services from which on the target is read whole, instead of one service after the other."""


class Bridge:
    """Keeps `target` in line with a source.

    Args:
        target: an open registry.
        selection: the entries that count.
        report: takes one line for each entry that is announced (``+``) or taken back (``-``).
        warn: takes failures.
        replace: whether a lasting entry goes from the target when it goes from the source.
        tasks: owner of the task that follows the source.
        settle: seconds to wait after a change of the source.
        retry: seconds to wait after a failure.
    """

    def __init__(
        self,
        target: Registry,
        selection: Selection,
        report: Callable[[str], object],
        warn: Callable[[str], object],
        *,
        replace: bool = False,
        tasks: Tasks | None = None,
        settle: float = SETTLE,
        retry: float = RETRY,
    ) -> None:
        self._target = target
        self._selection = selection
        self._report = report
        self._warn = warn
        self._replace = replace
        self._tasks = tasks if tasks is not None else Tasks()
        self._settle = settle
        self._retry = retry
        self._announced: dict[str, URL] = {}
        self._lists: dict[tuple[str, str], Sequence[URL]] = {}
        self._changed: set[str] = set()
        self._source_protocol = ""
        self._following = Repeater(self._tasks, self._follow, Backoff.every(retry), failed=self._failed, name="bridge")

    @property
    def announced(self) -> Sequence[URL]:
        """The entries that this bridge announces now."""
        return list(self._announced.values())

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
            self._report(line("+", url))

    async def hold(self, source: URL | None, stop: asyncio.Event, began: Callable[[], object]) -> None:
        """Keep the announcements, and follow `source` (None for a dump, which does not change) until `stop` is set.

        `began` is called when the source is subscribed to.
        """
        async with AsyncExitStack() as stack:
            if source is not None and not stop.is_set():
                self.expect(source)
                # A subscription to everything makes an administrator of a member of a multicast group; this one only looks.
                registry = await stack.enter_async_context(open_registry(source.with_params_if_absent({"clean": "false"})))
                subscribed = await subscription(source, self._selection.categories)
                async with registry_errors(source):
                    await registry.subscribe(subscribed.without_params(("check",)), self)
            began()
            try:
                await stop.wait()
            finally:
                await self._following.close()

    async def close(self) -> None:
        """Stop following, and take back lasting entries that were announced only for the time of this bridge.

        The others go when the target is closed.
        """
        await self._following.close()
        for url in [url for url in self.announced if not url.get(keys.DYNAMIC)]:
            await self._target.unregister(url)

    # -- following

    def expect(self, source: URL) -> None:
        """Note before the source's first list which kind of registry sends it."""
        self._source_protocol = source.protocol

    async def __call__(self, urls: Sequence[URL]) -> None:
        if self._source_protocol not in _ONE_SERVICE_AT_A_TIME:
            self._lists = {(_ALL, _ALL): urls}
            self._changed.add(_ALL)
        else:
            lists: dict[tuple[str, str], list[URL]] = {}
            for url in urls:
                lists.setdefault((url.service_interface, url.get(keys.CATEGORY)), []).append(url)
            self._lists.update(lists)
            self._changed.update(service for service, _ in lists)
        self._following.wake()

    async def _follow(self) -> None:
        """Bring the target in line, service by service; a service that fails keeps none of the others from it."""
        await self._tasks.clock.sleep(self._settle)
        services, self._changed = self._changed, set()
        failure: Exception | None = None
        for service in sorted(services) if len(services) < _MANY else (_ALL,):
            try:
                await self._catch_up(service)
            except (AiodubboError, OSError) as error:
                self._changed.add(service)
                if failure is not None:
                    self._failed(failure)
                failure = error
        if failure is not None:
            raise failure

    def _failed(self, error: Exception) -> None:
        self._warn(f"{error}; trying again in {self._retry:g} s")

    async def _catch_up(self, service: str) -> None:
        lists = [urls for (name, _), urls in self._lists.items() if service in (_ALL, name)]
        entries, _ = readable(url for urls in lists for url in urls)
        source = [url for url in entries if self._selection.takes(url)]
        texts = {str(url) for url in source}
        for text, url in list(self._announced.items()):
            if text not in texts and service in (_ALL, url.service_interface):
                await self._target.unregister(url)
                del self._announced[text]
                self._report(line("-", url))
        target = await read_entries(self._target, self._selection, service)
        plan = make_plan(source, target, replace=self._replace, kept=keeps(self._target.url))
        await carry_out(plan, self._target, self._report)
        await self.announce(url for url in plan.passing if str(url) not in self._announced)
