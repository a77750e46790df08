"""The provider's side: from the bytes of a request to the bytes of its answer.

The order of steps is a matter of safety. On the wire the attachments follow the arguments, so that who may call is known last.
Therefore: path, version, method and descriptor must match something that is exported here before arguments are read; arguments
are read as bounded plain data; group and token are looked at; only then are models built and the implementation is called.
"""

from __future__ import annotations

import asyncio
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.errors import HessianEncodeError, PoolExhaustedError, RemoteProtocolError, RpcError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.values import brief
from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.context import RpcContext
from aiodubbo.wire._impl import HESSIAN2 as CODEC
from aiodubbo.wire.dubbo import body
from aiodubbo.wire.dubbo.header import HESSIAN2, Status
from aiodubbo.wire.dubbo.version import PROTOCOL_VERSION, supports_attachments

from .services import RejectedError
from .session import CALLBACK_ARGUMENT, INSTANCE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.rpc.call import Result
    from aiodubbo.rpc.descriptor import MethodDescriptor
    from aiodubbo.wire.dubbo.events import Request
    from aiodubbo.wire.hessian2.abc import Decoder

    from .services import ExportedService, Route, Services
    from .session import Session

logger = logging.getLogger(__name__)

_OWN_KEYS = frozenset(
    {
        *("path", "group", "version", "interface", "dubbo", "token", "timeout", "async", "_TO", "input", "generic", "remote.application"),
        INSTANCE_ID,
    }
)
"""Attachments that are Dubbo's business; an implementation does not see them (FIL-4)."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types that they may have; Java's 2.6 sends texts only, 2.7 sends numbers too."""

_MAX_RUNNING = 10_000
"""Requests that one port serves at the same time; more are refused with status 100, so that a flood cannot take all memory."""

_MAX_HELD = 512 * 1024 * 1024
"""The same in bytes of their bodies."""

_LONGEST_ERROR = 8000
"""Characters of an error text that goes out; what was asked must not come back whole."""


_Call: TypeAlias = "tuple[ExportedService, Invocation, body.RequestHead, RpcContext]"
"""A request, once it is read."""


def serve_request(services: Services, session: Session, request: Request) -> None:
    """Start serving `request`; the answer goes out when it is ready."""
    size = len(request.body)
    if services.running >= _MAX_RUNNING or services.held + size > _MAX_HELD:
        what = f"{services.running} requests of {services.held} bytes are running"
        if request.two_way:
            text = f"Server side({session.exchange.ends.local_address[0]},{services.port}) threadpool is exhausted ,detail msg:{what}"
            session.exchange.respond(request, Status.SERVER_THREADPOOL_EXHAUSTED_ERROR, _error(text))
        else:
            session.exchange.complain(f"its one-way call {request.id} was dropped: {what}")
        return
    services.running += 1
    services.held += size
    call: _Call | Exception | None = None
    if session.exchange.writer.is_writable:
        # Here and not in the task: requests that come in one go are read one after the other, with the code for that warm in the processor.
        try:
            call = _read(services, session, request)
        except Exception as error:  # noqa: BLE001 - the task makes the answer of it
            call = error
    services.tasks.start(_serve(services, session, request, call), "serve a request")


async def _serve(services: Services, session: Session, request: Request, call: _Call | Exception | None) -> None:
    exchange = session.exchange
    try:
        if not exchange.writer.is_writable:
            await exchange.writer.room()  # no work for a peer that does not take the answers to what it asked before
        if call is None:
            call = _read(services, session, request)
        elif isinstance(call, Exception):
            raise call
        exported, invocation, head, context = call
        context.enter()  # this task serves this one call, so that nothing needs to be reset
        result = await exported.invoke(invocation)
        if not exchange.writer.is_writable:
            await exchange.writer.room()  # values take less memory than bytes that are not read
        status, answer = _encode(result, invocation.method, head, context)
    except asyncio.CancelledError:  # the port closes, or the implementation awaited something that was cancelled: nothing follows anyway
        status, answer = Status.SERVER_ERROR, _error("java.lang.RuntimeException: the call was cancelled by the provider")
    except Exception as error:  # noqa: BLE001 - the caller must not wait for its timeout
        status, answer = _failure(error, services, session, request)
    finally:
        call = None  # an exception in it would hold the frame that holds it
        services.running -= 1
        services.held -= len(request.body)
    if request.two_way:
        exchange.respond(request, status, answer)
    elif status != Status.OK:
        text = body.decode_error(CODEC.decoder(answer, CLASSES))
        exchange.complain(f"its one-way call {request.id} failed with status {status}: {text!r:.1000}")


