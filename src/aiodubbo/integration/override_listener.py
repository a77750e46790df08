"""Rules of registries for a service that is served: they change its settings while it runs (REG-42, REG-43)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.cluster.configurator.rules import configurators, configure, is_rule
from aiodubbo.errors import AiodubboError
from aiodubbo.url.match import is_match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.rpc.abc import Configurator, Exporter, Invoke
    from aiodubbo.url.url import URL

__all__ = ["OverrideListener", "Reexport", "override_subscription"]

logger = logging.getLogger(__name__)


def override_subscription(registered: URL) -> URL:
    """What a provider subscribes to, to be told the rules for its service (REG-42)."""
    return registered.with_protocol("provider").with_params({"category": "configurators", "check": "false"})


class Reexport:
    """Serves with the settings that the rules of all registries make of the original ones.

    Args:
        exporter: the service as it was exported.
        invoke: filters and implementation for a URL.
    """

    def __init__(self, exporter: Exporter, invoke: Callable[[URL], Invoke]) -> None:
        self._exporter = exporter
        self._invoke = invoke
        self._original = exporter.url
        self._rules: dict[OverrideListener, tuple[Configurator, ...]] = {}

    def listener(self, registered: URL) -> OverrideListener:
        """A listener for one registry. Rules of a registry whose listener was made later count more."""
        listener = OverrideListener(override_subscription(registered), self)
        self._rules[listener] = ()
        return listener

    def follow(self, listener: OverrideListener, rules: Sequence[URL]) -> None:
        """Take the rules of one registry; the service is exported anew only when they make a difference (REG-43)."""
        self._rules[listener] = configurators(rules, self._original.host)
        url = self._original
        for changes in self._rules.values():
            url = configure(url, changes)
        old = self._exporter.url
        if url == old:
            return
        try:
            self._exporter.replace(self._invoke(url), url)
        except AiodubboError as error:  # such as a filter that is not installed
            logger.warning("the rules for %r are not followed: %s", self._original, error)
        else:
            logger.info("exported provider url changed, origin url: %r, old export url: %r, new export url: %r", self._original, old, url)


class OverrideListener:
    """Takes what one registry tells about the rules for one service (Java: ``OverrideListener``).

    Attributes:
        subscription: with what it is to be subscribed.
    """

    def __init__(self, subscription: URL, reexport: Reexport) -> None:
        self.subscription = subscription
        self._reexport = reexport

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Take the rules among `urls`; without any, nothing was told about rules."""
        rules = [url.with_params({"category": "configurators"}) for url in urls if is_rule(url)]
        if rules:
            self._reexport.follow(self, [rule for rule in rules if is_match(self.subscription, rule)])
