from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.integration.reference_rules import ReferenceRules
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL
from tests.unit.fakes import FakeCenter

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import ConfigListener

CONSUMER = URL("consumer", "10.0.0.9", 0, "a.B", {"application": "web", "interface": "a.B", "group": "g", "version": "1.0"})
OF_ALL = ["a.B:1.0:g.condition-router", "a.B:1.0:g.configurators", "web.condition-router", "web.configurators"]


async def nothing() -> None:
    """Nobody wants to know."""


@pytest.mark.spec("REG-161", "a reference follows the rules of its application and of its service")
async def test_what_is_followed() -> None:
    of_application = "key: web\nscope: application\nconfigs: [{side: consumer, parameters: {timeout: 1}}]"
    of_service = "key: a.B\nconfigs: [{side: consumer, parameters: {timeout: 2}}]"
    texts = {
        "web.configurators": of_application,
        "a.B:1.0:g.configurators": of_service,
        "a.B:1.0:g.condition-router": "conditions: ['=> host = 1.1.1.1']",
        "web.condition-router": "conditions: ['=> host = 2.2.2.2']",
        "user-provider.tag-router": "tags: [{name: gray}]",
        "other-provider.tag-router": "tags: [{name: blue}]",
    }
    center = FakeCenter(texts)
    rules = ReferenceRules(CenterRules(center, check=True), CONSUMER, nothing)
    assert (rules.configurators, rules.conditions, rules.tags, rules.is_in_use) == ([(), ()], ((), ()), None, False)
    await rules.start()
    assert center.keys == OF_ALL
    assert [url.param("timeout") for urls in rules.configurators for url in urls] == ["1", "2"], "the service comes last and counts more"
    assert [url.decoded_param("rule") for urls in rules.conditions for url in urls] == ["=> host = 1.1.1.1", "=> host = 2.2.2.2"]
    assert rules.is_in_use
    await rules.close()
    assert center.keys == []


@pytest.mark.spec("REG-161", "the rule for tags is that of the application which provides, also when another one takes over")
async def test_tags_of_the_provider() -> None:
    center = FakeCenter({"user-provider.tag-router": "tags: [{name: gray}]", "other-provider.tag-router": "tags: [{name: blue}]"})
    rules = ReferenceRules(CenterRules(center, check=True), CONSUMER, nothing)
    await rules.start()
    await rules.provided_by("user-provider")
    assert (rules.provider, list(rules.tags.tags if rules.tags is not None else ())) == ("user-provider", ["gray"])
    await rules.provided_by("user-provider")
    assert center.keys == sorted([*OF_ALL, "user-provider.tag-router"])
    await rules.provided_by("other-provider")
    assert list(rules.tags.tags if rules.tags is not None else ()) == ["blue"]
    assert center.keys == sorted([*OF_ALL, "other-provider.tag-router"])
    await rules.close()
    await rules.provided_by("user-provider")
    assert center.keys == []


async def test_a_centre_that_must_be_there() -> None:
    center = FakeCenter()
    center.failure = NetworkError("away")
    rules = ReferenceRules(CenterRules(center, check=True), CONSUMER, nothing)
    with pytest.raises(RegistryError):
        await rules.start()
    await rules.close()
    assert center.keys == []


async def test_a_rule_for_tags_that_cannot_be_followed_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    center = FakeCenter({"shop.tag-router": "tags: [{name: gray}]"})
    rules = ReferenceRules(CenterRules(center, check=True), CONSUMER, nothing)
    await rules.start()
    center.failure = ValueError("unforeseen")
    await rules.provided_by("shop")
    assert "the rule for tags of the application 'shop' is not followed" in caplog.text
    assert (rules.tags, rules.provider, center.keys) == (None, "", OF_ALL)
    center.failure = None
    await rules.provided_by("shop")
    assert (list(rules.tags.tags if rules.tags is not None else ()), rules.provider) == (["gray"], "shop")


async def test_a_rule_for_tags_is_followed_after_a_cancelled_attempt() -> None:
    gate = asyncio.Event()

    class Slow(FakeCenter):
        async def watch(self, key: str, group: str, listener: ConfigListener) -> None:
            await gate.wait()
            await super().watch(key, group, listener)

    rules = ReferenceRules(CenterRules(Slow({"shop.tag-router": "tags: [{name: gray}]"}), check=False), CONSUMER, nothing)
    cancelled = asyncio.create_task(rules.provided_by("shop"))
    await ManualClock().settle()
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert rules.provider == ""
    gate.set()
    await rules.provided_by("shop")
    assert list(rules.tags.tags if rules.tags is not None else ()) == ["gray"]
