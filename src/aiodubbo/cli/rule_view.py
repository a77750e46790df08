"""What becomes of rules, for people: whether they are followed, and of which methods they speak.

Why a rule is not followed is decided, and logged, where rules are made use of. Here that is listened to, so that what is shown is what a
consumer would log.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiodubbo.cluster.configurator.rules import __name__ as about_settings
from aiodubbo.cluster.configurator.rules import configurators, in_order
from aiodubbo.cluster.router.chain import __name__ as about_routes
from aiodubbo.cluster.router.chain import is_route, named_routers
from aiodubbo.cluster.router.condition import parse
from aiodubbo.errors import AiodubboError
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aiodubbo.url.url import URL

__all__ = ["followed", "methods_spoken_of", "remark", "silent"]

_LEFT_OUT = "left out"


def remark(rule: URL) -> str:
    """Why a rule is not followed, or without which of its parameters, in brackets behind two blanks; empty for a good one."""
    said = _said(rule)
    return f"  ({'; '.join(said)})" if said else ""


def followed(rules: Iterable[URL]) -> list[URL]:
    """Those of the rules that are followed, without parameters that are not."""
    found: list[URL] = []
    for rule in rules:
        said = _said(rule)
        if not said:
            found.append(rule)
        elif not is_route(rule):
            with _heard(about_settings):
                found += in_order([rule])
    return found


def _said(rule: URL) -> list[str]:
    if is_route(rule):
        with _heard(about_routes) as records:
            named_routers([rule])
    else:
        with _heard(about_settings) as records:
            configurators([rule], rule.host)
    return [_text(record) for record in records]


def _text(record: logging.LogRecord) -> str:
    """What a record says about the rule that is its first argument."""
    rule = record.args[0] if isinstance(record.args, tuple) else None
    text = record.getMessage().removeprefix(f"the rule {rule!r} is ")
    if record.exc_info and record.exc_info[1] is not None:
        text = f"{text}: {type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
    return text.replace(_LEFT_OUT, "not followed", 1) if text.startswith(_LEFT_OUT) else text


@contextmanager
def _heard(name: str) -> Iterator[list[logging.LogRecord]]:
    """What the logger of this name warns of inside the block; nobody else hears it."""
    records: list[logging.LogRecord] = []

    def keep(record: logging.LogRecord) -> bool:
        records.append(record)
        return False

    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    logger.addFilter(keep)
    try:
        yield records
    finally:
        logger.removeFilter(keep)
        logger.setLevel(level)


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
