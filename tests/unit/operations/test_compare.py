"""Differences between two lists of entries, and between a list and the one before."""

from __future__ import annotations

from dataclasses import replace

from aiodubbo.operations.compare import Change, Watch, difference
from aiodubbo.operations.entries import ServiceName
from aiodubbo.url.url import URL

from .entries import ALL, OTHER, PROVIDER, RULE, SECOND

SHOP = URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&weight=50&token=old&timestamp=1")
WEB = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop")
SHOP_RULE = URL.parse("override://0.0.0.0/b.Shop?category=configurators&timeout=5&token=hidden")
SHOP_ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=x")


def test_nothing() -> None:
    assert not difference(ALL, tuple(reversed(ALL)))


def test_what_is_on_one_side_alone() -> None:
    found = difference([PROVIDER, RULE], [RULE, OTHER])
    assert (found.left, found.right, found.changed) == ((PROVIDER.redacted(),), (str(OTHER),), ())
    assert "s3cret" not in found.left[0]


def test_other_parameters_at_the_same_place() -> None:
    after = PROVIDER.with_params({"timestamp": "9", "weight": "10", "token": "other"}).without_params("application").with_path("path")
    found = difference([PROVIDER], [after.with_params({"application": "shop"})])
    assert found.changed == (
        Change(
            "providers",
            "dubbo",
            "a.Shop",
            "10.0.0.1:20880",
            "shop",
            {"timestamp": ("1", "9"), "token": ("***", "***"), "url.path": ("a.Shop", "path"), "weight": (None, "10")},
        ),
    )


def test_another_password_of_the_address_is_hidden() -> None:
    with_user = URL.parse("dubbo://me:one@10.0.0.1:1/a.Shop")
    (change,) = difference([with_user], [replace(with_user, password="two")]).changed
    assert change.parameters == {"url.password": ("***", "***")}


def test_nested_secrets_are_hidden() -> None:
    one = PROVIDER.with_params({"monitor": "dubbo%3A%2F%2Fh%3Fpassword%3Ds3cret"})
    (change,) = difference([one], [PROVIDER]).changed
    assert change.parameters == {"monitor": ("dubbo%3A%2F%2Fh%3Fpassword%3D***", None)}


def test_parameters_that_do_not_count() -> None:
    restarted = PROVIDER.with_params({"timestamp": "9", "pid": "1"})
    assert not difference([PROVIDER, SECOND], [SECOND, restarted], ("timestamp", "pid"))
    found = difference([PROVIDER, restarted], [PROVIDER], ("timestamp", "pid"))
    assert (len(found.left), found.right, found.changed) == (1, (), ())


def test_of_several_at_one_place_the_closest_are_compared() -> None:
    def rule(**params: str) -> URL:
        return RULE.with_params(params)

    found = difference([rule(timeout="5"), rule(weight="1", retries="0")], [rule(weight="1", retries="2"), rule(timeout="5", a="b")])
    assert [change.parameters for change in found.changed] == [{"a": (None, "b")}, {"retries": ("0", "2")}]


def test_very_many_at_one_place_are_compared_in_order() -> None:
    left = [RULE.with_params({"timeout": str(number)}) for number in range(150)]
    right = [RULE.with_params({"timeout": str(number)}) for number in range(1000, 1150)]
    assert len(difference(left, right).changed) == 150


async def test_one_version() -> None:
    lines: list[str] = []
    watch = Watch(lines.append, ServiceName.parse("b.Shop:1").fits)
    await watch([SHOP, SHOP.with_params({"version": "1"}), SHOP_RULE, SHOP_ROUTE.with_params({"version": "1"})])
    assert lines == ["+ provider  b.Shop:1  10.0.0.2:20880  shop", f"+ rule  {SHOP_ROUTE}&version=1"]


def nothing(category: str) -> URL:
    return URL.parse(f"empty://10.0.0.9/b.Shop?category={category}&interface=b.Shop")


async def test_what_comes_goes_and_changes() -> None:
    lines: list[str] = []
    watch = Watch(lines.append)

    async def notify(*urls: URL) -> list[str]:
        lines.clear()
        await watch(urls)
        return list(lines)

    assert await notify(SHOP, WEB, nothing("routers")) == [
        "+ provider  b.Shop  10.0.0.2:20880  shop",
        "+ consumer  b.Shop  10.0.0.3  web",
    ]
    assert await notify(SHOP, WEB) == []
    assert await notify(SHOP.with_params({"timestamp": "2"})) == [], "a restart changes nothing"
    changed = SHOP.with_params({"weight": "10", "token": "new", "retries": "1"})
    assert await notify(changed) == ["~ provider  b.Shop  10.0.0.2:20880  shop  retries: none -> 1, token: *** -> ***, weight: 50 -> 10"]
    rules = await notify(SHOP_RULE, SHOP_ROUTE)
    assert rules == ["+ rule  override://0.0.0.0/b.Shop?category=configurators&timeout=5&token=***", f"+ rule  {SHOP_ROUTE}"]
    assert await notify(nothing("providers"), nothing("routers")) == ["- provider  b.Shop  10.0.0.2:20880  shop", f"- rule  {SHOP_ROUTE}"]
