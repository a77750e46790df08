"""From the rules that a registry tells to the changes they make, in order (CLU-92)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.rpc.points import CONFIGURATOR, LOAD_BALANCE
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodubbo.rpc.abc import Configurator
    from aiodubbo.url.url import URL

__all__ = ["configurators", "configure", "in_order", "is_rule"]

logger = logging.getLogger(__name__)

_PROTOCOLS = ("override", "absent")
_NUMBERS = {
    key.name: key
    for key in (keys.TIMEOUT, keys.RETRIES, keys.WEIGHT, keys.WARMUP, keys.PRIORITY, keys.CONNECTIONS, keys.EXECUTES, keys.TPS)
}


def is_rule(url: URL) -> bool:
    """Whether a registered URL is a rule for settings: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "configurators" or url.protocol in _PROTOCOLS


def in_order(rules: Iterable[URL]) -> list[URL]:
    """The rules of one service that can be used, in the order in which they count: a later one wins.

    Rules for every host come before those for one host, then lower ``priority`` before higher. A rule of an unknown kind, or with a number
    that is none, is logged and left out, and so is the setting of a load balance that is not installed: a mistake in a rule must not
    keep calls from providers that live.

    Args:
        rules: all rules that the registry has; an ``empty://`` URL stands for none.
    """
    usable: list[URL] = []
    for rule in rules:
        if rule.protocol == "empty":
            return []
        if not set(rule.params) - {"anyhost"}:  # says nothing: takes back what was said before
            usable.clear()
            continue
        problem = _problem(rule)
        if problem:
            logger.warning("the rule %r is left out: %s", rule, problem)
        else:
            usable.append(rule.without_params(_unknown_strategies(rule)))
    return sorted(usable, key=lambda rule: (rule.host, rule.get(keys.PRIORITY)))


def configurators(rules: Iterable[URL], local_host: str) -> tuple[Configurator, ...]:
    """What the rules of one service do, in order.

    Args:
        rules: as for `in_order`.
        local_host: the address under which this process shows itself to registries.
    """
    return tuple(CONFIGURATOR.load(rule.protocol)(rule, local_host) for rule in in_order(rules))


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
        key = _NUMBERS.get(name.rpartition(".")[2])
        if key is not None and value:
            try:
                key.parse(value)
            except ValueError as error:
                return f"parameter {name}: {error}"
    return ""


def _unknown_strategies(rule: URL) -> list[str]:
    unknown = []
    for name, value in rule.params.items():
        if name.rpartition(".")[2] == keys.LOAD_BALANCE.name:
            try:
                LOAD_BALANCE.load(value)
            except ConfigurationError as error:
                logger.warning("the rule %r is followed without its parameter %s: %s", rule, name, error)
                unknown.append(name)
    return unknown
