"""The live list of providers that a registry notifies (Java: ``RegistryDirectory``, REG-62…68).

Each notification replaces one frozen snapshot. What registered URLs and rules mean is for `governance.view` to say; this module keeps the
invokers. A provider whose effective URL did not change keeps its invoker, and so its connection; one that left is closed after its calls.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError, ConfigurationError
from aiodubbo.governance.configurators import is_rule, log_remarks, without_copies
from aiodubbo.governance.routes import RouteRules, Routes, is_route, read_routers
from aiodubbo.governance.view import Consumer, SettingRules, check_numbers, consumer_url, is_candidate, joined, judge, read_settings
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.host import Registration
from aiodubbo.tasks import Closing, Tasks
from aiodubbo.url import keys
from aiodubbo.url.match import merge

from .doubt import Doubt
from .other_providers import OtherProviders
from .reference_rules import ReferenceRules
from .registered_url import registered_consumer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.governance.configurators import Change
    from aiodubbo.governance.view import Provider
    from aiodubbo.rpc.abc import Invoker, Registry
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.tasks import Clock
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules

logger = logging.getLogger(__name__)

_TURN = 0.01
"""Seconds of judging after which others have their turn. One provider takes microseconds, but with a thousand rules milliseconds."""


class _Turns:
    """Lets others have their turn during long work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.now()

    async def give(self) -> None:
        """Call it after each piece of work."""
        if self._clock.now() - self._since > _TURN:
            await self._clock.sleep(0)
            self._since = self._clock.now()


