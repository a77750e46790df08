"""The text form of a URL: ``protocol://username:password@host:port/path?k1=v1&k2=v2``, every part optional (URL-1…3), and its encoding.

One reader accepts what the parsers of Dubbo 2.6 and 2.7 accept:

- parameters are separated by ``&`` or ``;`` (2.7), values stay as written: nothing is decoded (URL-4);
- the port stands behind the *last* colon, so that ``[::1]:20880`` works (2.7), unless a ``%`` scope id follows it;
- a URL that is encoded as a whole (a node name in ZooKeeper) is decoded first.

Encoding is that of ``java.net.URLEncoder`` with UTF-8 (URL-5). It differs from Python's defaults: ``~`` is encoded and ``*`` is not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_plus, unquote

from aiodubbo.errors import InvalidURLError

from .redaction import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARED_PAIRS = 4096
_SHARED_LENGTH = 256
"""Limits of the parameters that are remembered, in number and length: a MiB or two at most, whatever the texts are."""

BLANK = "".join(map(chr, range(0x21)))  # what Java's String.trim removes
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_FREQUENT = (("%3D", "="), ("%26", "&"), ("%2C", ","), ("%2F", "/"), ("%3A", ":"), ("%3F", "?"))
"""The escapes that fill an encoded URL. None of them can be a part of another escape."""
_FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f\\x85\\u2028\\u2029\\ud800-\\udfff]")
"""Control characters, which would forge lines of logs and datagrams, and halves of surrogate pairs, which UTF-8 cannot carry."""
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Parts(NamedTuple):
    """The seven parts of a URL; what is absent is empty or 0."""

    protocol: str
    username: str
    password: str
    host: str
    port: int
    path: str
    params: dict[str, str]


def split_url(text: str) -> Parts:
    """Take `text` apart.

    Raises:
        InvalidURLError: empty, no protocol before ``://``, or a port that is no number.
    """
    text = text.strip(BLANK)
    if not text:
        raise InvalidURLError("url == null: the text is empty; write a URL such as dubbo://127.0.0.1:20880/com.example.UserService")
    if "%" in text and _is_encoded_whole(text):
        text = decode(text)
    body, _, query = text.partition("?")
    params = split_parameters(query) if query else {}

    body = body.partition("#")[0]
    protocol, separator, rest = body.partition("://")
    if not separator:
        protocol, separator, rest = body.partition(":/")
        if separator:  # file:/path/to/file
            rest = "/" + rest
        else:
            protocol, rest = "", body
    if separator and not protocol:
        raise InvalidURLError(f'url missing protocol: "{shown(text)}"; write one before "://", such as dubbo://')
    rest, _, path = rest.partition("/")
    username = password = ""
    if "@" in rest:
        user_info, _, rest = rest.rpartition("@")
        username, _, password = user_info.partition(":")
    try:
        host, port = split_host_port(rest)
    except InvalidURLError as error:
        raise InvalidURLError(f'{error} (in url "{shown(text)}")') from None
    return Parts(protocol, username, password, host, port, path.lstrip("/"), params)


def _is_encoded_whole(text: str) -> bool:
    """Return whether the separators themselves are encoded: ``dubbo%3A%2F%2F…``."""
    return "://" not in text and "?" not in text and "=" not in text and "%3A%2F%2F" in text.upper()


def split_parameters(query: str) -> dict[str, str]:
    """Take the text behind the ``?`` apart. A part without ``=`` is both name and value."""
    if ";" in query:
        query = query.replace(";", "&")
    params: dict[str, str] = {}
    for part in query.split("&"):
        name, value = _pair(part) if len(part) <= _SHARED_LENGTH else _split_pair(part)
        if name or value is not None:
            params[name] = name if value is None else value
    return params


def _split_pair(part: str) -> tuple[str, str | None]:
    """Name and value; no value when there is no ``=``."""
    name, separator, value = part.strip(BLANK).partition("=")
    return name, value if separator else None


# Thousands of registered URLs have most of their parameters in common: one text for all of them instead of one for each.
_pair = lru_cache(_SHARED_PAIRS)(_split_pair)


def split_host_port(address: str) -> tuple[str, int]:
    """Host and port of `address`, port 0 when there is none. Brackets around an IPv6 address stay.

    Raises:
        InvalidURLError: what stands behind the last colon is no port.
    """
    colon = address.rfind(":")
    if colon < 0 or colon == len(address) - 1 or address.endswith("]") or address.rfind("%") > colon:
        return address, 0
    return address[:colon], parse_port(address[colon + 1 :])


def parse_port(text: str) -> int:
    """A port; a negative one counts as none (URL-6).

    Raises:
        InvalidURLError: no decimal number, or above 65535.
    """
    if _INTEGER.fullmatch(text) is None:
        raise InvalidURLError(f'For input string: "{shown(text[:100])}": not a port; write a number from 0 to 65535')
    port = int(text)
    if port > 65535:
        raise InvalidURLError(f"port out of range:{port}; write a number from 0 to 65535")
    return max(port, 0)


def sorted_names(params: Mapping[str, str]) -> list[str]:
    """The parameter names in the order in which Java prints them: by UTF-16 code unit."""
    names = sorted(params)
    if all(map(str.isascii, names)):
        return names
    return sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def split_list(text: str) -> tuple[str, ...]:
    """The entries of a comma list, without empty ones."""
    return tuple(filter(None, map(str.strip, text.split(","))))


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
