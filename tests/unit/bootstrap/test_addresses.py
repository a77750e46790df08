from __future__ import annotations

from typing import Any

import pytest

from aiodubbo.bootstrap.addresses import choose, protocol_url, protocols, registries, registry_urls
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


REGISTRIES = registries(["zookeeper://10.0.0.1:2181?id=main", "dubbo://10.0.0.2:9090?id=lab&default=false", "dubbo://10.0.0.3:9090"])


@pytest.mark.spec("CFG-32", "a registry has an id, by which a service names it")
@pytest.mark.spec("CFG-76", "all are used by those who name none, unless default=false")
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, ["10.0.0.1", "10.0.0.3"]),
        ("lab", ["10.0.0.2"]),
        ("lab , main", ["10.0.0.2", "10.0.0.1"]),
        (["lab", "lab"], ["10.0.0.2"]),
        ("dubbo", ["10.0.0.2", "10.0.0.3"]),
        ("dubbo://10.0.0.3:9090?timeout=5", ["10.0.0.3"]),
        (URL("dubbo", "10.0.0.3", 9090), ["10.0.0.3"]),
        ("n/a", []),
        ([], []),
    ],
)
def test_choosing(names: Any, expected: list[str]) -> None:
    assert [each.url.host for each in choose(REGISTRIES, names, "registry")] == expected


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"the application has no registry 'nosuch'; it has main, lab, dubbo://10\.0\.0\.3:9090"):
        choose(REGISTRIES, "nosuch", "registry")
    with pytest.raises(ConfigurationError, match=r"no registry 'redis://u:\*\*\*@10\.0\.0\.9:6379'; it has none"):
        choose([], "redis://u:secret@10.0.0.9:6379", "registry")


def test_a_registry_is_there_once() -> None:
    assert len(registries(["dubbo://10.0.0.1:9090", "dubbo://10.0.0.1:9090", "dubbo://10.0.0.1:9090?group=g"])) == 2


def test_ids_stay_at_home_and_differ() -> None:
    assert [each.url.params for each in REGISTRIES] == [{}, {}, {}]
    with pytest.raises(ConfigurationError, match="ids of registries and of protocols differ from each other, got a, a"):
        registries(["dubbo://10.0.0.1?id=a", "dubbo://10.0.0.2?id=a"])


def test_several_protocols() -> None:
    both = protocols(["dubbo://:20880", "dubbo://127.0.0.1:0"])
    assert [(each.url.port, each.has_any_port) for each in both] == [(20880, False), (0, True)]
    assert protocols(URL("dubbo", "127.0.0.1", 0))[0].has_any_port is False, "such a URL has no port"
    with pytest.raises(ConfigurationError, match="serves once at an address"):
        protocols(["dubbo://127.0.0.1:0", "dubbo://127.0.0.1:0?threads=3"])
    with pytest.raises(ConfigurationError, match="an application needs a protocol"):
        protocols([])