class RegistryDirectory:
    """Providers of one reference.

    Args:
        service: the contract.
        consumer: the consumer's URL (``consumer://host/interface?…``).
        registry: notifies.
        host: the application.
        rules: those of the configuration centre; None without one.

    Attributes:
        url: the consumer's URL, changed by rules.
        snapshot: the providers now.
    """

    def __init__(self, service: ServiceDescriptor, consumer: URL, registry: Registry, host: Host, rules: CenterRules | None = None) -> None:
        self._service = service
        self._methods = tuple(method.name for method in service.methods)
        self._consumer = Consumer.of(consumer)
        self._registry = registry
        self._host = host
        self._tasks = Tasks(host.clock)
        self._closing = Closing(self._close, f"close {consumer.service_key}")
        self._subscription = consumer.with_params({"category": "providers,configurators,routers"}).without_params(("check",))
        self._announcement: URL | None = None
        self._applying = asyncio.Lock()
        # What was notified, by the full text of the URL: of thousands of providers those that did not change must cost next to nothing.
        self._notified: dict[str, URL] | None = None
        self._notified_while_away = False  # from the cache file: the registry that comes back may not know the providers yet
        self._misplaced: Sequence[URL] = ()  # providers in a category that is none of theirs: never called, named in errors
        self._notified_rules: Sequence[URL] = ()
        self._notified_routes: Sequence[URL] = ()
        # What it means, see `governance.view`.
        self._setting_rules, self._route_rules = SettingRules(), RouteRules()
        self._changes: Sequence[Change] = ()
        self._judged: dict[str, Provider] = {}  # by the text of the registered URL; all of it rests on `_changes`
        self._routes: Routes[Invoker] = Routes(consumer)
        self._is_behind = False  # what was notified last is not applied yet: that was cancelled or failed
        # What comes of it.
        self._invokers: dict[str, Invoker] = {}  # by the text of the effective URL
        self._empty: dict[str, URL] = {}  # the list that is doubted
        self._doubt = Doubt(self._tasks, registry.url, self._can_call, self._believe_empty)
        self._others = OtherProviders(self._tasks, registry, self._subscription, self._reasons)
        self._of_center = ReferenceRules(rules, consumer, self._center_changed) if rules is not None else None
        self._plain_url = consumer.with_params({"registry.address": registry.url.address})
        self.url = self._plain_url
        self.snapshot = Snapshot(State.PENDING)

    @property
    def registrations(self) -> Sequence[Registration]:
        """The reference at its registry."""
        return [Registration(self._registry.url, self._consumer.url, self._announcement is not None)]

    async def register(self) -> None:
        """Announce the consumer, unless the registry's URL says ``register=false`` (REG-61).

        Raises:
            RegistryError: the registry is closed.
        """
        if self._registry.url.get(keys.REGISTER):
            self._announcement = registered_consumer(self._consumer.url, self._registry.url)
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
            self.snapshot = Snapshot(State.EMPTY)  # it was asked, and had nothing to say

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Apply one notification after the other; a category that it does not mention stays (REG-63, REG-64)."""
        async with self._applying:
            if self._closing.has_begun:
                return
            notified = {str(url): url for url in urls}
            new = notified.keys() - self._judged.keys()  # what was judged is a provider
            others = {text for text in new if not _is_provider(notified[text])}
            providers = {text: url for text, url in notified.items() if text not in others} if others else notified
            misplaced = [notified[text] for text in others if is_candidate(notified[text])]
            if others:
                self._notified_rules = [url for url in urls if is_rule(url)] or self._notified_rules
                self._notified_routes = [url for url in urls if is_route(url)] or self._notified_routes
            if providers or misplaced:
                self._misplaced = misplaced
            if providers and not self._doubts(providers):
                self._notified = providers
                self._notified_while_away = not self._registry.is_available()
            self._read_rules()
            if self._is_behind or providers:
                await self._apply()
        if self._of_center is not None and self._provider() not in ("", self._of_center.provider):
            self._tasks.start(self._follow_tags(), f"tags of {self._consumer.url.service_key}")

    async def _center_changed(self) -> None:
        """Apply the rules of the configuration centre after a change."""
        async with self._applying:
            if self._closing.has_begun:
                return
            self._read_rules()
            if self._is_behind:
                await self._apply()

    def _read_rules(self) -> None:
        """Read the rules as they are now; when those for settings differ from before, all providers are to be judged anew."""
        center = self._of_center
        rules, routes = tuple(self._notified_rules), tuple(self._notified_routes)
        setting_rules, route_rules = SettingRules(rules), RouteRules(routes)
        if center is not None:
            if center.is_in_use:
                rules, routes = tuple(without_copies(rules)), tuple(without_copies(routes))
            setting_rules, route_rules = SettingRules(rules, *center.configurators), RouteRules(routes, center.tags, *center.conditions)
        if route_rules != self._route_rules:
            self._route_rules = route_rules
            routers = read_routers(route_rules, self._consumer.url, self._host)
            log_remarks(routers.remarks)
            self._routes.follow(routers)
        if setting_rules != self._setting_rules:
            self._setting_rules = setting_rules
            self._changes, remarks = read_settings(setting_rules, self._consumer.url, self._host)
            log_remarks(remarks)
            self._judged.clear()
            self._is_behind = True

    async def _apply(self) -> None:
        self._is_behind = True
        if self._notified is None:
            self.url = consumer_url(self._plain_url, self._changes, None)
        else:
            await self._refresh(self._notified)
        self._is_behind = False

    def _provider(self) -> str:
        """The application that provides the service; of several, Java takes the first as well."""
        return next((invoker.url.param("remote.application") for invoker in self.snapshot.invokers), "")

    async def _follow_tags(self) -> None:
        """Follow the tag rule of the application that provides."""
        application = self._provider()
        if application and self._of_center is not None:
            await self._of_center.provided_by(application)

    async def _refresh(self, notified: dict[str, URL]) -> None:
        for text in self._judged.keys() - notified.keys():
            del self._judged[text]
        turns = _Turns(self._host.clock)
        for text in sorted(notified.keys() - self._judged.keys()):
            if notified[text].protocol != "empty":
                provider = self._judged[text] = self._judge(notified[text])
                if provider.problem:
                    logger.warning(_NOT_FOLLOWED, provider.registered, provider.problem)
                await turns.give()  # nothing else is applied meanwhile, see `_applying`; but we may be closed
        rejected: dict[str, str] = {}
        called: dict[str, Provider] = {}
        for provider in self._judged.values():
            if provider.is_called:
                called[str(provider.url)] = provider
            else:
                _reject(rejected, provider)
        invokers = {text: invoker for text, invoker in self._invokers.items() if text in called}
        fresh = [called[text] for text in sorted(called.keys() - invokers.keys())]
        if fresh and not self._closing.has_begun:
            invokers |= await self._refer_all(fresh, rejected)
            invokers = {text: invokers[text] for text in sorted(invokers)}  # the order does not depend on the registry's (REG-65)
        if self._closing.has_begun:  # closed while connecting
            await asyncio.gather(*(invoker.close() for invoker in invokers.values()))
            return
        self._replace(invokers, rejected)

    def _replace(self, invokers: dict[str, Invoker], rejected: dict[str, str]) -> None:
        """Have these invokers from now on, and let go of the others."""
        gone = [self._invokers[text] for text in self._invokers.keys() - invokers.keys()]
        self._invokers = invokers
        first = next(iter(invokers.values()), None)
        self.url = consumer_url(self._plain_url, self._changes, first.url if first is not None else None)
        self.snapshot = Snapshot(State.READY if invokers or rejected else State.EMPTY, tuple(invokers.values()), rejected)
        self._routes.among(self.snapshot.invokers)
        logger.debug("%s: %d provider(s), %d rejected", self._consumer.url.service_key, len(invokers), len(rejected))
        for invoker in gone:
            self._tasks.start(invoker.close(), f"close {invoker.url.address}")

    # -- an empty list that is doubted

    def _doubts(self, providers: dict[str, URL]) -> bool:
        """Tell whether a list has to wait: it is empty, and a provider could be called now."""
        if all(url.protocol == "empty" for url in providers.values()) and self._can_call():
            self._empty = providers
            self._doubt.begin(self._consumer.url.service_key, from_cache=self._notified_while_away)
            return True
        self._doubt.end()
        return False

    def _can_call(self) -> bool:
        return any(invoker.is_available() for invoker in self._invokers.values())

    async def _believe_empty(self) -> None:
        async with self._applying:
            if self._doubt.is_open and not self._closing.has_begun:
                self._become_empty()

    def _become_empty(self) -> None:
        self._doubt.end()
        self._notified, self._judged = self._empty, {}
        self._replace({}, {})

    # -- for calls

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """The providers that may be asked for this call, after the rules for routes (CLU-70)."""
        if self._doubt.is_open and not self._can_call() and not self._applying.locked():
            self._become_empty()
        return self._routes.candidates(invocation)

    def _judge(self, provider: URL) -> Provider:
        return judge(provider, self._consumer, self._changes, self._check)

    def _check(self, url: URL) -> None:
        check_numbers(url, self._methods)

    async def _refer_all(self, fresh: Sequence[Provider], rejected: dict[str, str]) -> dict[str, Invoker]:
        """Invokers for new providers, by the text of their URLs; providers without one are noted in `rejected`."""
        invokers: dict[str, Invoker] = {}

        async def refer(provider: Provider) -> None:
            try:
                invokers[str(provider.url)] = await self._refer(provider)
            except Exception as error:  # whatever it is, it must not hide the other providers
                if not isinstance(error, AiodubboError):
                    logger.exception("the provider %r cannot be used", provider.url)
                _reject(rejected, provider, str(error))

        works = Tasks(self._host.clock)
        for provider in fresh:
            works.start(refer(provider), f"refer {provider.url.address}")
        try:
            await works.wait()
        except BaseException:  # cancelled: nobody else knows the invokers that are there
            await works.close()
            for invoker in invokers.values():
                self._tasks.start(invoker.close(), f"close {invoker.url.address}")
            raise
        return invokers

    async def _refer(self, provider: Provider) -> Invoker:
        """An invoker for a provider. Rules that make it unusable, as with a filter that is not installed, are not followed."""
        try:
            return await self._host.protocol(provider.url.protocol).refer(self._service, provider.url)
        except ConfigurationError as error:
            plain = merge(provider.registered, self._consumer.settings)
            if plain == provider.url:
                raise
            self._check(plain)
            invoker = await self._host.protocol(plain.protocol).refer(self._service, plain)
            logger.warning(_NOT_FOLLOWED, provider.registered, error)
            return invoker

    async def explain(self, invocation: Invocation | None = None) -> Mapping[str, str]:
        """Address of each provider that cannot be called now, or not for `invocation` → why.

        The registry notified only what matches; providers of another group or version are looked up here.
        """
        others = await self._others.reasons()
        misplaced = await self._reasons(self._misplaced)
        unreachable = {invoker.url.address: invoker.why_unavailable() for invoker in self.snapshot.invokers if not invoker.is_available()}
        found = {**others, **misplaced, **(self.snapshot.rejected or {}), **unreachable}
        if invocation is not None:
            for invoker, rule in self._routes.left_out(invocation):
                _note(found, invoker.url.address, f"left out by {rule}")
        return found

    async def _reasons(self, urls: Sequence[URL]) -> dict[str, str]:
        """Address of each provider among `urls` that is not called → why."""
        found: dict[str, str] = {}
        turns = _Turns(self._host.clock)
        for url in urls:
            provider = self._judge(url)
            if not provider.is_called:
                _reject(found, provider)
            await turns.give()
        return found

    # -- the end

    async def close(self) -> None:
        """Take the consumer's announcement back, stop listening, close the invokers (REG-68).

        It goes on when the caller is cancelled; calling it again waits for the same.
        """
        await self._closing()

    async def _close(self) -> None:
        self._others.close()
        try:
            await self._leave()
        finally:
            invokers, self._invokers = self._invokers, {}
            self.snapshot = Snapshot(State.CLOSED)
            self._doubt.end()
            self._routes.among(())
            await asyncio.gather(*(invoker.close() for invoker in invokers.values()), return_exceptions=True)
            await self._tasks.wait()

    async def _leave(self) -> None:
        announcement, self._announcement = self._announcement, None
        if announcement is not None:
            await self._registry.unregister(announcement)
        await self._registry.unsubscribe(self._subscription, self)
        if self._of_center is not None:
            await self._of_center.close()


_NOT_FOLLOWED = "the rules for %r are not followed: %s"


def _is_provider(url: URL) -> bool:
    return is_candidate(url) and url.param("category", "providers") == "providers"


def _reject(rejected: dict[str, str], provider: Provider, reason: str = "") -> None:
    _note(rejected, provider.registered.address, reason or joined(provider.reasons))


def _note(rejected: dict[str, str], address: str, reason: str) -> None:
    """Note the reason; a server may offer a service in several versions and groups, each with a reason of its own."""
    others = rejected.get(address)
    rejected[address] = reason if others is None or others == reason else f"{others}; {reason}"
