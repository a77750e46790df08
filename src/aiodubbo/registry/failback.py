"""What surrounds every registry: nothing that was asked for is forgotten (Java: ``FailbackRegistry``, REG-30…33).

Theory of operation: there is what the application *wants* to be registered and subscribed, and what the registry is known to *hold*.
Each call changes the first and tries to bring the second in line at once. What fails is tried again every ``retry.period`` until both are
equal; a new session with the registry means that it holds nothing, so that everything is repeated. The opposite call takes the wish back,
and with it the retries.

Whatever concerns the same URL is done one after the other. Different URLs do not wait for each other: an application of a thousand services
would else wait a thousand times for the registry, and a provider that cannot be reached would hold up every other subscription.

What the registry tells is kept in a file. A subscription that fails is answered from there, until the registry is back; what listeners were
told once stays with them while it is away.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from aiodubbo.clients.ending import end
from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.url import keys

from .cache_file import RegistryCache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.url.url import URL

__all__ = ["FailbackRegistry", "SessionRegistry"]

logger = logging.getLogger(__name__)

Entry: TypeAlias = "tuple[URL, Listener]"
"""A subscription."""

T = TypeVar("T")

_AT_ONCE = 64
"""Operations under way at once when everything is repeated: a registry that comes back is asked by all its clients at the same time."""


class SessionRegistry(Protocol):
    """A concrete registry, without any policy: each operation works now or raises."""

    @property
    def url(self) -> URL: ...
    def is_available(self) -> bool: ...
    async def register(self, url: URL, /) -> None: ...
    async def unregister(self, url: URL, /) -> None: ...
    async def subscribe(self, url: URL, listener: Listener, /) -> None: ...
    async def unsubscribe(self, url: URL, listener: Listener, /) -> None: ...
    async def lookup(self, url: URL, /) -> Sequence[URL]: ...
    async def close(self) -> None: ...

    def on_new_session(self, callback: Callable[[], None], /) -> None:
        """Have `callback` called whenever the registry may have forgotten what it was told."""
        ...


class FailbackRegistry:
    """A `Registry` that repeats what failed.

    Args:
        inner: the concrete registry.
        cache: where to keep what it tells; None for the one that its URL asks for.
    """

    def __init__(self, inner: SessionRegistry, cache: RegistryCache | None = None) -> None:
        self._inner = inner
        self._cache = cache or RegistryCache(inner.url)
        self._retry_period = inner.url.get(keys.RETRY_PERIOD)
        self._registered: set[URL] = set()
        self._subscribed: dict[Entry, None] = {}
        self._held_registered: set[URL] = set()
        self._held_subscribed: dict[Entry, None] = {}
        self._turns: weakref.WeakValueDictionary[URL | Entry, asyncio.Lock] = weakref.WeakValueDictionary()
        self._wake = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        inner.on_new_session(self._new_session)

    @property
    def url(self) -> URL:
        """The registry's own address and settings."""
        return self._inner.url

    @property
    def registered(self) -> frozenset[URL]:
        """What the application wants to be registered."""
        return frozenset(self._registered)

    def is_available(self) -> bool:
        """Whether the registry can be reached now."""
        return self._inner.is_available()

    async def register(self, url: URL) -> None:
        """Announce `url`; a failure is raised when it is to be checked, and repeated in the background otherwise (REG-30).

        Raises:
            RegistryError: the registry refused or is away, and ``check`` is true; or it was closed.
        """
        self._must_be_open()
        self._registered.add(url)
        try:
            await self._align_registration(url)
        except (AiodubboError, OSError) as error:
            if self._checks(url) and url.protocol != "consumer":
                self._registered.discard(url)
                raise RegistryError(f"Failed to register {url!r} to registry {self.url.address}, cause: {error}") from error
            self._later("register", url, error)

    async def unregister(self, url: URL) -> None:
        """Take `url` back; what the registry cannot be told now is told later. Closing took back everything already."""
        if self._closed:
            return
        self._registered.discard(url)
        try:
            await self._align_registration(url)
        except (AiodubboError, OSError) as error:
            self._later("unregister", url, error)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Have `listener` told: by the registry, or from the cache when that fails; see `register` for failures (REG-31).

        Raises:
            ConfigurationError: the cache file that the registry's URL names cannot be.
            RegistryError: the registry refused or is away, the cache knows nothing, and ``check`` is true; or it was closed.
        """
        self._must_be_open()
        await self._cache.open()
        entry = (url, listener)
        self._subscribed[entry] = None
        try:
            await self._align_subscription(entry)
        except (AiodubboError, OSError) as error:
            if await self._told_from_cache(entry, error):
                self._start()
                return
            if self._checks(url):
                self._subscribed.pop(entry, None)
                raise RegistryError(f"Failed to subscribe {url!r}, cause: {error}") from error
            self._later("subscribe", url, error)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop telling `listener`; not subscribed is ignored (REG-14)."""
        if self._closed:
            return
        entry = (url, listener)
        self._subscribed.pop(entry, None)
        try:
            await self._align_subscription(entry)
        except (AiodubboError, OSError) as error:
            self._later("unsubscribe", url, error)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """What matches `url` now."""
        return await self._inner.lookup(url)

    async def close(self) -> None:
        """Take everything back (unless ``dynamic=false``), then let go of the registry; failures are logged (REG-29)."""
        if self._closed:
            return
        self._closed = True
        task, self._task = self._task, None
        if task is not None:
            await end(task)
        if self._inner.is_available():
            self._subscribed.clear()

            async def unregister(url: URL) -> None:
                await self._quietly(self._inner.unregister(url), "unregister", url)

            async def unsubscribe(entry: Entry) -> None:
                await self._quietly(self._align_subscription(entry), "unsubscribe", entry[0])

            await _each(unregister, [url for url in self._held_registered if url.get(keys.DYNAMIC)])
            await _each(unsubscribe, list(self._held_subscribed))
        await self._inner.close()
        await self._cache.close()

    async def _told_from_cache(self, entry: tuple[URL, Listener], error: Exception) -> bool:
        """Whether the cache had anything to tell in place of the registry."""
        url, listener = entry
        cached = await self._cache.lookup(url)
        if all(found.protocol == "empty" for found in cached):
            return False
        logger.warning("Failed to subscribe %r, Using cached list: %r from cache file: %s, cause: %s", url, cached, self._cache.path, error)
        await listener(cached)
        return True

    # -- bringing what the registry holds in line with what is wanted

    def _turn(self, of: URL | Entry) -> asyncio.Lock:
        """What whoever works on it holds meanwhile; it lasts as long as somebody does."""
        return self._turns.setdefault(of, asyncio.Lock())

    async def _align_registration(self, url: URL) -> None:
        async with self._turn(url):
            wanted, held = url in self._registered, url in self._held_registered
            if wanted and not held:
                await self._inner.register(url)
                self._held_registered.add(url)
            elif held and not wanted:
                await self._inner.unregister(url)
                self._held_registered.discard(url)

    async def _align_subscription(self, entry: Entry) -> None:
        async with self._turn(entry):
            wanted, held = entry in self._subscribed, entry in self._held_subscribed
            if wanted and not held:
                await self._inner.subscribe(entry[0], self._cache.recording(*entry))
                self._held_subscribed[entry] = None
            elif held and not wanted:
                await self._inner.unsubscribe(entry[0], self._cache.recording(*entry))
                self._held_subscribed.pop(entry, None)

    async def _reconcile(self) -> None:
        """One pass over all differences. What the registry refuses does not keep the rest waiting; a registry that is away ends the pass.

        Raises:
            AiodubboError, OSError: the first operation that failed; what is left is for the next pass.
        """
        failures = [
            *await _each(self._align_registration, self._held_registered - self._registered),
            *await _each(self._align_subscription, [entry for entry in self._held_subscribed if entry not in self._subscribed]),
            *await _each(self._align_registration, self._registered - self._held_registered),
            *await _each(self._align_subscription, [entry for entry in self._subscribed if entry not in self._held_subscribed]),
        ]
        if failures:
            raise failures[0]

    async def _keep_trying(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._reconcile()
            except (AiodubboError, OSError) as error:
                logger.info("registry %s: %s; trying again in %.1f s", self.url.address, error, self._retry_period)
                await asyncio.sleep(self._retry_period)
                self._wake.set()

    def _later(self, what: str, url: URL, error: Exception) -> None:
        logger.warning("Failed to %s %r, waiting for retry, cause: %s", what, url, error)
        self._start()

    def _new_session(self) -> None:
        """The registry may hold nothing of ours: repeat everything (REG-28, REG-77).

        What is to be taken back and could not be yet may still be there, as a persistent entry is; that stays on the list.
        """
        self._held_registered -= self._registered
        self._held_subscribed.clear()
        self._start()

    def _start(self) -> None:
        if self._closed:
            return
        self._wake.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_trying(), name=f"failback {self.url.address}")

    def _must_be_open(self) -> None:
        if self._closed:
            raise RegistryError(f"the connection to the registry {self.url.address} is closed")

    def _checks(self, url: URL) -> bool:
        return self.url.get(keys.CHECK) and url.get(keys.CHECK)

    async def _quietly(self, operation: Awaitable[None], what: str, url: URL) -> None:
        try:
            await operation
        except (AiodubboError, OSError) as error:
            logger.warning("Failed to %s %r while closing, cause: %s", what, url, error)


async def _each(work: Callable[[T], Awaitable[None]], on: Collection[T]) -> list[RegistryError]:
    """Work on all of `on`, some at a time.

    Returns:
        What the registry refused.

    Raises:
        AiodubboError, OSError: the registry is away; what was not begun by then is left.
    """
    refused: list[RegistryError] = []
    left = iter(on)
    away: list[AiodubboError | OSError] = []

    async def work_off() -> None:
        for one in left:
            try:
                await work(one)
            except RegistryError as error:
                refused.append(error)
            except (AiodubboError, OSError) as error:
                away.append(error)
            if away:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, len(on))):
            group.create_task(work_off())
    if away:
        raise away[0]
    return refused
