from __future__ import annotations

import datetime
import enum
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from aiodubbo import java
from aiodubbo.errors import ArgumentError, JavaException, RpcError
from aiodubbo.java.annotations import java_type
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.values import JavaEnum, JavaList, JavaLong, JavaMap, JavaObject
from aiodubbo.rpc.contract.reading import describe, interface, method
from aiodubbo.rpc.generic.calls import (
    ApacheGenericException,
    GenericException,
    from_generic_exception,
    generic_exception,
    java_type_name,
    select_method,
)
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.rpc.generic.realize import realize

if TYPE_CHECKING:
    from aiodubbo.java.types import JavaType

PACKAGE = "org.aiodubbo.tests.generic"


@java.model(f"{PACKAGE}.Color")
class Color(enum.Enum):
    RED = 1
    GREEN = 2


@java.model(f"{PACKAGE}.User")
@dataclass
class User:
    user_id: java.long = 0
    name: str | None = None
    color: Color | None = None
    friends: list[User] = field(default_factory=list)
    born: java.LocalDate | None = None
    scores: dict[Color, java.long] = field(default_factory=dict)
    level: java.int = 1

    def __post_init__(self) -> None:
        Log.made += 1


class Log:
    made = 0


@java.model(f"{PACKAGE}.Admin")
@dataclass
class Admin(User):
    rights: set[str] = field(default_factory=set)


@java.model(f"{PACKAGE}.Stranger")
@dataclass(frozen=True)
class Stranger:
    name: str


@java.exception(f"{PACKAGE}.BizException")
class BizError(Exception):
    code: java.int


@interface(f"{PACKAGE}.Service")
class Service(Protocol):
    async def one(self, user: User) -> None: ...

    @method(name="two")
    async def two_text(self, text: str, numbers: java.array[java.int]) -> None: ...

    @method(name="two")
    async def two_long(self, number: java.long) -> None: ...

    async def count(self, number: int) -> int: ...


def declared(annotation: object) -> JavaType:
    return java_type(annotation)


@pytest.mark.spec("PRO-97", "a model's attributes travel under the names of Java's properties")
def test_generalize_a_model() -> None:
    user = User(5, "Ada", Color.RED, [User(6)], datetime.date(2020, 2, 29), {Color.GREEN: 7})
    assert generalize(user) == {
        "class": f"{PACKAGE}.User",
        "userId": 5,
        "name": "Ada",
        "color": "RED",
        "friends": [
            {
                "class": f"{PACKAGE}.User",
                "userId": 6,
                "name": None,
                "color": None,
                "friends": [],
                "born": None,
                "scores": {},
                "level": 1,
            }
        ],
        "born": "2020-02-29",
        "scores": {"GREEN": 7},
        "level": 1,
    }


@pytest.mark.spec("PRO-93", "values that Java passes as they are stay; local times become ISO text; enums become their names")
@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (1.5, 1.5),
        ("x", "x"),
        (b"x", b"x"),
        (Decimal("1.50"), Decimal("1.50")),
        (datetime.datetime(2020, 1, 1, tzinfo=UTC), datetime.datetime(2020, 1, 1, tzinfo=UTC)),
        (datetime.datetime(2020, 1, 1, 12), "2020-01-01T12:00:00"),
        (datetime.date(2020, 1, 1), "2020-01-01"),
        (datetime.time(1, 2, 3), "01:02:03"),
        (Color.RED, "RED"),
        (JavaEnum("a.B", "C"), "C"),
        ([Color.RED], ["RED"]),
        ((1, "a"), [1, "a"]),
        ({1, 2}, {1, 2}),
        ({Color.RED}, {"RED"}),
        ({Color.RED: Color.GREEN}, {"RED": "GREEN"}),
        (JavaObject("a.B", {"x": [Color.RED]}), {"class": "a.B", "x": ["RED"]}),
    ],
)
def test_generalize(value: object, plain: object) -> None:
    result = generalize(value)
    assert result == plain
    assert type(result) is type(plain)


def test_generalize_keeps_a_long_a_long() -> None:
    fields = generalize(User(5, scores={Color.RED: 6}))
    assert isinstance(fields, dict)
    assert type(fields["userId"]) is JavaLong
    assert type(fields["scores"]["RED"]) is JavaLong
    assert type(fields["level"]) is int
    assert type(generalize(5, declared(java.long))) is JavaLong


