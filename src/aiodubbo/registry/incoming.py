"""What somebody else registered: which texts are taken for URLs. Everything that a registry tells passes through here.

A registered URL goes from hand to hand as text: into caches and logs, to other registries, to the consumers of a server. One that cannot be
written down there is refused where it comes in, and the others go on.
"""

from __future__ import annotations

from aiodubbo.errors import InvalidURLError
from aiodubbo.url.encoding import forbidden_character
from aiodubbo.url.redaction import shown
from aiodubbo.url.url import URL

MAX_URL = 262_144
"""Characters of one URL. Thousands of methods fit, and a rule with ten thousand addresses."""

MAX_URLS = 10_000
"""URLs in one category of one service that are looked at. Each of them costs a connection, long before that."""


def incoming_url(text: str) -> URL:
    """The URL that `text` stands for.

    Raises:
        InvalidURLError: too long, with a control character, or no URL.
    """
    if len(text) > MAX_URL:
        raise InvalidURLError(f"a registered URL may have {MAX_URL} characters, this one has {len(text)}: {shown(text[:200])}")
    character = forbidden_character(text)
    if character:
        raise InvalidURLError(f"a registered URL must not hold the character {character}: {shown(text)}")
    return URL.parse(text)
