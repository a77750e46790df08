"""Where the URLs that we announce differ from those of Java, key by key, and why. What is not named here has to be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.url.url import URL

__all__ = ["ONLY_JAVA", "difference"]

_LOGGER = {"logger": "which Java library writes the logs"}
_RELEASE = {"release": "the version of Java Dubbo; consumers take who has none for one that speaks plain 2.0.2, which is what we speak"}
_QOS = {"qos.enable": "where the application's console listens is nobody else's business"}
_OF_2_7 = {
    **_RELEASE,
    **_LOGGER,
    "metadata-type": "where Java leaves descriptions of its interfaces; we leave none",
}
_PROVIDER_DEFAULTS = {"deprecated": "false is the default", "dynamic": "true is the default"}
_CONSUMER_DEFAULTS = {"sticky": "false is the default"}

ONLY_JAVA: dict[tuple[str, str], dict[str, str]] = {
    ("2.6.12", "provider"): _LOGGER,
    ("2.6.12", "consumer"): {**_LOGGER, **_QOS},
    ("2.7.23", "provider"): {**_OF_2_7, **_PROVIDER_DEFAULTS, "service.name": "the name of the bean in Java's own memory"},
    ("2.7.23", "consumer"): {**_OF_2_7, **_QOS, **_CONSUMER_DEFAULTS},
    ("3.3.6", "provider"): {
        **_RELEASE,
        **_LOGGER,
        **_PROVIDER_DEFAULTS,
        "service-name-mapping": "asks Java's own libraries to note which application serves the interface",
    },
    ("3.3.6", "consumer"): {
        **_RELEASE,
        **_LOGGER,
        **_QOS,
        **_CONSUMER_DEFAULTS,
        "background": "how the process starts",
        "executor-management-mode": "how the process runs its threads",
        "file-cache": "whether the process keeps a cache file",
        "unloadClusterRelated": "how the process builds its list",
    },
}
"""Version and side → key → why we do not write it."""

_ONLY_OURS: dict[tuple[str, str], dict[str, str]] = {
    ("2.6.12", "provider"): {},
    ("2.6.12", "consumer"): {},
    ("2.7.23", "provider"): {},
    ("2.7.23", "consumer"): {},
    ("3.3.6", "provider"): {
        "anyhost": "as in 2.6 and 2.7",
        "pid": "as in 2.6 and 2.7",
    },
    ("3.3.6", "consumer"): {},
}
"""Version and side → key → why we write it."""

_VALUES = {"pid": "of each process", "timestamp": "the moment of each start"}


def difference(java: URL, ours: URL, version: str, *, unasked: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Key → Java's value and ours, for each key that differs although no reason for it is written down here.

    Args:
        java: what Java announced.
        ours: what we announced for the same service with the same settings.
        version: of Java Dubbo.
        unasked: keys that differ since the two were not told the same, with the reason.
    """
    case = (version, java.param("side"))
    settled = {*_VALUES, *unasked}
    found: dict[str, tuple[str | None, str | None]] = {}
    for key in sorted({*java.params, *ours.params}):
        theirs, mine = java.params.get(key), ours.params.get(key)
        if key == "methods":  # 2.6 and 2.7 write them in the order of a hash table
            theirs, mine = ",".join(sorted((theirs or "").split(","))), ",".join(sorted((mine or "").split(",")))
        with_reason = key in settled or (mine is None and key in ONLY_JAVA[case]) or (theirs is None and key in _ONLY_OURS[case])
        if theirs != mine and not with_reason:
            found[key] = (theirs, mine)
    return found
