"""Bytes that somebody wrote to do harm: each ends in `HessianDecodeError`, or in a value, in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aiodubbo import hessian2
from aiodubbo.hessian2 import HessianDecodeError, JavaDate, JavaList, JavaMap, JavaObject, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _in_bounded_time() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < 5


def text(value: str) -> bytes:
    return hessian2.dumps(value)


def definition(name: str, *fields: str) -> bytes:
    return b"C" + text(name) + hessian2.dumps(len(fields)) + b"".join(map(text, fields))


HUGE = b"I\x7f\xff\xff\xff"


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "data ends", id="nothing"),
        pytest.param(b"I\0\0", "data ends", id="half an int"),
        pytest.param(b"L\0", "data ends", id="half a long"),
        pytest.param(b"D\0\0\0\0\0\0\0", "data ends", id="half a double"),
        pytest.param(b"J\0", "data ends", id="half a date"),
        pytest.param(b"\x05ab", "data ends", id="half a text"),
        pytest.param(b"\x03\xe4\xb8\xad\xe6\x96", "data ends", id="half a character"),
        pytest.param(b"\x25ab", "data ends", id="half a binary"),
        pytest.param(b"S\xff\xffabc", "data ends", id="text of 65535 units"),
        pytest.param(b"R\x00\x01a", "data ends", id="text without its last chunk"),
        pytest.param(b"A\x00\x01a", "data ends", id="binary without its last chunk"),
        pytest.param(b"R\x00\x01aI", "begins none", id="text continued by an int"),
        pytest.param(b"A\x00\x01a\x01a", "begins none", id="binary continued by a text"),
        pytest.param(b"X" + HUGE, "announced", id="list of 2^31-1"),
        pytest.param(b"V\x01a" + HUGE, "announced", id="typed list of 2^31-1"),
        pytest.param(b"X" + b"I\xff\xff\xff\xff", "length -1", id="list of negative length"),
        pytest.param(b"X\x01a", "begins no int", id="list whose length is a text"),
        pytest.param((b"X" + HUGE) * 20_000, "announced", id="nested lists of 2^31-1"),
        pytest.param(b"C\x01a" + HUGE, "fields", id="class of 2^31-1 fields"),
        pytest.param(b"C\x01aI\xff\xff\xff\xff", "fields", id="class of negative size"),
        pytest.param(b"C\x91", "begins none", id="class named by an int"),
        pytest.param(b"CN\x90\x60", "begins none", id="class named null"),
        pytest.param(b"C\x01a\x91N\x60N", "begins none", id="field named null"),
        pytest.param(b"\x60", "class definition 0", id="object of an unknown class"),
        pytest.param(b"O\x8f", "class definition -1", id="object of class -1"),
        pytest.param(b"O\x01a", "begins no int", id="object of a class by name"),
        pytest.param(b"Q\x90", "reference 0", id="reference to nothing"),
        pytest.param(b"\x79Q\x8f", "reference -1", id="reference -1"),
        pytest.param(b"\x79Q\x91", "reference 1", id="reference beyond the last"),
        pytest.param(b"\x79QN", "begins no int", id="reference to null"),
        pytest.param(b"\x79Q\x01a", "begins no int", id="reference to a text"),
        pytest.param(b"\x71\x90N", "type 0", id="list of an unknown type"),
        pytest.param(b"\x71I\xff\xff\xff\xffN", "type -1", id="list of type -1"),
        pytest.param(b"\x71NN", "begins none", id="list whose type is null"),
        pytest.param(b"M\x90Z", "type 0", id="map of an unknown type"),
        pytest.param(b"H\x01a", "data ends", id="map without end"),
        pytest.param(b"H\x01aZ", "value is missing", id="map with a key alone"),
        pytest.param(b"W\x91", "data ends", id="list without end"),
        pytest.param(b"Z", "end mark", id="end of nothing"),
        pytest.param(b"\x79Z", "end mark", id="end in a list of fixed length"),
        pytest.param(b"\x60Z", "class definition", id="end in an object"),
        pytest.param(b"\x40", "begins no value", id="code 40"),
        pytest.param(b"\x45", "begins no value", id="code 45"),
        pytest.param(b"\x47", "begins no value", id="code 47"),
        pytest.param(b"\x50", "begins no value", id="code 50"),
        pytest.param(b"\x01\xf0\x9f\x98\x80", "one to three bytes", id="text with a group of four bytes"),
        pytest.param(b"\x01\xff\x80\x80", "one to three bytes", id="text with the byte ff"),
        pytest.param(b"\x02\x80ab", "malformed", id="text that begins inside a character"),
        pytest.param(b"\x01\xc3\x28", "malformed", id="text with a broken character"),
        pytest.param(b"\x01\xc0\x80", "malformed", id="text with a long form of NUL"),
        pytest.param(b"\x91\x91", "follow", id="two values"),
        pytest.param(b"NN", "follow", id="two nulls"),
        pytest.param(b"\x79" * 100_000, "deeper", id="100000 lists"),
        pytest.param(b"W" * 100_000, "deeper", id="100000 variable lists"),
        pytest.param(b"H" * 100_000, "deeper", id="100000 maps as keys"),
        pytest.param(b"H\x01a" * 100_000, "deeper", id="100000 maps as values"),
        pytest.param(definition("a.B", "c") + b"\x60" * 100_000, "deeper", id="100000 objects"),
        pytest.param(b"C\x01a\x90" * 100_000, "class definitions", id="100000 definitions"),
        pytest.param(b"C" * 100_000, "begins none", id="100000 beginnings of a definition"),
    ],
)
def test_malformed_bytes_are_refused(data: bytes, said: str, lossless: bool) -> None:
    with pytest.raises(HessianDecodeError, match=said):
        hessian2.loads(data, lossless)


@pytest.mark.parametrize(
    "data",
    [
        (b"X" + HUGE) * 20_000,
        (b"V\x01a" + HUGE) * 20_000,
        b"C\x01a" + HUGE,
        b"S\xff\xff" * 20_000,
        b"B\xff\xff" * 20_000,
        b"H" * 20_000,
        b"W" * 20_000,
    ],
)
def test_what_is_announced_takes_no_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(HessianDecodeError):
            hessian2.loads(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_the_error_says_where() -> None:
    with pytest.raises(HessianDecodeError, match="at byte 2") as caught:
        hessian2.loads(b"\x7a\x91\x40")
    assert caught.value.offset == 2


@pytest.mark.parametrize(
    ("limits", "data", "said"),
    [
        (Limits(max_depth=2), b"\x79\x79\x79\x78", "deeper than 2"),
        (Limits(max_elements=3), b"\x7c\x91\x91\x91\x91", "more than 3 elements"),
        (Limits(max_elements=3), b"\x7a\x7a\x91\x91\x91", "more than 3 elements"),
        (Limits(max_elements=3), b"W\x91\x91\x91\x91Z", "more than 3 elements"),
        (Limits(max_elements=3), b"H\x91\x91\x92\x91Z", "more than 3 elements"),
        (Limits(max_string=3), b"\x04abcd", "more than 3 units"),
        (Limits(max_string=3), b"R\x00\x02ab\x02ab", "more than 3 units"),
        (Limits(max_bytes=3), b"\x24abcd", "more than 3 bytes"),
        (Limits(max_bytes=3), b"A\x00\x02ab\x22ab", "more than 3 bytes"),
        (Limits(max_definitions=1), definition("a") + definition("b") + b"\x60", "more than 1 class"),
        (Limits(max_fields=1), definition("a", "b", "c") + b"\x60NN", "at most 1"),
    ],
)
def test_limits(limits: Limits, data: bytes, said: str) -> None:
    with pytest.raises(HessianDecodeError, match=said):
        hessian2.loads(data, limits=limits)
    assert hessian2.loads(data, limits=Limits()) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"\x79" * 1999 + b"\x78",
        b"H\x01a" * 1999 + b"N" + b"Z" * 1999,
        definition("a.B", "c") + b"\x60" * 1999 + b"N",
    ],
    ids=["lists", "maps", "objects"],
)
def test_deep_values_below_the_limit_are_read(data: bytes) -> None:
    assert hessian2.loads(data) is not None
    lossless = hessian2.loads(data, lossless=True)
    assert hessian2.dumps(lossless) == data


def throwable(cause: bytes) -> bytes:
    return b"\x60\x01m" + cause + b"\x70\x90" + b"\x70\x91"


THROWABLE = definition("a.E", "detailMessage", "cause", "stackTrace", "suppressedExceptions")
TYPES = b"\x7a\x7a\x70\x1c[java.lang.StackTraceElement\x70\x1fjava.util.Collections$EmptyList"


def test_a_long_chain_of_causes() -> None:
    chain = b"N"
    for _ in range(1500):
        chain = throwable(chain)
    error = hessian2.loads(TYPES + THROWABLE + chain)[1]
    depth = 0
    while error is not None:
        depth += 1
        error = error.__cause__
    assert depth == 1500


def test_causes_in_a_ring_end() -> None:
    # The list, its list of types, the two empty lists are 0 to 3; the two exceptions are 4 and 5 (the inner one refers back to the outer).
    ring = throwable(b"\x60\x01m" + b"Q\x94" + b"\x70\x90\x70\x91")
    error = hessian2.loads(TYPES + THROWABLE + ring)[1]
    assert error.__cause__ is not None
    assert error.__cause__.__cause__ is None
    assert "Caused by" in error.java_stack_trace()


@pytest.mark.parametrize("lossless", [False, True])
def test_a_map_that_is_its_own_key(lossless: bool) -> None:
    value = hessian2.loads(b"HQ\x90\x91Z", lossless)
    assert isinstance(value, JavaMap)
    assert value.keys()[0] is value
    assert "JavaMap" in repr(value)
    assert hessian2.dumps(value) == b"HQ\x90\x91Z"


def test_a_set_that_holds_itself() -> None:
    value = hessian2.loads(b"\x71\x11java.util.HashSetQ\x90")
    assert isinstance(value, JavaList)
    assert value[0] is value


@pytest.mark.parametrize("key", [b"\x7a\x91\x92", b"H\x91\x92Z", definition("a.B", "c") + b"\x60\x91"], ids=["list", "map", "object"])
def test_keys_that_python_cannot_hash(key: bytes) -> None:
    value = hessian2.loads(b"H" + key + b"\x01vZ")
    assert isinstance(value, JavaMap)
    assert value.values() == ["v"]


def test_a_graph_of_2_to_the_60_paths() -> None:
    data = b"\x7a" * 60 + b"\x78" + b"".join(b"Q" + hessian2.dumps(number) for number in range(60, 0, -1))
    value = hessian2.loads(data)
    for _ in range(59):
        assert value[0] is value[1]
        value = value[0]
    assert len(hessian2.dumps(hessian2.loads(data, lossless=True))) < 1000
    keyed = hessian2.loads(b"H" + data + b"\x91Z")
    assert isinstance(keyed, JavaMap)


@pytest.mark.parametrize(
    "data",
    [
        b"X" + hessian2.dumps(200_000) + b"Q\x90" * 200_000,
        b"X" + hessian2.dumps(200_000) + b"\x78" * 200_000,
        b"R\x00\x01a" * 200_000 + b"\x00",
        b"R\x00\x00" * 200_000 + b"\x00",
        b"A\x00\x01a" * 200_000 + b"\x20",
        b"H" + b"".join(hessian2.dumps(number) + b"N" for number in range(100_000)) + b"Z",
    ],
    ids=["references", "lists", "text chunks", "empty text chunks", "binary chunks", "keys"],
)
def test_many_small_parts_take_linear_time(data: bytes) -> None:
    assert hessian2.loads(data) is not None
    assert hessian2.loads(data, lossless=True) is not None


@pytest.mark.parametrize("head", [b"H", b"X"], ids=["map", "set"])
def test_many_keys_of_one_hash_are_not_hashed_into_one_place(head: bytes) -> None:
    prime = 2**61 - 1  # the modulus of Python's hash of numbers
    count = 20_000
    numbers = [b"\x60" + text(str(prime * (number + 1))) for number in range(count)]
    decimals = definition("java.math.BigDecimal", "value")
    if head == b"H":
        value = hessian2.loads(b"H" + decimals + b"".join(number + b"N" for number in numbers) + b"Z")
        assert isinstance(value, JavaMap)
    else:
        value = hessian2.loads(b"V\x11java.util.HashSet" + hessian2.dumps(count) + decimals + b"".join(numbers))
        assert isinstance(value, JavaList)
    assert len(value) == count


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "__class__", "java.lang.Runtime", "aiodubbo.errors.RpcError", ""])
def test_class_names_are_only_names(name: str) -> None:
    value = hessian2.loads(definition(name, "__class__", "__init__", "__dict__", "") + b"\x60\x91\x92\x93\x94")
    assert type(value) is JavaObject
    assert value.class_name == name
    assert value.fields == [("__class__", 1), ("__init__", 2), ("__dict__", 3), ("", 4)]


def test_dates_beyond_python() -> None:
    assert hessian2.loads(b"J\x7f" + b"\xff" * 7) == JavaDate(2**63 - 1)
    assert hessian2.loads(b"J\x80" + b"\0" * 7) == JavaDate(-(2**63))


@pytest.mark.parametrize(
    ("digits", "accepted"),
    [("1E999999999", True), ("1E-999999999", True), ("0" * 100_000 + "1", True), ("1E9999999999999999999", False), ("nan", False)]
    + [(bad, False) for bad in ("", "Infinity", "1_0", "٣", "1e", "--1", "sNaN123", "0x10")],
)
def test_decimals(digits: str, accepted: bool) -> None:
    data = definition("java.math.BigDecimal", "value") + b"\x60" + text(digits)
    if accepted:
        assert hessian2.loads(data) == Decimal(digits)
    else:
        with pytest.raises(HessianDecodeError, match="BigDecimal"):
            hessian2.loads(data)
    assert hessian2.loads(data, lossless=True)["value"] == digits


HANDLES = "com.alibaba.com.caucho.hessian.io."


@pytest.mark.parametrize(
    "data",
    [
        definition("java.math.BigDecimal") + b"\x60",
        definition("java.math.BigDecimal", "value") + b"\x60\x91",
        definition("java.math.BigInteger", "signum", "mag") + b"\x60\x97\x71\x04[int\x91",
        definition("java.math.BigInteger", "signum", "mag") + b"\x60\x91\x01a",
        definition("java.math.BigInteger", "signum", "mag") + b"\x60\x91\x79\x01a",
        definition("java.math.BigInteger", "signum", "mag") + b"\x60\x91\x79L" + b"\x7f" * 8,
        definition("java.util.UUID", "value") + b"\x60\x03abc",
        definition("java.util.UUID", "mostSigBits") + b"\x60\xe1",
        definition("java.sql.Timestamp", "value") + b"\x60\xe1",
        definition("java.lang.Class", "name") + b"\x60N",
        definition("java.lang.StackTraceElement", "declaringClass") + b"\x60\x01a",
        definition(HANDLES + "LocaleHandle", "value") + b"\x60\x91",
        definition(HANDLES + "CalendarHandle", "date") + b"\x60\x01a",
        definition(HANDLES + "EnumSetHandler", "objects") + b"\x60\x91",
        definition(HANDLES + "java8.LocalDateHandle", "year", "month", "day") + b"\x60\x91\x92" + hessian2.dumps(30),
        definition(HANDLES + "java8.LocalDateHandle", "year", "month", "day") + b"\x60\x91\x92\x01a",
        definition(HANDLES + "java8.LocalTimeHandle", "hour") + b"\x60" + hessian2.dumps(24),
        definition(HANDLES + "java8.LocalDateTimeHandle", "date", "time") + b"\x60NN",
        definition(HANDLES + "java8.LocalDateTimeHandle", "date", "time") + b"\x60Q\x90Q\x90",
        definition(HANDLES + "java8.InstantHandle", "seconds", "nanos") + b"\x60\x5b\x90",
        definition(HANDLES + "java8.ZoneIdHandle", "zoneId") + b"\x60N",
        definition("a.E", "detailMessage", "stackTrace") + b"\x60\x91N",
    ],
)
def test_objects_that_make_no_value_of_their_class(data: bytes) -> None:
    with pytest.raises(HessianDecodeError):
        hessian2.loads(data)
    assert isinstance(hessian2.loads(data, lossless=True), JavaObject)


def test_repr_of_a_ring_is_short() -> None:
    value = hessian2.loads(definition("a.B", *(f"field{number}" for number in range(100))) + b"\x60" + b"Q\x90" * 100)
    assert len(repr(value)) < 500
    assert value == value
    assert len({value}) == 1


def test_pieces_of_any_valid_message_never_escape() -> None:
    whole = hessian2.dumps([{"a": [1, 2.5, "x", b"y"]}, Decimal("1.5"), JavaDate(5), JavaMap([([1], 2)], "java.util.TreeMap")])
    for end in range(len(whole)):
        with pytest.raises(HessianDecodeError):
            hessian2.loads(whole[:end])


@pytest.mark.parametrize("many", [b"C\x01a\x90W" + b"`" * 600_000 + b"Z", b"W" + b"x" * 600_000 + b"Z", b"W" + b"HZ" * 600_000 + b"Z"])
def test_empty_containers_are_counted(many: bytes) -> None:
    """Each is a byte or two on the wire and a hundred in memory."""
    with pytest.raises(HessianDecodeError, match="more than 500000 lists, maps and objects"):
        hessian2.loads(many)
