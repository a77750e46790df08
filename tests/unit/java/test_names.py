from __future__ import annotations

import pytest

from aiodubbo.errors import ContractError, RemoteProtocolError
from aiodubbo.java.names import camel_case, check_class_name, descriptor_of, split_descriptors


@pytest.mark.parametrize(
    ("python", "java"),
    [
        ("id", "id"),
        ("created_at", "createdAt"),
        ("get_user_by_id", "getUserById"),
        ("createdAt", "createdAt"),
        ("class_", "class"),
        ("from_", "from"),
        ("_id", "_id"),
        ("__x_y", "__xY"),
        ("a__b", "aB"),
        ("line_2", "line2"),
        ("URL", "URL"),
        ("_", "_"),
    ],
)
def test_camel_case(python: str, java: str) -> None:
    assert camel_case(python) == java


@pytest.mark.parametrize("name", ["com.example.User", "User", "com.example.Outer$Inner", "_a.B_1", "com.例.名"])
def test_class_names(name: str) -> None:
    assert check_class_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "com..User", ".User", "com.example.", "com/example/User", "1a", "a b", "User;", "[I", None, 3, "a.B\n"]
)
def test_other_texts_are_refused(name: object) -> None:
    with pytest.raises(ContractError, match="is not a Java class name"):
        check_class_name(name)


CASES = [
    ("", ()),
    ("I", ("int",)),
    ("VZBCDFIJS", ("void", "boolean", "byte", "char", "double", "float", "int", "long", "short")),
    ("Ljava/lang/String;[I", ("java.lang.String", "int[]")),
    ("ILjava/util/Map;", ("int", "java.util.Map")),
    ("[[Ljava/lang/Object;J", ("java.lang.Object[][]", "long")),
    ("Lcom/example/Outer$Inner;", ("com.example.Outer$Inner",)),
    ("Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;", ("java.lang.String", "java.lang.String[]", "java.lang.Object[]")),
]


@pytest.mark.spec("PRO-25", "a parameter list as one text, in both directions")
@pytest.mark.parametrize(("descriptor", "names"), CASES)
def test_both_directions(descriptor: str, names: tuple[str, ...]) -> None:
    assert split_descriptors(descriptor) == names
    assert "".join(map(descriptor_of, names)) == descriptor


BAD = [
    ("[", "an array without an item type"),
    ("I[[", "an array without an item type"),
    ("Ljava/lang/String", "without its ';'"),
    ("L;", "an empty class name"),
    ("X", "'X' is no type code"),
    ("I J", "at character 1: ' ' is no type code"),
    ("[" * 256 + "I", "256 dimensions"),
    ("I" * 256, "more than 255 parameters"),
    ("I" * 1_000_000, "more than 255 parameters"),
]


@pytest.mark.parametrize(("descriptor", "words"), BAD)
def test_malformed(descriptor: str, words: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        split_descriptors(descriptor)
    assert words in str(error.value)
    assert len(str(error.value)) < 400


def test_the_jvm_limits_are_allowed() -> None:
    assert len(split_descriptors("I" * 255)) == 255
    assert split_descriptors("[" * 255 + "I") == ("int" + "[]" * 255,)
