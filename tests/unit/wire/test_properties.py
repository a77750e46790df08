from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo.wire.properties import dump_properties, parse_properties


@pytest.mark.spec("REG-22", "escaped as java.util.Properties does")
@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("a", "b", "a=b"),
        ("a/b.C:1.0", "x://y?z=1", r"a/b.C\:1.0=x\://y?z\=1"),
        ("a b", " c d", r"a\ b=\ c d"),
        ("#a", "!b\\", r"\#a=\!b\\"),
        ("t\t", "\n\r\f", r"t\t=\n\r\f"),
        ("ü", "😀", r"\u00FC=\uD83D\uDE00"),
        ("empty", "", "empty="),
    ],
)
def test_one_line(key: str, value: str, line: str) -> None:
    written = dump_properties({key: value}, ["a comment"])
    assert written == f"#a comment\n{line}\n".encode()
    assert parse_properties(written) == {key: value}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# no\n ! no\n\n \t\na=1", {"a": "1"}),
        ("a = 1\r\nb : 2\rc 3\nd", {"a": "1", "b": "2", "c": "3", "d": ""}),
        ("a=1,\\\n   2,\\\n\t3\nb=4", {"a": "1,2,3", "b": "4"}),
        ("a=1\\\\\nb=2", {"a": "1\\", "b": "2"}),
        ("a=\\u0041\\q\\", {"a": "Aq"}),
        ("a=\\u12", {"a": "u12"}),
        ("a==b", {"a": "=b"}),
        ("a=1\na=2", {"a": "2"}),
    ],
)
def test_reading(text: str, values: dict[str, str]) -> None:
    assert parse_properties(text.encode("latin-1")) == values


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))))
def test_there_and_back(values: dict[str, str]) -> None:
    assert parse_properties(dump_properties(values, ["one", "two"])) == values


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    parse_properties(data)


def test_a_line_that_goes_on_for_ever_takes_no_time() -> None:
    assert parse_properties(b"key=" + b"a\\\n" * 300_000) == {"key": "a" * 300_000}
