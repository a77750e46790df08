"""Entries: read whole, selected, named, listed."""

from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.operations.entries import Selection, ServiceName, canonical, in_order, list_entries, problem, read_entries, readable
from aiodubbo.url.url import URL

from .entries import ALL, BY_HAND, CONSUMER, OTHER, PROVIDER, ROUTE, RULE, SECOND, Held


async def test_everything_in_order() -> None:
    """By service, then category, then text; the markers for empty categories are no entries."""
    assert await read_entries(Held(*reversed(ALL)), Selection()) == [PROVIDER, SECOND, BY_HAND, CONSUMER, RULE, ROUTE, OTHER]


async def test_a_selection() -> None:
    registry = Held(*ALL)
    assert await read_entries(registry, Selection(("configurators", "routers"))) == [RULE, ROUTE]
    assert await read_entries(registry, Selection(service="CART")) == [OTHER]
    assert await read_entries(registry, Selection(service="Cart:1.0")) == []
    assert await read_entries(registry, Selection(("consumers",)), "a.Shop") == [CONSUMER]


async def test_what_cannot_be_written_is_left_out_and_said() -> None:
    nameless = URL("dubbo", "10.0.0.1", 1, params={"password": "s3cret"})
    warnings: list[str] = []
    registry = Held(PROVIDER, *(nameless.with_port(port) for port in range(1, 23)))
    assert await read_entries(registry, Selection(), warn=warnings.append) == [PROVIDER]
    assert warnings[0].startswith("left out, an entry of 10.1.1.1:4711 that is none: dubbo://10.0.0.1:1?password=***: it names no service")
    assert warnings[20:] == ["left out, and 2 more"]


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


NAMED = URL.parse("dubbo://10.0.0.1:20880/a.b.Shop?group=g&interface=a.b.Shop&version=1.0")


@pytest.mark.parametrize(
    ("text", "interface", "group", "version"),
    [
        ("a.b.Shop", "a.b.Shop", None, None),
        ("a.b.Shop:1.0", "a.b.Shop", None, "1.0"),
        ("g/a.b.Shop", "a.b.Shop", "g", None),
        (" g,h/a.b.Shop:1.0 ", "a.b.Shop", "g,h", "1.0"),
        ("*/a.b.Shop:*", "a.b.Shop", "*", "*"),
        ("/a.b.Shop:", "a.b.Shop", None, None),
        ("", "", None, None),
    ],
)
def test_parts(text: str, interface: str, group: str | None, version: str | None) -> None:
    assert ServiceName.parse(text) == ServiceName(interface, group, version)


def test_a_service_is_found_by_its_own_name() -> None:
    for url in (NAMED, NAMED.without_params(("group",)), NAMED.with_params({"group": "g,h", "version": "*"})):
        assert ServiceName.parse(url.service_key).is_like(url)


@pytest.mark.parametrize(
    ("text", "fits"), [("shop", True), ("shop:1.0", True), ("h/shop", False), ("shop:1", False), ("g/shop:1.0", True), ("cart", False)]
)
def test_likeness(text: str, fits: bool) -> None:
    assert ServiceName.parse(text).is_like(NAMED) is fits


def test_consumers_of_several_groups() -> None:
    consumer = URL.parse("consumer://10.0.0.1/a.b.Shop?group=g,h&version=*")
    assert [ServiceName.parse(text).fits(consumer) for text in ("g/s:2", "h/s", "k/s", "g,h/s:*")] == [True, True, False, True]


def test_options_say_the_same_or_nothing() -> None:
    name = ServiceName.parse("g/a.b.Shop:1.0")
    assert name.narrowed(None, None) == name.narrowed("g", "1.0") == {"group": "g", "version": "1.0"}
    assert ServiceName.parse("a.b.Shop").narrowed("", None) == {"group": ""}
    with pytest.raises(ConfigurationError, match=r"SERVICE says version '1\.0', --version says '2\.0': give one of them"):
        name.narrowed(None, "2.0")
    with pytest.raises(ConfigurationError, match="SERVICE says group 'g', --group says ''"):
        name.narrowed("", None)


def test_providers_and_consumers_by_service() -> None:
    urls = [
        URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop"),
        URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&methods=order,pay&weight=50&token=secret"),
        URL.parse("dubbo://10.0.0.1:20880/a.Users?application=users&group=g&interface=a.Users&version=1.0.0"),
    ]
    users, shop, web = list_entries(urls)
    assert (users.interface, users.group, users.version, users.side, users.address) == (
        "a.Users",
        "g",
        "1.0.0",
        "provider",
        "10.0.0.1:20880",
    )
    assert (shop.application, shop.protocol, shop.weight, shop.methods) == ("shop", "dubbo", 50, ("order", "pay"))
    assert (web.side, web.address, web.weight, web.protocol) == ("consumer", "10.0.0.3", None, "")


def test_secrets_are_hidden() -> None:
    [entry] = list_entries([URL.parse("dubbo://10.0.0.2:20880/b.Shop?interface=b.Shop&token=secret")])
    assert "secret" not in entry.url


def test_markers_and_rules_are_no_list_entries() -> None:
    urls = [
        URL.parse("empty://10.0.0.2/b.Shop?category=providers&interface=b.Shop"),
        URL.parse("override://0.0.0.0/b.Shop?category=configurators&interface=b.Shop"),
        URL.parse("route://0.0.0.0/b.Shop?category=routers&interface=b.Shop"),
    ]
    assert list_entries(urls) == []
