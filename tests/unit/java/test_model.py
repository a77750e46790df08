from __future__ import annotations

import enum
import gc
import re
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import attrs
import msgspec
import pydantic
import pytest

from aiodubbo import java
from aiodubbo.errors import ContractError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.types import EnumLayout, ExceptionLayout, Kind, ModelLayout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PACKAGE = "org.aiodubbo.tests.model"


def ran(*_: object) -> None:
    raise AssertionError("code of the class ran")


@java.model(f"{PACKAGE}.Base")
@dataclass
class Base:
    id: java.long
    counter: ClassVar[int] = 0
    seed: InitVar[int] = 0

    def __post_init__(self, seed: int) -> None:
        ran()


@java.model(f"{PACKAGE}.User")
@dataclass
class User(Base):
    created_at: datetime | None = None
    friends: list[User] = field(default_factory=list)
    best: Address | None = None  # defined below
    url: Annotated[str, java.field("URL")] = "none"
    age: int = 18
    balance: Decimal = Decimal("0.00")


@java.model(f"{PACKAGE}.Address")
@dataclass(frozen=True, slots=True)
class Address:
    street: str
    number: java.int
    owner: User | None

    def __post_init__(self) -> None:
        ran()


@java.model(f"{PACKAGE}.AttrsUser")
@attrs.define
class AttrsUser:
    user_id: java.long = attrs.field(validator=lambda *_: ran())
    tags: list[str] = attrs.field(factory=list, on_setattr=ran)
    level: java.int = attrs.field(default=3)
    derived: str | None = attrs.field(default=attrs.Factory(lambda self: str(self.user_id), takes_self=True))

    def __attrs_post_init__(self) -> None:
        ran()


