"""The public module."""

from __future__ import annotations

import pytest

import aiodubbo.hessian2 as public
from aiodubbo import hessian2
from aiodubbo.errors import RemoteProtocolError


def test_there_and_back() -> None:
    value = {"name": "apple", "count": 3, "tags": ["a", "b"], "price": 1.5, "raw": b"\0", "none": None, "yes": True}
    assert hessian2.loads(hessian2.dumps(value)) == value


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_loads_takes_any_bytes(kind: type) -> None:
    assert hessian2.loads(kind(b"\x91")) == 1


def test_lossless_keeps_what_java_tells_apart() -> None:
    value = hessian2.loads(hessian2.dumps([1, hessian2.JavaLong(1), 1.0, True]), lossless=True)
    assert value == [1, 1, 1.0, True]
    assert value.java_type == "java.util.ArrayList"
    assert [type(item).__name__ for item in value] == ["int", "JavaLong", "float", "bool"]


def test_errors_are_of_the_documented_classes() -> None:
    with pytest.raises(hessian2.HessianDecodeError) as caught:
        hessian2.loads(b"\x91\x91")
    assert isinstance(caught.value, RemoteProtocolError)
    with pytest.raises(hessian2.HessianEncodeError, match="no form"):
        hessian2.dumps(object())


def test_limits_are_an_argument() -> None:
    with pytest.raises(hessian2.HessianDecodeError, match="deeper than 1"):
        hessian2.loads(b"\x79\x79\x78", limits=hessian2.Limits(max_depth=1))


def test_dialects() -> None:
    assert hessian2.dumps([], dialect=hessian2.Dialect.LITE4) == b"\x78"
    assert hessian2.dumps([]) == b"\x70\x13java.util.ArrayList"


def test_streams_share_their_tables() -> None:
    encoder = hessian2.encoder()
    shared = {"a": 1}
    encoder.write(shared)
    encoder.write(shared)
    data = encoder.getvalue()
    assert data == b"H\x01a\x91ZQ\x90"
    decoder = hessian2.decoder(data)
    assert decoder.read() is decoder.read()
    lossless = hessian2.decoder(data, lossless=True)
    assert isinstance(lossless.read(), hessian2.JavaMap)


def test_everything_that_is_listed_exists() -> None:
    for name in public.__all__:
        assert hasattr(public, name)
