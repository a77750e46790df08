"""A consumer's URL beside a provider's: whether they match (URL-25…27), and the settings of both merged (CLU-20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import keys
from .grammar import split_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .url import URL

ANY = "*"
"""All interfaces, groups or versions, in a subscription."""

_PROVIDER_ONLY = ("threadname", "threadpool", "corethreads", "threads", "queues", "alive", "transporter")
"""Threads of the provider; they say nothing about the consumer."""

_NEVER_FROM_THE_CONSUMER = ("release", "dubbo", "methods", "timestamp", "dubbo.tag")
_PROVIDER_FIRST = ("group", "version", "generic")
_JOINED = ("reference.filter", "invoker.listener")


def is_match(consumer: URL, provider: URL) -> bool:
    """Return whether `provider` (or any other registered URL) is what `consumer` subscribes to (URL-26)."""
    return next(mismatches(consumer, provider), None) is None


def mismatches(consumer: URL, provider: URL) -> Iterator[str]:
    """The keys on which `provider` does not fit `consumer`, such as ``"version"``; none when it fits (URL-26)."""
    subscribed, offered = consumer.service_interface, provider.service_interface
    if subscribed != offered and ANY not in (subscribed, offered):
        yield "interface"
    if not is_match_category(provider.get(keys.CATEGORY), consumer.get(keys.CATEGORY)):
        yield "category"
    if not provider.get(keys.ENABLED) and consumer.param("enabled") != ANY:
        yield "enabled"
    if consumer.group not in (ANY, provider.group) and provider.group not in split_list(consumer.group):
        yield "group"
    if consumer.version not in (ANY, provider.version):
        yield "version"
    if consumer.get(keys.CLASSIFIER) not in (ANY, provider.get(keys.CLASSIFIER)):
        yield "classifier"


def is_match_category(category: str, subscribed: str) -> bool:
    """Return whether `category` is among `subscribed`: a comma list, ``*``, or with ``-x`` everything but x (URL-25).

    Java looks for a substring, and so do we.
    """
    if not subscribed:
        return category == keys.CATEGORY.default
    if "-" in subscribed and ANY not in subscribed:
        return f"-{category}" not in subscribed
    return ANY in subscribed or category in subscribed


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


def merge(provider: URL, consumer: Mapping[str, str]) -> URL:
    """The URL under which a consumer calls `provider`: the provider's settings, overlaid by the consumer's own.

    Identity (``group``, ``version``, ``methods``, ``timestamp``, …) stays the provider's, as in Dubbo 2.7.
    """
    offered = provider.params
    merged = {
        key: value for key, value in offered.items() if key not in _PROVIDER_ONLY and key.removeprefix("default.") not in _PROVIDER_ONLY
    }
    for key, value in consumer.items():
        if key in _NEVER_FROM_THE_CONSUMER or (key in _PROVIDER_FIRST and offered.get(key)):
            continue
        merged[key] = value
    for key in _JOINED:
        if offered.get(key) and consumer.get(key):
            merged[key] = f"{offered[key]},{consumer[key]}"
    if "payload" not in consumer and provider.get(keys.PAYLOAD) <= 0:
        merged.pop("payload", None)  # a provider may not lift the limit of what the consumer takes
    if offered.get("timestamp"):
        merged["remote.timestamp"] = offered["timestamp"]
    if offered.get("application"):
        merged["remote.application"] = offered["application"]
    return replace(provider, params=merged)
