"""Whether a rule means a URL, and what it says about it: shared by all configurators (CLU-93…97, CLU-100)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.url.url import URL

_ANY = "*"
_ANY_HOST = "0.0.0.0"  # noqa: S104 - how rules say "every host"; nothing is bound

_CONDITIONS = ("application", "side")
_ABOUT_THE_RULE = frozenset(
    {"category", "check", "dynamic", "enabled", "group", "version", "configVersion", "compatible_config", "interfaces", "providerAddresses"}
)
"""Parameters that say when and for whom a rule stands; the rest are the settings that it makes."""


def matches(rule: URL, url: URL, local_host: str) -> bool:
    """Whether `rule` changes `url`.

    A rule with a port means one provider, also where a consumer holds its URL. A rule without one means a consumer by its address, or
    everybody: ``0.0.0.0``. A rule of Dubbo 2.7, which has a ``configVersion``, means one side alone: a consumer by its address, or a
    provider by address and port.

    Args:
        rule: an ``override://`` or ``absent://`` URL.
        url: a provider's URL, or a consumer's or merged one; its ``side`` tells.
        local_host: the address under which this process shows itself to registries.
    """
    if not rule.host or not url.host or not rule.get(keys.ENABLED):
        return False
    means_host = _means_side(rule, url, local_host) if rule.get(keys.CONFIG_VERSION) else _means_host(rule, url, local_host)
    return means_host and _means_application(rule, url) and _means_service(rule, url) and _means_rest(rule, url)


def settings(rule: URL) -> Mapping[str, str]:
    """What `rule` sets (CLU-96)."""
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
    wanted = rule.param("application") or rule.username
    if wanted and wanted not in (_ANY, url.param("application") or url.username):
        return False
    addresses = rule.get(keys.PROVIDER_ADDRESSES)
    known = (url.address, url.host, _ANY_HOST, f"{_ANY_HOST}:*", f"{_ANY_HOST}:{url.port}")
    return not addresses or any(address in known for address in addresses)


def _means_rest(rule: URL, url: URL) -> bool:
    return all(value in ("", _ANY, url.param(name.removeprefix("~"))) for name, value in rule.params.items() if _is_condition(name))


def _is_condition(name: str) -> bool:
    return name.startswith("~") or name in _CONDITIONS
