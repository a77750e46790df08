"""What surrounds every registry: nothing that was asked for is forgotten (Java: ``FailbackRegistry``, REG-30…33).

Theory of operation: there is what the application *wants* to be registered and subscribed, and what the registry is known to *hold*.
Each call changes the first and tries to bring the second in line at once. What fails is tried again every ``retry.period`` until both are
equal; a new session with the registry means that it holds nothing, so that everything is repeated. The opposite call takes the wish back,
and with it the retries.

What the registry tells is kept in a file. A subscription that fails is answered from there, until the registry is back; what listeners were
told once stays with them while it is away.

Operations on one URL, and on the subscriptions to one service, wait for each other, so that a wish and its opposite never overtake each
other. Different ones run side by side: one that has to wait, as for the answers of a multicast group, keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

from aiodubbo.clients.ending import end
from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.url import keys
from aiodubbo.url.params import ParamKey, names

from .cache_file import RegistryCache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.url.url import URL

__all__ = ["FailbackRegistry", "SessionRegistry"]

logger = logging.getLogger(__name__)

_ACCEPTS: ParamKey[tuple[str, ...]] = ParamKey("accepts", names, ())
"""On a registry's URL: the protocols whose URLs are registered there; none stands for all (REG-34)."""


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
        self._subscribed: list[tuple[URL, Listener]] = []
        self._held_registered: set[URL] = set()
        self._held_subscribed: list[tuple[URL, Listener]] = []
        # What the registry took, and what it was asked for when a session ended or the caller was cancelled: it may hold that, so that it
        # is to be taken back with the wish.
        self._asked_registered: set[URL] = set()
        self._asked_subscribed: list[tuple[URL, Listener]] = []
        self._accepts = {protocol.lower() for protocol in inner.url.get(_ACCEPTS)}
        self._sessions = 0  # how often the registry may have forgotten us
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._wake = asyncio.Event()
        self._subscribing: list[tuple[URL, Listener]] = []  # subscriptions whose first notification is under way
        self._closed = False
        self._closing: asyncio.Task[None] | None = None
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
        if not self._is_accepted(url):
            logger.info("%r is not registered: the registry %s takes only %s", url, self.url.address, ", ".join(sorted(self._accepts)))
            return
        self._registered.add(url)
        try:
            await self._register(url)
        except (AiodubboError, OSError) as error:
            if self._checks(url) and url.protocol != "consumer":
                self._registered.discard(url)
                raise RegistryError(f"Failed to register {url!r} to registry {self.url.address}, cause: {error}") from error
            self._later("register", url, error)

    async def unregister(self, url: URL) -> None:
        """Take `url` back; what the registry cannot be told now is told later. Closing took back everything already.

        What is not ``dynamic`` is taken back whoever registered it, since it outlives its owner.
        """
        if self._closed:
            return
        self._registered.discard(url)
        if not url.get(keys.DYNAMIC):
            self._held_registered.add(url)
        try:
            await self._unregister(url)
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
        if entry not in self._subscribed:
            self._subscribed.append(entry)
        try:
            await self._subscribe(entry)
        except (AiodubboError, OSError) as error:
            if await self._told_from_cache(entry, error):
                self._start()
                return
            if self._checks(url):
                if entry in self._subscribed:
                    self._subscribed.remove(entry)
                raise RegistryError(f"Failed to subscribe {url!r}, cause: {error}") from error
            self._later("subscribe", url, error)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop telling `listener`; not subscribed is ignored (REG-14)."""
        if self._closed:
            return
        entry = (url, listener)
        if entry in self._subscribed:
            self._subscribed.remove(entry)
        if entry in self._subscribing:
            return  # perhaps the listener itself asks for it, for whose end the subscription waits: it is taken back then
        try:
            await self._unsubscribe(entry)
        except (AiodubboError, OSError) as error:
            self._later("unsubscribe", url, error)

    async def lookup(self, url: URL) -> Sequence[URL]:
        """What matches `url` now.

        Raises:
            RegistryError: the registry refused, or was closed.
            NetworkError: it is away.
        """
        self._must_be_open()
        return await self._inner.lookup(url)

    async def close(self) -> None:
        """Take everything back (unless ``dynamic=false``), then let go of the registry; failures are logged (REG-29).

        It goes on when the caller is cancelled; calling it again waits for the same.
        """
        if self._closing is None:
            self._closed = True
            self._closing = asyncio.get_running_loop().create_task(self._close(), name=f"close {self.url.address}")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            await end(task)
        if self._inner.is_available():
            await asyncio.gather(
                *(
                    self._quietly(self._inner.unregister(url), "unregister", url)
                    for url in self._held_registered | self._asked_registered
                    if url.get(keys.DYNAMIC)
                )
            )
            for entry in self._asked_subscribed:
                await self._quietly(self._inner.unsubscribe(entry[0], self._cache.recording(*entry)), "unsubscribe", entry[0])
        await self._inner.close()
        await self._cache.close()

    async def _told_from_cache(self, entry: tuple[URL, Listener], error: Exception) -> bool:
        """Whether the cache had anything to tell in place of the registry."""
        url, listener = entry
        cached = await self._cache.lookup(url)
        if all(found.protocol == "empty" for found in cached):
            return False
        logger.warning("Failed to subscribe %r, Using cached list: %r from cache file: %s, cause: %s", url, cached, self._cache.path, error)
        try:
            await listener(cached)
        except Exception:  # the listener's own failure (REG-32)
            logger.exception("Failed to notify addresses for subscribe %r", url)
        return True

    # -- bringing what the registry holds in line with what is wanted

    async def _register(self, url: URL) -> None:
        async with self._turn(url):
            if url in self._held_registered or url not in self._registered:
                return
            session = self._sessions
            was_asked = url in self._asked_registered
            self._asked_registered.add(url)
            try:
                await self._inner.register(url)
            except Exception:
                if not was_asked:
                    self._asked_registered.discard(url)
                raise
            if session == self._sessions:  # else it went into a session that is over, and is registered again
                self._held_registered.add(url)

    async def _unregister(self, url: URL) -> None:
        async with self._turn(url):
            if (url in self._held_registered or url in self._asked_registered) and url not in self._registered:
                await self._inner.unregister(url)
                self._held_registered.discard(url)
                self._asked_registered.discard(url)

    async def _subscribe(self, entry: tuple[URL, Listener]) -> None:
        async with self._turn(entry[0].service_interface):
            if entry in self._held_subscribed or entry not in self._subscribed:
                return
            session = self._sessions
            was_asked = entry in self._asked_subscribed
            if not was_asked:
                self._asked_subscribed.append(entry)
            self._subscribing.append(entry)
            try:
                await self._inner.subscribe(entry[0], self._cache.recording(*entry))
            except Exception:
                if not was_asked:
                    self._asked_subscribed.remove(entry)
                raise
            finally:
                self._subscribing.remove(entry)
                if entry not in self._subscribed:
                    self._start()  # to be taken back
            if session == self._sessions:
                self._held_subscribed.append(entry)

    async def _unsubscribe(self, entry: tuple[URL, Listener]) -> None:
        async with self._turn(entry[0].service_interface):
            if entry in self._asked_subscribed and entry not in self._subscribed:
                await self._inner.unsubscribe(entry[0], self._cache.recording(*entry))
                self._asked_subscribed.remove(entry)
                if all(url != entry[0] for url, _ in self._asked_subscribed):
                    self._cache.forget(entry[0])
                if entry in self._held_subscribed:
                    self._held_subscribed.remove(entry)

    def _turn(self, of: Hashable) -> asyncio.Lock:
        turn = self._turns.get(of)
        if turn is None:
            turn = self._turns[of] = asyncio.Lock()
        return turn

    async def _reconcile(self) -> None:
        """One pass over all differences: first what is to be taken back, then what is to be registered, then what is to be subscribed.

        What the registry refuses does not keep the rest waiting; a registry that is away ends the pass.

        Raises:
            AiodubboError, OSError: the first operation that failed; what is left is for the next pass.
        """
        refused = await _side_by_side(
            [self._unregister(url) for url in (self._held_registered | self._asked_registered) - self._registered]
            + [self._unsubscribe(entry) for entry in self._asked_subscribed if entry not in self._subscribed]
        )
        refused += await _side_by_side(self._register(url) for url in self._registered - self._held_registered)
        refused += await _side_by_side(self._subscribe(entry) for entry in self._subscribed if entry not in self._held_subscribed)
        if refused:
            raise refused[0]

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
            except Exception:  # unforeseen; without this task nothing would be repeated ever again
                logger.exception("registry %s; trying again in %.1f s", self.url.address, self._retry_period)
                await asyncio.sleep(self._retry_period)
                self._wake.set()

    def _later(self, what: str, url: URL, error: Exception) -> None:
        logger.warning("Failed to %s %r, waiting for retry, cause: %s", what, url, error)
        self._start()

    def _new_session(self) -> None:
        """The registry may hold nothing of ours: repeat everything (REG-28, REG-77).

        What is to be taken back and could not be yet may still be there, as a persistent entry is; that stays on the list.
        """
        self._sessions += 1
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

    def _is_accepted(self, url: URL) -> bool:
        return not self._accepts or url.protocol.lower() in self._accepts

    def _checks(self, url: URL) -> bool:
        return self.url.get(keys.CHECK) and url.get(keys.CHECK)

    async def _quietly(self, operation: Awaitable[None], what: str, url: URL) -> None:
        try:
            await operation
        except (AiodubboError, OSError) as error:
            logger.warning("Failed to %s %r while closing, cause: %s", what, url, error)


async def _side_by_side(operations: Iterable[Awaitable[None]]) -> list[RegistryError]:
    """Run all of them; returns the refusals.

    Raises:
        Exception: the first other failure, when all have ended.
    """
    refused: list[RegistryError] = []
    other: list[BaseException] = []
    for outcome in await asyncio.gather(*operations, return_exceptions=True):
        if isinstance(outcome, RegistryError):
            refused.append(outcome)
        elif outcome is not None:
            other.append(outcome)
    if other:
        raise other[0]
    return refused
