"""The datagrams of the multicast registry: ``<command> <full URL>`` and a line end, in UTF-8 (REG-81). Knows no sockets.

Anybody in the network may send anything to the group, so that what cannot be understood is not an error but an `Ignored` with its reason.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import InvalidURLError, LocalProtocolError
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from typing import Final

__all__ = ["JAVA_LIMIT", "MAX_DATAGRAM", "Command", "Datagram", "Ignored", "Reason", "decode", "encode"]

JAVA_LIMIT: Final = 2048
"""Bytes that Java reads of a datagram; it takes the beginning of a longer one for the whole (REG-80)."""

MAX_DATAGRAM: Final = 8192
"""Bytes that we read. Java sends longer datagrams than it reads, and a URL that was cut lies about the service, so that we
read them whole; the limit leaves room for some three hundred method names."""

_UDP_LIMIT: Final = 65_507

_BLANK: Final = "".join(map(chr, range(0x21)))
"""What Java's ``String.trim`` removes."""


class Command(enum.StrEnum):
    """What a datagram asks for."""

    REGISTER = "register"
    UNREGISTER = "unregister"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class Reason(enum.StrEnum):
    """Why a datagram is ignored."""

    OVERSIZED = "oversized"
    NOT_TEXT = "not UTF-8"
    UNKNOWN_COMMAND = "unknown command"
    BAD_URL = "not a URL"
    ELSEWHERE = "not sent to the group"  #   for the owner of the socket
    FULL = "too many URLs"  #                likewise


@dataclass(frozen=True, slots=True)
class Datagram:
    """A datagram that makes sense."""

    command: Command
    url: URL


@dataclass(frozen=True, slots=True)
class Ignored:
    """A datagram that does not."""

    reason: Reason


def encode(command: Command, url: URL) -> bytes:
    """The datagram, with everything that the URL holds.

    Raises:
        LocalProtocolError: the URL holds a line break, after which nobody would read on; or it does not fit into a datagram.
    """
    text = str(url)
    if "\n" in text or "\r" in text:
        raise LocalProtocolError(f"a multicast registry cannot carry a URL with a line break: {url!r}")
    data = f"{command.value} {text}\n".encode()
    if len(data) > _UDP_LIMIT:
        raise LocalProtocolError(f"{len(data)} bytes do not fit into a datagram, which holds {_UDP_LIMIT}: shorten {url!r}")
    return data


def decode(data: bytes) -> Datagram | Ignored:
    """What one datagram says. Only its first line counts, without white space around it, as in Java."""
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
    try:
        url = URL.parse(rest.strip(_BLANK))
    except InvalidURLError:
        return Ignored(Reason.BAD_URL)
    if not url.protocol or not url.host or not url.service_interface:
        return Ignored(Reason.BAD_URL)
    return Datagram(command, url)
