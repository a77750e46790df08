from __future__ import annotations

from typing import Any

import pytest

from aiodubbo.bootstrap.registries import Center
from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL

REDIS, ZOOKEEPER = URL.parse("redis://10.0.0.1:6379"), URL.parse("zookeeper://ada:pw@10.0.0.2:2181?backup=10.0.0.3:2181&timeout=700")


@pytest.mark.spec("REG-160", "a zookeeper registry is the configuration centre, unless it says no or another is named")
@pytest.mark.parametrize(
    ("given", "registries", "expected"),
    [
        (None, [], None),
        (None, [REDIS], None),
        (None, [REDIS, ZOOKEEPER, URL.parse("zookeeper://10.0.0.9")], ZOOKEEPER),
        (None, [ZOOKEEPER.with_param("group", "a/b")], ZOOKEEPER.with_params({"group": "a/b", "namespace": "a/b"})),
        (None, [ZOOKEEPER.with_param("use-as-config-center", False)], None),
        ("zookeeper://10.0.0.5:2181?namespace=n", [ZOOKEEPER], URL.parse("zookeeper://10.0.0.5:2181?namespace=n")),
        (ZOOKEEPER, [], ZOOKEEPER),
    ],
)
def test_which_one(given: str | URL | None, registries: list[URL], expected: URL | None) -> None:
    assert Center(given, registries, check=True).url == expected


@pytest.mark.parametrize("given", ["", "10.0.0.5:2181", "zookeeper:///path", 5, URL("zookeeper")])
def test_no_address(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="a configuration centre is given as protocol://host:port"):
        Center(given, [], check=True)


def test_a_kind_that_is_not_there() -> None:
    with pytest.raises(ExtensionNotFoundError, match="Dubbo for Java has it, this version of aiodubbo does not"):
        Center("nacos://10.0.0.5:8848", [], check=True)


async def test_rules_are_made_once_and_only_when_they_are_asked_for() -> None:
    nothing = Center(None, [], check=True)
    assert nothing.rules(Host(name="test")) is None
    await nothing.close()
    center = Center(None, [ZOOKEEPER], check=True)
    await center.close()
    assert center.rules(Host(name="test")) is center.rules(Host(name="test"))
    assert (center._check, Center(ZOOKEEPER, [], check=True)._check, Center(ZOOKEEPER, [], check=False)._check) == (False, True, False)
    await center.close()
