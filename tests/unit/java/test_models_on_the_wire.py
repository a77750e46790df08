"""Registered classes through the codec: what is written by declared type comes back as the same class, without running its code."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import attrs
import msgspec
import pydantic
import pytest

from aiodubbo import java
from aiodubbo.errors import HessianEncodeError
from aiodubbo.java.annotations import java_type
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.values import JavaMap, JavaObject
from aiodubbo.rpc.generic.calls import GenericException
from aiodubbo.wire._impl import HESSIAN2

PACKAGE = "org.aiodubbo.tests.wire"


class Ran:
    count = 0


def ran(*_: object) -> None:
    Ran.count += 1


@java.model(f"{PACKAGE}.Color")
class Color(enum.Enum):
    RED = "r"
    GREEN = "g"


@java.model(f"{PACKAGE}.Node")
@dataclass
class Node:
    id: java.long
    width: int = 0
    single: java.float = 0.0
    name: str | None = None
    url: Annotated[str, java.field("URL")] = ""
    color: Color | None = None
    total: Decimal | None = None
    born: date | None = None
    seen_at: datetime | None = None
    next: Node | None = None
    children: Sequence[Node] = field(default_factory=list)
    counts: java.array[java.int] = field(default_factory=list)
    flags: java.array[java.array[bool]] = field(default_factory=list)
    by_color: dict[Color, java.long] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    pair: tuple[java.int, ...] = ()
    linked: java.LinkedList[str] = field(default_factory=list)
    anything: object = None

    def __post_init__(self) -> None:
        ran()


@java.model(f"{PACKAGE}.Leaf")
@dataclass(slots=True)
class Leaf(Node):
    leaf: java.char = "x"

    def __hash__(self) -> int:
        ran()
        return 0


@java.model(f"{PACKAGE}.AttrsNode")
@attrs.define(slots=True)
class AttrsNode:
    id: java.long = attrs.field(validator=lambda *_: ran())
    next: AttrsNode | None = None


@java.model(f"{PACKAGE}.PydanticNode")
class PydanticNode(pydantic.BaseModel):
    id: java.long
    next: PydanticNode | None = None

    @pydantic.field_validator("id")
    @classmethod
    def _check(cls, value: int) -> int:
        ran()
        return value


@java.model(f"{PACKAGE}.StructNode")
class StructNode(msgspec.Struct):
    id: java.long
    next: StructNode | None = None

    def __post_init__(self) -> None:
        ran()


@java.exception(f"{PACKAGE}.OrderException")
class OrderError(Exception):
    order_id: java.long = 0
    reasons: list[str]

    def __init__(self, text: str, order_id: int) -> None:
        super().__init__(text)
        self.order_id = order_id
        self.reasons = [text]
        ran()


def through_the_wire(value: object, annotation: object = object) -> Any:
    """Write by declared type, read by declared type; no code of a class may run in between."""
    declared = java_type(annotation)
    ran_before = Ran.count
    encoder = HESSIAN2.encoder(CLASSES)
    encoder.write(value, declared)
    result = HESSIAN2.decoder(encoder.getvalue(), CLASSES).read(declared)
    assert Ran.count == ran_before
    return result


FULL = Node(
    id=5,
    width=2**40,
    single=0.5,
    name="Ada",
    url="http://x",
    color=Color.RED,
    total=Decimal("1.50"),
    born=date(2020, 2, 29),
    seen_at=datetime(2020, 1, 1, 12, tzinfo=UTC),
    next=Node(6),
    children=[Node(7), Node(8, color=Color.RED)],
    counts=[1, -1],
    flags=[[True], [], [False, True]],
    by_color={Color.GREEN: 9},
    tags=frozenset({"a", "b"}),
    pair=(1, 2),
    linked=["x"],
    anything={"k": [1, "v", None]},
)


@pytest.mark.parametrize("annotation", [Node, object])
def test_a_dataclass_with_every_sort_of_field(annotation: object) -> None:
    back = through_the_wire(FULL, annotation)
    assert back == FULL
    assert type(back) is Node
    assert type(back.pair) is tuple
    assert type(back.tags) is frozenset


def test_cycles_through_models() -> None:
    node = Node(1)
    node.next, node.children = node, [node]
    back = through_the_wire(node, Node)
    assert back.next is back
    assert back.children[0] is back


@pytest.mark.parametrize("cls", [AttrsNode, PydanticNode, StructNode])
def test_models_of_other_packages(cls: Any) -> None:
    node = cls(id=2**40, next=cls(id=1))
    for annotation in (cls, object, list[cls]):
        back = through_the_wire([node] if annotation == list[cls] else node, annotation)
        assert (back[0] if isinstance(back, list) else back) == node


def test_a_subclass_stands_for_its_base() -> None:
    leaf = Leaf(5, leaf="y")
    back = through_the_wire(leaf, Node)
    assert type(back) is Leaf
    assert (back.id, back.leaf, back.children) == (5, "y", [])


def test_models_as_keys_and_in_sets_are_not_hashed() -> None:
    encoder = HESSIAN2.encoder(CLASSES)
    encoder.write(JavaMap([(Leaf(5), 1)]), None)
    data = encoder.getvalue()
    before = Ran.count
    back = HESSIAN2.decoder(data, CLASSES).read(java_type(dict[Leaf, java.int]))
    assert Ran.count == before
    assert isinstance(back, JavaMap)


def test_fields_that_the_peer_does_not_send_have_their_defaults() -> None:
    encoder = HESSIAN2.encoder(CLASSES)
    encoder.write(JavaObject(f"{PACKAGE}.Node", {"id": 5, "unknown": 1, "width": None}), None)
    back: Any = HESSIAN2.decoder(encoder.getvalue(), CLASSES).read(java_type(Node))
    assert (back.id, back.width, back.name, back.children, back.linked) == (5, None, None, [], [])
    assert not hasattr(back, "unknown")


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (Color.RED, Color),
        ({Color.RED}, set[Color]),
        ([1, 2**40, 2**70], list[int]),
        (2**70, int),
        (5, java.long),
        ([1, None], list[java.Long]),
        ({"a": None}, dict[str, java.Double | None]),
        (datetime(2020, 1, 1), java.LocalDateTime),
        (datetime(2020, 1, 1, tzinfo=UTC), java.Instant),
        ("x", java.char),
        ("chars", java.chars),
        ([[1], [2]], java.array[java.array[java.long]]),
        ({"b": 1, "a": 2}, java.TreeMap[str, java.int]),
    ],
)
def test_annotated_values(value: object, annotation: object) -> None:
    back = through_the_wire(value, annotation)
    assert back == value
    assert type(back) is type(value)


def test_exceptions_come_back_as_their_class() -> None:
    error = OrderError("sold out", 2**40)
    back = through_the_wire(error)
    assert type(back) is OrderError
    assert (str(back), back.order_id, back.reasons) == ("sold out", 2**40, ["sold out"])


def test_a_generic_exception_carries_class_message_and_stack() -> None:
    back = through_the_wire(GenericException("a.B", "c", "the stack"))
    assert type(back) is GenericException
    assert (back.exception_class, back.exception_message, back.args) == ("a.B", "c", ("the stack",))


@pytest.mark.parametrize(
    ("value", "annotation", "path"),
    [
        (Node(2**63), Node, "id"),
        (Node(1, children=[Node("x")]), Node, "children[0].id"),  # type: ignore[arg-type]
        ([1, "x"], java.array[java.int], "[1]"),
        (Node(1, width="x"), Node, "width"),  # type: ignore[arg-type]
        (datetime(2020, 1, 1), datetime, ""),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is(value: object, annotation: object, path: str) -> None:
    with pytest.raises(HessianEncodeError) as caught:
        HESSIAN2.encoder(CLASSES).write(value, java_type(annotation))
    assert caught.value.path == path
