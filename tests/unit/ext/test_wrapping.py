"""Wrappers around an extension."""

from __future__ import annotations

import pytest

from aiodubbo.ext.wrapping import Wrapper, compose


def named(name: str, order: int) -> Wrapper[str]:
    return Wrapper(lambda inside: f"{name}({inside})", order)


@pytest.mark.spec("SPI-4", "every wrapper surrounds the extension")
@pytest.mark.spec("SPI-14", "the wrapper of the smallest order is the outermost")
def test_the_smallest_order_is_the_outermost() -> None:
    wrappers = {"listener": named("listener", 200), "qos": named("qos", 0), "filter": named("filter", 100)}
    assert compose("dubbo", wrappers) == "qos(filter(listener(dubbo)))"


def test_equal_orders_go_by_name() -> None:
    assert compose("x", {"b": named("b", 1), "a": named("a", 1)}) == "a(b(x))"


def test_no_wrapper() -> None:
    assert compose("x", {}) == "x"
