"""The table of classes."""

from __future__ import annotations

import enum

import pytest

from aiodubbo.errors import ContractError
from aiodubbo.java.classes import ClassRegistry
from aiodubbo.java.types import EnumLayout, ModelLayout


class One:
    pass


class Other(enum.Enum):
    A = 1


def test_found_in_both_directions() -> None:
    table = ClassRegistry()
    layout = ModelLayout("a.One", One, tuple, One)
    table.register(layout)
    table.register(EnumLayout("a.Other", Other))
    assert table.by_java_name("a.One") is layout
    assert table.by_python_type(One) is layout
    assert table.by_java_name("a.Two") is None
    assert table.by_python_type(int) is None


def test_a_name_and_a_class_stand_for_one_another() -> None:
    table = ClassRegistry()
    first = ModelLayout("a.One", One, tuple, One)
    table.register(first)
    table.register(ModelLayout("a.One", One, tuple, One))
    assert table.by_java_name("a.One") is first
    with pytest.raises(ContractError, match=r"a\.One is already .*One; .*Other needs a Java name of its own"):
        table.register(EnumLayout("a.One", Other))
    with pytest.raises(ContractError, match=r"One is already a\.One; it cannot be a\.Two too"):
        table.register(ModelLayout("a.Two", One, tuple, One))
