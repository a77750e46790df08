"""Rules for settings: which URLs they mean, what they change, and in which order they count (CLU-92…97, CLU-100)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiodubbo.errors import ConfigurationError
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

_ANY = "*"
_ANY_HOST = "0.0.0.0"  # noqa: S104 - how rules say "every host"; nothing is bound

_CONDITIONS = ("application", "side")
_ABOUT_THE_RULE = frozenset(
    {"category", "check", "dynamic", "enabled", "group", "version", "configVersion", "compatible_config", "interfaces", "providerAddresses"}
)
"""Parameters that say when and for whom a rule stands; the rest are the settings that it makes."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a rule is not applied, or not all of it.

    Attributes:
        rule: its URL.
        text: continues "the rule is …".
    """

    rule: URL
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A rule for settings that is applied.

    Attributes:
        rule: its URL, without parameters that are left out.
        key: of the document in the configuration centre where it stands; empty for a registry's.
        configure: changes the URLs that the rule means.
    """

    rule: URL
    key: str
    configure: Configurator

    @property
    def origin(self) -> str:
        """Name of the rule, for people."""
        return f"rule {self.key}: {self.rule.redacted()}" if self.key else f"rule {self.rule.redacted()}"


def is_rule(url: URL) -> bool:
    """Tell whether a registered URL is a rule for settings: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "configurators" or url.protocol in _PROTOCOLS


def without_copies(rules: Iterable[URL]) -> list[URL]:
    """A registry's rules without those that are there for Dubbo 2.6 alone: the configuration centre has the same (CLU-100)."""
    return [rule for rule in rules if not rule.has_param(keys.COMPATIBLE_CONFIG.name)]


def read_changes(rules: Iterable[URL], local_host: str, host: Host, key: str = "") -> tuple[list[Change], list[Remark]]:
    """Read the rules of one source for one service, in the order in which they count: a later one wins.

    Rules for every host come before those for one host, then lower ``priority`` before higher. A rule of an unknown kind, or with a value
    that its parameter cannot have, is left out, and so is the setting of a load balance that is not installed: a mistake in a
    rule must not keep calls from providers that live.

    Args:
        rules: all rules of a registry or of a document; an ``empty://`` URL stands for none.
        local_host: the address under which this process shows itself to registries.
        host: the application.
        key: of the document.
    """
    changes: list[Change] = []
    remarks: list[Remark] = []
    for rule in rules:
        if rule.protocol == "empty":
            return [], []
        if not set(rule.params) - {"anyhost"}:  # says nothing: takes back what was said before
            changes.clear()
            continue
        try:
            problem = _problem(rule)
            if problem:
                remarks.append(Remark(rule, f"left out: {problem}"))
                continue
            unknown = _unknown_strategies(rule)
            remarks += [Remark(rule, f"followed without its parameter {name}: {error}") for name, error in unknown.items()]
            applied = rule.without_params(unknown)
            changes.append(Change(applied, key, CONFIGURATOR.load(rule.protocol)(applied, local_host, host)))
        except Exception as error:  # noqa: BLE001 - the configurator may be anybody's; the other rules count
            remarks.append(Remark(rule, f"left out: {type(error).__name__}: {error}"))
    changes.sort(key=lambda change: (change.rule.host, change.rule.get(keys.PRIORITY)))
    return changes, remarks


def log_remarks(remarks: Iterable[Remark]) -> None:
    """Warn of rules that are not applied, or not all of them."""
    for remark in remarks:
        logger.warning("the rule %r is %s", remark.rule, remark.text)


def configure(url: URL, changes: Iterable[Change]) -> URL:
    """The URL after all `changes`."""
    for change in changes:
        url = change.configure(url)
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
            if key.name in _COUNTS_OF_CONNECTIONS and parsed is not None and parsed > keys.MAX_CONNECTIONS:
                return f"parameter {name}: {parsed} connections to each provider are too many, {keys.MAX_CONNECTIONS} is the most"
    return ""


