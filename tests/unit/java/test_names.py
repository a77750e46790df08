from __future__ import annotations

import pytest

from aiodubbo.errors import ContractError
from aiodubbo.java.names import camel_case, check_class_name


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
