"""What is written for SERVICE."""

from __future__ import annotations

import click
import pytest

from aiodubbo.operations.service_name import ServiceName
from aiodubbo.url.url import URL

PROVIDER = URL.parse("dubbo://10.0.0.1:20880/a.b.Shop?group=g&interface=a.b.Shop&version=1.0")


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
    for url in (PROVIDER, PROVIDER.without_params(("group",)), PROVIDER.with_params({"group": "g,h", "version": "*"})):
        assert ServiceName.parse(url.service_key).is_like(url)


@pytest.mark.parametrize(
    ("text", "fits"), [("shop", True), ("shop:1.0", True), ("h/shop", False), ("shop:1", False), ("g/shop:1.0", True), ("cart", False)]
)
def test_likeness(text: str, fits: bool) -> None:
    assert ServiceName.parse(text).is_like(PROVIDER) is fits


def test_consumers_of_several_groups() -> None:
    consumer = URL.parse("consumer://10.0.0.1/a.b.Shop?group=g,h&version=*")
    assert [ServiceName.parse(text).fits(consumer) for text in ("g/s:2", "h/s", "k/s", "g,h/s:*")] == [True, True, False, True]


def test_options_say_the_same_or_nothing() -> None:
    name = ServiceName.parse("g/a.b.Shop:1.0")
    assert name.narrowed(None, None) == name.narrowed("g", "1.0") == {"group": "g", "version": "1.0"}
    assert ServiceName.parse("a.b.Shop").narrowed("", None) == {"group": ""}
    with pytest.raises(click.UsageError, match=r"SERVICE says version '1\.0', --version says '2\.0': give one of them"):
        name.narrowed(None, "2.0")
    with pytest.raises(click.UsageError, match="SERVICE says group 'g', --group says ''"):
        name.narrowed("", None)
