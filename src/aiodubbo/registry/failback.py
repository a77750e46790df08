"""The policy around every registry: nothing that the application asked for is forgotten (Java: ``FailbackRegistry``, REG-30…33).

`Reconciler` repeats what failed. Here stands what a caller sees of it: which failures are raised, and that a subscription which fails is
answered from the cache file until the registry is back. Listeners keep their last lists while it is away.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.tasks import Closing
from aiodubbo.url import keys

from .cache import RegistryCache
from .reconciler import UNCONFIRMED, Reconciler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .reconciler import SessionRegistry, SubscriptionKey

logger = logging.getLogger(__name__)


class FailbackRegistry:
    """A `Registry` that repeats what failed.

    Args:
        inner: the concrete registry.
        host: the application; its clock times the repetitions.
        cache: keeps what listeners were notified of; None for the file that the registry's URL asks for.
    """

    def __init__(self, inner: SessionRegistry, host: Host, cache: RegistryCache | None = None) -> None:
        self._inner = inner
        self._cache = cache or RegistryCache(inner.url, host)
        self._reconciler = Reconciler(inner, self._cache, host)
        self._accepts = {protocol.lower() for protocol in inner.url.get(keys.ACCEPTED_PROTOCOLS)}
        self._closing = Closing(self._close, f"close {inner.url.address}")

    @property
    def url(self) -> URL:
        """The registry's own address and settings."""
        return self._inner.url

    @property
    def inner(self) -> SessionRegistry:
        """The concrete registry, for programs that end before a repetition could help: each operation works now or raises."""
        return self._inner

    @property
    def registered(self) -> frozenset[URL]:
        """URLs that the application wants to be registered."""
        return frozenset(self._reconciler.wanted_urls)

    def is_available(self) -> bool:
        """Tell whether the registry can be reached now."""
        return self._inner.is_available()

    async def register(self, url: URL) -> None:
        """Announce `url`; a failure is raised when it is to be checked, and repeated in the background otherwise (REG-30).

        What was raised as a failure and has arrived all the same is taken back.

        Raises:
            RegistryError: the registry refused or is away, and ``check`` is true; or it was closed.
        """
        self._must_be_open()
        if self._accepts and url.protocol.lower() not in self._accepts:
            logger.info("%r is not registered: the registry %s takes only %s", url, self.url.address, ", ".join(sorted(self._accepts)))
            return
        entries = self._reconciler
        entries.wanted_urls.add(url)
        try:
            await entries.register(url)
        except (AiodubboError, OSError) as error:
            if not self._checks(url) or url.protocol == "consumer":
                self._retry("register", url, error)
                return
            entries.wanted_urls.discard(url)
            if not url.get(keys.DYNAMIC):  # it may be somebody else's, and lasts for them
                entries.held_urls.pop(url, None)
            if url in entries.held_urls:
                entries.start()
            raise RegistryError(f"Failed to register {url!r} to registry {self.url.address}, cause: {error}") from error

    async def unregister(self, url: URL) -> None:
        """Take `url` back; when the registry is away, as soon as it is there again. Closing took back everything already.

        What is not ``dynamic`` is taken back from any owner, since it outlives its owner.
        """
        if self._closing.has_begun:
            return
        entries = self._reconciler
        entries.wanted_urls.discard(url)
        if not url.get(keys.DYNAMIC):
            entries.held_urls.setdefault(url, UNCONFIRMED)
        try:
            await entries.unregister(url)
        except (AiodubboError, OSError) as error:
            self._retry("unregister", url, error)
        except BaseException:  # cancelled, but the wish is gone
            entries.start()
            raise

    async def subscribe(self, url: URL, listener: Listener) -> None:
        """Have `listener` notified: by the registry, or from the cache when that fails; see `register` for failures (REG-31).

        Raises:
            ConfigurationError: the cache file that the registry's URL names cannot be created.
            RegistryError: the registry refused or is away, the cache knows nothing, and ``check`` is true; or it was closed.
        """
        self._must_be_open()
        await self._cache.open()
        entries, key = self._reconciler, (url, listener)
        entries.wanted_subscriptions[key] = None
        try:
            await entries.subscribe(key)
        except (AiodubboError, OSError) as error:
            if await self._notify_from_cache(key, error):
                entries.start()
                return
            if not self._checks(url):
                self._retry("subscribe", url, error)
                return
            entries.wanted_subscriptions.pop(key, None)
            if key in entries.held_subscriptions:
                entries.start()
            raise RegistryError(f"Failed to subscribe {url!r}, cause: {error}") from error

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop notifying `listener`; not subscribed is ignored (REG-14).

        When the first notification of a listener of the same service asks for it, it is done when that one returns.
        """
        if self._closing.has_begun:
            return
        entries, key = self._reconciler, (url, listener)
        entries.wanted_subscriptions.pop(key, None)
        if entries.is_subscribing(key):
            return  # perhaps its own listener asks for it
        if entries.is_in_first_notification(url.service_interface):
            entries.start()
            return
        try:
            await entries.unsubscribe(key)
        except (AiodubboError, OSError) as error:
            self._retry("unsubscribe", url, error)
        except BaseException:  # cancelled, but the wish is gone
            entries.start()
            raise

    async def lookup(self, url: URL) -> Sequence[URL]:
        """Look up the URLs that match `url`.

        Raises:
            RegistryError: the registry refused, or was closed.
            NetworkError: it is away.
        """
        self._must_be_open()
        return await self._inner.lookup(url)

    async def close(self) -> None:
        """Take everything back (unless ``dynamic=false``), then close the registry; failures are logged (REG-29).

        It goes on when the caller is cancelled; calling it again waits for the same.
        """
        await self._closing()

    async def _close(self) -> None:
        entries = self._reconciler
        await entries.close()
        if self._inner.is_available():
            urls = [url for url in entries.held_urls if url.get(keys.DYNAMIC)]
            await asyncio.gather(*(self._quietly(self._inner.unregister(url), "unregister", url) for url in urls))
            for key in list(entries.held_subscriptions):
                await self._quietly(self._inner.unsubscribe(key[0], self._cache.recording(*key)), "unsubscribe", key[0])
        await self._inner.close()
        await self._cache.close()

    async def _notify_from_cache(self, key: SubscriptionKey, error: Exception) -> bool:
        """Notify a listener in place of the registry. Whether the cache knew something, or nothing is needed from it any more."""
        url, listener = key
        cached = await self._cache.lookup(url)
        if await self._reconciler.needs_no_cache(key):
            return True
        if all(provider.protocol == "empty" for provider in cached):
            return False
        logger.warning("Failed to subscribe %r, Using cached list: %r from cache file: %s, cause: %s", url, cached, self._cache.path, error)
        try:
            await listener(cached)
        except Exception:  # the listener's own failure (REG-32)
            logger.exception("Failed to notify addresses for subscribe %r", url)
        return True

    def _retry(self, what: str, url: URL, error: Exception) -> None:
        logger.warning("Failed to %s %r, waiting for retry, cause: %s", what, url, error)
        self._reconciler.start()

    def _must_be_open(self) -> None:
        if self._closing.has_begun:
            raise RegistryError(f"the connection to the registry {self.url.address} is closed")

    def _checks(self, url: URL) -> bool:
        return self.url.get(keys.CHECK) and url.get(keys.CHECK)

    async def _quietly(self, operation: Awaitable[None], what: str, url: URL) -> None:
        try:
            await operation
        except (AiodubboError, OSError) as error:
            logger.warning("Failed to %s %r while closing, cause: %s", what, url, error)
