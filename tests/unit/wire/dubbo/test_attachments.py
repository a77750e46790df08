from __future__ import annotations

import pytest

from aiodubbo.errors import RemoteProtocolError
from aiodubbo.java.classes import CLASSES
from aiodubbo.wire._impl import HESSIAN2
from aiodubbo.wire.dubbo.body import AttachmentsReader, head_size


def written(*values: object) -> bytes:
    encoder = HESSIAN2.encoder(CLASSES)
    for value in values:
        encoder.write(value)
    return encoder.getvalue()


def read(reader: AttachmentsReader, data: bytes, skip: int = 0) -> object:
    decoder = HESSIAN2.decoder(data, CLASSES)
    for _ in range(skip):
        decoder.read_data()
    return reader.read(decoder)


def test_the_same_bytes_are_read_once() -> None:
    reader = AttachmentsReader()
    first = read(reader, written({"path": "a", "timeout": "1000"}))
    again = read(reader, written("an argument", {"path": "a", "timeout": "1000"}), skip=1)
    assert first == again == {"path": "a", "timeout": "1000"}
    assert read(reader, written({"path": "a", "timeout": "1000"})) is again, "whatever stands before them"


def test_what_was_remembered_cannot_be_changed() -> None:
    reader = AttachmentsReader()
    read(reader, written({"a": "b"}))
    known = read(reader, written({"a": "b"}))
    with pytest.raises(TypeError):
        known["a"] = "c"  # type: ignore[index] # the mistake is the point


def test_references_to_what_stands_before_are_not_remembered() -> None:
    """``51 90`` means another object in each message."""
    reader = AttachmentsReader()
    tail = b"H\x01kQ\x90Z"
    assert read(reader, written(["one"]) + tail, skip=1) == {"k": ["one"]}
    assert read(reader, written(["two"]) + tail, skip=1) == {"k": ["two"]}


@pytest.mark.parametrize("value", [1, None, ["a"], {"b": "c"}, b"x"])
def test_other_values_than_texts_are_read_each_time(value: object) -> None:
    reader = AttachmentsReader()
    data = written({"k": value})
    assert read(reader, data) == read(reader, data) == {"k": value}
    assert read(reader, data) is not read(reader, data)


def test_memory_is_bounded() -> None:
    reader = AttachmentsReader()
    for number in range(10_000):
        read(reader, written({"trace": str(number)}))
    read(reader, written({"long": "x" * 100_000}))
    assert len(reader._remembered) <= 256
    assert sum(map(len, reader._remembered)) <= 256 * 1024


@pytest.mark.parametrize("data", [written(1), written(["a"]), written({1: "a"}), b"", b"H\x01a"])
def test_what_is_no_map_of_texts_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        read(AttachmentsReader(), data)


@pytest.mark.parametrize(
    ("texts", "known"),
    [
        (["2.0.2", "com.example.Service", "0.0.0", "sayHi", "Ljava/lang/String;"], True),
        (["2.0.2", "p" * 31, "v" * 32, "m" * 1023, ""], True),
        (["2.0.2", "p" * 1024, "v", "m", "d"], False),
        (["2.0.2", "p", "v", "m"], False),
        ([None, "p", "v", "m", "d"], False),
    ],
)
def test_size_of_a_head(texts: list[str | None], known: bool) -> None:
    data = written(*texts)
    assert head_size(data + (written("argument") if len(texts) == 5 else b"")) == (len(data) if known else 0)


def test_size_of_a_head_is_another_where_texts_are_not_ascii() -> None:
    data = written("2.0.2", "päth", "v", "m", "d")
    assert head_size(data) != len(data), "so that it is not taken for the end of the head"
