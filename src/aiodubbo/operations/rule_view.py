"""What becomes of rules, for people: whether they are followed, and of which methods they speak."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.governance.configurators.rules import usable as usable_settings
from aiodubbo.governance.routers.chain import is_route
from aiodubbo.governance.routers.chain import usable as usable_route
from aiodubbo.governance.routers.condition import parse
from aiodubbo.rpc.host import Host
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiodubbo.url.url import URL


def remark(rule: URL) -> str:
    """Why a rule is not followed, or without which of its parameters, in brackets behind two blanks; empty for a good one."""
    said = [_for_people(text) for text in _judged(rule)[1]]
    return f"  ({'; '.join(said)})" if said else ""


def followed(rules: Iterable[URL]) -> list[URL]:
    """Those of the rules that are followed, without parameters that are not."""
    return [used for rule in rules if (used := _judged(rule)[0]) is not None]


def _judged(rule: URL) -> tuple[URL | None, tuple[str, ...]]:
    """The rule as it is followed, None when it is not; and what is to be said about that."""
    if not is_route(rule):
        return usable_settings(rule)
    _, why = usable_route(rule, Host(name="aiodubbo-describe"))
    return (None, (why,)) if why else (rule, ())


def _for_people(text: str) -> str:
    return text.replace("left out", "not followed", 1) if text.startswith("left out") else text


@contextmanager
def silent(name: str) -> Iterator[None]:
    """The loggers below this name do not warn inside the block."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def methods_spoken_of(route: URL) -> set[str]:
    """The methods that a condition names, as patterns where it has patterns; none for a rule that cannot be read."""
    try:
        when, arrow, _ = route.decoded_param(keys.RULE.name).replace("consumer.", "").partition("=>")
        conditions = parse(when) if arrow and when.strip() != "true" else {}
    except AiodubboError:
        return set()
    found = [values for key, values in conditions.items() if key in ("method", "methods")]
    return {method for values in found for method in (*values.matches, *values.mismatches)}
