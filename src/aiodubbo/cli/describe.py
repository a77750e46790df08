"""``aiodubbo describe``: one service with its providers, consumers and rules.

Of each provider it says with which settings it is called, and where each of them comes from; or why it is not called.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

import click

from aiodubbo.cluster.configurator.rules import configurators, configure, in_order, is_rule
from aiodubbo.cluster.router.chain import is_route, left_out
from aiodubbo.errors import ExtensionNotFoundError, InvalidURLError
from aiodubbo.integration.judgement import Reason, check_numbers, disabled, is_candidate, joined, why_not
from aiodubbo.integration.override_listener import override_subscription
from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
from aiodubbo.rpc.invocation import Invocation
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.merge import merge
from aiodubbo.url.redaction import MASK, is_secret
from aiodubbo.url.url import URL

from .failure import FAILED, CommandError
from .looking import look_up, registry_url
from .probe import probe
from .running import note, registry_option, run, set_up_logging, verbose_option
from .text import json_safe, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.rpc.abc import Invoker

__all__ = ["Description", "Provider", "Setting", "command", "describe", "with_unreachable"]

_CATEGORIES = ("providers", "consumers", "configurators", "routers")
_DEFAULTS = {"timeout": "1000", "retries": "2", "loadbalance": "random", "weight": "100", "warmup": "600000", "disabled": "false"}
"""Settings that are always shown, with what holds when nobody says anything (milliseconds where it is a time)."""

_ANYBODY = URL("consumer", "0.0.0.0", params={"side": "consumer"})  # noqa: S104 - a consumer that no rule means by its address
_ANYTHING = {"interface": "*", "group": "*", "version": "*", "classifier": "*"}
_METHODS = 1000
"""Methods of one service for which routes are tried; a URL from the network may name any number."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as calls are made with it.

    Attributes:
        name: the parameter, such as ``timeout`` or ``greet.timeout``.
        value: its text; secrets are hidden.
        origin: ``default``, ``provider``, ``consumer``, or ``rule`` with the rule's URL.
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
        partly: what does not go there although it is called: methods that a route sends elsewhere.
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
        rules: the URLs of rules, secrets hidden.
    """

    providers: tuple[Provider, ...]
    consumers: tuple[tuple[str, str, str], ...]
    rules: tuple[str, ...]


@click.command("describe", short_help="Show one service, and where its settings come from.")
@click.argument("service")
@registry_option
@click.option("--consumer", metavar="APPLICATION", help="See it as this registered consumer does.")
@click.option("--group", help="The group that the consumer wants; any without it.")
@click.option("--version", help="The version that the consumer wants; any without it.")
@click.option("--protocol", help="The protocol that the consumer wants; any without it.")
@click.option(
    "--probe/--no-probe", "probing", default=True, show_default=True, help="Try whether each provider takes a connection from here."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@verbose_option
def command(
    service: str,
    registry: str | None,
    consumer: str | None,
    group: str | None,
    version: str | None,
    protocol: str | None,
    probing: bool,
    as_json: bool,
    verbosity: int,
) -> None:
    """Show the providers, consumers and rules of SERVICE, the full name of an interface.

    For each provider it says whether a consumer would call it, and if not, on which key it fails: protocol, version, group, category,
    disabled, a route, or unreachable from here. The effective settings are listed, each with its origin: default, provider, consumer or
    rule. All this is for a consumer that says nothing itself, unless --consumer names one that is registered.
    """
    set_up_logging(verbosity)
    url = registry_url(registry)
    urls = run(look_up(url, _CATEGORIES, service), verbose=verbosity > 0)
    whose = _ANYBODY
    if consumer is not None:
        known = [one for one in urls if _is_consumer(one) and one.get(keys.APPLICATION) == consumer]
        if not known:
            raise CommandError(f"no consumer of {service} is registered by the application {consumer} at {url.address}", FAILED)
        whose = known[0]
    wanted = {"group": group, "version": version, "protocol": protocol}
    found = describe(urls, whose, {name: value for name, value in wanted.items() if value is not None})
    if probing:
        listening = [url for url in urls if _is_provider(url)]
        found = with_unreachable(found, run(probe(listening), verbose=verbosity > 0))
    if as_json:
        click.echo(json_safe(json.dumps(asdict(found), ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)))
    else:
        for line in _lines(found):
            click.echo(one_line(line))
    if not (found.providers or found.consumers or found.rules):
        note(f"nothing is registered for {service} at {url.address}; aiodubbo ls shows what there is")
        raise CommandError("", FAILED)


def describe(urls: Sequence[URL], consumer: URL = _ANYBODY, wanted: Mapping[str, str] | None = None) -> Description:
    """What the registered `urls` of one interface come to.

    Args:
        urls: providers, consumers and rules.
        consumer: whose settings count.
        wanted: group, version and protocol that the consumer wants, where that is not what its URL says.
    """
    rules = [url for url in urls if url.protocol != "empty" and is_rule(url)]
    routes = [url for url in urls if url.protocol != "empty" and is_route(url)]
    consumers = [url for url in urls if _is_consumer(url)]
    subscription = consumer.with_params(_ANYTHING if consumer is _ANYBODY else {}).with_params(wanted or {})
    judged = [_provider(url, consumer, subscription, rules) for url in sorted(filter(_is_provider, urls), key=str)]
    return Description(
        tuple(_routed(judged, subscription, routes)),
        tuple((url.service_key, url.address, url.get(keys.APPLICATION)) for url in sorted(consumers, key=str)),
        tuple(url.redacted() for url in (*rules, *routes)),
    )


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


def _is_consumer(url: URL) -> bool:
    return url.protocol == "consumer"


def _is_provider(url: URL) -> bool:
    return is_candidate(url) and url.protocol not in ("empty", "admin")


def _routed(judged: Sequence[tuple[Provider, URL]], consumer: URL, routes: Sequence[URL]) -> list[Provider]:
    """The providers, those that routes leave out marked. Routes choose among those that are called otherwise, method by method."""
    called = [_Listed(url) for provider, url in judged if provider.callable]
    methods = sorted({method for one in called for method in one.url.get(keys.METHODS)})[:_METHODS] or ["*"]
    kept_from: dict[int, dict[str, str]] = {}  # id of the provider in the list → method → rule
    for method in methods:
        # Routers look at the URLs alone; nobody is called here.
        for one, rule in left_out(routes, cast("list[Invoker]", called), consumer, _call(consumer, method)):
            offered = one.url.get(keys.METHODS)
            if method in (offered or methods):
                kept_from.setdefault(id(one), {})[method] = rule.redacted()
    providers: list[Provider] = []
    left = iter(called)
    for provider, url in judged:
        offered = url.get(keys.METHODS)
        own = set(offered) & set(methods) or set(methods)
        providers.append(_without(provider, kept_from.get(id(next(left)), {}), own) if provider.callable else provider)
    return providers


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """A provider as routers see it."""

    url: URL


def _call(consumer: URL, method: str) -> Invocation:
    descriptor = MethodDescriptor(method, method)
    return Invocation(ServiceDescriptor(consumer.service_interface, object, methods=(descriptor,)), descriptor, ())


def _without(provider: Provider, kept_from: Mapping[str, str], methods: set[str]) -> Provider:
    """The provider without the methods that rules keep from it (method → rule)."""
    by_rule: dict[str, list[str]] = {}
    for method, rule in kept_from.items():
        by_rule.setdefault(rule, []).append(method)
    if kept_from.keys() >= methods:
        reasons = tuple(Reason("route", f"left out by the route {rule}") for rule in by_rule)
        return replace(provider, callable=False, reasons=reasons)
    return replace(provider, partly=tuple(f"route {rule} leaves it out for {', '.join(names)}" for rule, names in by_rule.items()))


def _provider(url: URL, consumer: URL, subscription: URL, rules: Sequence[URL]) -> tuple[Provider, URL]:
    """What is known of one provider, and the URL under which it is called."""
    application = url.get(keys.APPLICATION)
    try:
        effective, settings = _settings(url, consumer, rules)
        reasons = [*_not_spoken(url), *why_not(subscription, url)]
        methods = effective.get(keys.METHODS)
        check_numbers(effective, methods)
    except InvalidURLError as error:  # as in a consumer: one bad entry must not hide the others
        reason = Reason("parameter", str(error))
        return Provider(url.service_key, url.address, application, False, (reason,), (), ()), url
    off = disabled(effective)
    if off is not None:
        by = next(
            (setting.origin for setting in settings if setting.name in ("disabled", "enabled") and setting.origin.startswith("rule")), ""
        )
        reasons.append(replace(off, text=f"{off.text} by {by or 'the provider'}"))
    return Provider(url.service_key, url.address, application, not reasons, tuple(reasons), (), settings), effective


def _not_spoken(url: URL) -> list[Reason]:
    try:
        PROTOCOL.load(url.protocol)
    except ExtensionNotFoundError as error:
        return [Reason("protocol", str(error))]
    return []


def _settings(url: URL, consumer: URL, rules: Sequence[URL]) -> tuple[URL, tuple[Setting, ...]]:
    """The URL under which a provider is called, and what it says."""
    effective = merge(url, consumer.without_params(("category", "check")).params)
    origins = {name: "provider" if url.params.get(name) == value else "consumer" for name, value in effective.params.items()}
    changed: set[str] = set()
    for rule in in_order([one for one in rules if is_match(override_subscription(url), one)]):
        before, effective = effective, configure(effective, configurators([rule], consumer.host))
        for name, value in effective.params.items():
            if before.params.get(name) != value:
                origins[name] = f"rule {rule.redacted()}"
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


def _lines(found: Description) -> list[str]:
    lines = []
    for provider in found.providers:
        state = "" if provider.callable else f"  (not called: {joined(provider.reasons)})"
        lines.append(f"provider  {provider.service}  {provider.address}  {provider.application}{state}")
        lines.extend(f"  {part}" for part in provider.partly)
        lines.extend(f"  {setting.name} = {setting.value}  [{setting.origin}]" for setting in provider.settings)
    lines.extend(f"consumer  {service}  {address}  {application}" for service, address, application in found.consumers)
    lines.extend(f"rule  {rule}" for rule in found.rules)
    return lines
