from __future__ import annotations

from typing import Any

import pytest

from aiodubbo.bootstrap.addresses import protocol_url, registry_urls
from aiodubbo.errors import ConfigurationError
from aiodubbo.url.url import URL


@pytest.mark.parametrize("registry", ["127.0.0.1:2181", "zookeeper://", "zookeeper"])
def test_a_registry_needs_protocol_and_host(registry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a registry is given as protocol://host:port"):
        registry_urls(registry)


@pytest.mark.parametrize(
    "registry",
    ["zookeeper://127.0.0.1:", "redis://10.0.0.1:6379?backup=10.0.0.2:", "dubbo://10.0.0.1 10.0.0.2:9090", "zookeeper://fd77::1:2181"],
)
def test_a_host_that_is_none(registry: str) -> None:
    with pytest.raises(ConfigurationError, match="is no host: a registry is given as"):
        registry_urls(registry)


@pytest.mark.parametrize("registry", ["multicast://[ff02::1]:1234", "zookeeper://[fd77::1]:2181?backup=[fd77::2]:2181", "redis://my_host"])
def test_hosts(registry: str) -> None:
    assert [str(url) for url in registry_urls(registry)] == [registry]


@pytest.mark.parametrize("protocol", ["dubbo", "20880", "", 20880])
def test_a_protocol_needs_an_address(protocol: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"dubbo://:20880"):
        protocol_url(protocol)


def test_a_registry_is_no_number() -> None:
    wrong: Any = 9090
    with pytest.raises(ConfigurationError, match=r"a registry is a text such as 'dubbo://127.0.0.1:9090'"):
        registry_urls(wrong)


def test_no_registry_by_name() -> None:
    assert registry_urls("N/A") == []
    assert [url.host for url in registry_urls([URL("dubbo", "10.0.0.1", 9090), "dubbo://10.0.0.2:9090 | dubbo://10.0.0.3"])] == [
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.3",
    ]
