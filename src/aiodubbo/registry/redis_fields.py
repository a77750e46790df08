"""Keys, channels and fields of the redis registry: names, and when a field expires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import InvalidURLError
from aiodubbo.url import keys

from .untrusted import untrusted_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOMENT_LENGTH = 19
"""Digits of a moment: those of Java's long, and no number that takes long to read."""

NEVER = 10**_MOMENT_LENGTH

_AFTER_EXPIRY = 0.05
"""Seconds after an expiry at which the hash is read again, so that the field has expired indeed."""

_LONGEST_WAIT = 3600.0
"""Seconds after which a hash is read again at the latest, in case an entry that expired long ago has been renewed."""

_GLOB = re.compile(r"[*?\[\]\\]")
"""Characters with a meaning in Redis' patterns."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of keys and channels below a root.

    Attributes:
        root: first part of all names.
    """

    root: str

    def key(self, service: str, category: str) -> str:
        """The key of a hash, which is also the name of its channel."""
        return f"{self.root}{service}/{category}"

    def pattern(self, service: str = "") -> str:
        """A pattern that the names of a service match, or those of all services."""
        return _GLOB.sub(r"\\\g<0>", f"{self.root}{service}/" if service else self.root) + "*"

    def parts(self, key: str) -> tuple[str, str]:
        """Service and category of a key; empty for a key of another kind."""
        service, _, category = key.removeprefix(self.root).rpartition("/")
        return (service, category) if key.startswith(self.root) and "/" not in service else ("", "")


def alive(fields: Mapping[str, str], now: int) -> tuple[list[str], int, int]:
    """The fields that have not expired, when the first of them will, and when the last of the others did.

    There is no call for each, since a service may have thousands.
    """
    living: list[str] = []
    soonest, latest = NEVER, 0
    for field, expiry in fields.items():
        until = int(expiry) if len(expiry) <= _MOMENT_LENGTH and expiry.isdecimal() else 0
        if until >= now:
            soonest = until if until < soonest else soonest
            living.append(field)
        elif not _is_dynamic(field):
            living.append(field)
        elif until > latest:
            latest = until
    return living, soonest, latest


def _is_dynamic(field: str) -> bool:
    """Tell whether a field that has expired is of no account; what is not ``dynamic`` never expires (REG-102)."""
    try:
        return untrusted_url(field).get(keys.DYNAMIC)
    except InvalidURLError:
        return False  # its readers report it


def next_reading(soonest: int, latest: int, now: int, session: float) -> float | None:
    """Seconds until a hash is read again; None when there is no reason to.

    A field may have expired then. Or an owner who stood still has renewed what had expired: Java does not publish that, since the field is
    not new. It is seen within half a session, later the longer the field has been out of date: a field that nobody deletes must not be read
    for ever at the same pace.

    Args:
        soonest: when the first living field expires.
        latest: when the last one of those expired that have.
        now: this moment.
        session: seconds after which a field expires that is not renewed.
    """
    waits = []
    if soonest < NEVER:
        waits.append(min((soonest - now) / 1000 + _AFTER_EXPIRY, _LONGEST_WAIT))
    if latest:
        waits.append(min(max(session / 2, (now - latest) / 1000), _LONGEST_WAIT))
    return min(waits, default=None)
