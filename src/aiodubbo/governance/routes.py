"""Rules for routes: which providers may be asked for a call (CLU-70)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic

from aiodubbo.errors import ConfigurationError
from aiodubbo.rpc.abc import EndpointT
from aiodubbo.rpc.points import ROUTER
from aiodubbo.url import keys
from aiodubbo.url.grammar import decode
from aiodubbo.url.redaction import shown

from .condition import ConditionRouter
from .configurators import Remark
from .documents import conditions_key
from .tag import FORCE, TAG, TagRouter, TagRule, requested_tag, tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from aiodubbo.rpc.abc import Router
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_OF_A_SERVICE = "140"
_OF_AN_APPLICATION = "150"
"""Priorities of the conditions of a configuration centre; the registry's rules have 0 unless they say otherwise."""

_TAGS = "tags: a call that asks for one goes to providers that have it, any other to providers without"

_REMEMBERED = 1024
"""Outcomes that are kept: methods, times the tags that calls ask for."""


@dataclass(frozen=True, slots=True)
class NamedRouter:
    """A router and the name of its rule, as a phrase for people."""

    router: Router
    name: str


@dataclass(frozen=True, slots=True)
class RouteRules:
    """Rules for the routes of one reference, as they stand where operators wrote them.

    Attributes:
        registry: URLs of a registry.
        tags: the tag rule of the providers' application; None when there is none.
        service: conditions of a configuration centre for the service.
        application: conditions of a configuration centre for the consumer's application.
    """

    registry: Sequence[URL] = ()
    tags: TagRule | None = None
    service: Sequence[URL] = ()
    application: Sequence[URL] = ()


@dataclass(frozen=True, slots=True)
class Routers:
    """`RouteRules` that were read.

    Attributes:
        rules: the routers, those of the registry first.
        tags: the tag rule.
        remarks: rules that are left out.
    """

    rules: tuple[NamedRouter, ...] = ()
    tags: TagRule | None = None
    remarks: tuple[Remark, ...] = field(default=(), compare=False)


def is_route(url: URL) -> bool:
    """Tell whether a registered URL is a rule for routes: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "routers" or url.protocol == "route"


def read_routers(rules: RouteRules, consumer: URL, host: Host) -> Routers:
    """Read the rules for the routes of `consumer`."""
    of_registry, remarks = read_routes(rules.registry, host)
    of_service = _conditions(rules.service, _OF_A_SERVICE, consumer.colon_key)
    of_application = _conditions(rules.application, _OF_AN_APPLICATION, consumer.param("application"))
    return Routers((*of_registry, *of_service, *of_application), rules.tags, tuple(remarks))


def read_routes(rules: Iterable[URL], host: Host) -> tuple[list[NamedRouter], list[Remark]]:
    """The routers of a registry's rules, lowest ``priority`` first; ``empty://`` URLs and disabled rules stand for none."""
    found: list[tuple[int, str, NamedRouter]] = []
    remarks: list[Remark] = []
    for rule in rules:
        try:
            if rule.protocol == "empty" or not rule.get(keys.ENABLED):
                continue
            router = ROUTER.load(rule.param("router") or rule.protocol)(rule, host)
            found.append((router.priority, str(rule), NamedRouter(router, f"the route {rule.redacted()}")))
        except ConfigurationError as error:
            remarks.append(Remark(rule, f"left out: {error}"))
        except Exception as error:  # noqa: BLE001 - the router may be anybody's; the other rules count
            remarks.append(Remark(rule, f"left out: {type(error).__name__}: {error}"))
    found.sort(key=lambda item: item[:2])
    return [router for _, _, router in found], remarks


def _conditions(urls: Sequence[URL], priority: str, of: str) -> list[NamedRouter]:
    """The routers of a document of the configuration centre for a service or an application."""
    return [
        NamedRouter(
            ConditionRouter(url.with_param("priority", priority)), f"the route {conditions_key(of)}: {shown(decode(url.param('rule')))}"
        )
        for url in urls
    ]


