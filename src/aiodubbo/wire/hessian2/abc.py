"""Contract of the Hessian 2 codec. The pure Python reference and a native twin implement exactly this.

An encoder writes, and a decoder reads, a whole message: the tables of references, type names and class definitions
live as long as the object (PRO-20, PRO-49). Neither knows of sockets, tasks or the dubbo protocol.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from aiodubbo.java.types import ClassTable, JavaType


CONTRACT: Final = 1
"""Version of the contract of this module, of `aiodubbo.java.types` and of the values that codecs build. A codec of another version is not
used: it would read types wrongly."""


class Dialect(enum.Enum):
    """Java's two ways of writing. Readers accept both.

    ``LITE3``: hessian-lite 3.2 of Dubbo 2.6 and 2.7 (ArrayList typed, chunks of 4093 bytes). ``LITE4``: hessian-lite 4 of Dubbo 3
    (ArrayList untyped, chunks of 8189 bytes).
    """

    LITE3 = "lite3"
    LITE4 = "lite4"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the contents of a message, checked before memory is taken. Exceeding one is a `HessianDecodeError`.

    Attributes:
        max_depth: nesting of lists, maps and objects. Java's own recursive readers end at some thousands.
        max_elements: lists items, map entries and object fields of the whole message together, null or not.
        max_containers: lists, maps and objects of the whole message together, empty or not; each costs far more memory than its byte.
        max_string: UTF-16 units of one string, chunks joined.
        max_bytes: bytes of one binary, chunks joined.
        max_definitions: class definitions of one message.
        max_fields: fields of one class definition.
    """

    max_depth: int = 2000
    max_elements: int = 10_000_000
    max_containers: int = 500_000
    max_string: int = 64 * 1024 * 1024
    max_bytes: int = 256 * 1024 * 1024
    max_definitions: int = 4096
    max_fields: int = 4096


DEFAULT_LIMITS = Limits()


class Encoder(Protocol):
    """Writes values one after the other into one buffer."""

    def write(self, value: object, declared: JavaType | None = None, /) -> None:
        """Append one value as its `declared` Java type; None lets the value decide (PRO-38).

        Raises:
            HessianEncodeError: the value does not fit `declared`, or Hessian 2 has no form for it. The buffer is then
                unusable: `reset` it. The error's ``path`` says where inside the value.
        """

    def write_string(self, value: str, /) -> None:
        """Append one string (the fast way for header fields)."""

    def write_byte(self, value: int, /) -> None:
        """Append one Java byte, which Hessian writes as an int (response flags)."""

    def write_map(self, value: object, /) -> None:
        """Append a ``dict`` as an untyped map (``H … Z``); used for attachments. Strings or any writable values."""

    def getvalue(self) -> bytes:
        """Return all bytes written since the last `reset`."""

    def reset(self) -> None:
        """Forget buffer and tables; the encoder is as new."""


class Decoder(Protocol):
    """Reads values one after the other from one buffer. Every failure is a `HessianDecodeError`, whatever the bytes."""

    def read(self, declared: JavaType | None = None, /) -> object:
        """Read the next value as a finished Python value.

        The `declared` Java type decides the Python type (ints fit long fields, untyped lists fit sets, ...); None builds what PRO-39 says.

        Raises:
            HessianDecodeError: malformed bytes, a limit, or a value that does not fit `declared`.
        """

    def read_data(self) -> object:
        """Read the next value as *bounded plain data*: nothing registered is instantiated yet.

        Give it to `build` once it is known who asks. References across values of one message are kept.
        """

    def build(self, data: object, declared: JavaType | None = None, /) -> object:
        """Turn what `read_data` returned into the finished value. Shared objects stay shared within one decoder."""

    def read_string(self) -> str | None:
        """Read a string or null."""

    def read_int(self) -> int:
        """Read an int (any of its forms)."""

    @property
    def position(self) -> int:
        """Offset of the next unread byte."""

    @property
    def remaining(self) -> int:
        """Bytes that are left."""

    def rest(self) -> bytes:
        """The bytes that are left; the position stays."""


class Codec(Protocol):
    """Makes encoders and decoders; the one object that is chosen at import (``python`` or ``native``)."""

    @property
    def name(self) -> str:
        """``python`` or ``native``."""

    @property
    def contract(self) -> int:
        """Version of this contract that the codec implements; see `CONTRACT`."""

    def encoder(self, classes: ClassTable, dialect: Dialect = Dialect.LITE3, /) -> Encoder:
        """Make an encoder."""

    def decoder(
        self, data: bytes | bytearray | memoryview, classes: ClassTable, limits: Limits = DEFAULT_LIMITS, lossless: bool = False, /
    ) -> Decoder:
        """Make a decoder over `data`, which must not change meanwhile."""
