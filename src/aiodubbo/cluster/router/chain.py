"""From the rules that a registry tells to the routers that every call passes, in order (CLU-70)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.rpc.points import ROUTER
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiodubbo.rpc.abc import Invoker, Router
    from aiodubbo.rpc.invocation import Invocation
    from aiodubbo.url.url import URL

__all__ = ["is_route", "left_out", "route", "routers"]

logger = logging.getLogger(__name__)


def is_route(url: URL) -> bool:
    """Whether a registered URL is a rule for routes: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "routers" or url.protocol == "route"


def routers(rules: Iterable[URL]) -> tuple[Router, ...]:
    """The rules of one service, lowest ``priority`` first.

    A rule that cannot be used is logged and left out.

    Args:
        rules: all rules that the registry has; ``empty://`` URLs and disabled rules stand for none.
    """
    return tuple(router for router, _ in _in_order(rules))


def _in_order(rules: Iterable[URL]) -> list[tuple[Router, URL]]:
    """The router of each rule that can be used, with the rule."""
    made: list[tuple[int, str, Router, URL]] = []
    for rule in rules:
        try:
            if rule.protocol == "empty" or not rule.get(keys.ENABLED):
                continue
            router = ROUTER.load(rule.param("router") or rule.protocol)(rule)
        except ConfigurationError as error:
            logger.warning("the rule %r is left out: %s", rule, error)
        except Exception:  # the router may be anybody's; the other rules count
            logger.exception("the rule %r is left out", rule)
        else:
            made.append((router.priority, str(rule), router, rule))
    made.sort(key=lambda one: one[:2])
    return [one[2:] for one in made]


def left_out(rules: Iterable[URL], invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> list[tuple[Invoker, URL]]:
    """Those of `invokers` that a call may not go to, each with the rule that says so; for people who ask why."""
    found: list[tuple[Invoker, URL]] = []
    for router, rule in _in_order(rules):
        left = route((router,), invokers, consumer, invocation)
        kept = set(map(id, left))
        found += [(one, rule) for one in invokers if id(one) not in kept]
        invokers = left
    return found


def route(through: Iterable[Router], invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> Sequence[Invoker]:
    """The `invokers` that all routers leave to a call. A router that fails is logged and changes nothing (CLU-74)."""
    for router in through:
        try:
            invokers = router(invokers, consumer, invocation)
        except Exception:  # it may be anybody's; calls go on
            logger.exception("the router %r failed for %s and is passed over", router, invocation)
    return invokers
