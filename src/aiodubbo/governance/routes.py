"""Who of the providers may be asked for a call, after all rules for routes of one reference (CLU-70)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.integration.center_rules import conditions_key
from aiodubbo.url.encoding import decode
from aiodubbo.url.redaction import shown

from .routers.chain import NamedRouter, left_out, route
from .routers.condition import ConditionRouter
from .routers.tag import FORCE, TAG, TagRouter, asked_for, tag_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from aiodubbo.rpc.abc import Invoker, Router
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.url.url import URL

    from .routers.tag import TagRule

_OF_A_SERVICE = "140"
_OF_AN_APPLICATION = "150"
"""Priorities of the conditions of a configuration centre; the registry's rules have 0 unless they say otherwise."""

_TAGS = "tags: a call that asks for one goes to providers that have it, any other to providers without"

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
        self._rules: tuple[NamedRouter, ...] = ()
        self._tags = TagRouter()
        self._has_tag_rule = False
        self._invokers: Sequence[Invoker] = ()
        self._known: AbstractSet[Invoker] = frozenset()
        self._tagged: AbstractSet[Invoker] = frozenset()  # those of `_known` that have a tag by themselves
        self._in_order: tuple[NamedRouter, ...] = ()
        self._lasting: tuple[Router, ...] = ()
        self._every_time: tuple[Router, ...] = ()
        self._settled: dict[tuple[str, str, bool], Sequence[Invoker]] = {}

    def follow(
        self, of_registry: Sequence[NamedRouter], tags: TagRule | None = None, service: Sequence[URL] = (), application: Sequence[URL] = ()
    ) -> None:
        """Take other rules.

        Args:
            of_registry: the registry's own.
            tags: the rule for tags of the configuration centre.
            service: its conditions for the service.
            application: its conditions for the application.
        """
        of_service = _conditions(service, _OF_A_SERVICE, self._consumer.colon_key)
        of_application = _conditions(application, _OF_AN_APPLICATION, self._consumer.param("application"))
        self._rules = (*of_registry, *of_service, *of_application)
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
        tags = [NamedRouter(self._tags, _TAGS)] if has_tags else []
        self._in_order = tuple(sorted([*self._rules, *tags], key=lambda named: named.router.priority))
        routers = [named.router for named in self._in_order]
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

    def left_out(self, invocation: Invocation) -> list[tuple[Invoker, str]]:
        """The other providers, each with the name of the rule that keeps it from a call; for people who ask why."""
        through = self._in_order or (NamedRouter(self._tags, _TAGS),)  # a call may ask for a tag that nobody has
        return left_out(through, self._invokers, self._consumer, invocation)


def _conditions(urls: Sequence[URL], priority: str, of: str) -> list[NamedRouter]:
    """The routers of a document of the configuration centre for a service or an application."""
    return [
        NamedRouter(
            ConditionRouter(url.with_param("priority", priority)), f"the route {conditions_key(of)}: {shown(decode(url.param('rule')))}"
        )
        for url in urls
    ]
