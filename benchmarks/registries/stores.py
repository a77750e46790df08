"""The two servers, and how they are filled and changed: past aiodubbo, in seconds, and at no cost for the measured process.

What is written is what Java's providers leave behind: in ZooKeeper a folder for the providers of each service and one for its
configurators, since every provider asks for them; in Redis one hash for the providers.
"""

from __future__ import annotations

import itertools
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

from tests.servers import redis_server, zookeeper_server
from tests.servers.redis_server import RedisServer
from tests.servers.zookeeper_server import ZooKeeperServer

from aiodubbo.url.grammar import encode

from .contents import LARGE, large_provider, provider, services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from aiodubbo.url.url import URL

    from .contents import Plan

__all__ = ["KINDS", "Kind", "Store"]

_BATCH = 500
"""Operations in one transaction or pipeline; 500 nodes with long names stay below the 1 MiB that ZooKeeper takes at once."""

_LIVES = 24 * 3600
"""Seconds for which what stands in Redis does not expire."""


class Store(Protocol):
    """A running server with a client of its own."""

    @property
    def address(self) -> str:
        """What an application is given."""
        ...

    def put(self, content: Mapping[str, Sequence[URL]]) -> None:
        """Write the providers of services; the folders of these services are new."""
        ...

    def add(self, url: URL) -> None:
        """Register one provider more, as Java does it."""
        ...

    def remove(self, url: URL) -> None:
        """Take it back."""
        ...

    def close(self) -> None:
        """Let go of the client."""
        ...


class _ZooKeeper:
    def __init__(self, server: ZooKeeperServer) -> None:
        from kazoo.client import KazooClient

        self.address = f"zookeeper://{server.address}"
        self._client: Any = KazooClient(server.address, timeout=60.0)  # Any: kazoo has no types
        self._client.start(30.0)
        self._client.ensure_path("/dubbo")

    def put(self, content: Mapping[str, Sequence[URL]]) -> None:
        paths = itertools.chain.from_iterable(self._paths(service, urls) for service, urls in content.items())
        for batch in _batches(paths):
            transaction = self._client.transaction()
            for path in batch:
                transaction.create(path, b"10.0.0.1")
            for outcome in transaction.commit():
                if isinstance(outcome, Exception):
                    raise outcome

    def _paths(self, service: str, urls: Sequence[URL]) -> Iterator[str]:
        folder = f"/dubbo/{encode(service)}"
        yield from (folder, f"{folder}/configurators", f"{folder}/providers")
        for url in urls:
            yield _node(url)

    def add(self, url: URL) -> None:
        self._client.create(_node(url), b"10.0.0.1", ephemeral=True)

    def remove(self, url: URL) -> None:
        self._client.delete(_node(url))

    def close(self) -> None:
        self._client.stop()
        self._client.close()


def _node(url: URL) -> str:
    return f"/dubbo/{encode(url.service_interface)}/providers/{encode(str(url))}"


class _Redis:
    def __init__(self, server: RedisServer) -> None:
        from redis import Redis

        self.address = f"redis://{server.address}"
        self._client = Redis(port=server.port, protocol=2)

    def put(self, content: Mapping[str, Sequence[URL]]) -> None:
        expiry = int((time.time() + _LIVES) * 1000)
        for batch in _batches(url for urls in content.values() for url in urls):
            pipeline = self._client.pipeline(transaction=False)
            for url in batch:
                pipeline.hset(_key(url), str(url), str(expiry))
            pipeline.execute()

    def add(self, url: URL) -> None:
        self.put({url.service_interface: [url]})
        self._client.publish(_key(url), "register")

    def remove(self, url: URL) -> None:
        self._client.hdel(_key(url), str(url))
        self._client.publish(_key(url), "unregister")

    def close(self) -> None:
        self._client.close()


def _key(url: URL) -> str:
    return f"/dubbo/{url.service_interface}/providers"


def _batches(entries: Iterator[Any]) -> Iterator[list[Any]]:  # Any: whatever the entries are
    while batch := list(itertools.islice(entries, _BATCH)):
        yield batch


@contextmanager
def _zookeeper(folder: Path) -> Iterator[Store]:
    with ZooKeeperServer(folder) as server:
        store = _ZooKeeper(server)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def _redis(folder: Path) -> Iterator[Store]:
    with RedisServer(folder) as server:
        store = _Redis(server)
        try:
            yield store
        finally:
            store.close()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of registry.

    Attributes:
        name: as it is printed and chosen.
        module: its client, which must be installed.
        absent: why its server cannot run here; None when it can.
        run: starts one in a folder.
    """

    name: str
    module: str
    absent: Callable[[], str | None]
    run: Callable[[Path], AbstractContextManager[Store]]

    def missing(self) -> str | None:
        """Why it cannot be measured here; None when it can."""
        if find_spec(self.module) is None:
            return f"the package {self.module} is not installed; `make bench` installs it"
        return self.absent()

    @contextmanager
    def filled(self, plan: Plan) -> Iterator[Store]:
        """A server that holds what `plan` says."""
        with TemporaryDirectory(prefix=f"aiodubbo-{self.name}-") as folder, self.run(Path(folder)) as store:
            content = {
                name: [provider(name, index * plan.providers + number) for number in range(plan.providers)]
                for index, name in enumerate(services(plan.services))
            }
            store.put(content)
            store.put({LARGE: [large_provider(number) for number in range(plan.large)]})
            yield store


KINDS = {
    kind.name: kind
    for kind in (
        Kind("zookeeper", "kazoo", zookeeper_server.missing, _zookeeper),
        Kind("redis", "redis", redis_server.missing, _redis),
    )
}
