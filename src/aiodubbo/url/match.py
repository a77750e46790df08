"""Matching of URLs: what a consumer subscribes to against what a provider offers (URL-25…27)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import keys
from .grammar import split_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .url import URL

ANY = "*"
"""All interfaces, groups or versions, in a subscription."""


def is_match(consumer: URL, provider: URL) -> bool:
    """Return whether `provider` (or any other registered URL) is what `consumer` subscribes to (URL-26)."""
    return next(mismatches(consumer, provider), None) is None


def mismatches(consumer: URL, provider: URL) -> Iterator[str]:
    """The keys on which `provider` does not fit `consumer`, such as ``"version"``; none when it fits (URL-26)."""
    wanted, offered = consumer.service_interface, provider.service_interface
    if wanted != offered and ANY not in (wanted, offered):
        yield "interface"
    if not is_match_category(provider.get(keys.CATEGORY), consumer.get(keys.CATEGORY)):
        yield "category"
    if not provider.get(keys.ENABLED) and consumer.param("enabled") != ANY:
        yield "enabled"
    if not _is_match_group(consumer.group, provider.group):
        yield "group"
    if consumer.version not in (ANY, provider.version):
        yield "version"
    if consumer.get(keys.CLASSIFIER) not in (ANY, provider.get(keys.CLASSIFIER)):
        yield "classifier"


def _is_match_group(wanted: str, offered: str) -> bool:
    return wanted in (ANY, offered) or (offered != "" and offered in split_list(wanted))


def is_match_category(category: str, wanted: str) -> bool:
    """Return whether `category` is among `wanted`: a comma list, ``*``, or with ``-x`` everything but x (URL-25).

    Java looks for a substring, and so do we.
    """
    if not wanted:
        return category == keys.CATEGORY.default
    if ANY in wanted:
        return True
    if "-" in wanted:
        return f"-{category}" not in wanted
    return category in wanted


def is_match_glob(pattern: str, value: str, url: URL | None = None) -> bool:
    """Return whether `value` fits `pattern`, in which only the last ``*`` is a wildcard (URL-27).

    Args:
        pattern: ``$name`` stands for the parameter or part `name` of `url`.
        value: the text to look at.
        url: where ``$name`` is looked up; without it ``$`` has no meaning.
    """
    if url is not None and pattern.startswith("$"):
        pattern = url.raw_param(pattern[1:])
    if pattern == ANY:
        return True
    if not pattern or not value:
        return pattern == value
    prefix, star, suffix = pattern.rpartition(ANY)
    return value.startswith(prefix) and value.endswith(suffix) if star else value == pattern
