from __future__ import annotations

import pytest

from aiodubbo.errors import RemoteProtocolError
from aiodubbo.java.names import join_descriptors, split_descriptors

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
    assert join_descriptors(names) == descriptor


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
