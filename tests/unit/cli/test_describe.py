"""What a registry holds for one service, and where each setting comes from."""

from __future__ import annotations

from aiodubbo.cli.describe import _lines, describe
from aiodubbo.url.url import URL

PROVIDER = URL.parse(
    "dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&methods=order,pay&weight=50&side=provider&pay.timeout=9000&token=secret"
)
CONSUMER = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop&retries=0&side=consumer")
FOR_WEB = URL.parse("override://0.0.0.0/b.Shop?category=configurators&dynamic=false&application=web&timeout=500")
KICKED = URL.parse("override://10.0.0.2:20880/b.Shop?category=configurators&dynamic=false&disabled=true&token=hidden")
OFF = URL.parse("override://0.0.0.0/b.Shop?category=configurators&dynamic=false&enabled=false&weight=1")
ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=x")
EMPTY = URL.parse("empty://10.0.0.9/b.Shop?category=routers&interface=b.Shop")


def settings(*urls: URL, consumer: URL | None = None) -> dict[str, tuple[str, str]]:
    found = describe(urls) if consumer is None else describe(urls, consumer)
    (provider,) = found.providers
    return {one.name: (one.value, one.origin) for one in provider.settings}


def test_origins_without_a_consumer() -> None:
    assert settings(PROVIDER, CONSUMER, FOR_WEB, OFF, EMPTY) == {
        "disabled": ("false", "default"),
        "loadbalance": ("random", "default"),
        "pay.timeout": ("9000", "provider"),
        "retries": ("2", "default"),
        "timeout": ("1000", "default"),
        "warmup": ("600000", "default"),
        "weight": ("50", "provider"),
    }


def test_origins_for_a_consumer() -> None:
    found = settings(PROVIDER, CONSUMER, FOR_WEB, consumer=CONSUMER)
    assert found["retries"] == ("0", "consumer")
    assert found["timeout"] == ("500", f"rule {FOR_WEB}")
    assert found["weight"] == ("50", "provider")


def test_secrets_are_hidden_and_the_disabled_marked() -> None:
    found = describe([PROVIDER, CONSUMER, KICKED, ROUTE])
    assert not found.providers[0].callable
    text = "\n".join(_lines(found))
    assert "secret" not in text
    assert "hidden" not in text
    assert "provider  b.Shop  10.0.0.2:20880  shop  (disabled)" in text
    assert "  token = ***  [rule override://10.0.0.2:20880/b.Shop?" in text
    assert "consumer  b.Shop  10.0.0.3  web" in text
    assert f"rule  {ROUTE}" in text


def test_nothing() -> None:
    found = describe([EMPTY])
    assert (found.providers, found.consumers, found.rules, _lines(found)) == ((), (), (), [])