def _key_of(name: str) -> ParamKey[Any] | None:
    """Key of a parameter that may be about one method: ``timeout``, ``sayHello.timeout``, ``default.timeout``."""
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


# -- built-in configurators


def override(rule: URL, local_host: str, host: Host) -> Configurator:
    """The ``override`` rule: its settings win over those of the URLs that it means."""
    changes = settings(rule)
    return lambda url: url.with_params(changes) if matches(rule, url, local_host) else url


def absent(rule: URL, local_host: str, host: Host) -> Configurator:
    """The ``absent`` rule: its settings count where the URLs that it means have none."""
    additions = settings(rule)
    return lambda url: url.with_params_if_absent(additions) if matches(rule, url, local_host) else url


def matches(rule: URL, url: URL, local_host: str) -> bool:
    """Tell whether `rule` changes `url`.

    A rule with a port means one provider, also where a consumer holds its URL. A rule without one means a consumer by its address, or
    everybody: ``0.0.0.0``. A rule of Dubbo 2.7, which has a ``configVersion``, means one side alone: a consumer by its address, or a
    provider by address and port.

    Args:
        rule: an ``override://`` or ``absent://`` URL.
        url: a provider's URL, or a consumer's or merged one; its ``side`` says which.
        local_host: the address under which this process shows itself to registries.
    """
    if not rule.host or not url.host or not rule.get(keys.ENABLED):
        return False
    means_host = _means_side(rule, url, local_host) if rule.get(keys.CONFIG_VERSION) else _means_host(rule, url, local_host)
    return means_host and _means_application(rule, url) and _means_service(rule, url) and _means_rest(rule, url)


def settings(rule: URL) -> Mapping[str, str]:
    """The parameters that `rule` sets (CLU-96)."""
    return {name: value for name, value in rule.params.items() if name not in _ABOUT_THE_RULE and not _is_condition(name)}


def _means_host(rule: URL, url: URL, local_host: str) -> bool:
    if rule.port:
        return rule.port == url.port and rule.host in (_ANY_HOST, url.host)
    if url.param("side", "provider") == "consumer":
        return rule.host in (_ANY_HOST, local_host)
    return rule.host == _ANY_HOST and url.param("side") == "provider"


def _means_side(rule: URL, url: URL, local_host: str) -> bool:
    """CLU-100. Dubbo 3 lets a provider's rule without a port mean any port; its rules say so by their version."""
    side = rule.param("side")
    if not side or side != url.param("side"):
        return False
    if side == "consumer":
        return not rule.port and rule.host in (_ANY_HOST, local_host)
    any_port = not rule.port and rule.param("configVersion").startswith("v3")
    return side == "provider" and (any_port or rule.port == url.port) and rule.host in (_ANY_HOST, url.host)


def _means_service(rule: URL, url: URL) -> bool:
    """A rule for an application may name services; that of a service was found under its name."""
    if rule.param("category") != "appdynamicconfigurators" or rule.path in ("", _ANY):
        return True
    return (rule.path, rule.group, rule.version) == (url.service_interface, url.group, url.version)


def _means_application(rule: URL, url: URL) -> bool:
    application = rule.param("application") or rule.username
    if application and application not in (_ANY, url.param("application") or url.username):
        return False
    addresses = rule.get(keys.PROVIDER_ADDRESSES)
    known = (url.address, url.host, _ANY_HOST, f"{_ANY_HOST}:*", f"{_ANY_HOST}:{url.port}")
    return not addresses or any(address in known for address in addresses)


def _means_rest(rule: URL, url: URL) -> bool:
    return all(value in ("", _ANY, url.param(name.removeprefix("~"))) for name, value in rule.params.items() if _is_condition(name))


def _is_condition(name: str) -> bool:
    return name.startswith("~") or name in _CONDITIONS
