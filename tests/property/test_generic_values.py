"""Plain data of generic callers is hostile: whatever comes, a value of the declared type or `ArgumentError` comes out."""

from __future__ import annotations

import datetime
import enum
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from aiodubbo import java
from aiodubbo.errors import ArgumentError
from aiodubbo.java.annotations import java_type
from aiodubbo.java.values import JavaMap, JavaObject
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.rpc.generic.realize import realize

PACKAGE = "org.aiodubbo.tests.generic_values"


@java.model(f"{PACKAGE}.Shade")
class Shade(enum.Enum):
    LIGHT = 1
    DARK = 2


@java.model(f"{PACKAGE}.Node")
@dataclass
class Node:
    count: java.int = 0
    weight: float = 0.0
    total: Decimal | None = None
    name: str | None = None
    shade: Shade | None = None
    children: list[Node] = field(default_factory=list)
    by_name: dict[str, Node] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    born: datetime.date | None = None
    token: java.long = 0


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.decimals(),
    st.datetimes(timezones=st.just(datetime.UTC)),
    st.sampled_from(["1", "-7", "1.5", "true", "LIGHT", "2020-01-01", "2020-01-01 00:00:00", "class", f"{PACKAGE}.Node"]),
)
KEYS = st.one_of(st.text(), st.integers(), st.sampled_from(["class", "name", "count", "children", "byName", "shade", "tags"]))
CLASSES = st.sampled_from([f"{PACKAGE}.Node", f"{PACKAGE}.Shade", "com.example.Unknown", "java.lang.Class", "__class__"])


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
        st.builds(lambda name, held: {**held, "class": name}, CLASSES, st.dictionaries(KEYS, inner, max_size=4)),
        st.builds(JavaMap, st.lists(st.tuples(inner, inner), max_size=3)),
        st.builds(JavaObject, CLASSES, st.dictionaries(st.text(), inner, max_size=3)),
    )


PLAIN = st.recursive(SCALARS, nested, max_leaves=12)
ANNOTATIONS = st.sampled_from(
    [
        java.boolean,
        java.byte,
        java.int,
        java.long,
        java.float,
        java.char,
        java.chars,
        java.BigInteger,
        java.LocalDateTime,
        int,
        float | None,
        str,
        bytes,
        Decimal,
        datetime.datetime,
        datetime.date,
        datetime.time,
        uuid.UUID,
        object,
        Exception,
        Shade,
        Node,
        list[java.int],
        list[Node],
        set[str],
        frozenset[Shade],
        tuple[str, ...],
        dict[str, java.long],
        dict[Shade, list[Node]],
        java.array[java.array[java.double]],
    ]
)


@given(PLAIN, ANNOTATIONS)
def test_any_data_fits_or_is_refused(value: object, annotation: object) -> None:
    try:
        realize(value, java_type(annotation))
    except ArgumentError as error:
        assert len(str(error)) < 2000


NODES = st.recursive(
    st.builds(
        Node,
        count=st.integers(-(2**31), 2**31 - 1),
        weight=st.floats(allow_nan=False),
        total=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        name=st.none() | st.text(),
        shade=st.none() | st.sampled_from(Shade),
        tags=st.sets(st.text(), max_size=3),
        born=st.none() | st.dates(),
        token=st.integers(-(2**63), 2**63 - 1),
    ),
    lambda inner: st.builds(Node, children=st.lists(inner, max_size=3), by_name=st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(NODES)
def test_a_model_comes_back_from_plain_data(node: Node) -> None:
    assert realize(generalize(node), java_type(Node)) == node
