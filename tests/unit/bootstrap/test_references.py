"""Providers that are named by their addresses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from aiodubbo.bootstrap.references import refer_direct
from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError, InvalidURLError
from aiodubbo.rpc.abc import State
from aiodubbo.rpc.host import Host
from tests.unit.fakes import GREETER, FakeProtocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.url.url import URL


def host_of(protocol: FakeProtocol) -> Host:
    return Host(name="test", protocol=protocol.by_name)


@pytest.mark.spec("CFG-152", "several addresses, separated by ;, without a path the service's; the consumer's settings go before")
async def test_addresses() -> None:
    protocol = FakeProtocol()
    text = " dubbo://10.0.0.1:20880 ;dubbo://10.0.0.2:20881/other?timeout=5&retries=9"
    directory = await refer_direct(GREETER, {"timeout": "700"}, text, host_of(protocol))
    assert [(one.url.address, one.url.path, one.url.param("timeout"), one.url.param("retries")) for one in directory.snapshot.invokers] == [
        ("10.0.0.1:20880", GREETER.interface, "700", ""),
        ("10.0.0.2:20881", "other", "700", "9"),
    ]
    assert directory.url.param("registry.address") == "(direct) 10.0.0.1:20880;10.0.0.2:20881"
    await directory.close()
    assert (directory.snapshot.state, [one.closed for one in protocol.made]) == (State.CLOSED, [True, True])


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("dubbo://", ConfigurationError, "an address needs a host"),
        ("dubbo://10.0.0.1:20880;", InvalidURLError, "url"),
        ("dubbo://10.0.0.1:20880;rest://10.0.0.2:80", ExtensionNotFoundError, "rest"),
    ],
)
async def test_what_is_no_address(text: str, error: type[Exception], reason: str) -> None:
    protocol = FakeProtocol()
    with pytest.raises(error, match=reason):
        await refer_direct(GREETER, {}, text, host_of(protocol))
    assert protocol.made == []


async def test_one_that_cannot_be_used_leaves_no_connection_to_the_others() -> None:
    protocol = FakeProtocol()
    protocol.failing["10.0.0.2"] = ConfigurationError("100000 connections are too many")
    with pytest.raises(ConfigurationError, match="too many"):
        await refer_direct(
            GREETER,
            {},
            "dubbo://10.0.0.1:20880;dubbo://10.0.0.2:20880;dubbo://10.0.0.3:20880",
            host_of(protocol),
        )
    assert protocol.made
    assert all(one.closed for one in protocol.made)


async def test_whoever_gives_up_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = FakeProtocol()
    slow = asyncio.Event()

    async def refer(*arguments: object) -> None:
        slow.set()
        await asyncio.sleep(3600)

    other = FakeProtocol()
    monkeypatch.setattr(other, "refer", refer)
    protocols = {"dubbo": protocol, "slow": other}
    referring = asyncio.create_task(
        refer_direct(GREETER, {}, "dubbo://a:1;slow://b:1", Host(name="test", protocol=lambda name: protocols[name].by_name("dubbo")))
    )
    await slow.wait()
    referring.cancel()
    await asyncio.wait([referring])
    assert referring.cancelled()
    assert [one.closed for one in protocol.made] == [True]


async def test_settings_that_cannot_be_leave_no_connection_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are found before anything is opened."""

    def fail(url: URL, params: Mapping[str, str]) -> URL:
        if url.host == "10.0.0.2":
            raise InvalidURLError("parameter payload")
        return url

    monkeypatch.setattr("aiodubbo.bootstrap.references.merge", fail)
    protocol = FakeProtocol()
    with pytest.raises(InvalidURLError, match="payload"):
        await refer_direct(GREETER, {}, "dubbo://10.0.0.1:20880;dubbo://10.0.0.2:20880", host_of(protocol))
    await asyncio.sleep(0)
    assert protocol.made == []
