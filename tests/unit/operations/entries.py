"""Entries of registries, and a registry that holds some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import RegistryError
from aiodubbo.registry.store import with_empty
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Listener

PROVIDER = URL.parse("dubbo://10.0.0.1:20880/a.Shop?application=shop&interface=a.Shop&timestamp=1&token=s3cret")
SECOND = URL.parse("dubbo://10.0.0.2:20880/a.Shop?application=shop&interface=a.Shop&timestamp=2")
OTHER = URL.parse("dubbo://10.0.0.1:20880/b.Cart?application=cart&interface=b.Cart")
CONSUMER = URL.parse("consumer://10.0.0.9/a.Shop?application=web&category=consumers&check=false&interface=a.Shop")
RULE = URL.parse("override://0.0.0.0/a.Shop?category=configurators&dynamic=false&timeout=5")
ROUTE = URL.parse("route://0.0.0.0/a.Shop?category=routers&dynamic=false&router=condition&rule=host+%3D+10.0.0.9+%3D%3E")
BY_HAND = URL.parse("dubbo://10.0.0.7:20880/a.Shop?dynamic=false&interface=a.Shop")
ALL = (PROVIDER, SECOND, CONSUMER, RULE, ROUTE, BY_HAND, OTHER)


class Held:
    """A registry that keeps its entries; from `fails_after` writes on, every write fails."""

    def __init__(self, *urls: URL, protocol: str = "held", fails_after: int | None = None) -> None:
        self.url = URL(protocol, "10.1.1.1", 4711)
        self.urls = list(urls)
        self.log: list[tuple[str, URL]] = []
        self.fails_after = fails_after

    def is_available(self) -> bool:
        return True

    def _write(self, what: str, url: URL) -> None:
        if self.fails_after is not None and len(self.log) >= self.fails_after:
            raise RegistryError("out of order")
        self.log.append((what, url))

    async def register(self, url: URL) -> None:
        self._write("register", url)
        if url not in self.urls:
            self.urls.append(url)

    async def unregister(self, url: URL) -> None:
        self._write("unregister", url)
        if url in self.urls:
            self.urls.remove(url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        await listener(await self.lookup(url))

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        self.log.append(("unsubscribe", url))

    async def lookup(self, url: URL) -> Sequence[URL]:
        return with_empty(url, self.urls)

    async def close(self) -> None:
        self.log.append(("close", self.url))
