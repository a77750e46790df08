"""Names of Java types as users write them."""

from __future__ import annotations

import pytest

from aiodubbo.java.types import Kind
from aiodubbo.rpc.generic.type_names import java_type_named, split_types


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("long", "long", Kind.LONG),
        ("Long", "java.lang.Long", Kind.LONG),
        ("String", "java.lang.String", Kind.STRING),
        ("java.lang.String", "java.lang.String", Kind.STRING),
        ("Date", "java.util.Date", Kind.DATE),
        ("java.sql.Date", "java.sql.Date", Kind.SQL_DATE),
        ("BigDecimal", "java.math.BigDecimal", Kind.BIG_DECIMAL),
        ("List<String>", "java.util.List", Kind.LIST),
        ("Map<String, List<Long>>", "java.util.Map", Kind.MAP),
        ("String[]", "java.lang.String[]", Kind.ARRAY),
        ("List<String>[]", "java.util.List[]", Kind.ARRAY),
        ("int[][]", "int[][]", Kind.ARRAY),
        ("byte[]", "byte[]", Kind.BYTES),
        ("com.example.User", "com.example.User", Kind.OBJECT),
        (" Integer ", "java.lang.Integer", Kind.INT),
    ],
)
def test_names(text: str, name: str, kind: Kind) -> None:
    found = java_type_named(text)
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  ", ()),
        ("long", ("long",)),
        ("long, String", ("long", "String")),
        ("Map<String,Long>,int", ("Map<String,Long>", "int")),
    ],
)
def test_lists_of_names(text: str, expected: tuple[str, ...]) -> None:
    assert split_types(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("long,,int", "empty name"), ("a>", "do not match"), ("Map<a", "do not match")])
def test_lists_that_cannot_be_read(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        split_types(text)
