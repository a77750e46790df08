"""Merging a provider's URL with the settings of a consumer (CLU-20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .url import URL

_OF_THE_PROVIDER_ALONE = ("threadname", "threadpool", "corethreads", "threads", "queues", "alive", "transporter")
"""How the provider runs its threads says nothing about the consumer."""

_NEVER_FROM_THE_CONSUMER = ("release", "dubbo", "methods", "timestamp", "dubbo.tag")
_PROVIDER_FIRST = ("group", "version", "generic")
_JOINED = ("reference.filter", "invoker.listener")


def merge(provider: URL, consumer: Mapping[str, str]) -> URL:
    """The URL under which a consumer calls `provider`: the provider's settings, overlaid by the consumer's own.

    Identity (``group``, ``version``, ``methods``, ``timestamp``, …) stays the provider's, as in Dubbo 2.7.
    """
    theirs = provider.params
    merged = {
        key: value
        for key, value in theirs.items()
        if key not in _OF_THE_PROVIDER_ALONE and key.removeprefix("default.") not in _OF_THE_PROVIDER_ALONE
    }
    for key, value in consumer.items():
        if key in _NEVER_FROM_THE_CONSUMER or (key in _PROVIDER_FIRST and theirs.get(key)):
            continue
        merged[key] = value
    for key in _JOINED:
        if theirs.get(key) and consumer.get(key):
            merged[key] = f"{theirs[key]},{consumer[key]}"
    if "payload" not in consumer and provider.get(keys.PAYLOAD) <= 0:
        merged.pop("payload", None)  # a provider may not lift the limit of what the consumer takes
    if theirs.get("timestamp"):
        merged["remote.timestamp"] = theirs["timestamp"]
    if theirs.get("application"):
        merged["remote.application"] = theirs["application"]
    return replace(provider, params=merged)