@java.model(f"{PACKAGE}.PydanticUser")
class PydanticUser(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    user_id: java.long
    tags: list[str] = pydantic.Field(default_factory=list)
    notes: list[str] = ["a"]
    name: str = "?"
    _hits: int = pydantic.PrivateAttr(7)

    @pydantic.field_validator("name")
    @classmethod
    def _check(cls, value: str) -> str:
        ran()
        return value

    def model_post_init(self, context: Any, /) -> None:
        ran()


@java.model(f"{PACKAGE}.StructUser")
class StructUser(msgspec.Struct, frozen=True):
    user_id: java.long
    name: str = "?"
    tags: list[str] = []

    def __post_init__(self) -> None:
        ran()


@java.model(f"{PACKAGE}.Color")
class Color(enum.Enum):
    RED = "r"
    GREEN = "g"
    CRIMSON = "r"


def layout_of(cls: type) -> ModelLayout:
    layout = CLASSES.by_python_type(cls)
    assert isinstance(layout, ModelLayout)
    return layout


def build(cls: type, **values: object) -> Any:
    """What a decoder does."""
    layout = layout_of(cls)
    made = layout.create()
    for one in layout.fields():
        value = values.get(one.attribute, one.default if one.default_factory is None else one.default_factory())
        layout.assign(made, one.attribute, value)
    if layout.finish is not None:
        layout.finish(made)
    return made


def test_fields_of_a_dataclass_with_inheritance_forward_references_and_overrides() -> None:
    fields = {one.attribute: one for one in layout_of(User).fields()}
    assert {name: one.name for name, one in fields.items()} == {
        "id": "id",
        "created_at": "createdAt",
        "friends": "friends",
        "best": "best",
        "url": "URL",
        "age": "age",
        "balance": "balance",
    }
    assert fields["friends"].type.item is not None
    assert fields["friends"].type.item.layout is layout_of(User)
    assert fields["best"].type.layout is layout_of(Address)
    assert fields["friends"].default_factory is list


def test_fields_are_read_once() -> None:
    assert layout_of(User).fields() is layout_of(User).fields()


def test_references_in_fields_may_be_null_and_primitives_not() -> None:
    fields = {one.attribute: one.type.nullable for one in layout_of(Address).fields()}
    assert fields == {"street": True, "number": False, "owner": True}


def test_a_field_without_default_starts_as_in_java() -> None:
    assert {one.attribute: one.default for one in layout_of(Address).fields()} == {"street": None, "number": 0, "owner": None}


@pytest.mark.parametrize("cls", [User, Address, AttrsUser, PydanticUser, StructUser])
def test_registered_in_both_directions(cls: type) -> None:
    layout = layout_of(cls)
    assert layout.class_name == f"{PACKAGE}.{cls.__name__}"
    assert CLASSES.by_java_name(layout.class_name) is layout


def test_instances_are_made_without_code_of_the_class() -> None:
    user = build(User, id=5)
    address = build(Address, street="x", owner=user)
    assert isinstance(user, User)
    assert (user.id, user.friends, user.url) == (5, [], "none")
    assert (address.street, address.number, address.owner) == ("x", 0, user)


def test_attrs_classes() -> None:
    user = build(AttrsUser, user_id=5)
    assert (user.user_id, user.tags, user.level, user.derived) == (5, [], 3, None)
    assert [one.name for one in layout_of(AttrsUser).fields()] == ["userId", "tags", "level", "derived"]


def test_pydantic_models() -> None:
    user, other = build(PydanticUser, user_id=5), build(PydanticUser, user_id=6)
    assert (user.user_id, user.tags, user.name, user._hits) == (5, [], "?", 7)
    assert user.notes == ["a"]
    assert user.notes is not other.notes
    assert user.model_dump() == {"user_id": 5, "tags": [], "notes": ["a"], "name": "?"}
    assert user.model_fields_set == {"user_id", "tags", "notes", "name"}
    assert user.model_extra is None


def test_msgspec_structs() -> None:
    user = build(StructUser, user_id=5)
    assert type(user) is StructUser
    assert (user.user_id, user.name, user.tags) == (5, "?", [])
    assert build(StructUser, user_id=6).user_id == 6
    assert user.user_id == 5
    assert msgspec.json.encode(user) == b'{"user_id":5,"name":"?","tags":[]}'
    assert gc.is_tracked(user)


def test_enums_map_constant_names() -> None:
    layout = CLASSES.by_java_name(f"{PACKAGE}.Color")
    assert isinstance(layout, EnumLayout)
    assert layout.by_name == {"RED": Color.RED, "GREEN": Color.GREEN, "CRIMSON": Color.RED}
    assert layout.name_of == {Color.RED: "RED", Color.GREEN: "GREEN"}


def test_flags_are_no_java_enums() -> None:
    with pytest.raises(ContractError, match="is a Flag"):

        @java.model(f"{PACKAGE}.Flags")
        class Flags(enum.Flag):
            A = 1


def test_exceptions_have_the_fields_of_their_annotations() -> None:
    @java.exception(f"{PACKAGE}.OrderException")
    class OrderError(Exception):
        order_id: java.long
        reason_text: str = "unknown"
        kind: ClassVar[str] = "order"

    @java.exception(f"{PACKAGE}.LateOrderException")
    class LateOrderError(OrderError):
        days: java.int = 3

    layout = CLASSES.by_python_type(LateOrderError)
    assert isinstance(layout, ExceptionLayout)
    fields = {one.name: (one.attribute, one.default) for one in layout.fields()}
    assert fields == {"orderId": ("order_id", 0), "reasonText": ("reason_text", "unknown"), "days": ("days", 3)}


def test_every_bad_field_is_told_at_once() -> None:
    @java.model(f"{PACKAGE}.Bad")
    @dataclass
    class Bad:
        first: int | str
        second: Missing  # type: ignore[name-defined]  # noqa: F821
        third: java.int | None
        fine: str
        created_at: str
        createdAt: str

    with pytest.raises(ContractError) as caught:
        layout_of(Bad).fields()
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(f"Bad cannot be {PACKAGE}.Bad:")
    assert [line.split(":")[0] for line in lines[1:]] == ["  - first", "  - second", "  - third", "  - createdAt"]
    assert "is also that of created_at" in lines[-1]


def test_a_missing_name_may_be_defined_later() -> None:
    @java.model(f"{PACKAGE}.Early")
    @dataclass
    class Early:
        later: Later  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ContractError, match="'Later' is not defined"):
        layout_of(Early).fields()
    globals()["Later"] = str
    try:
        assert layout_of(Early).fields()[0].type.kind is Kind.STRING
    finally:
        del globals()["Later"]


