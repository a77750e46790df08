"""What is registered for one service, seen by a consumer: which providers it would call, with which settings, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from aiodubbo.errors import AiodubboError, ConfigurationError, ExtensionNotFoundError, InvalidURLError
from aiodubbo.governance.configurators.rules import configurators, configure, in_order, is_rule
from aiodubbo.governance.matching import Reason, disabled, is_candidate, why_not
from aiodubbo.governance.routers.chain import is_route, named_routers
from aiodubbo.governance.routes import Routes
from aiodubbo.integration.center_rules import configurators_key, without_copies
from aiodubbo.integration.override_listener import override_subscription
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.merge import merge
from aiodubbo.url.redaction import MASK, is_secret
from aiodubbo.url.url import URL

from .center_view import CenterView
from .rule_view import followed, methods_spoken_of, remark
from .usable import check_usable, descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiodubbo.rpc.abc import Invoker


_DEFAULTS = {"timeout": "1000", "retries": "2", "loadbalance": "random", "weight": "100", "warmup": "600000", "disabled": "false"}
"""Settings that are always shown, with what holds when nobody says anything (milliseconds where it is a time)."""

ANYBODY = URL("consumer", "0.0.0.0", params={"side": "consumer"})  # noqa: S104 - a consumer that no rule means by its address
_ANYTHING = {"interface": "*", "group": "*", "version": "*", "classifier": "*"}
_METHODS = 1000
"""Methods of one service for which routes are tried; a URL from the network may name any number."""


_HOST = Host(name="aiodubbo-describe")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as calls are made with it.

    Attributes:
        name: the parameter, such as ``timeout`` or ``greet.timeout``.
        value: its text; secrets are hidden.
        origin: ``default``, ``provider``, ``consumer``, or ``rule`` with the rule's URL, and its key in a configuration centre.
    """

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    Attributes:
        service: ``[group/]interface[:version]``.
        address: ``host:port``.
        application: who registered it.
        callable: whether the consumer would call it.
        reasons: why not; each key on which it fails.
        partly: what is not as it seems although it is called: methods that a route sends elsewhere, rules that are not followed.
        settings: with what it is called.
    """

    service: str
    address: str
    application: str
    callable: bool
    reasons: tuple[Reason, ...]
    partly: tuple[str, ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What a registry holds for one interface.

    Attributes:
        providers: those that offer it.
        consumers: service, address and application of those that want it.
        rules: those of the registry as URLs, those of the configuration centre behind their keys, with why they are not followed; secrets
            hidden.
    """

    providers: tuple[Provider, ...]
    consumers: tuple[tuple[str, str, str], ...]
    rules: tuple[str, ...]


def describe(
    urls: Sequence[URL], consumer: URL = ANYBODY, wanted: Mapping[str, str] | None = None, center: CenterView | None = None
) -> Description:
    """What the registered `urls` of one interface come to.

    Args:
        urls: providers, consumers and rules.
        consumer: whose settings count.
        wanted: group, version and protocol that the consumer wants, where that is not what its URL says.
        center: rules of the configuration centre; None when there is none, or it tells nothing.
    """
    settings = [url for url in urls if url.protocol != "empty" and is_rule(url)]
    routes = [url for url in urls if url.protocol != "empty" and is_route(url)]
    consumers = [url for url in urls if is_consumer(url)]
    rules = _Rules.of(settings, routes, center)
    subscription = _subscription(consumer, wanted)
    offers = sorted(filter(is_provider, urls), key=str)
    asked: dict[URL, list[URL]] = {}
    for url in offers:
        asked.setdefault(_asking_for(url, subscription), []).append(url)
    providers: dict[URL, Provider] = {}
    for asking, offered in asked.items():
        providers.update(zip(offered, _providers(offered, consumer, asking, rules), strict=True))
    return Description(
        tuple(providers[url] for url in offers),
        tuple((url.service_key, url.address, url.get(keys.APPLICATION)) for url in sorted(consumers, key=str)),
        (*(f"{url.redacted()}{remark(url)}" for url in (*settings, *routes)), *(center.lines() if center is not None else ())),
    )


def services(urls: Iterable[URL], consumer: URL = ANYBODY, wanted: Mapping[str, str] | None = None) -> set[str]:
    """The colon keys of the services that `describe` has providers of: what rules of a configuration centre may be for."""
    subscription = _subscription(consumer, wanted)
    return {_asking_for(url, subscription).colon_key for url in filter(is_provider, urls)}


def with_unreachable(found: Description, unreachable: Mapping[str, str]) -> Description:
    """`found`, where those providers are not called that take no connection.

    Args:
        found: what is registered.
        unreachable: address → why.
    """
    providers = []
    for provider in found.providers:
        why = unreachable.get(provider.address)
        reasons = (*provider.reasons, Reason("unreachable", f"unreachable from here: {why}")) if why is not None else provider.reasons
        providers.append(replace(provider, callable=not reasons, reasons=reasons))
    return replace(found, providers=tuple(providers))


def is_consumer(url: URL) -> bool:
    return url.protocol == "consumer"