def _failure(error: Exception, services: Services, session: Session, request: Request) -> tuple[int, bytes]:
    match error:
        case RejectedError():
            return error.status, _error(error.text)
        case RemoteProtocolError():
            return Status.BAD_REQUEST, _error(f"Fail to decode request due to: {error}")
        case PoolExhaustedError():
            host = session.exchange.ends.local_address[0]
            text = f"Server side({host},{services.port}) threadpool is exhausted ,detail msg:{error} in dubbo://{host}:{services.port}!"
            return Status.SERVER_THREADPOOL_EXHAUSTED_ERROR, _error(text)
        case RpcError():
            return Status.SERVICE_ERROR, _error(f"{error.java_class}: {error}")
        case _:  # a defect, ours or a filter's
            logger.error("serving request %d of %s failed", request.id, session.exchange.ends.peer, exc_info=error)
            return Status.SERVER_ERROR, _error(f"java.lang.RuntimeException: {type(error).__name__}: {error}")


def _read(services: Services, session: Session, request: Request) -> _Call:
    if request.serialization != HESSIAN2:
        raise RejectedError(
            Status.BAD_REQUEST,
            f"Fail to decode request due to: java.io.IOException: Unrecognized serialize type from consumer: {request.serialization} "
            f"(this provider reads hessian2, id {HESSIAN2}: set serialization=hessian2 on the consumer)",
        )
    decoder, head, route = _read_head(services, session, request.body)
    data = body.decode_arguments(decoder, len(route.method.parameters))
    attachments = services.attachments.read(decoder)
    if attachments.__class__ is not MappingProxyType:  # one that is remembered holds texts only
        _check_own(attachments)
    exported = services.choose(route, attachments, head, session.exchange)
    arguments = _build(decoder, data, route.method, exported, attachments, session)
    invocation = Invocation(exported.service, route.method, arguments, attachments)
    context = RpcContext(
        attachments=attachments,
        hidden=_OWN_KEYS,
        remote_address=session.exchange.ends.remote_address,
        local_address=session.exchange.ends.local_address,
        interface=exported.service.interface,
        method=head.method,
        on_disconnect=session.add_close_callback,
    )
    return exported, invocation, head, context


def _read_head(services: Services, session: Session, data: bytes) -> tuple[Decoder, body.RequestHead, Route]:
    """Find service and method, and a decoder that stands before the arguments. A head that was seen before is recognised by its bytes."""
    size = body.head_size(data)
    remembered = services.known_heads.get(data[:size])
    if remembered is not None:
        return CODEC.decoder(data[size:], CLASSES), *remembered  # texts take no part in the decoder's tables
    decoder = CODEC.decoder(data, CLASSES)
    head = body.decode_request_head(decoder)
    route = services.route(head, session.exchange)
    if size and size == decoder.position:
        services.remember(data[:size], head, route)
    return decoder, head, route


def _check_own(attachments: Mapping[str, object]) -> None:
    """Refuse Dubbo's own attachments that are no plain values: they are compared, and quoted in texts."""
    for key in _OWN_KEYS.intersection(attachments):
        value = attachments[key]
        if value.__class__ not in _PLAIN:
            raise RemoteProtocolError(f"the attachment {key} must be text, got {brief(value)}")


def _build(
    decoder: Decoder,
    data: Sequence[object],
    method: MethodDescriptor,
    exported: ExportedService,
    attachments: Mapping[str, object],
    session: Session,
) -> tuple[object, ...]:
    arguments: list[object] = []
    for index, (value, parameter) in enumerate(zip(data, method.parameters, strict=True)):
        if parameter.callback is None:
            try:
                arguments.append(decoder.build(value, parameter.type))
            except RemoteProtocolError as error:
                raise RemoteProtocolError(f"argument {index} ({parameter.name}) of {method}: {error}") from error
        else:
            instance = attachments.get(f"{CALLBACK_ARGUMENT}{index}")
            arguments.append(session.callbacks.proxy(exported.url, method, index, parameter.callback, instance))
    return tuple(arguments)


def _encode(result: Result, method: MethodDescriptor, head: body.RequestHead, context: RpcContext) -> tuple[int, bytes]:
    attachments: Mapping[str, object] | None = None
    if supports_attachments(head.dubbo_version):
        attachments = body.PLAIN_ATTACHMENTS
    if attachments is not None and (result.attachments or context.response_attachments):
        attachments = {**result.attachments, **context.response_attachments, "dubbo": PROTOCOL_VERSION}
    encoder = CODEC.encoder(CLASSES)
    try:
        if result.exception is not None:
            return Status.OK, body.encode_exception(encoder, result.exception, attachments)
        return Status.OK, body.encode_value(encoder, result.value, method.returns, attachments)
    except HessianEncodeError as error:
        logger.error("the result of %s.%s cannot be sent: %s", context.interface, method, error)  # noqa: TRY400 - the traceback is ours
        return Status.BAD_RESPONSE, _error(
            f"Failed to send response: the result of {context.interface}.{method} does not fit {method.returns}, cause: {error}"
        )


def _error(text: str) -> bytes:
    if len(text) > _LONGEST_ERROR:
        text = f"{text[:_LONGEST_ERROR]}... ({len(text)} characters in all)"
    return body.encode_error(CODEC.encoder(CLASSES), text)