def test_models_of_a_function_may_use_its_names() -> None:
    @dataclass
    class Inner:
        x: java.int

    java.model(f"{PACKAGE}.LocalInner")(Inner)

    @java.model(f"{PACKAGE}.LocalOuter")
    @dataclass
    class Outer:
        inner: Inner
        outer: Outer | None

    first, second = layout_of(Outer).fields()
    assert first.type.layout is layout_of(Inner)
    assert second.type.layout is layout_of(Outer)


def test_a_second_class_for_one_java_name_is_refused() -> None:
    @dataclass
    class Other:
        x: java.int

    with pytest.raises(ContractError, match=re.escape(f"{PACKAGE}.User")):
        java.model(f"{PACKAGE}.User")(Other)
    java.model(f"{PACKAGE}.User")(User)  # the same class again is fine


def test_properties_with_setters_are_refused() -> None:
    @java.model(f"{PACKAGE}.Guarded")
    @dataclass
    class Guarded:
        value: java.int

    Guarded.value = property(lambda self: 1, ran)  # type: ignore[assignment]
    with pytest.raises(ContractError, match="property or descriptor"):
        layout_of(Guarded).fields()


@pytest.mark.parametrize(
    ("decorator", "cls", "message"),
    [
        (java.model("a.Plain"), type("Plain", (), {}), "is not a dataclass, nor an attrs"),
        (java.model("a.Error"), type("Error", (Exception,), {}), "use @java.exception"),
        (java.exception("a.NoError"), type("NoError", (), {}), "belongs on an exception class"),
    ],
)
def test_classes_of_the_wrong_kind(decorator: Callable[[type], type], cls: type, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        decorator(cls)


def test_a_function_is_no_model() -> None:
    with pytest.raises(ContractError, match="belongs on a class"):
        java.model("a.Function")(ran)  # type: ignore[type-var]


@pytest.mark.parametrize("decorator", [java.model, java.exception])
def test_names_are_checked_at_once(decorator: Callable[[str], object]) -> None:
    with pytest.raises(ContractError, match="is not a Java class name"):
        decorator("com/example/User")


class Record:
    """A kind of class that nobody knows."""

    names: ClassVar[Mapping[str, type]] = {"size": int}
    size: java.int

    def __init__(self) -> None:
        ran()


class RecordAdapter:
    def accepts(self, cls: type, /) -> bool:
        return issubclass(cls, Record)

    def fields(self, cls: type, /) -> Sequence[java.ModelField]:
        return [java.ModelField(name) for name in Record.names]

    def creator(self, cls: type, /) -> Callable[[], Any]:
        return lambda: object.__new__(cls)

    def assign(self, cls: type, /) -> Callable[[Any, str, object], None]:
        return object.__setattr__

    def finish(self, cls: type, /) -> Callable[[Any], None] | None:
        return None


def test_an_adapter_of_ones_own() -> None:
    java.model(f"{PACKAGE}.Record", adapter=RecordAdapter())(Record)
    assert build(Record, size=3).size == 3


def test_third_party_packages_are_not_imported() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from dataclasses import dataclass; from aiodubbo import java\n"
        "@java.model('a.B')\n@dataclass\nclass B:\n    x: java.int\n"
        "assert not {'attr', 'attrs', 'pydantic', 'msgspec'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
