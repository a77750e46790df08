from __future__ import annotations

import pytest

from aiodubbo.errors import HessianDecodeError, JavaException, RemoteProtocolError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import JavaType, Kind
from aiodubbo.wire.dubbo.body import (
    RequestHead,
    decode_arguments,
    decode_attachments,
    decode_error,
    decode_request_head,
    decode_response,
    encode_error,
    encode_exception,
    encode_request,
    encode_value,
)
from aiodubbo.wire.serialization import serialization_by_id

HESSIAN2 = serialization_by_id(2)
LONG = JavaType(Kind.LONG, "long", nullable=False)
ATTACHED = {"dubbo": "2.0.2"}
ATTACHED_HEX = "4805647562626f05322e302e325a"


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


RESULTS = [
    (b"\x91\x02ok", "ok", None, None),
    (b"\x91\xe5", 5, LONG, None),
    (b"\x92", None, None, None),
    (b"\x94\x02ok" + bytes.fromhex(ATTACHED_HEX), "ok", None, ATTACHED),
    (b"\x95" + bytes.fromhex(ATTACHED_HEX), None, LONG, ATTACHED),
]


@pytest.mark.spec("PRO-21", "results with and without attachments, null and void")
@pytest.mark.parametrize(("data", "value", "declared", "attachments"), RESULTS)
def test_results(data: bytes, value: object, declared: JavaType | None, attachments: dict[str, object] | None) -> None:
    assert encode_value(HESSIAN2.encoder(CLASSES), value, declared, attachments) == data
    answer = decode_response(HESSIAN2.decoder(data, CLASSES), declared)
    assert (answer.value, answer.exception, answer.attachments) == (value, None, attachments or {})


@pytest.mark.spec("PRO-151", "an exception starts with flag 0 or 3 and its class, the attachments follow")
@pytest.mark.parametrize(("attachments", "flag"), [(None, 0x90), (ATTACHED, 0x93)])
def test_exceptions(attachments: dict[str, object] | None, flag: int) -> None:
    error = JavaException("java.lang.IllegalArgumentException", "bad")
    data = encode_exception(HESSIAN2.encoder(CLASSES), error, attachments)
    assert data.startswith(bytes([flag]) + b"C\x30\x22java.lang.IllegalArgumentException")
    if attachments:
        assert data.endswith(bytes.fromhex(ATTACHED_HEX))
    answer = decode_response(HESSIAN2.decoder(data, CLASSES))
    assert answer.value is None
    assert isinstance(answer.exception, JavaException)
    assert str(answer.exception) == "java.lang.IllegalArgumentException: bad"
    assert answer.attachments == (attachments or {})


BAD_RESPONSES = [
    (b"\x96", r"Unknown result flag, expect '0' '1' '2' '3' '4' '5', but received: 6"),
    (b"\x8f", r"Unknown result flag, .* received: -1"),
    (b"\x90\x02no", r"Response data error, expect Throwable, but get 'no'"),
    (b"\x95\x02no", r"malformed attachments: expected a map, got 'no'"),
    (b"\x95H\x91\x91Z", r"malformed attachments: a key must be text, got 1"),
    (b"", "byte 0"),
    (b"\x91", "byte 1"),
    (b"\x02ok", "byte 0"),
    (b"\x94\x02ok", "byte 4"),
]


@pytest.mark.spec("PRO-21", "an unknown flag, and an exception that is none, in Java's words")
@pytest.mark.parametrize(("data", "words"), BAD_RESPONSES)
def test_malformed_responses(data: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        decode_response(HESSIAN2.decoder(data, CLASSES))


def test_a_long_value_is_quoted_shortly() -> None:
    with pytest.raises(RemoteProtocolError) as error:
        decode_response(HESSIAN2.decoder(b"\x90S\x40\x00" + b"x" * 0x4000, CLASSES))
    assert len(str(error.value)) < 400


@pytest.mark.spec("PRO-20", "a null version counts as 0.0.0, a null protocol version as none")
def test_a_request_with_nulls() -> None:
    data = b"N" + text("path") + b"N" + text("method") + text("") + b"N"
    decoder = HESSIAN2.decoder(data, CLASSES)
    assert decode_request_head(decoder) == RequestHead("", "path", "0.0.0", "method", "")
    assert decode_arguments(decoder, 0) == []
    assert decode_attachments(decoder) == {}


BAD_REQUESTS = [
    (text("2.0.2") + b"NNNN", "path, method, parameter descriptor must not be null"),
    (text("2.0.2") + text("p") + b"N" + text("m") + b"N", "malformed request: parameter descriptor must not be null"),
]


@pytest.mark.parametrize(("data", "words"), BAD_REQUESTS)
def test_malformed_requests(data: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        decode_request_head(HESSIAN2.decoder(data, CLASSES))


@pytest.mark.parametrize("data", [b"", text("2.0.2"), b"\x91", text("2.0.2") + b"\x91"])
def test_truncated_requests(data: bytes) -> None:
    with pytest.raises(HessianDecodeError):
        decode_request_head(HESSIAN2.decoder(data, CLASSES))


@pytest.mark.spec("PRO-20", "one table of references spans arguments and attachments")
def test_references_across_the_parts_of_a_request() -> None:
    shared: list[object] = [1, 2]
    data = encode_request(
        HESSIAN2.encoder(CLASSES),
        path="p",
        method="m",
        descriptor="Ljava/util/List;Ljava/util/List;",
        arguments=[(shared, None), (shared, None)],
        attachments={"again": shared},
    )
    decoder = HESSIAN2.decoder(data, CLASSES)
    decode_request_head(decoder)
    first, second = decode_arguments(decoder, 2)
    attachments = decode_attachments(decoder)
    built = decoder.build(first)
    assert built == shared
    assert decoder.build(second) is built
    assert attachments["again"] == shared
    assert decoder.remaining == 0


@pytest.mark.spec("PRO-14", "an error is one text")
@pytest.mark.parametrize("words", ["", "Fail to decode request due to: \u4f60\u597d", "x" * 100_000])
def test_errors(words: str) -> None:
    data = encode_error(HESSIAN2.encoder(CLASSES), words)
    assert decode_error(HESSIAN2.decoder(data, CLASSES)) == words


def test_a_null_error_is_empty() -> None:
    assert decode_error(HESSIAN2.decoder(b"N", CLASSES)) == ""
