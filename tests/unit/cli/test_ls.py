"""Entries of the list, from registered URLs."""

from __future__ import annotations

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
