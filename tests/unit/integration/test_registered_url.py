from __future__ import annotations

import pytest

from aiodubbo.integration.registered_url import registered_consumer, registered_provider
from aiodubbo.url.url import URL
from tests.unit.fakes import provider_url


@pytest.mark.spec("REG-40", "local settings and hidden parameters are not announced")
def test_local_settings() -> None:
    url = provider_url(
        1, monitor="x", validation="true", weight="5", **{"bind.ip": "0.0.0.0", "bind.port": "1", "qos.port": "2", ".hidden": "3"}
    )
    assert registered_provider(url) == provider_url(1, weight="5")
    assert registered_provider(url, URL("zookeeper", "10.0.0.1")) == provider_url(1, weight="5")


SIMPLIFIED = URL.parse("zookeeper://10.0.0.1:2181?simplified=true&extra-keys=retries,owner")


@pytest.mark.spec("REG-45", "a simplified announcement has what consumers need, what extra-keys names, and settings of methods")
def test_simplified_provider() -> None:
    url = provider_url(1, weight="5", application="app", side="provider", pid="1", owner="ada", threads="7", **{"greet.timeout": "9"})
    expected = URL("dubbo", url.host, url.port, url.path, {"weight": "5", "application": "app", "owner": "ada", "greet.timeout": "9"})
    assert registered_provider(url, SIMPLIFIED) == expected


@pytest.mark.spec("REG-45", "a service under a path of its own keeps its interface")
def test_simplified_provider_with_a_path() -> None:
    url = provider_url(1).with_path("hello")
    assert registered_provider(url, SIMPLIFIED).params == {"interface": provider_url(1).path}


@pytest.mark.spec("REG-45", "a simplified consumer tells who it is and what it wants")
@pytest.mark.spec("REG-61", "a consumer is announced in its category, unchecked")
def test_consumer() -> None:
    own = {"application": "app", "dubbo": "2.0.2", "group": "g"}
    url = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"timeout": "5", "side": "consumer", **own})
    category = {"category": "consumers", "check": "false"}
    assert registered_consumer(url, URL("zookeeper", "10.0.0.1")).params == {**url.params, **category}
    assert registered_consumer(url, SIMPLIFIED).params == {**own, **category}
