"""The consumer's side: from an invocation to the bytes of a request, and from the bytes of the answer to a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import (
    ArgumentError,
    CallTimeoutError,
    HessianEncodeError,
    LimitExceededError,
    RemoteProtocolError,
    SerializationError,
    ServerError,
)
from aiodubbo.java.classes import CLASSES
from aiodubbo.rpc.call import Result
from aiodubbo.wire._impl import HESSIAN2 as CODEC
from aiodubbo.wire.dubbo import body
from aiodubbo.wire.dubbo.header import HESSIAN2, Status
from aiodubbo.wire.dubbo.version import PROTOCOL_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import MethodDescriptor
    from aiodubbo.wire.dubbo.body import AttachmentsReader
    from aiodubbo.wire.dubbo.events import Response

_OK = int(Status.OK)

_LONGEST_TEXT = 10_000
"""Characters of a peer's error text that are kept; Java's stack traces are shorter."""


class RequestWriter:
    """Writes requests of one method at one provider; what is the same in all of them is encoded once.

    Args:
        version: of the service; None in a callback (PRO-102).
        attachments: those that every request carries.
    """

    __slots__ = ("_attachments", "_encoded_attachments", "_head", "_method")

    def __init__(self, path: str, version: str | None, method: MethodDescriptor, attachments: Mapping[str, object]) -> None:
        # Texts take no part in the tables of the encoder, and the map of attachments comes last: both can be put together as bytes.
        head = CODEC.encoder(CLASSES)
        head.write_string(PROTOCOL_VERSION)
        head.write_string(path)
        if version is None:
            head.write(None)
        else:
            head.write_string(version or body.NO_VERSION)
        head.write_string(method.name)
        head.write_string(method.descriptor)
        tail = CODEC.encoder(CLASSES)
        tail.write_map(attachments)
        self._head = head.getvalue()
        self._attachments = dict(attachments)
        self._encoded_attachments = tail.getvalue()
        self._method = method

    def write(self, invocation: Invocation, arguments: tuple[object, ...], extra: Mapping[str, object]) -> bytes:
        """The body of one request.

        Args:
            invocation: for error texts.
            arguments: what is sent; callback arguments are None.
            extra: attachments of this request alone; they win.

        Raises:
            ArgumentError: an argument does not fit its Java type; nothing was sent.
            SerializationError: an attachment cannot be sent.
        """
        encoder = CODEC.encoder(CLASSES)
        index = -1
        try:
            for index, parameter in enumerate(self._method.parameters):
                encoder.write(arguments[index], parameter.type)
        except HessianEncodeError as error:
            parameter = self._method.parameters[index]
            where = f"argument {index} ({parameter.name}: {parameter.type}){': ' if not error.path else ''}"
            raise ArgumentError(f"{invocation}: {where}{error}") from error
        if not extra:
            return b"".join((self._head, encoder.getvalue(), self._encoded_attachments))
        try:
            encoder.write_map({**self._attachments, **extra})
        except HessianEncodeError as error:
            raise SerializationError(f"an attachment of the call {invocation} cannot be sent: {error}") from error
        return self._head + encoder.getvalue()


def read_response(response: Response, invocation: Invocation, peer: str, attachments: AttachmentsReader) -> Result:
    """The outcome that an answer holds.

    Raises:
        ServerError: the answer has an error status.
        CallTimeoutError, LimitExceededError: it says so.
        SerializationError: it cannot be read.
    """
    if response.serialization != HESSIAN2:
        raise SerializationError(f"{invocation}: {peer} answered with serialization {response.serialization}; only hessian2 (2) is read")
    decoder = CODEC.decoder(response.body, CLASSES)
    try:
        if response.status != _OK:
            raise _server_error(response.status, body.decode_error(decoder), invocation, peer)
        answer = body.decode_response(decoder, invocation.method.returns, attachments.read)
    except RemoteProtocolError as error:
        raise SerializationError(f"{invocation}: the answer of {peer} cannot be read as {invocation.method.returns}: {error}") from error
    return Result(answer.value, answer.exception, answer.attachments)


def _server_error(status: int, text: str, invocation: Invocation, peer: str) -> Exception:
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}... ({len(text)} characters in all)"
    what = f"{invocation}: {peer} answered with status {status} ({_name(status)}): {text}"
    if status in (Status.CLIENT_TIMEOUT, Status.SERVER_TIMEOUT):
        return CallTimeoutError(what)
    if status == Status.SERVER_THREADPOOL_EXHAUSTED_ERROR:
        return LimitExceededError(what)
    return ServerError(what, status=status)


def _name(status: int) -> str:
    try:
        return Status(status).name
    except ValueError:
        return "unknown"
