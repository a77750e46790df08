"""The blocking façade has the same methods with the same parameters, documented in the same words where they matter."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

import aiodubbo
from aiodubbo import sync

if TYPE_CHECKING:
    from collections.abc import Callable

INNER = {"open_reference", "open_service"}
"""Of the asynchronous class, but not for users: the façade itself is made of it."""

PAIRS = [
    (aiodubbo.Application, sync.Application),
    (aiodubbo.ExportedService, sync.ExportedService),
    (aiodubbo.GenericReference, sync.GenericReference),
]


def _methods(cls: type) -> dict[str, Callable[..., object]]:
    return {
        name: member for name, member in vars(cls).items() if not name.startswith("_") and inspect.isfunction(member) and name not in INNER
    }


def _properties(cls: type) -> set[str]:
    return {name for name, member in vars(cls).items() if isinstance(member, property)}


@pytest.mark.parametrize(("asynchronous", "blocking"), PAIRS, ids=lambda cls: cls.__qualname__)
def test_the_same_members(asynchronous: type, blocking: type) -> None:
    assert set(_methods(blocking)) == set(_methods(asynchronous))
    assert _properties(blocking) == _properties(asynchronous)


@pytest.mark.parametrize(
    ("asynchronous", "blocking"),
    [
        pytest.param(function, _methods(blocking)[name], id=f"{asynchronous.__name__}.{name}")
        for asynchronous, blocking in PAIRS
        for name, function in _methods(asynchronous).items()
    ],
)
def test_the_same_signatures(asynchronous: Callable[..., object], blocking: Callable[..., object]) -> None:
    assert not inspect.iscoroutinefunction(blocking)
    assert inspect.signature(blocking) == inspect.signature(asynchronous)


def test_applications_are_made_alike() -> None:
    assert inspect.signature(sync.Application) == inspect.signature(aiodubbo.Application)
