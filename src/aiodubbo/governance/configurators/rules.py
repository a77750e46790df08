"""From the rules that a registry tells to the changes they make, in order (CLU-92)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aiodubbo.errors import ConfigurationError
from aiodubbo.protocol.dubbo.pool import MAX_CONNECTIONS
from aiodubbo.rpc.points import CONFIGURATOR, LOAD_BALANCE
from aiodubbo.url import keys
from aiodubbo.url.params import ParamKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiodubbo.rpc.abc import Configurator
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_PROTOCOLS = ("override", "absent")
_COUNTS_OF_CONNECTIONS = (keys.CONNECTIONS.name, keys.SHARE_CONNECTIONS.name)
_KNOWN: Mapping[str, ParamKey[Any]] = {key.name: key for key in vars(keys).values() if isinstance(key, ParamKey)}
"""Every parameter that means something, by its name; where two share one, their values are of one kind."""


def is_rule(url: URL) -> bool:
    """Whether a registered URL is a rule for settings: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "configurators" or url.protocol in _PROTOCOLS


def in_order(rules: Iterable[URL]) -> list[URL]:
    """The rules of one service that can be used, in the order in which they count: a later one wins.

    Rules for every host come before those for one host, then lower ``priority`` before higher. A rule of an unknown kind, or with a value
    that its parameter cannot have, is logged and left out, and so is the setting of a load balance that is not installed: a mistake in a
    rule must not keep calls from providers that live.

    Args:
        rules: all rules that the registry has; an ``empty://`` URL stands for none.
    """
    kept: list[URL] = []
    for rule in rules:
        if rule.protocol == "empty":
            return []
        if not set(rule.params) - {"anyhost"}:  # says nothing: takes back what was said before
            kept.clear()
            continue
        can_be_used, remarks = usable(rule)
        for remark in remarks:
            logger.warning("the rule %r is %s", rule, remark)
        if can_be_used is not None:
            kept.append(can_be_used)
    return sorted(kept, key=lambda rule: (rule.host, rule.get(keys.PRIORITY)))


def usable(rule: URL) -> tuple[URL | None, tuple[str, ...]]:
    """A rule for settings as it is followed, None when it is left out; and what is to be said about that, as what "the rule is"."""
    problem = _problem(rule)
    if problem:
        return None, (f"left out: {problem}",)
    unknown = _unknown_strategies(rule)
    return rule.without_params(unknown), tuple(f"followed without its parameter {name}: {error}" for name, error in unknown.items())


def configurators(rules: Iterable[URL], local_host: str, host: Host) -> tuple[Configurator, ...]:
    """What the rules of one service do, in order.

    Args:
        rules: as for `in_order`.
        local_host: the address under which this process shows itself to registries.
        host: the application.
    """
    made: list[Configurator] = []
    for rule in in_order(rules):
        try:
            made.append(CONFIGURATOR.load(rule.protocol)(rule, local_host, host))
        except Exception:  # it may be anybody's; the other rules count
            logger.exception("the rule %r is left out", rule)
    return tuple(made)


def configure(url: URL, changes: Iterable[Configurator]) -> URL:
    """The URL after all `changes`."""
    for change in changes:
        url = change(url)
    return url


def _problem(rule: URL) -> str:
    try:
        CONFIGURATOR.load(rule.protocol)
    except ConfigurationError as error:
        return str(error)
    for name, value in rule.params.items():
        key = _key_of(name)
        if key is not None and value:
            try:
                parsed = key.parse(value)
            except ValueError as error:
                return f"parameter {name}: {error}"
            if key.name in _COUNTS_OF_CONNECTIONS and parsed is not None and parsed > MAX_CONNECTIONS:
                return f"parameter {name}: {parsed} connections to each provider are too many, {MAX_CONNECTIONS} is the most"
    return ""


def _key_of(name: str) -> ParamKey[Any] | None:
    """What a parameter means that may be about one method: ``timeout``, ``sayHello.timeout``, ``default.timeout``."""
    while name not in _KNOWN:
        _, dot, name = name.partition(".")
        if not dot:
            return None
    return _KNOWN[name]


def _unknown_strategies(rule: URL) -> dict[str, str]:
    """Parameters that name a load balance which is not installed, each with the error."""
    unknown = {}
    for name, value in rule.params.items():
        if name.rpartition(".")[2] == keys.LOAD_BALANCE.name:
            try:
                LOAD_BALANCE.load(value)
            except ConfigurationError as error:
                unknown[name] = str(error)
    return unknown
