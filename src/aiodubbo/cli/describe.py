"""``aiodubbo describe``: one service with its providers, consumers and rules, and where each effective setting comes from."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from aiodubbo.cluster.configurator.rules import configurators, configure, in_order, is_rule
from aiodubbo.cluster.router.chain import is_route
from aiodubbo.integration.override_listener import override_subscription
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.merge import merge
from aiodubbo.url.redaction import MASK, is_secret
from aiodubbo.url.url import URL

from .failure import FAILED, CommandError
from .looking import look_up, registry_url
from .running import note, registry_option, run, set_up_logging, verbose_option
from .text import json_safe, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Description", "Provider", "Setting", "command", "describe"]

_CATEGORIES = ("providers", "consumers", "configurators", "routers")
_DEFAULTS = {"timeout": "1000", "retries": "2", "loadbalance": "random", "weight": "100", "warmup": "600000", "disabled": "false"}
"""Settings that are always shown, with what holds when nobody says anything (milliseconds where it is a time)."""

_ANYBODY = URL("consumer", "0.0.0.0", params={"side": "consumer"})  # noqa: S104 - a consumer that no rule means by its address


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
        callable: whether it may be called; not when it is disabled.
        settings: with what it is called.
    """

    service: str
    address: str
    application: str
    callable: bool
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
@click.option("--consumer", metavar="APPLICATION", help="Settings as this registered consumer has them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@verbose_option
def command(service: str, registry: str | None, consumer: str | None, as_json: bool, verbosity: int) -> None:
    """Show the providers, consumers and rules of SERVICE, the full name of an interface.

    For each provider the effective settings are listed, each with its origin: default, provider, consumer or rule. They are those of a
    consumer that says nothing itself, unless --consumer names one that is registered.
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
    found = describe(urls, whose)
    if as_json:
        click.echo(json_safe(json.dumps(asdict(found), ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)))
    else:
        for line in _lines(found):
            click.echo(one_line(line))
    if not (found.providers or found.consumers or found.rules):
        note(f"nothing is registered for {service} at {url.address}; aiodubbo ls shows what there is")
        raise CommandError("", FAILED)


def describe(urls: Sequence[URL], consumer: URL = _ANYBODY) -> Description:
    """What the registered `urls` of one interface come to.

    Args:
        urls: providers, consumers and rules.
        consumer: whose settings count.
    """
    rules = [url for url in urls if url.protocol != "empty" and is_rule(url)]
    routes = [url for url in urls if url.protocol != "empty" and is_route(url)]
    consumers = [url for url in urls if _is_consumer(url)]
    providers = [url for url in urls if url.get(keys.CATEGORY) == "providers" and url not in consumers + rules + routes]
    return Description(
        tuple(_provider(url, consumer, rules) for url in sorted(providers, key=str) if url.protocol not in ("empty", "admin")),
        tuple((url.service_key, url.address, url.get(keys.APPLICATION)) for url in sorted(consumers, key=str)),
        tuple(url.redacted() for url in (*rules, *routes)),
    )


def _is_consumer(url: URL) -> bool:
    return url.protocol == "consumer"


def _provider(url: URL, consumer: URL, rules: Sequence[URL]) -> Provider:
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
    usable = effective.get(keys.ENABLED) and not effective.get(keys.DISABLED)
    return Provider(url.service_key, url.address, url.get(keys.APPLICATION), usable, tuple(settings))


def _of_a_method(name: str, methods: Sequence[str]) -> bool:
    method, _, setting = name.rpartition(".")
    return method in methods and setting in _DEFAULTS


def _lines(found: Description) -> list[str]:
    lines = []
    for provider in found.providers:
        state = "" if provider.callable else "  (disabled)"
        lines.append(f"provider  {provider.service}  {provider.address}  {provider.application}{state}")
        lines.extend(f"  {setting.name} = {setting.value}  [{setting.origin}]" for setting in provider.settings)
    lines.extend(f"consumer  {service}  {address}  {application}" for service, address, application in found.consumers)
    lines.extend(f"rule  {rule}" for rule in found.rules)
    return lines
