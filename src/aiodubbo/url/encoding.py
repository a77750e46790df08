"""Texts inside a URL: encoding as ``java.net.URLEncoder`` and ``URLDecoder`` do it with UTF-8 (URL-5), and characters that none holds.

This is application/x-www-form-urlencoded, which differs from Python's defaults: ``~`` is encoded and ``*`` is not.
"""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote

from aiodubbo.errors import InvalidURLError

from .redaction import shown

_FREQUENT = (("%3D", "="), ("%26", "&"), ("%2C", ","), ("%2F", "/"), ("%3A", ":"), ("%3F", "?"))
"""The escapes that fill an encoded URL. None of them can be a part of another escape."""
_FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f\\x85\\u2028\\u2029\\ud800-\\udfff]")
"""Control characters, which would forge lines of logs and datagrams, and halves of surrogate pairs, which UTF-8 cannot carry."""
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


def forbidden_character(text: str) -> str:
    """The first character of `text` that no URL may hold, as ``U+000A``; empty when there is none."""
    match = _FORBIDDEN.search(text)
    return "" if match is None else f"U+{ord(match[0]):04X}"
