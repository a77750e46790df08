"""The 16 bytes in front of every frame (PRO-2…6, PRO-13).

::

    0      2       3        4            12             16
    | DABB | flags | status | request id | body length  | body …

Flags: 0x80 request, 0x40 two-way, 0x20 event, low five bits the serialization id. All numbers are big endian and signed.
"""

from __future__ import annotations

import enum
import struct

_STRUCT = struct.Struct(">HBBqi")

HEADER_SIZE = _STRUCT.size
MAGIC = 0xDABB
MAGIC_BYTES = b"\xda\xbb"
REQUEST = 0x80
TWO_WAY = 0x40
EVENT = 0x20
SERIALIZATION_MASK = 0x1F
HESSIAN2 = 2
"""Serialization id of Hessian 2, which events and error texts of ours are always written in."""
MAX_REQUEST_ID = 2**63 - 1

HEARTBEAT_BODY = b"N"  # Hessian 2 null
READ_ONLY_BODY = b"\x01R"  # Hessian 2 "R"

unpack_from = _STRUCT.unpack_from
"""``(magic, flags, status, request id, body length)`` at an offset; the form for tight loops."""


class Status(enum.IntEnum):
    """The status byte of a response (PRO-13). Only some travel; those marked local are made up by the side that waits."""

    OK = 20
    SERIALIZATION_ERROR = 25  # 3.3 and later, where 2.x says BAD_RESPONSE
    CLIENT_TIMEOUT = 30  # local
    SERVER_TIMEOUT = 31  # local
    CHANNEL_INACTIVE = 35  # local
    BAD_REQUEST = 40
    BAD_RESPONSE = 50
    SERVICE_NOT_FOUND = 60
    SERVICE_ERROR = 70
    SERVER_ERROR = 80
    CLIENT_ERROR = 90  # local: the response could not be decoded
    SERVER_THREADPOOL_EXHAUSTED_ERROR = 100


def pack_header(flags: int, status: int, request_id: int, length: int) -> bytes:
    """The 16 bytes. A number that does not fit its field is a `struct.error`."""
    return _STRUCT.pack(MAGIC, flags, status, request_id, length)
