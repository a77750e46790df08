"""What a configuration centre says about a service, for people."""

from __future__ import annotations

import pytest

from aiodubbo.errors import RegistryError
from aiodubbo.operations.center_view import rule_line, view_of
from aiodubbo.url.url import URL

TIMEOUT = "scope: service\nkey: b.Shop\nconfigs:\n- side: consumer\n  parameters: {timeout: 3000, token: secret}\n"
ROUTE = "scope: application\nkey: web\nconditions: ['=> host = 10.0.0.5']\n"
TAGS = "key: shop\ntags:\n- {name: gray, addresses: ['10.0.0.5:20880', 10.0.1.*]}\n- {name: red}\n"


class Center:
    """A centre that holds texts; one of `None` cannot be read, and with `away` none can."""

    url = URL("zookeeper", "10.0.0.9", 2181)

    def __init__(self, texts: dict[str, str | None], *, away: bool = False) -> None:
        self._texts = texts
        self._away = away
        self.asked: list[tuple[str, str]] = []

    def is_available(self) -> bool:
        return not self._away

    async def get(self, key: str, group: str) -> str | None:
        self.asked.append((group, key))
        if self._away:
            raise RegistryError("away")
        if key in self._texts and self._texts[key] is None:
            raise RegistryError(f"{key} holds no text in UTF-8")
        return self._texts.get(key)

    async def watch(self, key: str, group: str, listener: object) -> None:
        raise AssertionError("whoever looks watches nothing")

    async def unwatch(self, key: str, group: str, listener: object) -> None:
        raise AssertionError("whoever looks watches nothing")

    async def close(self) -> None:
        pass


@pytest.mark.spec("REG-161", "settings and routes of application and service, tags of the application that provides")
async def test_what_is_read() -> None:
    center = Center({"b.Shop::.configurators": TIMEOUT, "web.condition-router": ROUTE, "shop.tag-router": TAGS, "b.Shop::.tag-router": "?"})
    view = await view_of(center, ["web", "b.Shop::", "web"], ["shop"])
    assert sorted(center.asked) == [
        ("dubbo", "b.Shop::.condition-router"),
        ("dubbo", "b.Shop::.configurators"),
        ("dubbo", "shop.configurators"),
        ("dubbo", "shop.tag-router"),
        ("dubbo", "web.condition-router"),
        ("dubbo", "web.configurators"),
    ]
    assert (list(view.configurators), list(view.conditions), list(view.tags), view.mistakes) == (["b.Shop::"], ["web"], ["shop"], {})
    settings, *others = view.lines()
    assert settings.startswith("b.Shop::.configurators: override://0.0.0.0/b.Shop?")
    assert "timeout=3000" in settings
    assert "secret" not in settings
    assert others == [
        "web.condition-router: => host = 10.0.0.5",
        "shop.tag-router: gray = 10.0.0.5:20880, 10.0.1.*",
        "shop.tag-router: red = whoever has it",
    ]


async def test_a_rule_with_a_mistake_hides_no_other() -> None:
    view = await view_of(
        Center({"web.configurators": "key: web", "web.condition-router": ROUTE, "b.Shop::.configurators": " "}), ["web"], []
    )
    assert (view.configurators, list(view.conditions)) == ({}, ["web"])
    (mistake,) = view.lines()[1:]
    assert mistake.startswith("web.configurators: not followed: the rule cannot be used: line 1: configs is missing")
    assert mistake.endswith("; running applications keep what they read before")


async def test_a_document_that_is_no_text_hides_no_other() -> None:
    view = await view_of(Center({"web.configurators": None, "web.condition-router": ROUTE}), ["web"], ["shop"])
    assert view.lines() == [
        "web.condition-router: => host = 10.0.0.5",
        "web.configurators: not followed: web.configurators holds no text in UTF-8; running applications keep what they read before",
    ]
    with pytest.raises(RegistryError, match="UTF-8"):
        await view_of(Center({"web.configurators": None, "web.condition-router": None}), ["web"], [])


async def test_rules_of_applications_that_provide_are_listed() -> None:
    """They are in the settings that such an application announces."""
    text = TIMEOUT.replace("service", "application").replace("b.Shop", "shop")
    (line,) = (await view_of(Center({"shop.configurators": text}), ["web"], ["shop"])).lines()
    assert line.startswith("shop.configurators: override://0.0.0.0/*?")


async def test_an_item_that_cannot_be_used() -> None:
    (line,) = (await view_of(Center({"b.Shop::.configurators": TIMEOUT.replace("3000", "abc")}), ["b.Shop::"], [])).lines()
    assert line.endswith('  (not followed: parameter timeout: For input string: "abc": not a whole number of 64 bits)')


async def test_a_rule_that_is_switched_off_is_none() -> None:
    assert (await view_of(Center({"shop.tag-router": f"enabled: false\n{TAGS}"}), [], ["shop"])).lines() == []


async def test_a_centre_that_is_away() -> None:
    with pytest.raises(RegistryError, match="away"):
        await view_of(Center({}, away=True), ["web"], [])


# -- rules for people

A_TIMEOUT = URL.parse("override://0.0.0.0/b.Shop?category=configurators&timeout=500")
NOTHING = URL.parse("override://0.0.0.0/b.Shop?anyhost=true")
A_ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=%3D%3E")


@pytest.mark.parametrize("good", [A_TIMEOUT, NOTHING, A_ROUTE, A_ROUTE.with_params({"enabled": "false"})])
def test_rules_that_are_followed(good: URL) -> None:
    assert rule_line(good) == str(good)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (A_TIMEOUT.with_params({"timeout": "abc"}), 'parameter timeout: For input string: "abc": not a whole number of 64 bits'),
        (A_TIMEOUT.with_params({"connections": "1000"}), "parameter connections: 1000 connections to each provider are too many"),
        (A_TIMEOUT.with_protocol("nosuch"), "nosuch"),
        (A_ROUTE.with_params({"router": "script"}), "script"),
        (A_ROUTE.with_params({"rule": "x+%3D%3E+,+y"}), "Illegal route rule"),
    ],
)
def test_rules_that_are_not_followed(bad: URL, why: str, caplog: pytest.LogCaptureFixture) -> None:
    text = rule_line(bad)
    assert text.startswith(f"{bad}  (not followed: ")
    assert why in text
    assert caplog.records == []


def test_a_rule_that_is_followed_in_part() -> None:
    bad = A_TIMEOUT.with_params({"loadbalance": "nosuch"})
    assert rule_line(bad).startswith(f"{bad}  (followed without its parameter loadbalance: ")


def test_extensions_of_somebody_else_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def load(self, name: str) -> object:
            raise KeyError(name)

    monkeypatch.setattr("aiodubbo.governance.routes.ROUTER", Broken())
    assert rule_line(A_ROUTE) == f"{A_ROUTE}  (not followed: KeyError: 'condition')"
