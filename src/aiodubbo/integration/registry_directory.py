"""The live list of providers that a registry tells about (Java: ``RegistryDirectory``, REG-62…68).

Each notification replaces one frozen snapshot. Rules of the registry, and then those of the configuration centre, change the merged URLs of
providers, and the URL of the reference itself (CLU-98). A provider whose merged URL did not change keeps its invoker, and so its
connection; one that left is closed after its calls.

A list that has suddenly become empty is doubted while a connection to a provider stands: a provider that lost its session with the registry
lives, serves, and announces itself again in a moment. One that leaves in good order says so over the connection, or closes it, and is
believed at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, NamedTuple

from aiodubbo.errors import AiodubboError, ConfigurationError
from aiodubbo.filter.chain import chain, consumer_filters
from aiodubbo.governance.configurators.rules import configurators, configure, is_rule
from aiodubbo.governance.matching import check_numbers, is_candidate, joined, judge
from aiodubbo.governance.routers.chain import is_route, named_routers
from aiodubbo.governance.routes import Routes
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.host import Registration
from aiodubbo.url import keys
from aiodubbo.url.merge import merge

from .center_rules import without_copies
from .reference_rules import ReferenceRules
from .registered_url import registered_consumer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from aiodubbo.governance.routers.tag import TagRule
    from aiodubbo.rpc.abc import Configurator, Invoke, Invoker, Registry
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules

logger = logging.getLogger(__name__)

_EXPLAIN_EVERY = 1.0
_EXPLAIN_TIMEOUT = 1.0

_TURN = 0.01
"""Seconds of judging after which others have their turn. One provider takes microseconds, but with a thousand rules milliseconds."""

_LOOK_EVERY = 0.1
"""Seconds between looks at the connections while an empty list is doubted."""


class _Judgement(NamedTuple):
    """What was made of a provider's URL.

    Attributes:
        provider: as it is registered.
        address: its own.
        url: under which it is called; None when it is not.
        text: of that URL.
        reason: why it is not called.
    """

    provider: URL
    address: str
    url: URL | None
    text: str
    reason: str


class _Turns:
    """Lets others have their turn during long work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    async def give(self) -> None:
        """Call it after each piece of work."""
        if self._loop.time() - self._since > _TURN:
            await asyncio.sleep(0)
            self._since = self._loop.time()


class FilteredInvoker:
    """An invoker whose calls go through the consumer's filters."""

    __slots__ = ("_inner", "_invoke")

    def __init__(self, inner: Invoker, invoke: Invoke) -> None:
        self._inner = inner
        self._invoke = invoke

    @property
    def url(self) -> URL:
        """The provider's URL."""
        return self._inner.url

    def is_available(self) -> bool:
        """Whether a call would be sent now."""
        return self._inner.is_available()

    def why_unavailable(self) -> str:
        """Why no call would be sent now."""
        return self._inner.why_unavailable()

    async def invoke(self, invocation: Invocation) -> Result:
        """Send the call through the filters."""
        return await self._invoke(invocation)

    async def close(self) -> None:
        """Close the invoker."""
        await self._inner.close()


async def refer_filtered(service: ServiceDescriptor, url: URL, host: Host) -> Invoker:
    """An invoker for the provider at `url`, behind the filters that the URL asks for (SPI-16)."""
    filters = consumer_filters(url, service, host)  # first: when one is missing, no connection was made
    invoker = await host.protocol(url.protocol).refer(service, url)
    return FilteredInvoker(invoker, chain(filters, invoker.invoke)) if filters else invoker


