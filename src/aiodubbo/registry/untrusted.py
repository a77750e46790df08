"""Entries that others registered: the texts of a registry, of which some are no URLs. Everything that a registry holds passes through here.

A registered URL goes from hand to hand as text: into caches and logs, to other registries, to the consumers of a server. One that cannot be
written down there is refused where it comes in, and the others go on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import InvalidURLError
from aiodubbo.url.grammar import forbidden_character
from aiodubbo.url.match import is_match
from aiodubbo.url.redaction import shown
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

logger = logging.getLogger(__name__)

MAX_URL = 262_144
"""Characters of one URL. Thousands of methods fit, and a rule with ten thousand addresses."""

MAX_URLS = 10_000
"""URLs in one category of one service that are looked at. Each of them costs a connection, long before that."""

Entries = dict[str, URL | None]
"""Text in the registry → URL, or None for a text that is no URL."""


def untrusted_url(text: str) -> URL:
    """Parse the text of a registered URL.

    Raises:
        InvalidURLError: too long, with a control character, or no URL.
    """
    if len(text) > MAX_URL:
        raise InvalidURLError(f"a registered URL may have {MAX_URL} characters, this one has {len(text)}: {shown(text[:200])}")
    character = forbidden_character(text)
    if character:
        raise InvalidURLError(f"a registered URL must not hold the character {character}: {shown(text)}")
    return URL.parse(text)


def parse_entries(texts: Iterable[str], known: Mapping[str, URL | None], decode: Callable[[str], str]) -> Entries:
    """Every text with its URL, in the order of the texts so that all consumers see the same; those in `known` are not parsed again.

    A text that is no URL is reported once and otherwise left out: it must not hide the others. Of too many, those that are known stay.
    """
    now = set(texts)
    entries = dict(known)  # its texts stay the same objects, which are compared at once
    for text in entries.keys() - now:
        del entries[text]
    new = now.difference(known)
    if not new:
        return entries
    room = MAX_URLS - len(entries)
    if len(new) > room:
        if len(known) < MAX_URLS:
            logger.warning("a registry holds %d entries of one kind for one service, only %d are looked at", len(now), MAX_URLS)
        new = set(sorted(new)[:room])
    entries.update((text, _parse(text, decode)) for text in new)
    return {text: entries[text] for text in sorted(entries)}


def _parse(text: str, decode: Callable[[str], str]) -> URL | None:
    try:
        decoded = decode(text)
        if "://" in decoded:
            return untrusted_url(decoded)
    except InvalidURLError as error:
        logger.warning("a registry holds an entry that is no URL and is ignored: %s", error)
    return None


def matches(subscription: URL, url: URL) -> bool:
    """Tell whether `url` is what `subscription` wants; one with a parameter that makes no sense is not."""
    try:
        return is_match(subscription, url)
    except InvalidURLError as error:
        logger.warning("a registered URL is ignored: %s", error)
        return False
