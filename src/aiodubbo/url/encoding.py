"""Encoding of a text inside a URL, as ``java.net.URLEncoder`` and ``URLDecoder`` do it with UTF-8 (URL-5).

This is application/x-www-form-urlencoded, which differs from Python's defaults: ``~`` is encoded and ``*`` is not.
"""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote

from aiodubbo.errors import InvalidURLError

from .redaction import shown

_FREQUENT = (("%3D", "="), ("%26", "&"), ("%2C", ","), ("%2F", "/"), ("%3A", ":"), ("%3F", "?"))
"""What an encoded URL is full of. None of them can be a part of another escape."""
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def encode(text: str) -> str:
    """`text` with everything but letters, digits and ``. - * _`` encoded; a space becomes ``+``.

    Half of a surrogate pair, which UTF-8 cannot carry, becomes ``?`` as in Java.
    """
    return quote_plus(text, safe="*", errors="replace").replace("~", "%7E")


def decode(text: str) -> str:
    """The reverse of `encode`. Bytes that are not UTF-8 become U+FFFD, as in Java.

    Raises:
        InvalidURLError: a ``%`` without two hexadecimal digits behind it.
    """
    if "%" in text:
        broken = _BROKEN_ESCAPE.search(text)
        if broken is not None:
            where = broken.start()
            raise InvalidURLError(
                f'URLDecoder: Illegal hex characters in escape (%) pattern: "{shown(text[where : where + 3])}" at position {where}; '
                "write a percent sign itself as %25"
            )
    text = text.replace("+", " ")
    for escape, character in _FREQUENT:
        text = text.replace(escape, character)
    return unquote(text)