def test_generalize_what_cannot_be_hashed_keeps_its_java_collection() -> None:
    made = generalize({Stranger("a")})
    assert isinstance(made, JavaList)
    assert (made.java_type, list(made)) == ("java.util.HashSet", [{"class": f"{PACKAGE}.Stranger", "name": "a"}])
    mapped = generalize({Stranger("a"): 1})
    assert isinstance(mapped, JavaMap)
    assert mapped.items() == [({"class": f"{PACKAGE}.Stranger", "name": "a"}, 1)]


def test_generalize_exceptions() -> None:
    error = BizError("broken")
    error.code = 7
    assert generalize(error) == {"class": f"{PACKAGE}.BizException", "message": "broken", "code": 7}
    assert generalize(JavaException("a.B", "c")) == {"class": "a.B", "message": "c"}
    assert generalize(ValueError("c")) == {"class": "java.lang.RuntimeException", "message": "ValueError: c"}


def test_cycles_and_shared_objects_keep_identity_both_ways() -> None:
    one, two = User(1), User(2)
    one.friends = [one, two, two]
    plain: Any = generalize(one)
    assert plain["friends"][0] is plain
    assert plain["friends"][1] is plain["friends"][2]
    back = realize(plain, declared(User))
    assert isinstance(back, User)
    assert back.friends[0] is back
    assert back.friends[1] is back.friends[2]
    assert back.friends[1].user_id == 2
    looped: list[object] = []
    looped.append(looped)
    again: Any = generalize(looped)
    assert again[0] is again
    realized: Any = realize(looped, declared(object))
    assert realized[0] is realized


def test_depth_does_not_depend_on_the_interpreter() -> None:
    user = User(0)
    for number in range(5000):
        user = User(number, friends=[user])
    plain = generalize(user)
    back = realize(plain, declared(User))
    depth = 0
    while isinstance(back, User) and back.friends:
        back, depth = back.friends[0], depth + 1
    assert depth == 5000


@pytest.mark.spec("PRO-94", "maps become models without running their code; unknown keys and nulls are skipped")
def test_realize_a_model() -> None:
    made = Log.made
    plain = {
        "class": f"{PACKAGE}.User",
        "userId": "5",
        "name": None,
        "color": "RED",
        "friends": [{"userId": 6.0}],
        "born": "2020-02-29",
        "scores": {"GREEN": "7"},
        "level": None,
        "unknown": 1,
    }
    user = realize(plain, declared(User))
    assert Log.made == made
    assert user == User(5, None, Color.RED, [User(6)], datetime.date(2020, 2, 29), {Color.GREEN: 7})


def test_the_class_entry_may_name_a_subclass_and_nothing_else() -> None:
    admin = realize({"class": f"{PACKAGE}.Admin", "rights": ["a", "a"]}, declared(User))
    assert type(admin) is Admin
    assert admin.rights == {"a"}
    assert type(realize({"class": f"{PACKAGE}.Stranger", "name": "x"}, declared(User))) is User
    assert type(realize({"class": "os.system"}, declared(User))) is User


def test_a_class_entry_decides_where_nothing_is_declared() -> None:
    assert realize([{"class": f"{PACKAGE}.Stranger", "name": "x"}], declared(object)) == [Stranger("x")]
    assert realize({"class": f"{PACKAGE}.Color", "name": "RED"}, declared(object)) is Color.RED
    unknown = {"class": "com.example.Unknown", "x": [1]}
    assert realize(unknown, declared(object)) == unknown
    kept = JavaObject("com.example.Unknown", {"x": 1})
    assert realize(kept, declared(object)) is kept
    assert realize(JavaObject(f"{PACKAGE}.Stranger", {"name": "x"}), declared(object)) == Stranger("x")


