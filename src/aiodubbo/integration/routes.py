"""Who of the providers may be asked for a call, after all rules for routes of one reference (CLU-70)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.cluster.router.chain import route
from aiodubbo.cluster.router.condition import ConditionRouter
from aiodubbo.cluster.router.tag import FORCE, TAG, TagRouter, asked_for, tag_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from aiodubbo.cluster.router.tag import TagRule
    from aiodubbo.rpc.abc import Invoker, Router
    from aiodubbo.rpc.invocation import Invocation
    from aiodubbo.url.url import URL

__all__ = ["Routes"]

_OF_A_SERVICE = "140"
_OF_AN_APPLICATION = "150"
"""Priorities of the conditions of a configuration centre; the registry's rules have 0 unless they say otherwise."""

_REMEMBERED = 1024
"""Outcomes that are kept: methods, times the tags that calls ask for."""


class Routes:
    """The routers of one reference, by priority: the registry's, tags (100), conditions of the service (140) and of the application (150).

    What a router says depends on the method and on the tag of a call, so that it is asked once for each of them until providers or rules
    change. Routers that want to see every call are asked every time, and so are those behind them. Without rules and tags there are none.

    Args:
        consumer: the reference's URL.
    """

    def __init__(self, consumer: URL) -> None:
        self._consumer = consumer
        self._wants_tag = bool(consumer.param(TAG)) or consumer.has_param(FORCE)
        self._rules: tuple[Router, ...] = ()
        self._tags = TagRouter()
        self._has_tag_rule = False
        self._invokers: Sequence[Invoker] = ()
        self._known: AbstractSet[Invoker] = frozenset()
        self._tagged: AbstractSet[Invoker] = frozenset()  # those of `_known` that have a tag by themselves
        self._lasting: tuple[Router, ...] = ()
        self._every_time: tuple[Router, ...] = ()
        self._settled: dict[tuple[str, str, bool], Sequence[Invoker]] = {}

    def follow(
        self, of_registry: Sequence[Router], tags: TagRule | None = None, service: Sequence[URL] = (), application: Sequence[URL] = ()
    ) -> None:
        """Take other rules.

        Args:
            of_registry: the registry's own.
            tags: the rule for tags of the configuration centre.
            service: its conditions for the service.
            application: its conditions for the application.
        """
        conditions = [ConditionRouter(url.with_param("priority", _OF_A_SERVICE)) for url in service]
        conditions += [ConditionRouter(url.with_param("priority", _OF_AN_APPLICATION)) for url in application]
        self._rules = (*of_registry, *conditions)
        self._tags = TagRouter(tags)
        self._has_tag_rule = tags is not None
        self._arrange()

    def among(self, invokers: Sequence[Invoker]) -> None:
        """Take another list of providers. Of thousands only those are looked at that were not there before."""
        known = frozenset(invokers)
        self._tagged = (self._tagged & known) | {invoker for invoker in known - self._known if tag_of(invoker.url)}
        self._invokers, self._known = invokers, known
        self._arrange()

    def _arrange(self) -> None:
        has_tags = self._has_tag_rule or self._wants_tag or bool(self._tagged)
        routers = sorted([*self._rules, *([self._tags] if has_tags else [])], key=lambda router: router.priority)
        lasting = next((index for index, router in enumerate(routers) if router.runtime), len(routers))
        self._lasting, self._every_time = tuple(routers[:lasting]), tuple(routers[lasting:])
        self._settled.clear()

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """Those of the providers that all rules leave to a call."""
        attachments = invocation.attachments
        if not self._lasting and not self._every_time:
            if not attachments or FORCE not in attachments:
                return self._invokers
            return self._tags(self._invokers, self._consumer, invocation)  # nobody has a tag, and nobody else will do
        key = (invocation.method.name, *asked_for(self._consumer, attachments))
        settled = self._settled.get(key)
        if settled is None:
            if len(self._settled) >= _REMEMBERED:
                self._settled.clear()
            settled = self._settled[key] = route(self._lasting, self._invokers, self._consumer, replace(invocation, arguments=()))
        return route(self._every_time, settled, self._consumer, invocation) if self._every_time else settled