def is_provider(url: URL) -> bool:
    return is_candidate(url) and url.protocol not in ("empty", "admin")


@dataclass(frozen=True, slots=True)
class _Rules:
    """What changes settings, and what chooses among providers; without what is not followed.

    Attributes:
        settings: of the registry.
        routes: of the registry.
        center: those of the configuration centre; without any rules when there is none.
    """

    settings: Sequence[URL]
    routes: Sequence[URL]
    center: CenterView

    @classmethod
    def of(cls, settings: Iterable[URL], routes: Iterable[URL], center: CenterView | None) -> _Rules:
        """Those that are followed; copies for Dubbo 2.6 count where there is no centre."""
        if center is None:
            return cls(followed(settings), followed(routes), CenterView())
        of_center = {of: tuple(followed(urls)) for of, urls in center.configurators.items()}
        return cls(followed(without_copies(settings)), followed(without_copies(routes)), replace(center, configurators=of_center))

    def in_turn(self, provider: URL, asking: URL) -> list[tuple[str, URL]]:
        """Those that may change the settings of a provider, in the order in which they count, each with its origin."""
        registry = in_order([rule for rule in self.settings if is_match(override_subscription(provider), rule)])
        found = [(f"rule {rule.redacted()}", rule) for rule in registry]
        for of in (asking.param("application"), asking.colon_key):
            rules = in_order(self.center.configurators.get(of, ()))
            found += [(f"rule {configurators_key(of)}: {rule.redacted()}", rule) for rule in rules]
        return found

    def route(self, routes: Routes, asking: URL, application: str) -> None:
        """Have `routes` follow those for a consumer of what `application` provides."""
        routes.follow(named_routers(self._told(asking), _HOST), self.center.tags.get(application), *self._conditions(asking))

    def methods(self, asking: URL) -> set[str]:
        """The methods that routes for a consumer speak of."""
        return {method for rules in (self._told(asking), *self._conditions(asking)) for rule in rules for method in methods_spoken_of(rule)}

    def _told(self, asking: URL) -> list[URL]:
        subscription = asking.with_params({"category": "providers,configurators,routers"})
        return [rule for rule in self.routes if is_match(subscription, rule)]

    def _conditions(self, asking: URL) -> tuple[Sequence[URL], Sequence[URL]]:
        """Those of the centre: for the service, and for the application."""
        return self.center.conditions.get(asking.colon_key, ()), self.center.conditions.get(asking.param("application"), ())


def _subscription(consumer: URL, wanted: Mapping[str, str] | None) -> URL:
    return consumer.with_params(_ANYTHING if consumer is ANYBODY else {}).with_params(wanted or {})


def _asking_for(provider: URL, subscription: URL) -> URL:
    """What a consumer of `provider` subscribes to: one that wants anything is taken for one that wants this."""
    if subscription.service_interface != "*":
        return subscription
    own = {"interface": provider.service_interface, "group": provider.group, "version": provider.version}
    return subscription.with_params({name: value for name, value in own.items() if subscription.param(name) == "*"})


def _providers(offered: Sequence[URL], consumer: URL, asking: URL, rules: _Rules) -> list[Provider]:
    """What is known of the providers of one service; those that routes leave out are marked.

    Routes choose among those that are called otherwise, method by method.
    """
    judged = [_provider(url, consumer, asking, rules) for url in offered]
    called = [_Listed(url) for provider, url in judged if provider.callable]
    calls = _Calls.among([one.url for one in called], consumer, rules.methods(asking))
    routes = Routes(asking)
    rules.route(routes, asking, next((provider.application for provider, _ in judged if provider.callable), ""))
    routes.among(cast("list[Invoker]", called))  # routers look at the URLs alone; nobody is called here
    kept_from: dict[int, dict[str, str]] = {}  # id of the provider in the list → method → rule
    for method in calls.methods:
        for one, rule in routes.left_out(_call(asking, method)):
            if method in calls.of(one.url):
                kept_from.setdefault(id(one), {})[method] = rule
    left = iter(called)
    return [
        _without(provider, kept_from.get(id(next(left)), {}), calls.of(url), are_known=calls.are_known) if provider.callable else provider
        for provider, url in judged
    ]


@dataclass(frozen=True, slots=True)
class _Calls:
    """The methods for which routes are tried.

    Attributes:
        methods: all of them.
        are_known: whether these are methods of the service; otherwise they are those that routes speak of, and ``*`` stands for the others.
        consumer: whose methods count where a provider names none.
    """

    methods: tuple[str, ...]
    are_known: bool
    consumer: URL

    @classmethod
    def among(cls, called: Iterable[URL], consumer: URL, spoken_of: Iterable[str]) -> _Calls:
        """Those of the providers that are called, or else those of the consumer, or else those that routes speak of."""
        named = {method for url in called for method in _offers(url, consumer)} or set(_named(consumer))
        return cls(tuple(sorted(named or {"*", *spoken_of})[:_METHODS]), bool(named), consumer)

    def of(self, url: URL) -> set[str]:
        """The methods for which the provider at `url` is called."""
        return set(_offers(url, self.consumer)) & set(self.methods) or set(self.methods)


