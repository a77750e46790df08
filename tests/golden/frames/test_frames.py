"""Frames of real Java Dubbo, read and written back byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiodubbo.java.classes import CLASSES
from aiodubbo.java.names import split_descriptors
from aiodubbo.java.types import JavaType, Kind
from aiodubbo.wire.dubbo.body import (
    decode_arguments,
    decode_attachments,
    decode_error,
    decode_request_head,
    decode_response,
    encode_error,
    encode_request,
    encode_value,
)
from aiodubbo.wire.dubbo.connection import DubboConnection, Role
from aiodubbo.wire.dubbo.events import Event, Heartbeat, HeartbeatAck, ReadOnly, Request, Response
from aiodubbo.wire.dubbo.version import supports_attachments
from aiodubbo.wire.serialization import serialization_by_id

Frame = dict[str, Any]  # Any: a JSON object, its keys depend on "kind"

_OBJECT_ARRAY = JavaType(Kind.ARRAY, "java.lang.Object[]", item=JavaType(Kind.OBJECT, "java.lang.Object"))
_STRING_ARRAY = JavaType(Kind.ARRAY, "java.lang.String[]", item=JavaType(Kind.STRING, "java.lang.String"))
_DECLARED = {"java.lang.Object[]": _OBJECT_ARRAY, "java.lang.String[]": _STRING_ARRAY}


def frames(*kinds: str) -> list[Any]:
    cases = []
    for path in sorted(Path(__file__).parent.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            frame = json.loads(line)
            if frame["kind"] in kinds:
                cases.append(
                    pytest.param(
                        frame, id=f"{path.stem}-{frame['spec']}", marks=pytest.mark.spec(frame["spec"], "Java's frame, both directions")
                    )
                )
    assert cases
    return cases


def event_of(frame: Frame) -> Event:
    connection = DubboConnection(Role.SERVER)
    connection.receive_data(bytes.fromhex(frame["hex"]))
    [event] = connection.events()
    return event


HESSIAN2 = serialization_by_id(2)


@pytest.mark.parametrize("frame", frames("request"))
def test_requests(frame: Frame) -> None:
    request = event_of(frame)
    assert isinstance(request, Request)
    assert (request.id, request.two_way, request.serialization) == (frame["id"], True, 2)
    decoder = HESSIAN2.decoder(request.body, CLASSES)
    head = decode_request_head(decoder)
    assert (head.dubbo_version, head.path, head.method, head.descriptor) == ("2.0.2", frame["path"], frame["method"], frame["descriptor"])
    assert head.service_version == (frame["service_version"] or "0.0.0")
    assert supports_attachments(head.dubbo_version)
    names = split_descriptors(head.descriptor)
    data = decode_arguments(decoder, len(names))
    attachments = decode_attachments(decoder)
    assert attachments == frame["attachments"]
    assert decoder.remaining == 0
    assert [decoder.build(item, _DECLARED.get(name)) for item, name in zip(data, names, strict=True)] == frame["arguments"]
    body = encode_request(
        HESSIAN2.encoder(CLASSES),
        path=frame["path"],
        service_version=frame["service_version"],
        method=frame["method"],
        descriptor=frame["descriptor"],
        arguments=[(value, _DECLARED.get(name)) for value, name in zip(frame["arguments"], names, strict=True)],
        attachments=frame["attachments"],
    )
    assert DubboConnection(Role.CLIENT).send_request(frame["id"], body).hex() == frame["hex"]


@pytest.mark.parametrize("frame", frames("value"))
def test_results(frame: Frame) -> None:
    response = event_of(frame)
    assert isinstance(response, Response)
    assert (response.id, response.status, response.serialization) == (frame["id"], 20, 2)
    decoder = HESSIAN2.decoder(response.body, CLASSES)
    answer = decode_response(decoder)
    assert (answer.value, answer.exception, answer.attachments) == (frame["value"], None, frame["attachments"] or {})
    assert decoder.remaining == 0
    body = encode_value(HESSIAN2.encoder(CLASSES), frame["value"], None, frame["attachments"])
    assert DubboConnection(Role.SERVER).send_response(frame["id"], 20, body).hex() == frame["hex"]


@pytest.mark.parametrize("frame", frames("error"))
def test_errors(frame: Frame) -> None:
    response = event_of(frame)
    assert isinstance(response, Response)
    assert (response.id, response.status) == (frame["id"], frame["status"])
    assert decode_error(HESSIAN2.decoder(response.body, CLASSES)) == frame["text"]
    body = encode_error(HESSIAN2.encoder(CLASSES), frame["text"])
    assert DubboConnection(Role.SERVER).send_response(frame["id"], frame["status"], body).hex() == frame["hex"]


@pytest.mark.parametrize("frame", frames("heartbeat", "heartbeat answer", "readonly"))
def test_events(frame: Frame) -> None:
    connection = DubboConnection(Role.CLIENT)
    heartbeat = Heartbeat(frame["id"], True, 2, b"N")
    expected: dict[str, tuple[Event, bytes]] = {
        "heartbeat": (heartbeat, connection.send_heartbeat(frame["id"])),
        "heartbeat answer": (HeartbeatAck(frame["id"]), connection.send_heartbeat_ack(heartbeat)),
        "readonly": (ReadOnly(), connection.send_readonly(frame["id"])),
    }
    event, written = expected[frame["kind"]]
    assert event_of(frame) == event
    assert written.hex() == frame["hex"]
