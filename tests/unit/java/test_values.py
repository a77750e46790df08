"""The value classes themselves."""

from __future__ import annotations

import copy
import datetime
import pickle

import pytest

from aiodubbo.hessian2 import (
    JavaArray,
    JavaByte,
    JavaChar,
    JavaClass,
    JavaDate,
    JavaDouble,
    JavaEnum,
    JavaFloat,
    JavaInt,
    JavaList,
    JavaLong,
    JavaMap,
    JavaObject,
    JavaShort,
)
from aiodubbo.java.values import brief


@pytest.mark.parametrize("cls", [JavaByte, JavaShort, JavaInt, JavaLong])
def test_whole_numbers_are_ints(cls: type[int]) -> None:
    value = cls(5)
    assert value == 5
    assert isinstance(value, int)
    assert repr(value) == f"{cls.__name__}(5)"
    assert type(pickle.loads(pickle.dumps(value))) is cls
    assert type(copy.deepcopy(value)) is cls


def test_reals_and_chars() -> None:
    assert repr(JavaFloat(1.5)) == "JavaFloat(1.5)"
    assert repr(JavaDouble(1.5)) == "JavaDouble(1.5)"
    assert repr(JavaChar("a")) == "JavaChar('a')"
    assert JavaChar("a") == "a"


def test_dates() -> None:
    assert JavaDate(1).to_datetime() == datetime.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=datetime.UTC)
    assert JavaDate(-1) < JavaDate(1)
    with pytest.raises(OverflowError, match="years"):
        JavaDate(2**63 - 1).to_datetime()
    with pytest.raises(ValueError, match="64 bits"):
        JavaDate(2**63)


def test_lists_keep_their_type() -> None:
    value = JavaList([1, 2], "java.util.LinkedList")
    assert value == [1, 2]
    assert repr(value) == "JavaList([1, 2], 'java.util.LinkedList')"
    assert repr(JavaList(range(100))) == "JavaList([0, 1, 2, 3, 4, 5, ... 100 in all], None)"


@pytest.mark.parametrize(
    ("component", "name"),
    [
        ("int", "[int"),
        ("int[]", "[[int"),
        ("java.lang.String", "[string"),
        ("java.lang.Object", "[object"),
        ("java.util.Date", "[date"),
        ("java.lang.Integer", "[java.lang.Integer"),
        ("java.lang.String[][]", "[[[string"),
        ("com.example.Point", "[com.example.Point"),
    ],
)
def test_arrays_are_named_as_on_the_wire(component: str, name: str) -> None:
    assert JavaArray(component, []).java_type == name


def test_maps_look_keys_up_by_value_and_type() -> None:
    value = JavaMap([(1, "int"), (1.0, "double"), (True, "bool"), ([1], "list")])
    assert (value.get(1), value.get(1.0), value.get(True), value.get([1]), value.get(2, "none")) == (
        "int",
        "double",
        "bool",
        "list",
        "none",
    )
    assert list(value) == value.keys() == [1, 1.0, True, [1]]
    assert value.values() == ["int", "double", "bool", "list"]
    assert len(value) == 4
    value.append(None, "null")
    assert value.items()[-1] == (None, "null")
    assert JavaMap({"a": 1}) == JavaMap([("a", 1)])
    assert JavaMap({"a": 1}) != JavaMap({"a": 1}, "java.util.TreeMap")
    assert JavaMap() != {}
    assert repr(JavaMap({"a": 1}, "x.Y")) == "JavaMap([('a', 1)], 'x.Y')"
    with pytest.raises(TypeError):
        hash(value)


def test_objects() -> None:
    value = JavaObject("com.example.Kid", [("name", "parent's"), ("id", 1), ("name", "kid's")])
    assert value["name"] == "kid's"
    assert value.fields == [("name", "parent's"), ("id", 1), ("name", "kid's")]
    assert list(value) == ["name", "id", "name"]
    assert len(value) == 3
    assert "id" in value
    assert "x" not in value
    assert value.get("x", 7) == 7
    with pytest.raises(KeyError):
        value["x"]
    value["id"] = 2
    value["x"] = 3
    assert value.fields[1:] == [("id", 2), ("name", "kid's"), ("x", 3)]
    assert repr(JavaObject("a.B", {"c": [1, 2]})) == "JavaObject('a.B', c=<list of 2>)"


def test_objects_are_compared_by_identity() -> None:
    one, other = JavaObject("a.B", {"c": 1}), JavaObject("a.B", {"c": 1})
    assert one != other
    assert len({one, other, one}) == 2


def test_small_values_are_compared_by_content() -> None:
    assert JavaEnum("a.B", "C") == JavaEnum("a.B", "C")
    assert len({JavaClass("int"), JavaClass("int")}) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 100, repr("x" * 60) + "... (100 in all)"),
        (1 << 5000, "<int of 5001 bits>"),
        ([1, [2]], "<list of 2>"),
        (JavaObject("a.B"), "<a.B>"),
        (object(), "<object>"),
        (None, "None"),
    ],
)
def test_values_in_error_messages_are_short(value: object, shown: str) -> None:
    assert brief(value) == shown