@pytest.mark.spec("PRO-99", "texts, numbers and collections are converted to what the parameter declares")
@pytest.mark.parametrize(
    ("value", "annotation", "result"),
    [
        ("5", java.int, 5),
        ("-5", java.long, -5),
        (5.9, java.int, 5),
        (-5.9, java.int, -5),
        (Decimal("5.9"), java.short, 5),
        (JavaLong(5), java.byte, 5),
        ("12345678901234567890", java.BigInteger, 12345678901234567890),
        ("5", int, 5),
        (5, java.double, 5.0),
        ("1.5", java.float, 1.5),
        (Decimal("1.5"), float, 1.5),
        ("1.50", Decimal, Decimal("1.50")),
        (0.1, Decimal, Decimal("0.1")),
        (5, Decimal, Decimal(5)),
        ("TRUE", bool, True),
        ("yes", bool, False),
        ("x", java.char, "x"),
        ("xyz", java.chars, "xyz"),
        ("RED", Color, Color.RED),
        ({"name": "RED"}, Color, Color.RED),
        (JavaEnum(f"{PACKAGE}.Color", "RED"), Color, Color.RED),
        (Color.RED, Color, Color.RED),
        (1500, datetime.datetime, datetime.datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)),
        ("2020-01-02 03:04:05", datetime.datetime, datetime.datetime(2020, 1, 2, 3, 4, 5).astimezone()),
        ("2020-01-02", datetime.date, datetime.date(2020, 1, 2)),
        ("03:04:05", datetime.time, datetime.time(3, 4, 5)),
        ("2020-01-02T03:04:05", java.LocalDateTime, datetime.datetime(2020, 1, 2, 3, 4, 5)),
        ("12345678-1234-5678-1234-567812345678", uuid.UUID, uuid.UUID("12345678-1234-5678-1234-567812345678")),
        ([1, -1], bytes, b"\x01\xff"),
        (b"x", bytes, b"x"),
        ((1, 2), list[java.int], [1, 2]),
        (["1", 2.0], list[java.int], [1, 2]),
        (["1"], java.array[java.long], [1]),
        ([1, 1], set[java.int], {1}),
        (["a"], frozenset[str], frozenset({"a"})),
        (["a", "b"], tuple[str, ...], ("a", "b")),
        ({1, 2}, list[java.int], [1, 2]),
        ({"1": "2"}, dict[java.int, java.long], {1: 2}),
        (None, str | None, None),
        ({"a": [1]}, object, {"a": [1]}),
    ],
)
def test_realize_converts(value: object, annotation: object, result: object) -> None:
    realized = realize(value, declared(annotation))
    assert realized == result
    assert type(realized) is type(result)


@pytest.mark.parametrize(
    ("value", "annotation", "text"),
    [
        ("xy", java.char, "CAN NOT convert String(xy) to char!"),
        ("\U0001f600", java.char, "CAN NOT convert String"),
        ("x", java.int, "expected int, got str 'x'"),
        ("1_0", java.int, "expected int"),
        (300, java.byte, "expected byte, got int 300: it does not fit"),
        (2**31, java.int, "it does not fit"),
        (True, java.int, "expected int, got bool True"),
        (float("nan"), java.long, "expected long, got float nan"),
        (Decimal("1E999999999"), java.long, "expected long"),
        ("9" * 5000, java.BigInteger, "expected java.math.BigInteger"),
        ("1E9999999999999999999", Decimal, "expected java.math.BigDecimal"),
        (5, str, "expected java.lang.String, got int 5"),
        (None, java.int, "expected int, got null"),
        ("BLUE", Color, f"'BLUE' is not a constant of {PACKAGE}.Color: RED, GREEN"),
        (5, Color, "5 is not a constant"),
        ("yesterday", datetime.datetime, "Failed to parse date yesterday by format yyyy-MM-dd HH:mm:ss"),
        (10**17, datetime.datetime, "beyond the year 9999"),
        ("x", datetime.date, "expected java.time.LocalDate"),
        ("x", uuid.UUID, "expected java.util.UUID"),
        ("x", list[str], "expected java.util.List, got str"),
        ([1], str, "expected java.lang.String, got a list"),
        ({}, str, "expected java.lang.String, got an object"),
        ("x", User, f"expected {PACKAGE}.User, got str"),
        ([], User, "got a list"),
        ({"friends": [{"userId": "x"}]}, User, "friends[0].userId: expected long"),
        ({"scores": {"RED": "x"}}, User, "scores value: expected"),
        ([256], bytes, "expected byte[]"),
    ],
)
def test_realize_refuses_what_does_not_fit(value: object, annotation: object, text: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(text)):
        realize(value, declared(annotation))


def test_realize_says_where() -> None:
    with pytest.raises(ArgumentError, match=re.escape("user.friends[0].userId: expected long, got str 'x'")):
        realize({"friends": [{"userId": "x"}]}, declared(User), "user")