def _offers(url: URL, consumer: URL) -> tuple[str, ...]:
    """The methods that `consumer` calls at a provider, as far as one of the two names them. Of generic calls routes see ``$invoke``."""
    return _generic(consumer) or _named(url) or _named(consumer)


def _generic(consumer: URL) -> tuple[str, ...]:
    return ("$invoke",) if consumer.get(keys.GENERIC) not in ("", "false") else ()


def _named(url: URL) -> tuple[str, ...]:
    return tuple(method for method in url.get(keys.METHODS) if method != "*")  # whoever serves generically says *


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """A provider as routers see it."""

    url: URL


def _call(consumer: URL, method: str) -> Invocation:
    service = descriptor(consumer, [method])
    return Invocation(service, service.methods[0], ())


def _without(provider: Provider, kept_from: Mapping[str, str], methods: set[str], *, are_known: bool) -> Provider:
    """The provider without the methods that rules keep from it (method → rule)."""
    by_rule: dict[str, list[str]] = {}
    for method, rule in kept_from.items():
        by_rule.setdefault(rule, []).append(method)
    if kept_from.keys() >= methods:
        reasons = tuple(Reason("route", f"left out by {rule}") for rule in by_rule)
        return replace(provider, callable=False, reasons=reasons)
    partly = [
        f"{rule} leaves it out for {', '.join(names)}" if are_known else f"{rule} may leave it out for some methods"
        for rule, names in by_rule.items()
    ]
    return replace(provider, partly=(*provider.partly, *partly))


def _provider(url: URL, consumer: URL, asking: URL, rules: _Rules) -> tuple[Provider, URL]:
    """What is known of one provider, and the URL under which it is called."""
    unknown = Provider(url.service_key, url.address, url.get(keys.APPLICATION), False, (), (), ())
    try:
        unruled, own = _settings(url, consumer, ())
        effective, settings = _settings(url, consumer, rules.in_turn(url, asking))
        reasons = [*_not_spoken(url), *why_not(asking, url)]
        off = disabled(effective)
    except InvalidURLError as error:  # as in a consumer: one bad entry must not hide the others
        return replace(unknown, reasons=(Reason("parameter", str(error)),)), url
    if off is not None:
        by = next(
            (setting.origin for setting in settings if setting.name in ("disabled", "enabled") and setting.origin.startswith("rule")), ""
        )
        reasons.append(replace(off, text=f"{off.text} by {by or 'the provider'}"))
    partly: tuple[str, ...] = ()
    problem = _problem(effective, consumer)
    if isinstance(problem, ConfigurationError) and effective != unruled:
        with_rules, problem = problem, _problem(unruled, consumer)
        if problem is None and not reasons:  # a consumer calls it with the settings that it has without rules
            effective, settings, partly = unruled, own, (f"the rules for its settings are not followed: {with_rules}",)
    if problem is not None:
        return replace(unknown, reasons=(*reasons, Reason("parameter", str(problem)))), url
    return replace(unknown, callable=not reasons, reasons=tuple(reasons), partly=partly, settings=settings), effective


def _problem(url: URL, consumer: URL) -> AiodubboError | None:
    """Why a consumer makes no invoker for a provider that it would call under `url`."""
    try:
        PROTOCOL.load(url.protocol)
    except ExtensionNotFoundError:
        return None  # said already
    try:
        check_usable(url, _generic(consumer) or _named(consumer) or _named(url))
    except AiodubboError as error:
        return error
    return None


def _not_spoken(url: URL) -> list[Reason]:
    try:
        PROTOCOL.load(url.protocol)
    except ExtensionNotFoundError as error:
        return [Reason("protocol", str(error))]
    return []


def _settings(url: URL, consumer: URL, rules: Iterable[tuple[str, URL]]) -> tuple[URL, tuple[Setting, ...]]:
    """The URL under which a provider is called, and what it says."""
    effective = merge(url, consumer.without_params(("category", "check")).params)
    origins = {name: "provider" if url.params.get(name) == value else "consumer" for name, value in effective.params.items()}
    changed: set[str] = set()
    for origin, rule in rules:
        before, effective = effective, configure(effective, configurators([rule], consumer.host, _HOST))
        for name, value in effective.params.items():
            if before.params.get(name) != value:
                origins[name] = origin
                changed.add(name)
    methods = url.get(keys.METHODS)
    names = {*_DEFAULTS, *changed, *(name for name in effective.params if _of_a_method(name, methods))}
    settings = []
    for name in sorted(names):
        value = effective.param(name)
        origin = origins.get(name) or origins.get(f"default.{name}") or "default"
        settings.append(Setting(name, MASK if value and is_secret(name) else value or _DEFAULTS.get(name, ""), origin))
    return effective, tuple(settings)


def _of_a_method(name: str, methods: Sequence[str]) -> bool:
    method, _, setting = name.rpartition(".")
    return method in methods and setting in _DEFAULTS
