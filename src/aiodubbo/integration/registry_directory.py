"""The live list of providers that a registry tells about (Java: ``RegistryDirectory``, REG-62…68).

Each notification replaces one frozen snapshot. Rules of the registry, and then those of the configuration centre, change the merged URLs of
providers, and the URL of the reference itself (CLU-98). A provider whose merged URL did not change keeps its invoker, and so its
connection; one that left is closed after its calls.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.cluster.configurator.rules import configurators, configure, is_rule
from aiodubbo.cluster.load_balance.weight import effective_weight
from aiodubbo.cluster.router.chain import is_route, routers
from aiodubbo.errors import AiodubboError, InvalidURLError
from aiodubbo.filter.chain import chain, consumer_filters
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.options import MethodOptions
from aiodubbo.url import keys
from aiodubbo.url.match import mismatch
from aiodubbo.url.merge import merge

from .reference_rules import ReferenceRules
from .register_table import Consumed
from .registered_url import registered_consumer
from .routes import Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from aiodubbo.cluster.router.tag import TagRule
    from aiodubbo.rpc.abc import Configurator, Invoke, Invoker, Registry, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.invocation import Invocation
    from aiodubbo.rpc.result import Result
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules

__all__ = ["FilteredInvoker", "RegistryDirectory", "refer_filtered"]

logger = logging.getLogger(__name__)

_RULES = ("override", "absent", "route")
"""What belongs to no category but says by its protocol that it is no provider."""

_EXPLAIN_EVERY = 1.0
_EXPLAIN_TIMEOUT = 1.0


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


async def refer_filtered(protocol: RpcProtocol, service: ServiceDescriptor, url: URL) -> Invoker:
    """An invoker for the provider at `url`, behind the filters that the URL asks for (SPI-16)."""
    invoker = await protocol.refer(service, url)
    filters = consumer_filters(url, service)
    return FilteredInvoker(invoker, chain(filters, invoker.invoke)) if filters else invoker


class RegistryDirectory:
    """Providers of one reference.

    Args:
        service: the contract.
        consumer: the consumer's URL (``consumer://host/interface?…``).
        registry: who tells.
        protocol: gives the protocol of a name; raises `ExtensionNotFoundError` for unknown ones.
        rules: those of the configuration centre; None without one.
    """

    def __init__(
        self,
        service: ServiceDescriptor,
        consumer: URL,
        registry: Registry,
        protocol: Callable[[str], RpcProtocol],
        rules: CenterRules | None = None,
    ) -> None:
        self._service = service
        self._consumer = consumer
        self._registry = registry
        self._protocol = protocol
        self._subscription = consumer.with_params({"category": "providers,configurators,routers"}).without_params(("check",))
        self._settings = consumer.without_params(("category", "check")).params
        self._invokers: dict[URL, Invoker] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False
        self._announcement: URL | None = None
        self._taking = asyncio.Lock()
        self._providers: Sequence[URL] | None = None
        self._of_center = ReferenceRules(rules, consumer, self._center_changed) if rules is not None else None
        self._told_rules: Sequence[URL] = ()
        self._told_routes: Sequence[URL] = ()
        self._configurators: tuple[Configurator, ...] = ()
        self._configured_by: Sequence[Sequence[URL]] = ()  # what `_configurators` were made of
        self._routes = Routes(consumer)
        self._routed_by: object = None  # what `_routes` follow
        self._judged: dict[URL, tuple[URL | None, str]] = {}  # what was made of each provider's URL; all of it rests on the rules
        self._explained: tuple[float, dict[str, str]] | None = None
        self._unruled = consumer.with_params({"registry.address": registry.url.address})
        self.url = self._unruled
        self.snapshot = Snapshot(State.PENDING)

    @property
    def entry(self) -> Consumed:
        """The line of the register table about this reference."""
        reachable = sum(invoker.is_available() for invoker in self.snapshot.invokers)
        return Consumed(self._consumer.service_key, self._registry.url, self._consumer, reachable, self._announcement is not None)

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
            rules = [url for url in urls if is_rule(url)]
            providers = [url for url in urls if url.param("category", "providers") == "providers" and url.protocol not in _RULES]
            routes = [url for url in urls if is_route(url)]
            self._told_rules = rules or self._told_rules
            self._told_routes = routes or self._told_routes
            self._providers = providers or self._providers
            if self._renew_rules() or providers:
                await self._renew()
        if self._of_center is not None and self._provider() not in ("", self._of_center.provider):
            self._start(self._follow_tags())

    async def _center_changed(self) -> None:
        """A rule of the configuration centre changed."""
        async with self._taking:
            if not self._closed and self._renew_rules():
                await self._renew()

    def _renew_rules(self) -> bool:
        """Take the rules as they are now; whether those for settings differ from before."""
        center = self._of_center
        told: Sequence[Sequence[URL]] = (self._told_rules, self._told_routes)
        if center is not None and center.is_in_use:  # it has the rules of which these are copies, for Dubbo 2.6 (CLU-100)
            told = tuple([url for url in urls if not url.has_param(keys.COMPATIBLE_CONFIG.name)] for urls in told)
        rules, routes = told
        routed_by: tuple[Sequence[URL], TagRule | None, Sequence[URL], Sequence[URL]] = (routes, None, (), ())
        configured_by: Sequence[Sequence[URL]] = [rules]
        if center is not None:
            routed_by = (routes, center.tags, *center.conditions)
            configured_by = [rules, *center.configurators]
        if routed_by != self._routed_by:
            self._routed_by = routed_by
            self._routes.follow(routers(routes), *routed_by[1:])
        if configured_by == self._configured_by:
            return False
        self._configured_by = configured_by
        self._configurators = tuple(one for urls in configured_by for one in configurators(urls, self._consumer.host))
        self._judged.clear()
        return True

    async def _renew(self) -> None:
        if self._providers is None:
            self.url = configure(self._unruled, self._configurators)
        else:
            await self._refresh(self._providers)

    def _provider(self) -> str:
        """The application that provides the service; of several, Java takes the first as well."""
        return next((invoker.url.param("remote.application") for invoker in self.snapshot.invokers), "")

    async def _follow_tags(self) -> None:
        """The rule for tags is that of the application which provides."""
        application = self._provider()
        if application and self._of_center is not None:
            await self._of_center.provided_by(application)

    async def _refresh(self, providers: Sequence[URL]) -> None:
        rejected: dict[str, str] = {}
        wanted: dict[URL, None] = {}
        before, self._judged = self._judged, {}
        for provider in providers:
            if provider.protocol == "empty":
                continue
            judgement = self._judged[provider] = before.get(provider) or self._judge(provider)
            url, reason = judgement
            if url is not None:
                wanted[url] = None
            else:
                rejected[provider.address] = reason
        invokers = {url: self._invokers[url] for url in wanted if url in self._invokers}
        fresh = [url for url in wanted if url not in invokers]
        made = await asyncio.gather(*(self._refer(url) for url in fresh), return_exceptions=True)
        for url, invoker in zip(fresh, made, strict=True):
            if isinstance(invoker, AiodubboError):
                rejected[url.address] = str(invoker)
            elif isinstance(invoker, BaseException):
                raise invoker
            else:
                invokers[url] = invoker
        if self._closed:  # closed while connecting
            await asyncio.gather(*(invoker.close() for invoker in invokers.values()))
            return
        gone = [invoker for url, invoker in self._invokers.items() if url not in invokers]
        self._invokers = invokers
        state = State.READY if invokers or rejected else State.EMPTY
        ordered = sorted(invokers.items(), key=lambda item: str(item[0]))  # the order does not depend on the registry's (REG-65)
        url = configure(self._unruled, self._configurators)
        self.url = url.with_params_if_absent(ordered[0][0].params) if ordered else url  # what the consumer leaves open (REG-66)
        self.snapshot = Snapshot(state, tuple(invoker for _, invoker in ordered), rejected)
        self._routes.among(self.snapshot.invokers)
        logger.debug("%s: %d provider(s), %d rejected", self._consumer.service_key, len(invokers), len(rejected))
        for invoker in gone:
            self._start(invoker.close())

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """Who of the list may be asked for this call, after the rules for routes (CLU-70)."""
        return self._routes.candidates(invocation)

    def _why_not(self, provider: URL) -> str | None:
        wanted = self._consumer.param("protocol")
        if wanted and provider.protocol not in [part.strip() for part in wanted.split(",")]:
            return f"protocol {provider.protocol} is not among those wanted: {wanted}"
        key = mismatch(self._subscription, provider)
        if key and key != "enabled":
            return f"{key} is {provider.param(key)!r}, wanted {self._subscription.param(key)!r}"
        return None

    def _judge(self, provider: URL) -> tuple[URL | None, str]:
        """The URL under which `provider` is called, or None and why it is not."""
        try:
            reason = self._why_not(provider)
            url = self._effective(provider)
            reason = reason or _disabled(url)
        except InvalidURLError as error:  # a registry may hold anything; one bad entry must not hide the others
            reason = str(error)
        return (None, reason) if reason is not None else (url, "")

    def _effective(self, provider: URL) -> URL:
        """The URL under which `provider` is called: merged with the consumer's settings, changed by the rules (REG-66)."""
        return configure(merge(provider, self._settings), self._configurators)

    async def _refer(self, url: URL) -> Invoker:
        for method in self._service.methods:
            effective_weight(url, MethodOptions.of(url, method.name), 0.0)  # a number that is none is found here, not in a call
        return await refer_filtered(self._protocol(url.protocol), self._service, url)

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def explain(self) -> Mapping[str, str]:
        """Address of each provider that cannot be called now → why.

        The registry told only what matches; those of another group or version are asked for here, at most once in `_EXPLAIN_EVERY` seconds.
        """
        now = asyncio.get_running_loop().time()
        if self._explained is None or now - self._explained[0] > _EXPLAIN_EVERY:
            self._explained = (now, await self._look_around())
        unreachable = {invoker.url.address: invoker.why_unavailable() for invoker in self.snapshot.invokers if not invoker.is_available()}
        return {**self._explained[1], **(self.snapshot.rejected or {}), **unreachable}

    async def _look_around(self) -> dict[str, str]:
        anything = {"group": "*", "version": "*", "classifier": "*", "enabled": "*", "category": "providers"}
        try:
            async with asyncio.timeout(_EXPLAIN_TIMEOUT):
                urls = await self._registry.lookup(self._subscription.with_params(anything))
        except (AiodubboError, OSError, TimeoutError):
            return {}  # the error that is being explained matters more than this one
        found: dict[str, str] = {}
        for url in urls:
            if url.protocol == "empty":
                continue
            try:
                reason = self._why_not(url) or _disabled(self._effective(url))
            except InvalidURLError as error:
                reason = str(error)
            if reason is not None:
                found[url.address] = reason
        return found

    async def close(self) -> None:
        """Take the consumer's announcement back, stop listening, close the invokers (REG-68)."""
        if self._closed:
            return
        self._closed = True
        announcement, self._announcement = self._announcement, None
        if announcement is not None:
            await self._registry.unregister(announcement)
        await self._registry.unsubscribe(self._subscription, self)
        if self._of_center is not None:
            await self._of_center.close()
        invokers, self._invokers = self._invokers, {}
        self.snapshot = Snapshot(State.CLOSED)
        self._routes.among(())
        await asyncio.gather(*(invoker.close() for invoker in invokers.values()), *self._closing, return_exceptions=True)


def _disabled(url: URL) -> str | None:
    return "disabled" if url.get(keys.DISABLED) or not url.get(keys.ENABLED) else None
