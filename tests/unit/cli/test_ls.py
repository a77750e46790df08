"""Entries of the list, from registered URLs."""

from __future__ import annotations

from rich.console import Console

from aiodubbo.cli import ls
from aiodubbo.cli.ls import entries
from aiodubbo.url.url import URL


def test_providers_and_consumers_by_service() -> None:
    urls = [
        URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop"),
        URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&methods=order,pay&weight=50&token=secret"),
        URL.parse("dubbo://10.0.0.1:20880/a.Users?application=users&group=g&interface=a.Users&version=1.0.0"),
    ]
    users, shop, web = entries(urls)
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
    [entry] = entries([URL.parse("dubbo://10.0.0.2:20880/b.Shop?interface=b.Shop&token=secret")])
    assert "secret" not in entry.url


def test_markers_and_rules_are_no_entries() -> None:
    urls = [
        URL.parse("empty://10.0.0.2/b.Shop?category=providers&interface=b.Shop"),
        URL.parse("override://0.0.0.0/b.Shop?category=configurators&interface=b.Shop"),
        URL.parse("route://0.0.0.0/b.Shop?category=routers&interface=b.Shop"),
    ]
    assert entries(urls) == []


def _drawn(part: object) -> str:
    console = Console(width=100, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(part)
    return captured.get()


def test_tables_show_names_as_they_are() -> None:
    found = entries([URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=[red]x[/]&group=\x1b[31mg&interface=b.Shop&methods=order,pay")])
    for table in (_drawn(ls._overview(found)), _drawn(ls._details(found))):
        assert "b.Shop" in table
        assert "10.0.0.2:20880" in table
        assert "\x1b[31mg" not in table
    assert "[red]x[/]" in _drawn(ls._details(found))
    assert "order, pay" in _drawn(ls._details(found))


def test_a_service_without_providers_says_so() -> None:
    found = entries([URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop")])
    assert "none" in _drawn(ls._overview(found))
