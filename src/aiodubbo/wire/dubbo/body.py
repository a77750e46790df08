"""Contents of the frames of calls and their answers (PRO-20, PRO-21).

A request is read in three steps, because who may be called is known only at its end while the arguments stand in the middle:
`decode_request_head`, then `decode_arguments` as bounded plain data, then `decode_attachments`; only then are arguments built, with the
decoder's ``build``. One encoder or decoder spans a whole body: its tables of references and classes run through all parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import RemoteProtocolError
from aiodubbo.java.values import brief
from aiodubbo.wire.record import record

from .version import PROTOCOL_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.java.types import JavaType
    from aiodubbo.wire.hessian2.abc import Decoder, Encoder

NO_VERSION = "0.0.0"
"""The version text of a service that has none."""

_EXCEPTION, _VALUE, _NULL = 0, 1, 2
_WITH_ATTACHMENTS = 3  # added to the three above
_FLAGS = range(6)
_HEAD_TEXTS = 5

PLAIN_ATTACHMENTS: Final[Mapping[str, object]] = MappingProxyType({"dubbo": PROTOCOL_VERSION})
"""Attachments of nearly every answer (PRO-23)."""

_PLAIN_BYTES: Final = b"H\x05dubbo\x05" + PROTOCOL_VERSION.encode() + b"Z"
_PLAIN_FLAG: Final = bytes((0x90 + _VALUE + _WITH_ATTACHMENTS,))
_PLAIN_NULL: Final = b"\x95" + _PLAIN_BYTES


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The texts at the start of a request.

    Attributes:
        dubbo_version: the sender's protocol version, see `version.supports_attachments`.
        path: of the service.
        service_version: `NO_VERSION` when the sender says none or null.
        method: Java's name of the method.
        descriptor: its parameter types, see `java.names.split_descriptors`.
    """

    dubbo_version: str
    path: str
    service_version: str
    method: str
    descriptor: str


@record(frozen=True, slots=True)
class ResponseBody:
    """An answer: a value or an exception.

    Attributes:
        value: the result; None when there is an exception, and for void.
        exception: what the service threw.
        attachments: what the provider sent along; empty when it sent none.
    """

    value: object
    exception: BaseException | None
    attachments: Mapping[str, object]


def encode_request(
    encoder: Encoder,
    *,
    path: str,
    method: str,
    descriptor: str,
    arguments: Sequence[tuple[object, JavaType | None]],
    attachments: Mapping[str, object],
    service_version: str | None = NO_VERSION,
    dubbo_version: str = PROTOCOL_VERSION,
) -> bytes:
    """The body of a call.

    Args:
        encoder: a fresh one.
        path: path of the service.
        method: Java's name of the method.
        descriptor: its parameter types (PRO-25).
        arguments: each with its declared type; None lets the value decide.
        attachments: of the invocation.
        service_version: None in a callback (PRO-102).
        dubbo_version: our protocol version.

    Raises:
        HessianEncodeError: an argument or attachment that cannot be written. Its path starts inside that argument.
    """
    write_string = encoder.write_string
    write_string(dubbo_version)
    write_string(path)
    if service_version is None:
        encoder.write(None)
    else:
        write_string(service_version)
    write_string(method)
    write_string(descriptor)
    for value, declared in arguments:
        encoder.write(value, declared)
    encoder.write_map(attachments)
    return encoder.getvalue()


def head_size(data: bytes) -> int:
    """Size of the texts at the start of a request if they are short and ASCII, as they nearly always are; else 0.

    Good for recognising a head that was read before; the head itself is read by `decode_request_head`.
    """
    position = 0
    try:
        for _ in range(_HEAD_TEXTS):
            code = data[position]
            if code < 0x20:
                position += 1 + code
            elif 0x30 <= code < 0x34:
                position += 2 + ((code - 0x30) << 8) + data[position + 1]
            else:
                return 0
    except IndexError:
        return 0
    return position


def decode_request_head(decoder: Decoder) -> RequestHead:
    """The texts at the start of a request.

    Raises:
        RemoteProtocolError: a text is missing or is no text.
    """
    read = decoder.read_string
    dubbo_version, path, service_version, method, descriptor = read(), read(), read(), read(), read()
    if path is None or method is None or descriptor is None:
        missing = [name for name, text in (("path", path), ("method", method), ("parameter descriptor", descriptor)) if text is None]
        raise RemoteProtocolError(f"malformed request: {', '.join(missing)} must not be null")
    return RequestHead(dubbo_version or "", path, service_version or NO_VERSION, method, descriptor)


def decode_arguments(decoder: Decoder, count: int) -> list[object]:
    """The arguments as plain data; nothing is instantiated. Turn each into its value with ``decoder.build``."""
    read_data = decoder.read_data
    return [read_data() for _ in range(count)]