def test_realize_throwables() -> None:
    made = realize({"class": f"{PACKAGE}.BizException", "message": "broken", "code": "7"}, declared(Exception))
    assert isinstance(made, BizError)
    assert (str(made), made.code) == ("broken", 7)
    other = realize({"class": "a.B", "message": "c"}, declared(Exception))
    assert isinstance(other, JavaException)
    assert (other.class_name, other.message) == ("a.B", "c")


def test_models_are_not_hashed() -> None:
    made = realize([{"name": "a"}], declared(set[Stranger]))
    assert isinstance(made, JavaList)
    assert (made, made.java_type) == ([Stranger("a")], "java.util.HashSet")
    mapped = realize(JavaMap([({"name": "a"}, 1)]), declared(dict[Stranger, java.int]))
    assert isinstance(mapped, JavaMap)
    assert mapped.items() == [(Stranger("a"), 1)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("int", "int"),
        (" java.lang.String ", "java.lang.String"),
        ("int[]", "int[]"),
        ("[I", "int[]"),
        ("[[J", "long[][]"),
        ("[Ljava.lang.String;", "java.lang.String[]"),
        ("Ljava/lang/String;", "java.lang.String"),
    ],
)
def test_type_names_in_all_spellings(text: str, name: str) -> None:
    assert java_type_name(text) == name


@pytest.mark.parametrize(
    ("name", "types", "python_name"),
    [
        ("one", None, "one"),
        ("one", [f"{PACKAGE}.User"], "one"),
        ("two", ["long"], "two_long"),
        ("two", ["java.lang.String", "[I"], "two_text"),
        ("count", ["int"], "count"),
        ("count", ["java.math.BigInteger"], "count"),
    ],
)
def test_select_method(name: str, types: list[str] | None, python_name: str) -> None:
    assert select_method(describe(Service), name, types).python_name == python_name


@pytest.mark.spec("PRO-98", "what Java says when a generic call names no method, or more than one")
@pytest.mark.parametrize(
    ("name", "types", "text"),
    [
        ("two", None, f"Not unique method for method name(two) in class({PACKAGE}.Service), find 2 methods."),
        ("nothing", None, f"No such method nothing in class interface {PACKAGE}.Service"),
        ("one", [], f"{PACKAGE}.Service.one()"),
        ("two", ["int", "java.lang.String[]", "[J"], f"{PACKAGE}.Service.two(int,[Ljava.lang.String;,[J)"),
    ],
)
def test_select_method_fails_with_javas_words(name: str, types: list[str] | None, text: str) -> None:
    with pytest.raises(RpcError) as caught:
        select_method(describe(Service), name, types)
    assert str(caught.value) == text
    assert not caught.value.retriable


@pytest.mark.spec("PRO-92", "an exception reaches a generic caller as its class name and message")
def test_generic_exception_of_each_kind() -> None:
    error = BizError("broken")
    error.code = 1
    cases = [
        (error, f"{PACKAGE}.BizException", "broken"),
        (JavaException("a.B", None), "a.B", None),
        (KeyError("k"), "java.lang.RuntimeException", "KeyError: 'k'"),
    ]
    for one, name, message in cases:
        made = generic_exception(one)
        assert (made.exception_class, made.exception_message) == (name, message)
        assert generic_exception(made) is made


def test_generic_exception_reads_well() -> None:
    assert str(GenericException("a.B", "c")) == "a.B: c"
    assert str(GenericException("a.B")) == "a.B"


@pytest.mark.parametrize("package", ["com.alibaba.dubbo", "org.apache.dubbo"])
def test_both_names_are_known(package: str) -> None:
    layout = CLASSES.by_java_name(f"{package}.rpc.service.GenericException")
    assert layout is not None
    assert issubclass(layout.python_type, GenericException)


@pytest.mark.spec("PRO-95", "a caller with a contract gets the exception that stands behind a GenericException")
def test_from_generic_exception() -> None:
    made = from_generic_exception(GenericException(f"{PACKAGE}.BizException", "broken"))
    assert isinstance(made, BizError)
    assert (str(made), made.code) == ("broken", 0)
    other = from_generic_exception(ApacheGenericException("a.B", "c"))
    assert isinstance(other, JavaException)
    assert (other.class_name, other.message) == ("a.B", "c")
    assert isinstance(other.__cause__, GenericException)
