"""Which configuration centre ``aiodubbo describe`` asks, and what it says when that one does not tell."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli import describe
from aiodubbo.errors import ConfigurationError, RegistryError
from aiodubbo.operations.center_view import CenterView
from aiodubbo.operations.describe import ANYBODY
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Iterable


PROVIDER = URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&version=1&side=provider")
WEB = URL.parse("consumer://10.0.0.3/b.Shop?application=web&interface=b.Shop&version=1&side=consumer")
ZOOKEEPER = URL("zookeeper", "10.0.0.9", 2181)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, set[str], set[str]]]:
    seen: list[tuple[str, set[str], set[str]]] = []

    async def look_into(url: URL, names: Iterable[str], providers: Iterable[str]) -> CenterView:
        seen.append((str(url), set(names), set(providers)))
        if url.host == "10.0.0.8":
            raise RegistryError("it does not answer")
        return CenterView()

    monkeypatch.setattr(describe, "look_into", look_into)
    return seen


async def rules(given: str | None, registry: URL, consumer: URL = ANYBODY) -> CenterView | None:
    return await describe._rules(given, registry, [PROVIDER, WEB], consumer, {})


async def test_the_registry_is_the_centre(asked: list[tuple[str, set[str], set[str]]]) -> None:
    assert await rules(None, ZOOKEEPER) == CenterView()
    await rules(None, ZOOKEEPER, WEB)
    assert asked == [(str(ZOOKEEPER), {"b.Shop:1:"}, {"shop"}), (str(ZOOKEEPER), {"b.Shop:1:", "web"}, {"shop"})]


async def test_no_centre(asked: list[tuple[str, set[str], set[str]]]) -> None:
    assert await rules(None, URL("redis", "10.0.0.9", 6379)) is None
    assert await rules(None, ZOOKEEPER.with_params({"use-as-config-center": "false"})) is None
    assert asked == []


async def test_a_centre_that_was_named(asked: list[tuple[str, set[str], set[str]]]) -> None:
    assert await rules("zookeeper://10.0.0.7:2181", URL("redis", "10.0.0.9", 6379)) == CenterView()
    assert asked[0][0] == "zookeeper://10.0.0.7:2181"
    with pytest.raises(ConfigurationError, match="a configuration centre is given as protocol://host:port"):
        await rules("10.0.0.7", ZOOKEEPER)


async def test_a_centre_that_tells_nothing(asked: list[tuple[str, set[str], set[str]]], capsys: pytest.CaptureFixture[str]) -> None:
    assert await rules(None, ZOOKEEPER.with_host("10.0.0.8")) is None
    assert capsys.readouterr().err == "rules of the configuration centre 10.0.0.8:2181 are not shown: it does not answer\n"
    with pytest.raises(RegistryError, match=r"^the configuration centre 10\.0\.0\.8:2181 tells nothing: it does not answer"):
        await rules("zookeeper://10.0.0.8:2181", ZOOKEEPER)
    assert len(asked) == 2


def test_silence(caplog: pytest.LogCaptureFixture) -> None:
    with describe._silent("aiodubbo.governance"):
        logging.getLogger("aiodubbo.governance.condition").warning("unheard")
        logging.getLogger("aiodubbo.governance.routes").error("heard")
    logging.getLogger("aiodubbo.governance.condition").warning("heard again")
    assert [record.getMessage() for record in caplog.records] == ["heard", "heard again"]