class Routes(Generic[EndpointT]):
    """The routers of one reference, by priority: the registry's, tags (100), conditions of the service (140) and of the application (150).

    The outcome of a router depends on the method and on the tag of a call, so that it is asked once for each of them until providers or
    rules change. Routers that want to see every call are asked every time, and so are those behind them. Without rules and tags there are
    none.

    Args:
        consumer: the reference's URL.
        routers: its rules.
        providers: of the reference.
    """

    def __init__(self, consumer: URL, routers: Routers | None = None, providers: Sequence[EndpointT] = ()) -> None:
        self._consumer = consumer
        self._wants_tag = bool(consumer.param(TAG)) or consumer.has_param(FORCE)
        self._routers = routers or Routers()
        self._tags = TagRouter(self._routers.tags)
        self._providers: Sequence[EndpointT] = ()
        self._known: AbstractSet[EndpointT] = frozenset()
        self._tagged: AbstractSet[EndpointT] = frozenset()  # those of `_known` that have a tag by themselves
        self._in_order: tuple[NamedRouter, ...] = ()
        self._lasting: tuple[Router, ...] = ()
        self._every_time: tuple[Router, ...] = ()
        self._outcomes: dict[tuple[str, str, bool], Sequence[EndpointT]] = {}
        self.among(providers)

    def follow(self, routers: Routers) -> None:
        """Apply other rules from now on."""
        self._routers = routers
        self._tags = TagRouter(routers.tags)
        self._arrange()

    def among(self, providers: Sequence[EndpointT]) -> None:
        """Choose among another list of providers. Of thousands only those are looked at that were not there before."""
        known = frozenset(providers)
        self._tagged = (self._tagged & known) | {provider for provider in known - self._known if tag_of(provider.url)}
        self._providers, self._known = providers, known
        self._arrange()

    def _arrange(self) -> None:
        has_tags = self._routers.tags is not None or self._wants_tag or bool(self._tagged)
        tags = [NamedRouter(self._tags, _TAGS)] if has_tags else []
        self._in_order = tuple(sorted([*self._routers.rules, *tags], key=lambda named: named.router.priority))
        routers = [named.router for named in self._in_order]
        lasting = next((index for index, router in enumerate(routers) if router.runtime), len(routers))
        self._lasting, self._every_time = tuple(routers[:lasting]), tuple(routers[lasting:])
        self._outcomes.clear()

    def candidates(self, invocation: Invocation) -> Sequence[EndpointT]:
        """The providers that all rules leave to a call."""
        attachments = invocation.attachments
        if not self._lasting and not self._every_time:
            if not attachments or FORCE not in attachments:
                return self._providers
            return self._tags(self._providers, self._consumer, invocation)  # nobody has a tag, and the call takes nobody else
        key = (invocation.method.name, *requested_tag(self._consumer, attachments))
        outcome = self._outcomes.get(key)
        if outcome is None:
            if len(self._outcomes) >= _REMEMBERED:
                self._outcomes.clear()
            outcome = self._outcomes[key] = route(self._lasting, self._providers, self._consumer, replace(invocation, arguments=()))
        return route(self._every_time, outcome, self._consumer, invocation) if self._every_time else outcome

    def left_out(self, invocation: Invocation) -> list[tuple[EndpointT, str]]:
        """The other providers, each with the name of the rule that keeps it from a call."""
        providers = self._providers
        found: list[tuple[EndpointT, str]] = []
        for named in self._in_order or (NamedRouter(self._tags, _TAGS),):  # a call may ask for a tag that nobody has
            left = route((named.router,), providers, self._consumer, invocation)
            kept = set(map(id, left))
            found += [(provider, named.name) for provider in providers if id(provider) not in kept]
            providers = left
        return found


def route(routers: Iterable[Router], providers: Sequence[EndpointT], consumer: URL, invocation: Invocation) -> Sequence[EndpointT]:
    """The `providers` that all routers leave to a call. A router that fails is logged and changes nothing (CLU-74)."""
    for router in routers:
        try:
            providers = router(providers, consumer, invocation)
        except Exception:  # it may be anybody's; calls go on
            logger.exception("the router %r failed for %s and is passed over", router, invocation)
    return providers
