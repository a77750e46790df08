"""Hessian 2 with values and bytes that nobody thought of."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.golden.hessian.corpus import load
from tests.unit.wire.hessian2.classes_for_tests import CLASSES, COLOR, NODE, POINT, Color, Node, Point

from aiodubbo import hessian2
from aiodubbo.hessian2 import Dialect, HessianDecodeError, JavaDate, JavaInstant, JavaList, JavaLong, JavaMap, JavaObject
from aiodubbo.java.types import OBJECT, JavaType, Kind
from aiodubbo.wire._impl import REFERENCE

if TYPE_CHECKING:
    import uuid

    from hypothesis.strategies import SearchStrategy

UTC = datetime.UTC

texts = st.text(max_size=40) | st.text(alphabet=st.characters(exclude_categories=()), max_size=8)
whole = st.integers() | st.integers(-(2**31), 2**31 - 1) | st.integers(-(2**63), 2**63 - 1) | st.integers(-300_000, 300_000)
reals = (
    st.floats(allow_nan=False) | st.integers(-(2**31), 2**31).map(lambda n: 0.001 * n) | whole.filter(lambda n: abs(n) < 2**53).map(float)
)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
moments = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(lambda ms: JavaDate(ms).to_datetime())
singles: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    whole,
    reals,
    texts,
    st.binary(max_size=40),
    decimals,
    st.uuids(),
    moments,
    st.dates(),
    st.times(),
    st.datetimes(),
    st.timedeltas(),
)
keys = st.one_of(texts, whole, st.uuids(), st.dates(), st.none())


def containers(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.lists(inner, max_size=10) | st.dictionaries(keys, inner, max_size=6)


values = st.recursive(singles, containers, max_leaves=30)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: 1 is not 1.0 here."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Decimal):
        return str(one) == str(other)
    return bool(one == other)


@given(values, st.sampled_from(Dialect))
def test_plain_values_come_back(value: Any, dialect: Dialect) -> None:
    assert same(hessian2.loads(hessian2.dumps(value, dialect=dialect)), value)


@given(values, st.sampled_from(Dialect))
def test_a_lossless_reading_writes_the_same_bytes(value: Any, dialect: Dialect) -> None:
    data = hessian2.dumps(value, dialect=dialect)
    assert hessian2.dumps(hessian2.loads(data, lossless=True), dialect=dialect) == data


names = st.text(alphabet="abc.[$", min_size=1, max_size=4)


def special_containers(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    lists = st.builds(JavaList, st.lists(inner, max_size=9), st.none() | names)
    maps = st.builds(JavaMap, st.lists(st.tuples(inner, inner), max_size=4), st.none() | names)
    objects = st.builds(JavaObject, names, st.lists(st.tuples(names, inner), max_size=4))
    return lists | maps | objects


special = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1).map(JavaLong), reals, texts)
    | st.binary(max_size=20)
    | st.integers(-(2**63), 2**63 - 1).map(JavaDate),
    special_containers,
    max_leaves=25,
)


def shown(value: Any) -> Any:
    """A value as nested tuples that can be compared."""
    match value:
        case JavaList():
            return ("list", value.java_type, *map(shown, value))
        case JavaMap():
            return ("map", value.java_type, *((shown(key), shown(item)) for key, item in value.items()))
        case JavaObject():
            return ("object", value.class_name, *((name, shown(item)) for name, item in value.fields))
        case float():
            return (float, value.hex() if value else "0")
        case _:
            return (type(value), value)


@given(special)
def test_what_java_tells_apart_comes_back_without_loss(value: Any) -> None:
    data = hessian2.dumps(value)
    read = hessian2.loads(data, lossless=True)
    assert shown(read) == shown(value)
    assert hessian2.dumps(read) == data


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_shared_lists_stay_shared(picks: list[int]) -> None:
    pool: list[list[Any]] = [[] for _ in range(6)]
    for number, pick in enumerate(picks):
        pool[pick].append(pool[(pick + number) % 6])  # rings arise
    read = hessian2.loads(hessian2.dumps(pool))
    seen: dict[int, int] = {}

    def check(one: Any, other: Any) -> None:
        if id(one) in seen:
            assert seen[id(one)] == id(other)
            return
        seen[id(one)] = id(other)
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            check(left, right)

    check(pool, read)


# Typed: a declared type, and values that fit it.


def of(kind: Kind, name: str) -> JavaType:
    return JavaType(kind, name)


def _whole(bits: int) -> SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


points = st.builds(Point, _whole(32), _whole(32))
nodes: SearchStrategy[Any] = st.recursive(
    st.builds(Node, _whole(32), st.none(), st.just([])),
    lambda inner: st.builds(Node, _whole(32), inner, st.lists(inner, max_size=3)),
    max_leaves=8,
)
typed_singles: list[tuple[JavaType, SearchStrategy[Any]]] = [
    (of(Kind.BYTE, "java.lang.Byte"), _whole(8)),
    (of(Kind.SHORT, "java.lang.Short"), _whole(16)),
    (of(Kind.INT, "java.lang.Integer"), _whole(32)),
    (of(Kind.LONG, "java.lang.Long"), _whole(64)),
    (of(Kind.DOUBLE, "java.lang.Double"), reals),
    (of(Kind.BOOLEAN, "java.lang.Boolean"), st.booleans()),
    (of(Kind.CHAR, "java.lang.Character"), st.characters(max_codepoint=0xFFFF, exclude_categories=())),
    (of(Kind.STRING, "java.lang.String"), texts),
    (of(Kind.CHARS, "char[]"), texts),
    (of(Kind.BYTES, "byte[]"), st.binary(max_size=50)),
    (of(Kind.DATE, "java.util.Date"), moments),
    (of(Kind.SQL_DATE, "java.sql.Timestamp"), moments),
    (of(Kind.BIG_DECIMAL, "java.math.BigDecimal"), decimals),
    (of(Kind.BIG_INTEGER, "java.math.BigInteger"), st.integers()),
    (of(Kind.UUID, "java.util.UUID"), st.uuids()),
    (of(Kind.TIME, "java.time.LocalDate"), st.dates()),
    (of(Kind.TIME, "java.time.LocalTime"), st.times()),
    (of(Kind.TIME, "java.time.LocalDateTime"), st.datetimes()),
    (of(Kind.TIME, "java.time.Instant"), st.datetimes(timezones=st.just(UTC))),
    (of(Kind.TIME, "java.time.OffsetDateTime"), st.datetimes(timezones=st.just(datetime.timezone(datetime.timedelta(minutes=-570))))),
    (of(Kind.TIME, "java.time.Duration"), st.timedeltas()),
    (JavaType(Kind.OBJECT, "java.lang.Number", python_type=int), st.integers()),
    (COLOR, st.sampled_from(Color)),
    (POINT, points),
    (NODE, nodes),
    (OBJECT, values),
]
KEY_KINDS = (Kind.INT, Kind.LONG, Kind.STRING, Kind.UUID, Kind.ENUM)
key_types = [(declared, strategy) for declared, strategy in typed_singles if declared.kind in KEY_KINDS]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[JavaType, Any]:
    shape = draw(st.sampled_from(["single", "list", "tuple", "set", "array", "map"] if depth else ["single"]))
    if shape == "single":
        declared, strategy = draw(st.sampled_from(typed_singles))
        return declared, draw(st.none() | strategy) if draw(st.booleans()) else draw(strategy)
    if shape == "set":
        item, strategy = draw(st.sampled_from(key_types))
        return JavaType(Kind.SET, "java.util.Set", item=item), draw(st.sets(strategy, max_size=5))
    if shape == "map":
        key, strategy = draw(st.sampled_from(key_types))
        item, value = draw(typed(depth - 1))
        return JavaType(Kind.MAP, "java.util.Map", key=key, item=item), dict.fromkeys(draw(st.sets(strategy, max_size=3)), value)
    item, value = draw(typed(depth - 1))
    held = [value] * draw(st.integers(0, 9))
    if shape == "array":
        return JavaType(Kind.ARRAY, f"{item.name}[]", item=item), held
    if shape == "tuple":
        return JavaType(Kind.LIST, "java.util.List", item=item, python_type=tuple), tuple(held)
    return JavaType(Kind.LIST, "java.util.List", item=item), held


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(typed())
def test_typed_values_come_back(case: tuple[JavaType, Any]) -> None:
    declared, value = case
    encoder = REFERENCE.encoder(CLASSES)
    encoder.write("before")
    encoder.write(value, declared)
    encoder.write(value, declared)
    data = encoder.getvalue()
    at_once = REFERENCE.decoder(data, CLASSES)
    assert at_once.read() == "before"
    assert at_once.read(declared) == value
    in_two_steps = REFERENCE.decoder(data, CLASSES)
    parts = [in_two_steps.read_data() for _ in range(3)]
    assert in_two_steps.remaining == 0
    assert in_two_steps.build(parts[2], declared) == value
    assert in_two_steps.build(parts[1], declared) == value


# Bytes.

DECLARED = [None, *(declared for declared, _ in typed_singles)]
DECLARED += [
    JavaType(Kind.LIST, "java.util.List", item=item) for item in (OBJECT, POINT, of(Kind.LONG, "java.lang.Long"))
] + [
    JavaType(Kind.SET, "java.util.Set", item=OBJECT),
    JavaType(Kind.SET, "java.util.Set", item=POINT, python_type=frozenset),
    JavaType(Kind.MAP, "java.util.Map", key=of(Kind.STRING, "java.lang.String"), item=OBJECT),
    JavaType(Kind.MAP, "java.util.Map", key=OBJECT, item=POINT),
    JavaType(Kind.LIST, "java.util.List", item=OBJECT, python_type=tuple),
    of(Kind.THROWABLE, "java.lang.Throwable"),
]  # fmt: skip


def swallow(data: bytes, declared: JavaType | None = None) -> None:
    """Read `data` in every way: the documented error or a value, and what is read can be written."""
    try:
        lossless = hessian2.loads(data, lossless=True)
    except HessianDecodeError:
        with pytest.raises(HessianDecodeError):
            hessian2.loads(data)
    else:
        written = hessian2.dumps(lossless)
        assert hessian2.dumps(hessian2.loads(written, lossless=True)) == written
        repr(lossless)
    try:
        value = REFERENCE.decoder(data, CLASSES).read(declared)
    except HessianDecodeError:
        return
    if declared is None:
        encoder = REFERENCE.encoder(CLASSES)
        encoder.write(value)


@settings(max_examples=500)
@given(st.binary(max_size=60), st.sampled_from(DECLARED))
def test_any_bytes(data: bytes, declared: JavaType | None) -> None:
    swallow(data, declared)


PIECES = [
    b"\x91",
    b"\x01a",
    b"N",
    b"Z",
    b"Q\x90",
    b"Q\x91",
    b"\x60",
    b"\x61",
    b"\x79",
    b"\x7a",
    b"H",
    b"W",
    b"X",
    b"\x71\x01a",
    b"M\x01a",
    b"U\x90",
]
PIECES += [b"C\x01a\x91\x01b", b"C\x11com.example.Point\x92\x01x\x01y", b"C\x10com.example.Node\x93\x05value\x04next\x08children"]
PIECES += [
    b"C\x01e\x94\x0ddetailMessage\x05cause\x0astackTrace\x14suppressedExceptions",
    b"\x72\x11java.util.HashSet",
    b"\x5c",
    b"T",
    b"\xe1",
]
PIECES += [b"C\x14java.math.BigDecimal\x91\x05value", b"C\x11com.example.Color\x91\x04name", b"\x03RED", b"\x011", b"\x20", b"K\0\0\0\0"]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from(DECLARED))
def test_pieces_of_messages_in_any_order(pieces: list[bytes], declared: JavaType | None) -> None:
    swallow(b"".join(pieces) + b"N" * 3, declared)
    swallow(b"".join(pieces), declared)


SHORT = [case.data for case in load() if len(case.data) < 2000]


@settings(max_examples=500)
@given(st.sampled_from(SHORT), st.data())
def test_javas_bytes_with_faults(original: bytes, data: st.DataObject) -> None:
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(changed) - 1)))
        match data.draw(st.sampled_from(["set", "delete", "insert", "cut"])):
            case "set" if changed:
                changed[at] = data.draw(st.integers(0, 255))
            case "delete":
                del changed[at : at + data.draw(st.integers(1, 8))]
            case "insert":
                changed[at:at] = data.draw(st.binary(max_size=4))
            case _:
                del changed[at:]
    swallow(bytes(changed), data.draw(st.sampled_from(DECLARED)))


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 999_999_999))
def test_instants_lose_nothing(seconds: int, nanos: int) -> None:
    read = hessian2.loads(hessian2.dumps(JavaInstant(seconds, nanos)))
    if isinstance(read, datetime.datetime):
        assert (read - datetime.datetime(1970, 1, 1, tzinfo=UTC)) == datetime.timedelta(0, seconds, nanos / 1000)
    else:
        assert read == JavaInstant(seconds, nanos)


@given(st.uuids())
def test_uuids_in_their_older_form(value: uuid.UUID) -> None:
    high = JavaLong(int.from_bytes(value.bytes[:8], signed=True))
    low = JavaLong(int.from_bytes(value.bytes[8:], signed=True))
    assert hessian2.loads(hessian2.dumps(JavaObject("java.util.UUID", {"leastSigBits": low, "mostSigBits": high}))) == value
