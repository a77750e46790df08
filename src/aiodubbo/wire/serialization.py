"""The serializations that Dubbo numbers (PRO-10), and the one that we can speak.

The id travels in each frame's header; decoders go by it and by nothing else (PRO-12). Hessian 2 is the one that is built; the others are
known by name, so that a peer or a configuration that asks for one gets an error that says so (PRO-134).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError, RemoteProtocolError

from . import _impl
from .dubbo.header import HESSIAN2
from .hessian2.abc import DEFAULT_LIMITS, Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.java.types import ClassTable

    from .hessian2.abc import Decoder, Encoder, Limits

NAMES: Mapping[int, str] = {
    HESSIAN2: "hessian2",
    3: "java",
    4: "compactedjava",
    6: "fastjson",
    7: "nativejava",
    8: "kryo",
    9: "fst",
    10: "native-hessian",
    11: "avro",
    12: "protostuff",
    16: "gson",
    21: "protobuf-json",
    22: "protobuf",
    25: "kryo2",
    27: "msgpack",
}
"""Every id of Dubbo 2.6 and 2.7 → its name in URLs."""


class Hessian2:
    """Serialization of message bodies in one dialect of Hessian 2 and with one set of limits (Java: ``Serialization``)."""

    id = HESSIAN2
    name = "hessian2"

    def __init__(self, dialect: Dialect = Dialect.LITE3, limits: Limits = DEFAULT_LIMITS) -> None:
        self._dialect = dialect
        self._limits = limits

    def encoder(self, classes: ClassTable, /) -> Encoder:
        """Make the encoder of one message body."""
        return _impl.HESSIAN2.encoder(classes, self._dialect)

    def decoder(self, data: bytes, classes: ClassTable, /) -> Decoder:
        """Make the decoder of one message body."""
        return _impl.HESSIAN2.decoder(data, classes, self._limits)


_BUILT: Mapping[int, Hessian2] = {HESSIAN2: Hessian2()}

SPOKEN = frozenset(serialization.name for serialization in _BUILT.values())
"""Names of the available serializations."""


def serialization_by_id(number: int) -> Hessian2:
    """The serialization that a frame from the peer names.

    Raises:
        RemoteProtocolError: Dubbo has no such id (PRO-11), or it is one that is not built.
    """
    if number in _BUILT:
        return _BUILT[number]
    if number in NAMES:
        raise RemoteProtocolError(f"{_unavailable(NAMES[number])} The peer sent it (serialization id {number}).")
    raise RemoteProtocolError(f"Unrecognized serialize type from consumer: {number}")


def serialization_by_name(name: str) -> Hessian2:
    """The serialization that a URL or a setting names.

    Raises:
        ConfigurationError: Dubbo has no such name, or it is one that is not built.
    """
    for serialization in _BUILT.values():
        if serialization.name == name:
            return serialization
    raise ConfigurationError(_unavailable(name) if name in NAMES.values() else f"unknown serialization {name!r}; {_choices()}")


def _unavailable(name: str) -> str:
    return f"The serialization '{name}' is known but not available here; {_choices()}."


def _choices() -> str:
    return "set serialization=" + " or ".join(serialization.name for serialization in _BUILT.values())
