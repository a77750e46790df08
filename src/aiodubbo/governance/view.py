"""The meaning of what a registry and a configuration centre say, for one consumer: which providers it calls, with which settings and why,
which routes its calls take, and what becomes of its own URL (CLU-98, REG-63…66).

Everything here is a pure function of texts that others wrote. `view` gives the whole; the directory of a running reference takes the parts,
so that a change among thousands of providers costs one `judge`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodubbo.cluster.load_balance.weight import effective_weight
from aiodubbo.errors import AiodubboError, ConfigurationError, ExtensionNotFoundError, InvalidURLError
from aiodubbo.rpc.call import MethodSettings
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.rpc.reporting import is_spoken
from aiodubbo.url import keys
from aiodubbo.url.match import merge, mismatches
from aiodubbo.wire.serialization import SPOKEN

from .configurators import configure, read_changes
from .documents import configurators_key
from .routes import RouteRules, Routes, is_route, read_routers, read_routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .configurators import Change, Remark
    from .tag import TagRule

_NO_PROVIDERS = ("override", "absent", "route", "consumer")
"""Protocols of what is no provider, whatever its category."""

_RULES = ("configurators", "routers")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a provider is not called.

    Attributes:
        key: on what it fails: ``protocol``, ``serialization``, ``interface``, ``category``, ``group``, ``version``, ``classifier``,
            ``disabled``, ``parameter``, ``route``, ``unreachable``.
        text: the same as a phrase, with the actual value and the expected one.
    """

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter of the URL under which a provider is called.

    Attributes:
        name: such as ``timeout`` or ``greet.timeout``.
        value: its text.
        origin: ``provider``, ``consumer``, or ``rule`` with the rule's URL, and its key in a configuration centre.
    """

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class SettingRules:
    """Rules for the settings of one reference, as they stand where operators wrote them; a later source counts more (CLU-98).

    Attributes:
        registry: URLs of a registry.
        application: those of a configuration centre for the consumer's application.
        service: those of a configuration centre for the service.
    """

    registry: Sequence[URL] = ()
    application: Sequence[URL] = ()
    service: Sequence[URL] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules that are there for one reference.

    Attributes:
        settings: rules for settings.
        routes: rules for routes.
        tags: application that provides → its tag rule. Of several, that of the first provider counts, as in Java.
    """

    settings: SettingRules = field(default_factory=SettingRules)
    routes: RouteRules = field(default_factory=RouteRules)
    tags: Mapping[str, TagRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer, as rules and registries know it.

    Attributes:
        url: the service that it wants, and who it is; ``*`` stands for any group, version and classifier.
        settings: its own parameters, which go before a provider's (REG-66).
    """

    url: URL
    settings: Mapping[str, str]

    @classmethod
    def of(cls, url: URL) -> Consumer:
        """The consumer with this URL."""
        return cls(url, url.without_params(("category", "check")).params)


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """A provider for one consumer.

    Attributes:
        registered: its URL in the registry.
        url: the URL under which it is called, or would be.
        reasons: why it is not called; each key on which it fails.
        changes: the rules that were applied to it.
        problem: why the rules for its settings are not applied; empty when they are.
    """

    registered: URL
    url: URL
    reasons: tuple[Reason, ...] = ()
    changes: Sequence[Change] = ()
    problem: str = ""

    @property
    def is_called(self) -> bool:
        """Tell whether the consumer calls it, as far as its URL and rules for settings say."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class View:
    """Providers, routes and settings for one consumer.

    Attributes:
        url: the consumer's URL, changed by rules, with what it leaves open from the first provider that it calls (REG-66).
        providers: all of them.
        routes: among the providers that are called.
        remarks: rules that are not applied, or not all of them.
    """

    url: URL
    providers: tuple[Provider, ...]
    routes: Routes[Provider]
    remarks: tuple[Remark, ...]


def view(notified: Iterable[URL], rules: Rules, consumer: Consumer, host: Host, check: Callable[[URL], None] | None = None) -> View:
    """See providers and rules as `consumer` does.

    Args:
        notified: providers as they are registered; see `is_candidate`.
        rules: all rules.
        consumer: the consumer.
        host: given to the factories of rules.
        check: see `judge`.
    """
    changes, remarks = read_settings(rules.settings, consumer.url, host)
    providers = tuple(judge(url, consumer, changes, check) for url in notified)
    called = tuple(provider for provider in providers if provider.is_called)
    first = called[0].url if called else None
    tags = rules.tags.get(called[0].registered.param("application")) if called else None
    routers = read_routers(replace(rules.routes, tags=tags), consumer.url, host)
    routes = Routes(consumer.url, routers, called)
    return View(consumer_url(consumer.url, changes, first), providers, routes, (*remarks, *routers.remarks))


def read_settings(rules: SettingRules, consumer: URL, host: Host) -> tuple[tuple[Change, ...], tuple[Remark, ...]]:
    """Read the rules for settings, in the order in which they count."""
    application, service = consumer.param("application"), consumer.colon_key
    sources = ((rules.registry, ""), (rules.application, configurators_key(application)), (rules.service, configurators_key(service)))
    parts = [read_changes(urls, consumer.host, host, key) for urls, key in sources]
    return tuple(change for changes, _ in parts for change in changes), tuple(remark for _, remarks in parts for remark in remarks)


def judge(provider: URL, consumer: Consumer, changes: Sequence[Change], check: Callable[[URL], None] | None = None) -> Provider:
    """Find out whether and how `consumer` calls `provider`.

    Args:
        provider: as it is registered.
        consumer: the consumer.
        changes: the rules for settings.
        check: raises an error for a URL with which no call can be made. A ``ConfigurationError`` may be the fault of rules: when there is
            none without them, the provider is called without them.
    """
    try:
        reasons = _mismatches(consumer.url, provider)
        plain = merge(provider, consumer.settings)
        url = configure(plain, changes)
        if url.get(keys.DISABLED) or not url.get(keys.ENABLED):
            reasons.append(Reason("disabled", "disabled"))
    except InvalidURLError as error:  # a registry may hold anything; one bad entry must not hide the others
        return Provider(provider, provider, (Reason("parameter", str(error)),))
    rules_problem = ""
    if check is not None:
        problem = _problem(check, url)
        if isinstance(problem, ConfigurationError) and url != plain:
            with_rules, problem = problem, _problem(check, plain)
            if problem is None and not reasons:
                url, changes, rules_problem = plain, (), str(with_rules)
        if problem is not None:
            reasons.append(Reason("parameter", str(problem)))
    return Provider(provider, url, tuple(reasons), changes, rules_problem)


def settings_of(provider: Provider, consumer: Consumer) -> dict[str, Setting]:
    """Every parameter of the URL under which a provider is called, by name, with its origin."""
    registered, url = provider.registered.params, merge(provider.registered, consumer.settings)
    origins = {name: "provider" if registered.get(name) == value else "consumer" for name, value in url.params.items()}
    for change in provider.changes:
        before, url = url.params, change.configure(url)
        origins.update((name, change.origin) for name, value in url.params.items() if before.get(name) != value)
    return {name: Setting(name, value, origins[name]) for name, value in url.params.items()}


def consumer_url(consumer: URL, changes: Iterable[Change], first: URL | None) -> URL:
    """The consumer's URL after all rules; what it leaves open is as `first` says, the URL of the first provider that it calls (REG-66)."""
    changed = configure(consumer, changes)
    return changed if first is None else changed.with_params_if_absent(first.params)


def remarks_on(rule: URL, host: Host) -> list[Remark]:
    """Why a rule is not applied, or not all of it."""
    return read_routes([rule], host)[1] if is_route(rule) else read_changes([rule], "", host)[1]


def is_candidate(url: URL) -> bool:
    """Tell whether a registered URL is a provider's, one in the wrong category included; or says that there are none."""
    category = url.param("category", "providers")
    if url.protocol == "empty":
        return category == "providers"
    return url.protocol not in _NO_PROVIDERS and category not in _RULES


def joined(reasons: Iterable[Reason]) -> str:
    """All reasons in one line."""
    return "; ".join(reason.text for reason in reasons)


def check_numbers(url: URL, methods: Iterable[str]) -> None:
    """Find a number that is none here, and not in a call.

    Raises:
        InvalidURLError: there is one.
    """
    for method in methods:
        effective_weight(url, MethodSettings.of(url, method), 0.0)


def _mismatches(consumer: URL, provider: URL) -> list[Reason]:
    """Every key on which `provider` is not what `consumer` wants."""
    reasons = []
    protocols = consumer.param("protocol")
    if protocols and provider.protocol not in [part.strip() for part in protocols.split(",")]:
        reasons.append(Reason("protocol", f"protocol {provider.protocol} is not among those wanted: {protocols}"))
    else:
        try:
            PROTOCOL.load(provider.protocol)
        except ExtensionNotFoundError as error:
            reasons.append(Reason("protocol", str(error)))
    if not is_spoken(provider):
        name = provider.get(keys.SERIALIZATION)
        reasons.append(Reason("serialization", f"serialization {name!r} is not available here, only {', '.join(sorted(SPOKEN))}"))
    category = provider.get(keys.CATEGORY)
    if category != "providers":
        reasons.append(Reason("category", f"category is {category!r}, wanted 'providers'"))
    for key in mismatches(consumer, provider):
        if key == "interface":
            reasons.append(Reason(key, f"interface is {provider.service_interface!r}, wanted {consumer.service_interface!r}"))
        elif key not in ("category", "enabled"):  # rules may enable it
            reasons.append(Reason(key, f"{key} is {provider.param(key)!r}, wanted {consumer.param(key)!r}"))
    return reasons


def _problem(check: Callable[[URL], None], url: URL) -> AiodubboError | None:
    try:
        check(url)
    except AiodubboError as error:
        return error
    return None
