"""The URLs that are announced in registries (REG-40, REG-45, REG-61)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from aiodubbo.url.url import URL

_LOCAL = frozenset(
    {"monitor", "bind.ip", "bind.port", "qos.enable", "qos.host", "qos.port", "qos.accept.foreign.ip", "validation", "interfaces"}
)
"""Parameters that concern the provider's own process (REG-40)."""

_OF_A_PROVIDER = frozenset(
    {
        *(
            "application",
            "codec",
            "exchanger",
            "serialization",
            "cluster",
            "connections",
            "deprecated",
            "group",
            "loadbalance",
            "mock",
            "path",
        ),
        *("timeout", "token", "version", "warmup", "weight", "timestamp", "dubbo", "release", "dubbo.tag"),
    }
)
_OF_A_CONSUMER = ("application", "version", "group", "dubbo", "release")
"""Parameters that a registry with ``simplified=true`` gets (REG-45)."""


def registered_provider(provider: URL, registry: URL | None = None) -> URL:
    """The announcement of a provider: not its local settings, nor hidden ones, which start with a dot (REG-40, URL-14).

    With ``simplified=true`` on the registry's URL only what consumers need, what ``extra-keys`` names there, and what belongs to a method.
    """
    if registry is None or not registry.get(keys.SIMPLIFIED):
        return provider.without_hidden_params().without_params(_LOCAL)
    extra: tuple[str, ...] = registry.get(keys.EXTRA_KEYS)
    kept = {*_OF_A_PROVIDER, *extra}
    if provider.path != provider.param("interface"):
        kept.add("interface")  # else the path would be taken for it
    methods: tuple[str, ...] = provider.get(keys.METHODS)
    params = {name: value for name, value in provider.params.items() if name in kept or name.startswith(methods)}
    return replace(provider, params=params)


def registered_consumer(consumer: URL, registry: URL) -> URL:
    """The announcement of a consumer; the registry does not check it (REG-61)."""
    announcement = {"category": "consumers", "check": "false"}
    if not registry.get(keys.SIMPLIFIED):
        return consumer.with_params(announcement)
    return replace(consumer, params={name: consumer.params[name] for name in _OF_A_CONSUMER if name in consumer.params} | announcement)
