"""Whether a URL fits another one: what a consumer looks for against what a provider offers (URL-25…27)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import keys
from .grammar import split_list

if TYPE_CHECKING:
    from .url import URL

__all__ = ["is_match", "is_match_category", "is_match_glob", "why_not_match"]

ANY = "*"


def is_match(consumer: URL, provider: URL) -> bool:
    """Whether `provider` (or any other registered URL) is what `consumer` subscribes to (URL-26)."""
    return why_not_match(consumer, provider) is None


def why_not_match(consumer: URL, provider: URL) -> str | None:
    """The first key on which `provider` does not fit `consumer`, with both values; None when it fits (URL-26)."""
    wanted, offered = consumer.service_interface, provider.service_interface
    if wanted != offered and ANY not in (wanted, offered):
        return f"interface {offered} is not the one wanted: {wanted}"
    category, categories = provider.get(keys.CATEGORY), consumer.get(keys.CATEGORY)
    if not is_match_category(category, categories):
        return f"category {category} is not among those wanted: {categories}"
    if not provider.get(keys.ENABLED) and consumer.param("enabled") != ANY:
        return "disabled (enabled=false)"
    if not _is_match_group(consumer.group, provider.group):
        return f"group {provider.group or 'none'} is not the one wanted: {consumer.group or 'none'}"
    if consumer.version not in (ANY, provider.version):
        return f"version {provider.version or 'none'} is not the one wanted: {consumer.version or 'none'}"
    classifier, wanted = provider.get(keys.CLASSIFIER), consumer.get(keys.CLASSIFIER)
    if wanted not in (ANY, classifier):
        return f"classifier {classifier} is not the one wanted: {wanted}"
    return None


def _is_match_group(wanted: str, offered: str) -> bool:
    return wanted in (ANY, offered) or (offered != "" and offered in split_list(wanted))


def is_match_category(category: str, wanted: str) -> bool:
    """Whether `category` is among `wanted`: a comma list, ``*``, or with ``-x`` everything but x (URL-25).

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
    """Whether `value` fits `pattern`, in which only the last ``*`` is a wildcard (URL-27).

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
