"""Reading a registry whole."""

from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.operations.entries import Selection, canonical, held, in_order, problem, readable
from aiodubbo.url.url import URL

from .entries import ALL, BY_HAND, CONSUMER, OTHER, PROVIDER, ROUTE, RULE, SECOND, Held


async def test_everything_in_order() -> None:
    """By service, then category, then text; the markers for empty categories are no entries."""
    assert await held(Held(*reversed(ALL)), Selection()) == [PROVIDER, SECOND, BY_HAND, CONSUMER, RULE, ROUTE, OTHER]


async def test_a_selection() -> None:
    registry = Held(*ALL)
    assert await held(registry, Selection(("configurators", "routers"))) == [RULE, ROUTE]
    assert await held(registry, Selection(service="CART")) == [OTHER]
    assert await held(registry, Selection(service="Cart:1.0")) == []
    assert await held(registry, Selection(("consumers",)), "a.Shop") == [CONSUMER]


async def test_what_cannot_be_written_is_left_out_and_said() -> None:
    nameless = URL("dubbo", "10.0.0.1", 1, params={"password": "s3cret"})
    told: list[str] = []
    registry = Held(PROVIDER, *(nameless.with_port(port) for port in range(1, 23)))
    assert await held(registry, Selection(), tell=told.append) == [PROVIDER]
    assert told[0].startswith("left out, an entry of 10.1.1.1:4711 that is none: dubbo://10.0.0.1:1?password=***: it names no service")
    assert told[20:] == ["left out, and 2 more"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.0.0.1:1/a.Shop", "it has no protocol"),
        ("empty://10.0.0.1/a.Shop", "stands for nothing"),
        ("dubbo:///a.Shop", "it has no host"),
        ("dubbo://10.0.0.1:1", "it names no service"),
        ("dubbo://10.0.0.1:1/x?interface=*", "it names no service"),
        ("dubbo://10.0.0.1:1/a.Shop?category=other", "its category is 'other', which is none of providers, consumers"),
    ],
)
def test_what_is_no_entry(text: str, reason: str) -> None:
    assert reason in problem(URL.parse(text))


def test_an_entry_is_what_its_text_stands_for() -> None:
    """A registry that keeps objects may hold a value that no text gives back; what is written is the text."""
    odd = PROVIDER.with_params({"note": "a&b=c "})
    assert canonical(odd).params["b"] == "c"
    assert readable([odd, canonical(odd)]) == ([canonical(odd)], [])
    with pytest.raises(InvalidURLError, match="it has no host"):
        canonical(URL("dubbo", "", 0, "a.Shop"))


def test_order_is_that_of_the_categories() -> None:
    assert in_order([ROUTE, RULE, CONSUMER, PROVIDER]) == [PROVIDER, CONSUMER, RULE, ROUTE]
