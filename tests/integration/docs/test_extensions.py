"""The plug-in of docs/how-to/extensions.md: the page shows its code, and all of its parts take part in a call."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

import pytest
from tests.integration.services import Shop, ShopImplementation
from tests.unit.ext.conftest import PLUGIN, acme, install
from tests.unit.fakes import FakeInvoker, a_call, provider_url

from aiodubbo import URL, Application
from aiodubbo.ext.point import ExtensionPoint
from aiodubbo.rpc import points
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.statistics import CallCounts, Side

from .pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker

__all__ = ["acme", "install"]

pytestmark = pytest.mark.integration


@pytest.fixture
def plugin(acme: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plug-in installed; the extension points look again at what is."""
    for point in vars(points).values():
        if isinstance(point, ExtensionPoint):
            monkeypatch.setattr(point, "_declared", None)
            monkeypatch.setattr(point, "_loaded", {})


def test_the_page_shows_the_plug_in() -> None:
    page = (ROOT / "docs" / "how-to" / "extensions.md").read_text(encoding="utf-8")
    code = (PLUGIN / "acme_dubbo.py").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "Host" in block or "Wrapper" in block]
    assert len(blocks) == 5
    for block in blocks:
        assert block in code
    declared = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    assert declared in (PLUGIN / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.spec("SPI-3", "a plug-in of another package takes part in calls")
@pytest.mark.spec("SPI-14", "a wrapper surrounds the protocol of every service and reference")
@pytest.mark.usefixtures("plugin")
async def test_a_filter_a_registry_and_a_wrapper_take_part(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "acme")
    async with Application("shop", protocol="dubbo://127.0.0.1:0", shutdown_wait=0) as provider:
        exported = await provider.export(Shop, ShopImplementation(), parameters={"audit": "true"})
        async with Application("web", registry=f"fixed://{exported.url.address}") as consumer:
            shop = await consumer.refer(Shop, parameters={"loadbalance": "fastest"}, timeout=5.0)
            assert await shop.find("apple", limit=0) == []
    audit, *counts = [record.getMessage() for record in caplog.records if record.name == "acme"]
    assert re.fullmatch(rf"shop: {re.escape(exported.url.service_interface)}\.find took \d\.\d+ s", audit)
    assert counts == ["0 exported, 1 referred", "1 exported, 0 referred"]


@pytest.mark.usefixtures("plugin")
def test_the_load_balance_prefers_the_fastest() -> None:
    host = Host(name="web")
    balance = points.LOAD_BALANCE.load("fastest")(host)
    slow, quick, new = invokers = [FakeInvoker(provider_url(number)) for number in (1, 2, 3)]
    for invoker, elapsed in ((slow, 2.0), (quick, 1.0)):
        counts = host.statistics.hold(Side.CONSUMER, invoker.url).setdefault(a_call().method.name, CallCounts())
        counts.begin()
        counts.end(elapsed)
    assert balance(invokers, a_call()) is new
    assert balance(invokers[:2], a_call()) is quick


@pytest.mark.usefixtures("plugin")
def test_the_router_prefers_its_own_zone() -> None:
    router = points.ROUTER.load("zone")(URL.parse("route://0.0.0.0/?router=zone&priority=3"), Host(name="web"))
    invokers: Sequence[Invoker] = [FakeInvoker(provider_url(number, zone=zone)) for number, zone in enumerate("aab")]
    assert router.priority == 3
    assert router(invokers, URL.parse("consumer://10.0.0.1/x?zone=b"), a_call()) == invokers[2:]
    assert router(invokers, URL.parse("consumer://10.0.0.1/x?zone=c"), a_call()) == invokers
    assert "acme_dubbo" in sys.modules