def decode_attachments(decoder: Decoder) -> dict[str, object]:
    """The attachments that end a request or a response; null counts as none.

    Raises:
        RemoteProtocolError: they are no map, or a key is no text.
    """
    attachments = decoder.build(decoder.read_data())
    if attachments is None:
        return {}
    if not isinstance(attachments, dict):
        raise RemoteProtocolError(f"malformed attachments: expected a map, got {brief(attachments)}")
    for key in attachments:
        if not isinstance(key, str):
            raise RemoteProtocolError(f"malformed attachments: a key must be text, got {brief(key)}")
    return attachments


_MOST_REMEMBERED: Final = 256
"""Remembered sets; a peer that varies its attachments makes the memory start anew."""

_LONGEST_REMEMBERED: Final = 1024
"""Bytes of a set that is remembered, so that the memory stays under a megabyte."""


class AttachmentsReader:
    """Reader of attachments for one server or one provider: reads each set once, and not once for each call.

    A peer sends the same attachments with nearly every call. So what was read is remembered by its bytes. Only maps of texts are: they
    hold no reference to anything before them, so that the same bytes mean the same in every message.
    """

    __slots__ = ("_remembered",)

    def __init__(self) -> None:
        self._remembered: dict[bytes, Mapping[str, object]] = {}

    def read(self, decoder: Decoder) -> Mapping[str, object]:
        """The attachments, which are all that is left of the message; not to be changed.

        Raises:
            RemoteProtocolError: they are no map, or a key is no text.
        """
        tail = decoder.rest()
        remembered = self._remembered.get(tail)
        if remembered is not None:
            return remembered
        attachments = decode_attachments(decoder)
        if len(tail) <= _LONGEST_REMEMBERED and tail[:1] == b"H" and all(value.__class__ is str for value in attachments.values()):
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[tail] = MappingProxyType(attachments)
        return attachments


def encode_value(
    encoder: Encoder, value: object, declared: JavaType | None = None, attachments: Mapping[str, object] | None = None
) -> bytes:
    """The body of an answer with a result.

    Args:
        encoder: a fresh one.
        value: the result; None for void too.
        declared: the method's return type; None lets the value decide.
        attachments: None when the caller is too old to read any (`version.supports_attachments`). Should hold ``dubbo`` (PRO-23).

    Raises:
        HessianEncodeError: the result or an attachment cannot be written.
    """
    if attachments is PLAIN_ATTACHMENTS:  # nearly every answer
        if value is None:
            return _PLAIN_NULL
        encoder.write(value, declared)
        return _PLAIN_FLAG + encoder.getvalue() + _PLAIN_BYTES  # neither takes part in the encoder's tables
    offset = 0 if attachments is None else _WITH_ATTACHMENTS
    if value is None:
        encoder.write_byte(_NULL + offset)
    else:
        encoder.write_byte(_VALUE + offset)
        encoder.write(value, declared)
    if attachments is not None:
        encoder.write_map(attachments)
    return encoder.getvalue()


def encode_exception(encoder: Encoder, exception: BaseException, attachments: Mapping[str, object] | None = None) -> bytes:
    """The body of an answer with what the service threw; arguments as for `encode_value`."""
    encoder.write_byte(_EXCEPTION if attachments is None else _EXCEPTION + _WITH_ATTACHMENTS)
    encoder.write(exception)
    if attachments is not None:
        encoder.write_map(attachments)
    return encoder.getvalue()


def decode_response(
    decoder: Decoder, declared: JavaType | None = None, read_attachments: Callable[[Decoder], Mapping[str, object]] | None = None
) -> ResponseBody:
    """The body of an answer with status OK.

    Args:
        decoder: a fresh one over the body.
        declared: the method's return type; None lets the bytes decide.
        read_attachments: how to read them; `decode_attachments` when None.

    Raises:
        RemoteProtocolError: malformed, or a value that does not fit `declared`.
    """
    flag = decoder.read_int()
    if flag not in _FLAGS:
        raise RemoteProtocolError(f"Unknown result flag, expect '0' '1' '2' '3' '4' '5', but received: {flag}")
    kind = flag % _WITH_ATTACHMENTS
    value: object = None
    exception: BaseException | None = None
    if kind == _VALUE:
        value = decoder.read(declared)
    elif kind == _EXCEPTION:
        thrown = decoder.read()
        if not isinstance(thrown, BaseException):
            raise RemoteProtocolError(f"Response data error, expect Throwable, but get {brief(thrown)}")
        exception = thrown
    attachments = (read_attachments or decode_attachments)(decoder) if flag >= _WITH_ATTACHMENTS else {}
    return ResponseBody(value, exception, attachments)


def encode_error(encoder: Encoder, text: str) -> bytes:
    """The body of an answer with an error status: one text (PRO-14)."""
    encoder.write_string(text)
    return encoder.getvalue()


def decode_error(decoder: Decoder) -> str:
    """The text of an answer with an error status; empty for null.

    Raises:
        RemoteProtocolError: the body is no text.
    """
    return decoder.read_string() or ""
