"""What surrounds every registry: nothing that was asked for is forgotten (Java: ``FailbackRegistry``, REG-30…33).

Theory of operation: there is what the application *wants* to be registered and subscribed, and what the registry is known to *hold*.
Each call changes the first and tries to bring the second in line at once. What fails is tried again every ``retry.period`` until both are
equal; a new session with the registry means that it holds nothing, so that everything is repeated. The opposite call takes the wish back,
and with it the retries. Where no answer came, the registry may have done what it was asked for, or not: it counts as holding something that
is to be taken back, and as not holding something that is wanted.

What the registry tells is kept in a file. A subscription that fails is answered from there, until the registry is back; what listeners were
told once stays with them while it is away.

Operations on one URL, and on the subscriptions to one service, wait for each other, so that a wish and its opposite never overtake each
other. Different ones run side by side: one that has to wait, as for the answers of a multicast group, keeps nobody else waiting. Only a
listener that is told first does not wait when it ends a subscription to its own service: the turn is its own, and ends with it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.tasks import Backoff, Closing, Repeater, Tasks, is_being_cancelled
from aiodubbo.url import keys

from .cache_file import RegistryCache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

Entry: TypeAlias = "tuple[URL, Listener]"
"""A subscription."""

T = TypeVar("T")

_AT_ONCE = 64
"""Operations under way at once when everything is repeated: a registry that comes back is asked by all its clients at the same time."""

_NOT_CONFIRMED = -1
"""In place of a session: the registry was asked, to hold it or to forget it, and has not answered."""

_TELLING: ContextVar[frozenset[Entry]] = ContextVar("_TELLING", default=frozenset())
"""The subscriptions for which whoever runs here is told first."""


class SessionRegistry(Protocol):
    """A concrete registry, without any policy: each operation works now or raises.

    `RegistryError` says that it was refused; any other error, that no answer came and it may have been done all the same.
    """

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
        host: the application; its clock times the repetitions.
        cache: where to keep what it tells; None for the one that its URL asks for.
    """

    def __init__(self, inner: SessionRegistry, host: Host, cache: RegistryCache | None = None) -> None:
        self._inner = inner
        self._cache = cache or RegistryCache(inner.url, host)
        self._retry_period = inner.url.get(keys.RETRY_PERIOD)
        self._registered: set[URL] = set()
        self._subscribed: dict[Entry, None] = {}
        # What the registry holds, with the session in which it was told. It may hold, too, what it was told in an earlier one, and what it
        # was asked for without an answer, since that was lost or the caller was cancelled: that is to be taken back with the wish.
        self._held_registered: dict[URL, int] = {}
        self._held_subscribed: dict[Entry, int] = {}
        self._accepts = {protocol.lower() for protocol in inner.url.get(keys.ACCEPTED_PROTOCOLS)}
        self._session = 0  # how often the registry may have forgotten us
        self._told_something = False
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._attempts: dict[Entry, int] = {}  # to subscribe: how many are under way, or wait for their turn
        self._subscribing: set[Entry] = set()  # subscriptions whose first notification is under way
        self._repeater = Repeater(
            Tasks(host.clock),
            self._reconcile,
            Backoff.every(self._retry_period),
            failed=self._log_failure,
            name=f"failback {inner.url.address}",
        )
        self._closing = Closing(self._close, f"close {inner.url.address}")
        inner.on_new_session(self._new_session)

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
        """What the application wants to be registered."""
        return frozenset(self._registered)

    def is_available(self) -> bool:
        """Whether the registry can be reached now."""
        return self._inner.is_available()

    async def register(self, url: URL) -> None:
        """Announce `url`; a failure is raised when it is to be checked, and repeated in the background otherwise (REG-30).

        What was raised as a failure and has arrived all the same is taken back.

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
                if not url.get(keys.DYNAMIC):  # it may be somebody else's, and lasts for them
                    self._held_registered.pop(url, None)
                if url in self._held_registered:
                    self._start()
                raise RegistryError(f"Failed to register {url!r} to registry {self.url.address}, cause: {error}") from error
            self._later("register", url, error)

    async def unregister(self, url: URL) -> None:
        """Take `url` back; what the registry cannot be told now is told later. Closing took back everything already.

        What is not ``dynamic`` is taken back whoever registered it, since it outlives its owner.
        """
        if self._closing.has_begun:
            return
        self._registered.discard(url)
        if not url.get(keys.DYNAMIC):
            self._held_registered.setdefault(url, _NOT_CONFIRMED)
        try:
            await self._unregister(url)
        except (AiodubboError, OSError) as error:
            self._later("unregister", url, error)
        except BaseException:  # cancelled, but the wish is gone
            self._start()
            raise

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
            await self._subscribe(entry)
        except (AiodubboError, OSError) as error:
            if await self._told_from_cache(entry, error):
                self._start()
                return
            if self._checks(url):
                self._subscribed.pop(entry, None)
                if entry in self._held_subscribed:
                    self._start()
                raise RegistryError(f"Failed to subscribe {url!r}, cause: {error}") from error
            self._later("subscribe", url, error)

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        """Stop telling `listener`; not subscribed is ignored (REG-14).

        Asked for by a listener of the same service that is told first, it is done when that one returns.
        """
        if self._closing.has_begun:
            return
        entry = (url, listener)
        self._subscribed.pop(entry, None)
        if entry in self._subscribing:
            return  # perhaps the listener itself asks for it, for whose end the subscription waits: it is taken back then
        if any(one in self._subscribing and one[0].service_interface == url.service_interface for one in _TELLING.get()):
            self._start()
            return
        try:
            await self._unsubscribe(entry)
        except (AiodubboError, OSError) as error:
            self._later("unsubscribe", url, error)
        except BaseException:  # cancelled, but the wish is gone
            self._start()
            raise

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
        await self._closing()

    async def _close(self) -> None:
        await self._repeater.close()
        if self._inner.is_available():
            await asyncio.gather(
                *(self._quietly(self._inner.unregister(url), "unregister", url) for url in self._held_registered if url.get(keys.DYNAMIC))
            )
            for entry in list(self._held_subscribed):
                await self._quietly(self._inner.unsubscribe(entry[0], self._cache.recording(*entry)), "unsubscribe", entry[0])
        await self._inner.close()
        await self._cache.close()

    async def _told_from_cache(self, entry: Entry, error: Exception) -> bool:
        """Whether the cache had anything to tell in place of the registry, or nothing has to be told any more."""
        url, listener = entry
        cached = await self._cache.lookup(url)
        while entry in self._attempts:  # a session that has just begun, which tells it something newer
            async with self._turn(url.service_interface):
                pass
        if entry not in self._subscribed or self._held_subscribed.get(entry, _NOT_CONFIRMED) != _NOT_CONFIRMED:
            return True
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
            if url not in self._registered or self._holds(url):
                return
            session, was_available = self._begin(), self._inner.is_available()
            was_asked = url in self._held_registered
            self._held_registered.setdefault(url, _NOT_CONFIRMED)
            try:
                await self._inner.register(url)
            except Exception as error:
                if not was_asked and not self._may_hold(error, was_available):
                    del self._held_registered[url]
                raise
            self._told_something = True
            self._held_registered[url] = session  # which may be over by now: then it is registered again

    async def _unregister(self, url: URL) -> None:
        async with self._turn(url):
            if url not in self._registered and url in self._held_registered:
                self._held_registered[url] = _NOT_CONFIRMED
                await self._inner.unregister(url)
                del self._held_registered[url]

    async def _subscribe(self, entry: Entry) -> None:
        self._attempts[entry] = self._attempts.get(entry, 0) + 1
        try:
            await self._subscribe_in_turn(entry)
        finally:
            others = self._attempts.pop(entry) - 1
            if others:
                self._attempts[entry] = others

    async def _subscribe_in_turn(self, entry: Entry) -> None:
        async with self._telling(entry):
            if entry not in self._subscribed or self._knows(entry):
                return
            session, was_available = self._begin(), self._inner.is_available()
            was_asked = entry in self._held_subscribed
            self._held_subscribed.setdefault(entry, _NOT_CONFIRMED)
            try:
                await self._inner.subscribe(entry[0], self._cache.recording(*entry))
            except Exception as error:
                if not was_asked and not self._may_hold(error, was_available):
                    del self._held_subscribed[entry]
                raise
            self._told_something = True
            self._held_subscribed[entry] = session

    def _may_hold(self, error: Exception, was_available: bool) -> bool:
        """Whether the registry may hold what it was asked for all the same: it did not refuse, and was not away all the time."""
        return not isinstance(error, RegistryError) and (was_available or self._inner.is_available())

    @asynccontextmanager
    async def _telling(self, entry: Entry) -> AsyncIterator[None]:
        """The turn of a service, to tell a listener first."""
        async with self._turn(entry[0].service_interface):
            self._subscribing.add(entry)
            before = _TELLING.set(_TELLING.get() | {entry})
            try:
                yield
            finally:
                _TELLING.reset(before)
                self._subscribing.discard(entry)
                if entry not in self._subscribed and entry in self._held_subscribed:
                    self._start()  # to be taken back

    async def _unsubscribe(self, entry: Entry) -> None:
        async with self._turn(entry[0].service_interface):
            if entry not in self._subscribed and entry in self._held_subscribed:
                self._held_subscribed[entry] = _NOT_CONFIRMED
                await self._inner.unsubscribe(entry[0], self._cache.recording(*entry))
                del self._held_subscribed[entry]
                if all(url != entry[0] for url, _ in self._held_subscribed):
                    self._cache.forget(entry[0])

    def _begin(self) -> int:
        """The session for which an operation counts that begins now; a first one begins with it, and has nothing to forget."""
        self._told_something = self._told_something or self._inner.is_available()
        return self._session

    def _holds(self, url: URL) -> bool:
        return self._held_registered.get(url) == self._session

    def _knows(self, entry: Entry) -> bool:
        return self._held_subscribed.get(entry) == self._session

    def _turn(self, of: Hashable) -> asyncio.Lock:
        turn = self._turns.get(of)
        if turn is None:
            turn = self._turns[of] = asyncio.Lock()
        return turn

    async def _reconcile(self) -> None:
        """One pass over all differences: first what is to be taken back, then what is to be registered, then what is to be subscribed.

        What fails does not keep the rest waiting: one node of several may be the cause. A registry that is away ends the pass.

        Raises:
            AiodubboError, OSError: the first operation that failed; what is left is for the next pass.
        """
        failures = [
            *await self._each(self._unregister, [url for url in self._held_registered if url not in self._registered]),
            *await self._each(self._unsubscribe, [entry for entry in self._held_subscribed if entry not in self._subscribed]),
            *await self._each(self._register, [url for url in self._registered if not self._holds(url)]),
            *await self._each(self._subscribe, [entry for entry in self._subscribed if not self._knows(entry)]),
        ]
        if failures:
            raise failures[0]

    async def _each(self, work: Callable[[T], Awaitable[None]], on: Collection[T]) -> list[AiodubboError | OSError]:
        """Work on all of `on`, some at a time.

        Returns:
            What failed.

        Raises:
            AiodubboError, OSError: the registry is away; what was not begun by then is left.
        """
        failures: list[AiodubboError | OSError] = []
        unforeseen = 0
        left = iter(on)
        away: list[AiodubboError | OSError] = []

        async def work_off() -> None:
            nonlocal unforeseen
            for one in left:
                try:
                    await work(one)
                except RegistryError as error:
                    failures.append(error)
                except (AiodubboError, OSError) as error:
                    (failures if self._inner.is_available() else away).append(error)
                except (Exception, asyncio.CancelledError) as error:  # unforeseen; the rest is to be repeated all the same
                    if is_being_cancelled():
                        raise
                    unforeseen += 1
                    if unforeseen == 1:  # the others are of its kind, most likely, and may be thousands
                        logger.exception("registry %s: unforeseen failure", self.url.address)
                    failures.append(RegistryError(repr(error)))
                if away:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(on))):
                group.create_task(work_off())
        if away:
            raise away[0]
        return failures

    def _log_failure(self, error: Exception) -> None:
        level = logging.INFO if isinstance(error, AiodubboError | OSError) else logging.ERROR
        stack = None if level == logging.INFO else error
        logger.log(level, "registry %s: %s; trying again in %.1f s", self.url.address, error, self._retry_period, exc_info=stack)

    def _later(self, what: str, url: URL, error: Exception) -> None:
        logger.warning("Failed to %s %r, waiting for retry, cause: %s", what, url, error)
        self._start()

    def _new_session(self) -> None:
        """The registry may hold nothing of ours: repeat everything (REG-28, REG-77)."""
        if self._told_something:
            self._session += 1
        if self._told_something or self._repeater.is_running:
            self._start(hurry=True)

    def _start(self, *, hurry: bool = False) -> None:
        """Have everything repeated. After a failed pass that is done at the next one; only a new session is a reason to `hurry`."""
        if not self._closing.has_begun:
            self._repeater.wake(hurry=hurry)

    def _must_be_open(self) -> None:
        if self._closing.has_begun:
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
