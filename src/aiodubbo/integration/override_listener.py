"""Rules of registries and of the configuration centre for a service that is served: they change its settings while it runs (REG-42…44)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.governance.configurators import configure, is_rule, log_remarks, read_changes, without_copies
from aiodubbo.url.match import is_match

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiodubbo.rpc.abc import Exporter, Invoke
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules, Followed

logger = logging.getLogger(__name__)


def override_subscription(registered: URL) -> URL:
    """The subscription of a provider to the rules for its service (REG-42)."""
    return registered.with_protocol("provider").with_params({"category": "configurators", "check": "false"})


class Reexport:
    """Serves with the settings that the rules of all registries, and then those of the configuration centre, make of the original ones.

    Args:
        exporter: the service as it was exported.
        invoke: filters and implementation for a URL.

    Attributes:
        announced: the settings that consumers have to know: nobody else follows the rules of the configuration centre for providers.
            Rules of a registry are not in it, since consumers follow them by themselves.
    """

    def __init__(self, exporter: Exporter, invoke: Callable[[URL], Invoke], host: Host) -> None:
        self._host = host
        self._exporter = exporter
        self._invoke = invoke
        self._original = self.announced = exporter.url
        self._notified: dict[OverrideListener, Sequence[URL]] = {}
        self._center: CenterRules | None = None
        self._of_center: list[Followed[tuple[URL, ...]]] = []

    def listener(self, registered: URL) -> OverrideListener:
        """A listener for one registry. Rules of a registry whose listener was made later count more."""
        listener = OverrideListener(override_subscription(registered), self)
        self._notified[listener] = ()
        return listener

    def follow(self, listener: OverrideListener, rules: Sequence[URL]) -> None:
        """Apply the rules of one registry; the service is exported anew only when they make a difference (REG-43)."""
        self._notified[listener] = rules
        self._renew()

    async def start(self, center: CenterRules, changed: Callable[[], Awaitable[None]]) -> None:
        """Follow the rules of the configuration centre for the application, and for the service, which count more (REG-44).

        Args:
            center: its rules.
            changed: called after each change.

        Raises:
            RegistryError: the centre is away or refuses, and that is to be checked.
        """

        async def follow() -> None:
            self._renew()
            await changed()

        self._center, self._center_changed = center, follow
        for of in (self._original.param("application"), self._original.colon_key):
            self._of_center.append(await center.configurators(of, follow))
        self._renew()

    async def stop(self) -> None:
        """Stop following the rules of the configuration centre."""
        of_center, self._of_center = self._of_center, []
        for followed in of_center:
            if self._center is not None:
                await self._center.leave(followed, self._center_changed)

    def _renew(self) -> None:
        url = self._original
        for rules in self._notified.values():
            if self._center is not None and self._center.is_in_use:
                rules = without_copies(rules)
            url = self._changed(url, rules)
        url = self._after_center(url)
        old = self._exporter.url
        if url.param("need-reexport") == "false":
            return
        try:
            if url != old:
                self._exporter.replace(self._invoke(url), url)
                logger.info(
                    "exported provider url changed, origin url: %r, old export url: %r, new export url: %r", self._original, old, url
                )
        except AiodubboError as error:  # such as a filter that is not installed
            logger.warning("the rules for %r are not followed: %s", self._original, error)
        else:
            self.announced = self._after_center(self._original)

    def _after_center(self, url: URL) -> URL:
        for followed in self._of_center:
            url = self._changed(url, followed.value)
        return url

    def _changed(self, url: URL, rules: Sequence[URL]) -> URL:
        changes, remarks = read_changes(rules, self._original.host, self._host)
        log_remarks(remarks)
        return configure(url, changes)


class OverrideListener:
    """Listens to the rules of one registry for one service (Java: ``OverrideListener``).

    Attributes:
        subscription: the URL to subscribe it with.
    """

    def __init__(self, subscription: URL, reexport: Reexport) -> None:
        self.subscription = subscription
        self._reexport = reexport

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Apply the rules among `urls`; without any, the notification is about something else."""
        rules = [url.with_params({"category": "configurators"}) for url in urls if is_rule(url)]
        if rules:
            self._reexport.follow(self, [rule for rule in rules if is_match(self.subscription, rule)])
