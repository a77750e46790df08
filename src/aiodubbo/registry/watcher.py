"""Subscriptions at a registry that keeps its entries in folders, one for each category of each service (ZooKeeper, Redis).

The registry can read a folder and says when one changed; everything else is the same for all such registries and stands here. A folder is
read once for all its subscriptions, again after each change, and again when the connection was lost. Its content goes to the
subscriptions (see `subscription`), which notify their listeners. It goes there after each reading, also when the folder has changed since:
where something changes all the time, an old list is better than none.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Protocol

from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.tasks import Backoff, Repeater, Tasks

from .store import wanted_categories
from .subscription import Subscription, of_service
from .untrusted import Entries, matches, parse_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.tasks import Clock
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)


class Folders(Protocol):
    """Operations of a registry that `Watcher` needs; each works now or raises."""

    async def read(self, service: str, category: str, *, watch: URL | None) -> Iterable[str]:
        """The entries of a folder; with `watch`, the subscription on whose behalf, later changes are reported to `Watcher.changed`."""
        ...

    async def services(self, *, watch: bool) -> Mapping[str, Collection[str]]:
        """The services that have folders, and their categories, none where they are not known.

        With `watch`, later changes are reported to `Watcher.services_changed`.
        """
        ...

    async def forget(self, service: str) -> None:
        """Stop watching the folders of `service`."""
        ...

    def decode(self, entry: str, /) -> str:
        """The URL that an entry stands for.

        Raises:
            InvalidURLError: for none.
        """
        ...


class _Folder:
    """Folder as read last, with its subscriptions; the one without service stands for the list of all services.

    Attributes:
        current: whether `entries` is what the folder holds: it was read, and no change was reported since.
    """

    def __init__(self, service: str = "", category: str = "") -> None:
        self.service = service
        self.category = category
        self.entries: Entries = {}
        self.current = False
        self.subscriptions: list[Subscription] = []
        self.reading = asyncio.Lock()
        self.reader: Repeater | None = None  # after the first change


class _Wildcard:
    """A subscription to every service: one ordinary subscription for each service that there is (REG-74)."""

    def __init__(self, url: URL, listener: Listener) -> None:
        self.url = url
        self.listener = listener
        self.services: dict[str, Subscription] = {}


class Watcher:
    """Keeps listeners informed.

    Args:
        folders: the registry.
        clock: times readings and repetitions.
        name: of the registry, for the log.
        session: seconds in which an application that lives has announced itself again after the registry was away.
        retry_period: seconds between attempts to read what could not be read.
    """

    def __init__(self, folders: Folders, clock: Clock, *, name: str, session: float, retry_period: float) -> None:
        self._store = folders
        self._clock = clock
        self._tasks = Tasks(clock)
        self._name = name
        self._session = session
        self._retry_period = retry_period
        self._folders: dict[str, dict[str, _Folder]] = {}  # by service and category
        self._services = _Folder()
        self._subscriptions: dict[tuple[URL, Listener], Subscription] = {}
        self._wildcards: dict[tuple[URL, Listener], _Wildcard] = {}
        self._connected = True  # before the first connection nothing is known, so that nothing can be lost
        self._away_until = 0.0

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Notify before returning, and at each change (REG-13). Once more for the same pair: read everything again.

        Of all services, those that cannot be read are tried again later; only when there is no other, that is an error.
        """
        key = (url, listener)
        if url.service_interface == "*":
            wildcard = self._wildcards.setdefault(key, _Wildcard(url, listener))
            try:
                failure = await self._read_services([wildcard])
                if failure is not None:
                    if not wildcard.services:
                        raise failure
                    logger.warning("registry %s: not every service can be read: %s", self._name, failure)
                    self._changed(self._services)  # which tries again until it succeeds
            except BaseException:
                await self.unsubscribe(url, listener)
                raise
            return
        subscription = self._subscriptions.get(key)
        if subscription is None:
            subscription = self._subscriptions[key] = Subscription(url, listener, self._tasks, self._held_back)
        try:
            await self._watch(subscription)
        except BaseException:
            if not subscription.is_notified:  # a listener that has a list goes on with it until this succeeds
                await self.unsubscribe(url, listener)
            raise

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop notifying; unknown pairs are ignored (REG-14)."""
        wildcard = self._wildcards.pop((url, listener), None)
        subscription = self._subscriptions.pop((url, listener), None)
        for former in [
            *(wildcard.services.values() if wildcard is not None else ()),
            *([subscription] if subscription is not None else ()),
        ]:
            await self._forget(former)

    async def lookup(self, url: URL) -> list[URL]:
        """Read the matching URLs from the registry (REG-15). Of all services, those that it refuses are left out.

        Raises:
            RegistryError: it refused, for all services.
            NetworkError: it is away.
        """
        if url.service_interface != "*":
            return await self._lookup_service(url)
        services = await self._store.services(watch=False)
        refused: list[RegistryError] = []

        async def look_up(service: str) -> list[URL]:
            try:
                return await self._lookup_service(of_service(url, service), services[service])
            except RegistryError as error:
                refused.append(error)
                return []

        lists = await asyncio.gather(*(look_up(service) for service in sorted(services)))
        if refused:
            if len(refused) == len(services):
                raise refused[0]
            logger.warning("registry %s: %d of %d services are left out: %s", self._name, len(refused), len(services), refused[0])
        return [match for urls in lists for match in urls]

    async def close(self) -> None:
        """End all subscriptions."""
        for key in [*self._wildcards, *self._subscriptions]:
            await self.unsubscribe(*key)
        await _stop(self._services)

    # -- what the registry reports

    def changed(self, service: str, category: str) -> None:
        """Note that a folder changed; folders without subscriptions are ignored."""
        folder = self._folders.get(service, {}).get(category)
        if folder is not None:
            self._changed(folder)

    def services_changed(self) -> None:
        """Note that there are other services than before."""
        if self._wildcards:
            self._changed(self._services)

    def has_wildcards(self) -> bool:
        """Tell whether there are subscriptions to all services."""
        return bool(self._wildcards)

    def disconnected(self) -> None:
        """Note that the connection is lost: changes are not reported any more."""
        self._connected = False
        for folder in self._all_folders():
            folder.current = False

    def connected(self) -> None:
        """Note that there is a connection, on which nothing is watched yet: read everything again."""
        if not self._connected:
            self._connected = True
            self._away_until = self._clock.now() + self._session
        for folder in [*self._all_folders(), *([self._services] if self._wildcards else ())]:
            self._changed(folder)

    def _all_folders(self) -> Iterator[_Folder]:
        return (folder for folders in self._folders.values() for folder in folders.values())

    def _held_back(self) -> float:
        return max(0.0, self._away_until - self._clock.now())

    # -- one service

    async def _lookup_service(self, url: URL, categories: Collection[str] = ()) -> list[URL]:
        matching: list[URL] = []
        for category in wanted_categories(url):
            if categories and category not in categories:
                continue
            entries = parse_entries(await self._store.read(url.service_interface, category, watch=None), {}, self._store.decode)
            matching += [entry for entry in entries.values() if entry is not None and matches(url, entry)]
        return matching

    async def _watch(self, subscription: Subscription) -> None:
        service = subscription.url.service_interface
        folders = []
        for category in wanted_categories(subscription.url):
            folder = self._folders.setdefault(service, {}).setdefault(category, _Folder(service, category))
            if subscription not in folder.subscriptions:
                folder.subscriptions.append(subscription)
            folders.append(folder)
        await asyncio.gather(*(self._read(folder) for folder in folders))
        for folder in folders:
            subscription.put(folder.category, folder.entries)
        await subscription.notify_first()

    async def _forget(self, subscription: Subscription) -> None:
        service = subscription.url.service_interface
        folders = self._folders.get(service, {})
        unwanted = []
        for category in wanted_categories(subscription.url):
            folder = folders.get(category)
            if folder is not None and subscription in folder.subscriptions:
                folder.subscriptions.remove(subscription)
                if not folder.subscriptions:
                    unwanted.append(folders.pop(category))
        await subscription.close()  # before anything that may be cancelled: its listener is not notified again in any case
        for folder in unwanted:
            await _stop(folder)
        if not self._folders.get(service):
            self._folders.pop(service, None)
            await self._store.forget(service)

    async def _read(self, folder: _Folder) -> None:
        """Read the folder and watch it, unless what was read is still right. A change that is reported meanwhile is left to its reader."""
        async with folder.reading:
            if folder.current or not folder.subscriptions:
                return
            folder.current = True  # a change that is reported while we read takes it back
            try:
                entries = await self._store.read(folder.service, folder.category, watch=folder.subscriptions[0].url)
                folder.entries = parse_entries(entries, folder.entries, self._store.decode)
                for subscription in list(folder.subscriptions):
                    subscription.put(folder.category, folder.entries)
            except BaseException:
                folder.current = False
                raise

    # -- all services

    async def _read_services(self, wildcards: Sequence[_Wildcard]) -> BaseException | None:
        """Bring wildcard subscriptions in line with the services that there are.

        Returns:
            Why a service could not be read; the others are delivered all the same.
        """
        failures: list[BaseException] = []
        async with self._services.reading:
            services = sorted(await self._store.services(watch=True))
            for wildcard in wildcards:
                for service in wildcard.services.keys() - set(services):
                    await self._forget(wildcard.services.pop(service))
                new = [service for service in services if service not in wildcard.services]
                done = await asyncio.gather(*(self._watch_service(wildcard, service) for service in new), return_exceptions=True)
                failures += [failure for failure in done if failure is not None]
        return failures[0] if failures else None

    async def _watch_service(self, wildcard: _Wildcard, service: str) -> None:
        subscription = Subscription(of_service(wildcard.url, service), wildcard.listener, self._tasks, self._held_back)
        try:
            await self._watch(subscription)
        except BaseException:
            await self._forget(subscription)
            raise
        if self._wildcards.get((wildcard.url, wildcard.listener)) is wildcard:
            wildcard.services[service] = subscription
        else:  # unsubscribed meanwhile
            await self._forget(subscription)

    # -- after changes

    def _changed(self, folder: _Folder) -> None:
        folder.current = False
        if folder.reader is None:
            folder.reader = Repeater(
                self._tasks,
                functools.partial(self._refresh, folder),
                Backoff.every(self._retry_period),
                failed=self._log_failure,
                name=f"read {folder.service}/{folder.category}",
            )
        folder.reader.wake()

    async def _refresh(self, folder: _Folder) -> None:
        begun = self._clock.now()
        if folder is self._services:
            failure = await self._read_services(list(self._wildcards.values()))
            if failure is not None:
                raise failure
        else:
            await self._read(folder)
        await self._clock.sleep(self._clock.now() - begun)  # of a storm of changes only the newest content matters

    def _log_failure(self, error: Exception) -> None:
        if isinstance(error, AiodubboError | OSError):
            logger.info("registry %s: %s; trying again when it is back, or in %.1f s", self._name, error, self._retry_period)
        else:  # unforeseen
            logger.error("registry %s; trying again in %.1f s", self._name, self._retry_period, exc_info=error)


async def _stop(folder: _Folder) -> None:
    """End the reading of a folder without subscriptions."""
    if folder.reader is not None:
        await folder.reader.close()