class RegistryDirectory:
    """Providers of one reference.

    Args:
        service: the contract.
        consumer: the consumer's URL (``consumer://host/interface?…``).
        registry: who tells.
        host: the application.
        rules: those of the configuration centre; None without one.
    """

    def __init__(
        self,
        service: ServiceDescriptor,
        consumer: URL,
        registry: Registry,
        host: Host,
        rules: CenterRules | None = None,
    ) -> None:
        self._service = service
        self._consumer = consumer
        self._registry = registry
        self._host = host
        self._subscription = consumer.with_params({"category": "providers,configurators,routers"}).without_params(("check",))
        self._settings = consumer.without_params(("category", "check")).params
        # By the full text of the URL: what did not change must cost next to nothing, since a service may have thousands of providers.
        self._invokers: dict[str, Invoker] = {}
        self._judged: dict[str, _Judgement] = {}  # what was made of each provider's URL; all of it rests on the rules
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False
        self._closing: asyncio.Task[None] | None = None
        self._announcement: URL | None = None
        self._taking = asyncio.Lock()
        self._providers: dict[str, URL] | None = None
        self._patience = math.inf if registry.url.get(keys.ENABLE_EMPTY_PROTECTION) else registry.url.get(keys.RECONNECT_PERIOD)
        self._doubted: dict[str, URL] = {}
        self._told_while_away = False  # from the cache file: the registry that comes back may not know the providers yet
        self._doubt: asyncio.Task[None] | None = None
        self._misplaced: Sequence[URL] = ()  # providers in a category that is none of theirs: never called, named in errors
        self._of_center = ReferenceRules(rules, consumer, self._center_changed) if rules is not None else None
        self._told_rules: Sequence[URL] = ()
        self._told_routes: Sequence[URL] = ()
        self._configurators: tuple[Configurator, ...] = ()
        self._configured_by: Sequence[Sequence[URL]] = ()  # what `_configurators` were made of
        self._is_behind = False  # what was told last is not yet followed: its taking was cancelled or failed
        self._routes = Routes(consumer)
        self._routed_by: object = None  # what `_routes` follow
        self._explained: tuple[float, dict[str, str]] = (-math.inf, {})
        self._looking: asyncio.Task[None] | None = None
        self._unruled = consumer.with_params({"registry.address": registry.url.address})
        self.url = self._unruled
        self.snapshot = Snapshot(State.PENDING)

    @property
    def registrations(self) -> Sequence[Registration]:
        """The consumer at the registry."""
        return (Registration(self._registry.url, self._consumer, self._announcement is not None),)

    async def register(self) -> None:
        """Announce the consumer, unless the registry's URL says ``register=false`` (REG-61).

        Raises:
            RegistryError: the registry is closed.
        """
        if self._registry.url.get(keys.REGISTER):
            self._announcement = registered_consumer(self._consumer, self._registry.url)
            await self._registry.register(self._announcement)

    async def subscribe(self, *, check: bool) -> None:
        """Listen; the first list is there when this returns, unless the registry is away and `check` is false.

        Rules of the configuration centre come first, so that providers are met with the right settings.
        """
        if not check:
            self._subscription = self._subscription.with_params({"check": "false"})
        if self._of_center is not None:
            await self._of_center.start()
            await self._center_changed()
        await self._registry.subscribe(self._subscription, self)
        await self._follow_tags()
        if self.snapshot.state is State.PENDING and self._registry.is_available():
            self.snapshot = Snapshot(State.EMPTY)  # it was asked, and had nothing to tell

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Take what the registry tells, one notification after the other; a category that it does not mention stays (REG-63, REG-64)."""
        async with self._taking:
            if self._closed:
                return
            told = {str(url): url for url in urls}
            new = told.keys() - self._judged.keys()  # what was judged is a provider
            others = {text for text in new if not _is_provider(told[text])}
            providers = {text: url for text, url in told.items() if text not in others} if others else told
            misplaced = [told[text] for text in others if is_candidate(told[text])]
            if others:
                self._told_rules = [url for url in urls if is_rule(url)] or self._told_rules
                self._told_routes = [url for url in urls if is_route(url)] or self._told_routes
            if providers or misplaced:
                self._misplaced = misplaced
            if providers and not self._doubts(providers):
                self._providers = providers
                self._told_while_away = not self._registry.is_available()
            self._renew_rules()
            if self._is_behind or providers:
                await self._renew()
        if self._of_center is not None and self._provider() not in ("", self._of_center.provider):
            self._start(self._follow_tags())

    async def _center_changed(self) -> None:
        """A rule of the configuration centre changed."""
        async with self._taking:
            if self._closed:
                return
            self._renew_rules()
            if self._is_behind:
                await self._renew()

    def _renew_rules(self) -> None:
        """Take the rules as they are now; when those for settings differ from before, all providers are to be judged anew."""
        center = self._of_center
        rules, routes = self._told_rules, self._told_routes
        if center is not None and center.is_in_use:
            rules, routes = without_copies(rules), without_copies(routes)
        routed_by: tuple[Sequence[URL], TagRule | None, Sequence[URL], Sequence[URL]] = (routes, None, (), ())
        configured_by: Sequence[Sequence[URL]] = [rules]
        if center is not None:
            routed_by = (routes, center.tags, *center.conditions)
            configured_by = [rules, *center.configurators]
        if routed_by != self._routed_by:
            self._routed_by = routed_by
            self._routes.follow(named_routers(routes, self._host), *routed_by[1:])
        if configured_by != self._configured_by:
            self._configured_by = configured_by
            self._configurators = tuple(one for urls in configured_by for one in configurators(urls, self._consumer.host, self._host))
            self._judged.clear()
            self._is_behind = True

    async def _renew(self) -> None:
        self._is_behind = True
        if self._providers is None:
            self.url = configure(self._unruled, self._configurators)
        else:
            await self._refresh(self._providers)
        self._is_behind = False

    def _provider(self) -> str:
        """The application that provides the service; of several, Java takes the first as well."""
        return next((invoker.url.param("remote.application") for invoker in self.snapshot.invokers), "")

    async def _follow_tags(self) -> None:
        """The rule for tags is that of the application which provides."""
        application = self._provider()
        if application and self._of_center is not None:
            await self._of_center.provided_by(application)

    async def _refresh(self, providers: dict[str, URL]) -> None:
        for text in self._judged.keys() - providers.keys():
            del self._judged[text]
        turns = _Turns()
        for text in sorted(providers.keys() - self._judged.keys()):
            if providers[text].protocol != "empty":
                self._judged[text] = self._judge(providers[text])
                await turns.give()  # nobody else takes anything meanwhile, see `_taking`; but we may be closed
        rejected: dict[str, str] = {}
        for judged in self._judged.values():
            if judged.url is None:
                _reject(rejected, judged.address, judged.reason)
        wanted = {judged.text: judged for judged in self._judged.values() if judged.url is not None}
        invokers = {text: invoker for text, invoker in self._invokers.items() if text in wanted}
        fresh = [wanted[text] for text in sorted(wanted.keys() - invokers.keys())]
        if fresh and not self._closed:
            invokers |= await self._refer_all(fresh, rejected)
            invokers = {text: invokers[text] for text in sorted(invokers)}  # the order does not depend on the registry's (REG-65)
        if self._closed:  # closed while connecting
            await asyncio.gather(*(invoker.close() for invoker in invokers.values()))
            return
        self._replace(invokers, rejected)

    def _replace(self, invokers: dict[str, Invoker], rejected: dict[str, str]) -> None:
        """Have these invokers from now on, and let go of the others."""
        gone = [self._invokers[text] for text in self._invokers.keys() - invokers.keys()]
        self._invokers = invokers
        state = State.READY if invokers or rejected else State.EMPTY
        ruled = configure(self._unruled, self._configurators)
        first = next(iter(invokers.values()), None)
        self.url = ruled if first is None else ruled.with_params_if_absent(first.url.params)  # what the consumer leaves open (REG-66)
        self.snapshot = Snapshot(state, tuple(invokers.values()), rejected)
        self._routes.among(self.snapshot.invokers)
        logger.debug("%s: %d provider(s), %d rejected", self._consumer.service_key, len(invokers), len(rejected))
        for invoker in gone:
            self._start(invoker.close())

    # -- an empty list that is doubted

    def _doubts(self, providers: dict[str, URL]) -> bool:
        """Whether a list that was told has to wait: it is empty, and a provider could be called now."""
        if all(url.protocol == "empty" for url in providers.values()) and self._can_call():
            self._doubted = providers
            if self._doubt is None:
                logger.info("%s: the registry has no provider any more, but one is connected; waiting", self._consumer.service_key)
                self._doubt = self._start(self._believe_later())
            return True
        self._end_doubt()
        return False

    def _can_call(self) -> bool:
        return any(invoker.is_available() for invoker in self._invokers.values())

    async def _believe_later(self) -> None:
        """Wait until no provider is connected, but not longer than one needs that announces itself again."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience + (self._registry.url.get(keys.SESSION) if self._told_while_away else 0.0)
        while loop.time() < end and self._can_call():  # noqa: ASYNC110 - a connection that goes tells nobody here
            await asyncio.sleep(_LOOK_EVERY)
        async with self._taking:
            if not self._closed:
                self._believe()

    def _believe(self) -> None:
        self._doubt = None
        self._providers, self._judged = self._doubted, {}
        self._replace({}, {})

    def _end_doubt(self) -> None:
        doubt, self._doubt = self._doubt, None
        if doubt is not None:
            doubt.cancel()

    # -- for calls

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """Who of the list may be asked for this call, after the rules for routes (CLU-70)."""
        if self._doubt is not None and not self._can_call() and not self._taking.locked():
            self._end_doubt()
            self._believe()
        return self._routes.candidates(invocation)

    def _judge(self, provider: URL) -> _Judgement:
        url, reasons = judge(self._subscription, self._settings, provider, self._configurators)
        return _Judgement(provider, provider.address, url, "" if url is None else str(url), joined(reasons))

    async def _refer_all(self, fresh: Sequence[_Judgement], rejected: dict[str, str]) -> dict[str, Invoker]:
        """Invokers for new providers, by the text of their URLs; those that cannot be had are noted in `rejected`."""
        made: dict[str, Invoker] = {}

        async def refer(judged: _Judgement) -> None:
            try:
                made[judged.text] = await self._refer(judged)
            except Exception as error:  # whatever it is, it must not hide the other providers
                if not isinstance(error, AiodubboError):
                    logger.exception("the provider %r cannot be used", judged.url)
                _reject(rejected, judged.address, str(error))

        works = [asyncio.ensure_future(refer(judged)) for judged in fresh]
        try:
            await asyncio.wait(works)
        except BaseException:  # cancelled: nobody else knows those that are there
            for work in works:
                work.cancel()
            await asyncio.wait(works)
            for invoker in made.values():
                self._start(invoker.close())
            raise
        return made

    async def _refer(self, judged: _Judgement) -> Invoker:
        """An invoker for a provider. Rules that make it unusable, as with a filter that is not installed, are not followed."""
        assert judged.url is not None, "only those are referred that may be called"
        try:
            return await self._refer_exactly(judged.url)
        except ConfigurationError as error:
            unruled = merge(judged.provider, self._settings)
            if unruled == judged.url:
                raise
            invoker = await self._refer_exactly(unruled)
            logger.warning("the rules for %r are not followed: %s", judged.provider, error)
            return invoker

    async def _refer_exactly(self, url: URL) -> Invoker:
        check_numbers(url, (method.name for method in self._service.methods))
        return await refer_filtered(self._service, url, self._host)

    def _start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def explain(self, invocation: Invocation | None = None) -> Mapping[str, str]:
        """Address of each provider that cannot be called now, or not for `invocation` → why.

        The registry told only what matches; those of another group or version are asked for here, at most once in `_EXPLAIN_EVERY` seconds.
        """
        await self._look_around()
        misplaced = await self._reasons(self._misplaced)
        unreachable = {invoker.url.address: invoker.why_unavailable() for invoker in self.snapshot.invokers if not invoker.is_available()}
        found = {**self._explained[1], **misplaced, **(self.snapshot.rejected or {}), **unreachable}
        if invocation is not None:
            for one, rule in self._routes.left_out(invocation):
                _reject(found, one.url.address, f"left out by {rule}")
        return found

    async def _look_around(self) -> None:
        """Have `_explained` tell what else is registered. All who ask at the same time share one look, whoever of them gives up."""
        if self._looking is None and not self._closed and asyncio.get_running_loop().time() - self._explained[0] > _EXPLAIN_EVERY:
            self._looking = self._start(self._look())
        if self._looking is not None:
            await asyncio.wait([self._looking])

    async def _look(self) -> None:
        anything = {"group": "*", "version": "*", "classifier": "*", "enabled": "*", "category": "providers"}
        now, found = asyncio.get_running_loop().time(), {}
        try:
            async with asyncio.timeout(_EXPLAIN_TIMEOUT):
                urls = await self._registry.lookup(self._subscription.with_params(anything))
            found = await self._reasons([url for url in urls if url.protocol != "empty" and is_candidate(url)])
        except (AiodubboError, OSError, TimeoutError):
            pass  # the error that is being explained matters more than this one
        except Exception:  # and than any other
            logger.exception("%s: what else is registered cannot be told", self._consumer.service_key)
        finally:
            self._explained, self._looking = (now, found), None

    async def _reasons(self, providers: Sequence[URL]) -> dict[str, str]:
        """Address of each of `providers` that is not called → why."""
        found: dict[str, str] = {}
        turns = _Turns()
        for url in providers:
            judged = self._judge(url)
            if judged.url is None:
                _reject(found, judged.address, judged.reason)
            await turns.give()
        return found

    async def close(self) -> None:
        """Take the consumer's announcement back, stop listening, close the invokers (REG-68).

        It goes on when the caller is cancelled; calling it again waits for the same.
        """
        if self._closing is None:
            self._closed = True
            self._closing = asyncio.get_running_loop().create_task(self._close(), name=f"close {self._consumer.service_key}")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        try:
            await self._leave()
        finally:
            invokers, self._invokers = self._invokers, {}
            self.snapshot = Snapshot(State.CLOSED)
            self._end_doubt()
            self._routes.among(())
            await asyncio.gather(*(invoker.close() for invoker in invokers.values()), *self._running, return_exceptions=True)

    async def _leave(self) -> None:
        announcement, self._announcement = self._announcement, None
        if announcement is not None:
            await self._registry.unregister(announcement)
        await self._registry.unsubscribe(self._subscription, self)
        if self._of_center is not None:
            await self._of_center.close()


def _is_provider(url: URL) -> bool:
    return is_candidate(url) and url.param("category", "providers") == "providers"


def _reject(rejected: dict[str, str], address: str, reason: str) -> None:
    """Note the reason; a server may offer a service in several versions and groups, each with a reason of its own."""
    known = rejected.get(address)
    rejected[address] = reason if known is None or known == reason else f"{known}; {reason}"
