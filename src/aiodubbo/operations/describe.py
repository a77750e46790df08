"""A service as a consumer sees it: which providers it would call, with which settings, and why not the others. Nothing is connected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.filter.chain import consumer_filters
from aiodubbo.governance.condition import methods_in
from aiodubbo.governance.configurators import is_rule, without_copies
from aiodubbo.governance.routes import RouteRules, is_route
from aiodubbo.governance.view import Consumer, Reason, Rules, Setting, SettingRules, check_numbers, is_candidate, settings_of, view
from aiodubbo.protocol.dubbo.pool import check_connections
from aiodubbo.protocol.dubbo.protocol import client_settings
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.redaction import MASK, is_secret
from aiodubbo.url.url import URL

from .center_view import HOST, CenterView, rule_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiodubbo.governance import view as governance
    from aiodubbo.rpc.host import Host

_DEFAULTS = {"timeout": "1000", "retries": "2", "loadbalance": "random", "weight": "100", "warmup": "600000", "disabled": "false"}
"""Settings that are always shown, with their defaults (milliseconds where it is a time)."""

ANYBODY = URL("consumer", "0.0.0.0", params={"side": "consumer"})  # noqa: S104 - a consumer that no rule means by its address
_ANYTHING = {"interface": "*", "group": "*", "version": "*", "classifier": "*"}
_CATEGORIES = "providers,configurators,routers"
_OF_THE_REGISTRATION = ("category", "check")
"""Parameters of a registered consumer that are none of its settings."""

_OF_THE_PROCESS = ("pid", "timestamp")
_LISTED = 10
"""Other services that a note names."""

_METHODS = 1000
"""Methods of one service for which routes are tried; a URL from the network may name any number."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Provider of the described service.

    Attributes:
        service: ``[group/]interface[:version]``.
        address: ``host:port``.
        application: who registered it.
        callable: whether the consumer would call it.
        reasons: why not; each key on which it fails.
        partly: what is not as it seems although it is called: methods that a route sends elsewhere, rules that are not followed.
        settings: with what it is called; values hide secrets, and ``default`` is an origin too.
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
    """Interface in a registry.

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
    urls: Sequence[URL], consumer: URL = ANYBODY, narrowed: Mapping[str, str] | None = None, center: CenterView | None = None
) -> Description:
    """Describe the registered `urls` of one interface.

    Args:
        urls: providers, consumers and rules.
        consumer: whose settings count.
        narrowed: group, version and protocol that the consumer wants, where that is not what its URL says.
        center: rules of the configuration centre; None when there is none, or it is away.
    """
    rules = [url for url in urls if url.protocol != "empty" and (is_rule(url) or is_route(url))]
    subscription = _subscription(consumer, narrowed)
    offers = sorted(filter(is_provider, urls), key=str)
    by_service: dict[URL, list[URL]] = {}
    for url in offers:
        by_service.setdefault(_of_service(url, subscription), []).append(url)
    providers: dict[URL, Provider] = {}
    for asking, offered in by_service.items():
        providers.update(zip(offered, _providers(offered, consumer, asking, _rules(rules, asking, center)), strict=True))
    return Description(
        tuple(providers[url] for url in offers),
        tuple((url.service_key, url.address, url.get(keys.APPLICATION)) for url in sorted(filter(is_consumer, urls), key=str)),
        (*map(rule_line, sorted(rules, key=is_route)), *(center.lines() if center is not None else ())),
    )


def services(urls: Iterable[URL], consumer: URL = ANYBODY, narrowed: Mapping[str, str] | None = None) -> set[str]:
    """The colon keys of the services that `describe` has providers of: what rules of a configuration centre may be for."""
    subscription = _subscription(consumer, narrowed)
    return {_of_service(url, subscription).colon_key for url in filter(is_provider, urls)}


def with_unreachable(description: Description, unreachable: Mapping[str, str]) -> Description:
    """The `description`, where providers are not called that take no connection."""
    providers = []
    for provider in description.providers:
        why = unreachable.get(provider.address)
        reasons = (*provider.reasons, Reason("unreachable", f"unreachable from here: {why}")) if why is not None else provider.reasons
        providers.append(replace(provider, callable=not reasons, reasons=reasons))
    return replace(description, providers=tuple(providers))


def is_consumer(url: URL) -> bool:
    return url.protocol == "consumer"


def is_provider(url: URL) -> bool:
    return is_candidate(url) and url.protocol not in ("empty", "admin")


def _subscription(consumer: URL, narrowed: Mapping[str, str] | None) -> URL:
    return consumer.with_params(_ANYTHING if consumer is ANYBODY else {}).with_params(narrowed or {})


def _of_service(provider: URL, subscription: URL) -> URL:
    """The URL of a consumer of `provider`: one that wants anything is taken for one that wants this."""
    if subscription.service_interface != "*":
        return subscription
    service = {"interface": provider.service_interface, "group": provider.group, "version": provider.version}
    return subscription.with_params({name: value for name, value in service.items() if subscription.param(name) == "*"})


def _rules(registered: Iterable[URL], asking: URL, center: CenterView | None) -> Rules:
    """The rules that a consumer follows; copies for Dubbo 2.6 count where there is no configuration centre."""
    subscription = asking.with_params({"category": _CATEGORIES})
    notified = [rule for rule in registered if is_match(subscription, rule)]
    if center is None:
        center = CenterView()
    else:
        notified = without_copies(notified)
    application, service = asking.param("application"), asking.colon_key
    configurators, conditions = center.configurators, center.conditions
    return Rules(
        SettingRules(list(filter(is_rule, notified)), configurators.get(application, ()), configurators.get(service, ())),
        RouteRules(list(filter(is_route, notified)), None, conditions.get(service, ()), conditions.get(application, ())),
        center.tags,
    )


def _providers(offered: Sequence[URL], consumer: URL, asking: URL, rules: Rules) -> list[Provider]:
    # Routes choose among the providers that are called otherwise, method by method.

    def check(url: URL) -> None:
        check_usable(url, _generic(consumer) or _named(consumer) or _named(url), HOST)

    who = Consumer(asking, Consumer.of(consumer).settings)
    seen = view(offered, rules, who, HOST, check)
    calls = _Calls.among([provider.url for provider in seen.providers if provider.is_called], consumer, rules.routes)
    kept_from: dict[int, dict[str, str]] = {}  # id of the provider → method → rule
    for method in calls.methods:
        for provider, rule in seen.routes.left_out(_call(asking, method)):
            if method in calls.of(provider.url):
                kept_from.setdefault(id(provider), {})[method] = rule
    return [
        _routed(_described(provider, who), kept_from.get(id(provider), {}), calls.of(provider.url), are_known=calls.are_known)
        for provider in seen.providers
    ]


def _described(provider: governance.Provider, consumer: Consumer) -> Provider:
    registered, reasons = provider.registered, list(provider.reasons)
    settings = {} if any(reason.key == "parameter" for reason in reasons) else settings_of(provider, consumer)
    for index, reason in enumerate(reasons):
        if reason.key == "disabled" and settings:
            origins = [settings[name].origin for name in ("disabled", "enabled") if name in settings]
            by = next((origin for origin in origins if origin.startswith("rule")), "the provider")
            reasons[index] = replace(reason, text=f"{reason.text} by {by}")
    return Provider(
        service=registered.service_key,
        address=registered.address,
        application=registered.get(keys.APPLICATION),
        callable=provider.is_called,
        reasons=tuple(reasons),
        partly=(f"the rules for its settings are not followed: {provider.problem}",) if provider.problem else (),
        settings=_shown(settings, registered) if settings else (),
    )


def _shown(settings: Mapping[str, Setting], registered: URL) -> tuple[Setting, ...]:
    """Settings that make a difference to calls, defaults included."""
    methods = registered.get(keys.METHODS)
    names = {*_DEFAULTS, *(name for name, setting in settings.items() if setting.origin.startswith("rule") or _of_a_method(name, methods))}
    shown = []
    for name in sorted(names):
        setting = settings.get(name) or Setting(name, "", "default")
        value = MASK if setting.value and is_secret(name) else setting.value or _DEFAULTS.get(name, "")
        shown.append(replace(setting, value=value))
    return tuple(shown)


def _of_a_method(name: str, methods: Sequence[str]) -> bool:
    method, _, setting = name.rpartition(".")
    return method in methods and setting in _DEFAULTS


# -- routes, method by method


@dataclass(frozen=True, slots=True)
class _Calls:
    """The methods for which routes are tried.

    Attributes:
        methods: all of them.
        are_known: whether these are methods of the service; otherwise they are those that routes name, and ``*`` stands for the others.
        consumer: whose methods count where a provider names none.
    """

    methods: tuple[str, ...]
    are_known: bool
    consumer: URL

    @classmethod
    def among(cls, called: Iterable[URL], consumer: URL, routes: RouteRules) -> _Calls:
        """The methods of the providers that are called, or else those of the consumer, or else those that routes name."""
        offered = {method for url in called for method in _offers(url, consumer)} or set(_named(consumer))
        named = {method for rules in (routes.registry, routes.service, routes.application) for rule in rules for method in methods_in(rule)}
        return cls(tuple(sorted(offered or {"*", *named})[:_METHODS]), bool(offered), consumer)

    def of(self, url: URL) -> set[str]:
        """The methods for which the provider at `url` is called."""
        return set(_offers(url, self.consumer)) & set(self.methods) or set(self.methods)


def _offers(url: URL, consumer: URL) -> tuple[str, ...]:
    """The methods that `consumer` calls at a provider, as far as one of the two names them. Of generic calls routes see ``$invoke``."""
    return _generic(consumer) or _named(url) or _named(consumer)


def _generic(consumer: URL) -> tuple[str, ...]:
    return ("$invoke",) if consumer.get(keys.GENERIC) not in ("", "false") else ()


def _named(url: URL) -> tuple[str, ...]:
    return tuple(method for method in url.get(keys.METHODS) if method != "*")  # a generic provider announces *


def _call(consumer: URL, method: str) -> Invocation:
    service = _descriptor(consumer, [method])
    return Invocation(service, service.methods[0], ())


def _routed(provider: Provider, kept_from: Mapping[str, str], methods: set[str], *, are_known: bool) -> Provider:
    """The provider without the methods that rules keep from it (method → rule)."""
    by_rule: dict[str, list[str]] = {}
    for method, rule in kept_from.items():
        by_rule.setdefault(rule, []).append(method)
    if by_rule and kept_from.keys() >= methods:
        reasons = tuple(Reason("route", f"left out by {rule}") for rule in by_rule)
        return replace(provider, callable=False, reasons=reasons)
    partly = [
        f"{rule} leaves it out for {', '.join(names)}" if are_known else f"{rule} may leave it out for some methods"
        for rule, names in by_rule.items()
    ]
    return replace(provider, partly=(*provider.partly, *partly))


# -- checks without a connection


def _descriptor(url: URL, methods: Sequence[str]) -> ServiceDescriptor:
    return ServiceDescriptor(url.service_interface, object, methods=tuple(MethodDescriptor(method, method) for method in methods))


def check_usable(url: URL, methods: Sequence[str], host: Host) -> None:
    """Check that a consumer can make an invoker for the provider at `url`: its numbers are numbers, its filters are installed.

    Raises:
        ConfigurationError: a parameter is wrong; rules may have set it, and without them the provider may be usable.
        AiodubboError: a filter cannot be made.
    """
    check_numbers(url, methods)
    try:
        consumer_filters(url, _descriptor(url, methods), host)
    except AiodubboError:
        raise
    except Exception as error:  # filters may come from other packages
        raise AiodubboError(str(error) or type(error).__name__) from error
    if url.protocol == "dubbo":
        client_settings(url, ProtocolSettings())
        check_connections(max(url.get(keys.CONNECTIONS), url.get(keys.SHARE_CONNECTIONS)), url.address)


# -- references of an application


def choose(registered: Sequence[URL], narrowed: Mapping[str, str]) -> tuple[URL, list[str]]:
    """The reference to look through, as the application has it; and notes about it for people.

    Args:
        registered: the consumers of one application, at least one.
        narrowed: ``group`` and ``version`` from the command line; references that have them go first.
    """
    references = sorted(registered, key=lambda url: (url.service_key, str(url)))
    fitting = [
        url for url in references if url.group == narrowed.get("group", url.group) and url.version == narrowed.get("version", url.version)
    ]
    first, *others = fitting or references
    application = first.get(keys.APPLICATION)
    notes: list[str] = []
    services = list(dict.fromkeys(url.service_key for url in others if url.service_key != first.service_key))
    if services:
        more = f" and {len(services) - _LISTED} more" if len(services) > _LISTED else ""
        notes.append(
            f"{application} is shown as a consumer of {first.service_key}; it also is one of {', '.join(services[:_LISTED])}{more}:"
            " --group and --version choose, '' is none"
        )
    alike = {_settings(url) for url in others if url.service_key == first.service_key} - {_settings(first)}
    if alike:
        notes.append(
            f"{application} registered {first.service_key} with other settings too, {len(alike) + 1} in all; shown is {first.redacted()}"
        )
    if not first.has_param("side"):
        notes.append(f"{application} registered with simplified=true: settings of its own, such as a timeout or a tag, are not known here")
    consumer = first.without_params(_OF_THE_REGISTRATION)
    return consumer.with_params_if_absent({"interface": consumer.service_interface, "side": "consumer"}), notes


def _settings(url: URL) -> tuple[str, str]:
    return url.host, str(sorted(url.without_params(_OF_THE_PROCESS).params.items()))
