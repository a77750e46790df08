"""The datagrams of the multicast registry: ``<command> <full URL>`` and a line end, in UTF-8 (REG-81). Knows no sockets.

Anybody in the network may send anything to the group, so that what cannot be understood is not an error but an `Ignored` with its reason.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import LocalProtocolError

if TYPE_CHECKING:
    from typing import Final

JAVA_LIMIT: Final = 2048
"""Bytes that Java reads of a datagram; it takes the beginning of a longer one for the whole (REG-80)."""

MAX_DATAGRAM: Final = 8192
"""Bytes that we read. Java sends longer datagrams than it reads, and a URL that was cut lies about the service, so that we
read them whole; the limit leaves room for some three hundred method names."""

_UDP_LIMIT: Final = 65_507

_BLANK: Final = "".join(map(chr, range(0x21)))
"""Characters that Java's ``String.trim`` removes."""


class Command(enum.StrEnum):
    """Request of a datagram."""

    REGISTER = "register"
    UNREGISTER = "unregister"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class Reason(enum.StrEnum):
    """Why a datagram is ignored."""

    OVERSIZED = "oversized"
    NOT_TEXT = "not UTF-8"
    UNKNOWN_COMMAND = "unknown command"
    BAD_URL = "not the URL of a service"
    ELSEWHERE = "not sent to the group"  #   for the owner of the socket
    FULL = "too many URLs"  #                likewise
    BUSY = "answered often enough"  #        likewise


@dataclass(frozen=True, slots=True)
class Datagram:
    """A well-formed datagram; `url` is the full string of the URL, not parsed, not empty."""

    command: Command
    url: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A datagram that cannot be understood."""

    reason: Reason


def encode(command: Command, url: str) -> bytes:
    """The datagram about the full string `url`.

    Raises:
        LocalProtocolError: the URL holds a line break or half a surrogate pair, or does not fit into a datagram.
    """
    if "\n" in url or "\r" in url:
        raise LocalProtocolError("a multicast registry cannot carry a URL with a line break: remove it from the URL's parameters")
    try:
        data = f"{command.value} {url}\n".encode()
    except UnicodeEncodeError:
        raise LocalProtocolError(f"a multicast registry cannot carry half a surrogate pair: remove it from the URL {url[:200]!a}") from None
    if len(data) > _UDP_LIMIT:
        raise LocalProtocolError(f"{len(data)} bytes do not fit into a datagram, which holds {_UDP_LIMIT}: give the URL fewer parameters")
    return data


def decode(data: bytes) -> Datagram | Ignored:
    """Read one datagram. Only its first line counts, without white space around it, as in Java."""
    if len(data) > MAX_DATAGRAM:
        return Ignored(Reason.OVERSIZED)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Ignored(Reason.NOT_TEXT)
    line = text.strip(_BLANK).partition("\n")[0]
    word, _, rest = line.partition(" ")
    try:
        command = Command(word)
    except ValueError:
        return Ignored(Reason.UNKNOWN_COMMAND)
    url = rest.strip(_BLANK)
    return Datagram(command, url) if url else Ignored(Reason.BAD_URL)
