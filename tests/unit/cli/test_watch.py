"""Lines about what changed in a registry."""

from __future__ import annotations

from aiodubbo.cli.watch import Watch
from aiodubbo.operations.service_name import ServiceName
from aiodubbo.url.url import URL

PROVIDER = URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&weight=50&token=old&timestamp=1")
CONSUMER = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop")
RULE = URL.parse("override://0.0.0.0/b.Shop?category=configurators&timeout=5&token=hidden")
ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=x")


async def test_one_version() -> None:
    lines: list[str] = []
    watch = Watch(lines.append, ServiceName.parse("b.Shop:1").fits)
    await watch([PROVIDER, PROVIDER.with_params({"version": "1"}), RULE, ROUTE.with_params({"version": "1"})])
    assert lines == ["+ provider  b.Shop:1  10.0.0.2:20880  shop", f"+ rule  {ROUTE}&version=1"]


def nothing(category: str) -> URL:
    return URL.parse(f"empty://10.0.0.9/b.Shop?category={category}&interface=b.Shop")


async def test_what_comes_goes_and_changes() -> None:
    lines: list[str] = []
    watch = Watch(lines.append)

    async def told(*urls: URL) -> list[str]:
        lines.clear()
        await watch(urls)
        return list(lines)

    assert await told(PROVIDER, CONSUMER, nothing("routers")) == [
        "+ provider  b.Shop  10.0.0.2:20880  shop",
        "+ consumer  b.Shop  10.0.0.3  web",
    ]
    assert await told(PROVIDER, CONSUMER) == []
    assert await told(PROVIDER.with_params({"timestamp": "2"})) == [], "a restart changes nothing"
    changed = PROVIDER.with_params({"weight": "10", "token": "new", "retries": "1"})
    assert await told(changed) == ["~ provider  b.Shop  10.0.0.2:20880  shop  retries: none -> 1, token: *** -> ***, weight: 50 -> 10"]
    rules = await told(RULE, ROUTE)
    assert rules == ["+ rule  override://0.0.0.0/b.Shop?category=configurators&timeout=5&token=***", f"+ rule  {ROUTE}"]
    assert await told(nothing("providers"), nothing("routers")) == ["- provider  b.Shop  10.0.0.2:20880  shop", f"- rule  {ROUTE}"]
