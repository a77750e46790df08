"""From the rules that a registry tells to the routers that every call passes, in order (CLU-70)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.rpc.points import ROUTER
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiodubbo.rpc.abc import Invoker, Router
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NamedRouter:
    """A router and what people are told about it.

    Attributes:
        router: chooses.
        name: which rule it follows, as a phrase.
    """

    router: Router
    name: str


def is_route(url: URL) -> bool:
    """Whether a registered URL is a rule for routes: by its category, or by its protocol (REG-63)."""
    return url.param("category") == "routers" or url.protocol == "route"


def named_routers(rules: Iterable[URL], host: Host) -> tuple[NamedRouter, ...]:
    """The rules of one service, lowest ``priority`` first.

    A rule that cannot be used is logged and left out.

    Args:
        rules: all rules that the registry has; ``empty://`` URLs and disabled rules stand for none.
    """
    made: list[tuple[int, str, NamedRouter]] = []
    for rule in rules:
        named, remark = usable(rule, host)
        if remark:
            logger.warning("the rule %r is %s", rule, remark)
        if named is not None:
            made.append((named.router.priority, str(rule), named))
    made.sort(key=lambda one: one[:2])
    return tuple(named for _, _, named in made)


def usable(rule: URL, host: Host) -> tuple[NamedRouter | None, str]:
    """The router of a rule, None for one that stands for none or is left out; and why it is left out, as what "the rule is"."""
    try:
        if rule.protocol == "empty" or not rule.get(keys.ENABLED):
            return None, ""
        router = ROUTER.load(rule.param("router") or rule.protocol)(rule, host)
        return NamedRouter(router, f"the route {rule.redacted()}"), ""
    except ConfigurationError as error:
        return None, f"left out: {error}"
    except Exception as error:  # the router may be anybody's; the other rules count
        logger.debug("the router of %r cannot be made", rule, exc_info=True)
        return None, f"left out: {type(error).__name__}: {error}"


def left_out(
    through: Iterable[NamedRouter], invokers: Sequence[Invoker], consumer: URL, invocation: Invocation
) -> list[tuple[Invoker, str]]:
    """Those of `invokers` that a call may not go to, each with the name of the rule that says so; for people who ask why."""
    found: list[tuple[Invoker, str]] = []
    for named in through:
        left = route((named.router,), invokers, consumer, invocation)
        kept = set(map(id, left))
        found += [(one, named.name) for one in invokers if id(one) not in kept]
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
