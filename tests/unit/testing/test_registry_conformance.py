"""The conformance suite passes a registry that is right, and finds what is wrong with others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.registry.watcher import Watcher
from aiodubbo.rpc.host import Host
from aiodubbo.tasks import LoopClock
from aiodubbo.testing import registry_conformance as suite
from aiodubbo.url import keys
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from aiodubbo.rpc.abc import Listener, Registry
    from aiodubbo.testing.registry_conformance import Check

Content = dict[tuple[str, str], list[URL]]


class MemoryRegistry:
    """A registry of one process: the shortest one that keeps the contract, and an example for those who write one."""

    def __init__(self, content: Content, clients: list[MemoryRegistry]) -> None:
        self.url = URL("memory", "local")
        self._content = content
        self._clients = clients
        self._watcher = Watcher(self, LoopClock(), name="memory", session=60, retry_period=1)
        clients.append(self)

    def on_new_session(self, callback: Callable[[], None]) -> None:
        """It never forgets."""

    def is_available(self) -> bool:
        return True

    async def register(self, url: URL) -> None:
        self._change(url, lambda urls: [*urls, url])

    async def unregister(self, url: URL) -> None:
        self._change(url, lambda urls: [other for other in urls if other != url])

    async def subscribe(self, url: URL, listener: Listener) -> None:
        await self._watcher.subscribe(url, listener)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        await self._watcher.unsubscribe(url, listener)

    async def lookup(self, url: URL) -> Sequence[URL]:
        return await self._watcher.lookup(url)

    async def close(self) -> None:
        await self._watcher.close()

    async def read(self, service: str, category: str, *, watch: URL | None) -> Iterable[str]:
        return {str(url) for url in self._content.get((service, category), [])}

    async def services(self, *, watch: bool) -> Mapping[str, Collection[str]]:
        return {service: () for service, _ in self._content}

    async def forget(self, service: str) -> None:
        """Nothing is kept for a service."""

    def decode(self, entry: str) -> str:
        return entry

    def _change(self, url: URL, change: Callable[[list[URL]], list[URL]]) -> None:
        place = (url.service_interface, url.get(keys.CATEGORY))
        self._content[place] = change(self._content.get(place, []))
        for client in self._clients:
            client._watcher.changed(*place)
            client._watcher.services_changed()


def opener(kind: type[MemoryRegistry]) -> Callable[[], Registry]:
    content: Content = {}
    clients: list[MemoryRegistry] = []
    return lambda: FailbackRegistry(kind(content, clients), Host(name="test"))


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda check: check.__name__)
async def test_a_registry_that_is_right(check: Check) -> None:
    await suite.run(check, opener(MemoryRegistry))


class Partial(MemoryRegistry):
    """Tells one provider only."""

    async def read(self, service: str, category: str, *, watch: URL | None) -> Iterable[str]:
        return sorted(await super().read(service, category, watch=watch))[:1]


class Deaf(MemoryRegistry):
    """Does not tell changes."""

    def _change(self, url: URL, change: Callable[[list[URL]], list[URL]]) -> None:
        clients, self._clients = self._clients, []
        super()._change(url, change)
        self._clients = clients


class ByAddress(MemoryRegistry):
    """Takes back everything of an address."""

    async def unregister(self, url: URL) -> None:
        self._change(url, lambda urls: [other for other in urls if other.address != url.address])


class Late(MemoryRegistry):
    """Returns from subscribe before anything was told."""

    async def subscribe(self, url: URL, listener: Listener) -> None:
        async def later(urls: Sequence[URL]) -> None:
            self._told = asyncio.create_task(self._tell(listener, urls))

        await super().subscribe(url, later)

    async def _tell(self, listener: Listener, urls: Sequence[URL]) -> None:
        await asyncio.sleep(0.05)
        await listener(urls)

    async def close(self) -> None:
        await asyncio.sleep(0.1)
        await super().close()


class Stubborn(MemoryRegistry):
    """Goes on telling after unsubscribe."""

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Ignored."""


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Partial, suite.notifies_changes_completely),
        (Deaf, suite.notifies_changes_completely),
        (ByAddress, suite.keeps_urls_of_one_address_apart),
        (Late, suite.notifies_before_subscribe_returns),
        (Stubborn, suite.stops_notifying),
    ],
    ids=lambda value: value.__name__,
)
async def test_a_registry_that_is_wrong(kind: type[MemoryRegistry], check: Check) -> None:
    with pytest.raises(AssertionError):
        await suite.run(check, opener(kind), patience=0.2)
