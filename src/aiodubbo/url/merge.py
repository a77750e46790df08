"""Merging a provider's URL with the settings of a consumer (CLU-20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .url import URL

_PROVIDER_ONLY = ("threadname", "threadpool", "corethreads", "threads", "queues", "alive", "transporter")
"""Threads of the provider; they say nothing about the consumer."""

_NEVER_FROM_THE_CONSUMER = ("release", "dubbo", "methods", "timestamp", "dubbo.tag")
_PROVIDER_FIRST = ("group", "version", "generic")
_JOINED = ("reference.filter", "invoker.listener")


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
