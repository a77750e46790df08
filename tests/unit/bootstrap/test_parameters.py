from __future__ import annotations

import os
from typing import Protocol

import pytest

from aiodubbo.bootstrap.application import Application
from aiodubbo.bootstrap.parameters import consumer_parameters, provider_parameters
from aiodubbo.config.options import ReferenceOptions, ServiceOptions
from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError
from aiodubbo.rpc.contract.reading import describe, interface, method
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from aiodubbo.transport.address import is_loopback


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
    params = provider_parameters(Host(name="shop", clock=ManualClock()), SERVICE, ServiceOptions(timeout=1.5, weight=50))
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
        "timestamp": "1700000000000",
        "version": "1.0",
        "watch.1.callback": "true",
        "watch.return": "true",
        "weight": "50",
    }


@pytest.mark.spec("CFG-52", "what a consumer's URL says: only what was asked for")
def test_consumer() -> None:
    params = consumer_parameters(
        Host(name="web", clock=ManualClock()), SERVICE, ReferenceOptions(timeout=0.0001, retries=0, lazy=True, connections=2)
    )
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


async def test_an_unknown_load_balance_is_told_at_once() -> None:
    async with Application("test") as app:
        with pytest.raises(ExtensionNotFoundError, match="nosuch"):
            await app.open_reference(SERVICE, ReferenceOptions(url="dubbo://127.0.0.1:1", load_balance="nosuch", check=False))
