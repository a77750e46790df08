from __future__ import annotations

import os
from typing import Protocol

import pytest

from aiodubbo.bootstrap.address import is_loopback
from aiodubbo.bootstrap.application import Application
from aiodubbo.bootstrap.parameters import consumer_parameters, provider_parameters
from aiodubbo.errors import ConfigurationError
from aiodubbo.rpc.service import describe, interface, method
from aiodubbo.url.url import URL


@interface("org.aiodubbo.test.Listener")
class Listener(Protocol):
    async def told(self, text: str) -> None: ...


@interface("org.aiodubbo.test.Watched", version="1.0", group="g")
class Watched(Protocol):
    async def watch(self, name: str, listener: Listener) -> None: ...

    @method(one_way=True)
    async def log(self, text: str) -> None: ...

    @method(timeout=0.25)
    async def ask(self) -> str: ...


SERVICE = describe(Watched)


@pytest.mark.spec(
    "CFG-51", "what a provider's URL says: side, application, methods, identity, and what the contract says of single methods"
)
def test_provider() -> None:
    params = provider_parameters("shop", SERVICE, timeout=1.5, weight=50, token=None)
    stamp = params.pop("timestamp")
    assert stamp.isdecimal()
    assert params == {
        "application": "shop",
        "ask.timeout": "250",
        "dubbo": "2.0.2",
        "generic": "false",
        "group": "g",
        "interface": "org.aiodubbo.test.Watched",
        "log.return": "false",
        "methods": "ask,log,watch",
        "pid": str(os.getpid()),
        "revision": "1.0",
        "side": "provider",
        "timeout": "1500",
        "version": "1.0",
        "watch.1.callback": "true",
        "watch.return": "true",
        "weight": "50",
    }


@pytest.mark.spec("CFG-52", "what a consumer's URL says: only what was asked for")
def test_consumer() -> None:
    params = consumer_parameters("web", SERVICE, timeout=0.0001, retries=0, lazy=True, connections=2)
    assert {key: params[key] for key in ("side", "timeout", "retries", "lazy", "connections")} == {
        "side": "consumer",
        "timeout": "1",
        "retries": "0",
        "lazy": "true",
        "connections": "2",
    }
    assert "cluster" not in params
    assert "generic" not in params


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("example.com", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("name", ["", "my app", "a/b", "ä"])
async def test_names_of_applications(name: str) -> None:
    with pytest.raises(ConfigurationError, match="an application name has letters"):
        Application(name)


@pytest.mark.parametrize("registry", ["127.0.0.1:2181", "zookeeper://", "zookeeper"])
async def test_a_registry_needs_protocol_and_host(registry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a registry is given as protocol://host:port"):
        Application("test", registry=registry)


async def test_no_registry_by_name() -> None:
    Application("test", registry="N/A")
    Application("test", registry=[URL("dubbo", "10.0.0.1", 9090), "dubbo://10.0.0.2:9090"])
