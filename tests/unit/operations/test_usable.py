"""Whether a provider can be used, compared with what a consumer finds when it tries."""

from __future__ import annotations

import pytest

from aiodubbo.errors import AiodubboError, ConfigurationError
from aiodubbo.integration.registry_directory import refer_filtered
from aiodubbo.operations.usable import check_usable, descriptor
from aiodubbo.protocol.dubbo.protocol import DubboProtocol
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL

PROVIDER = URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=shop&interface=b.Shop&lazy=true&methods=order,pay&side=provider")
HOST = Host(name="shop")
BROKEN = [
    {"reference.filter": "nosuch"},
    {"connections": "abc"},
    {"connections": "257"},
    {"shareconnections": "1000"},
    {"shareconnections": "x"},
    {"heartbeat": "-1"},
    {"heartbeat": "x"},
    {"heartbeat": "1000", "heartbeat.timeout": "1500"},
    {"heartbeat.timeout": "x"},
    {"payload": "large"},
    {"connect.timeout": "soon"},
    {"reconnect": "never"},
]
FINE = [{}, {"heartbeat": "0"}, {"lazy": "perhaps"}, {"send.reconnect": "x"}, {"connections": "2"}, {"nosuch": "abc"}, {"payload": "0"}]


@pytest.mark.parametrize("changes", BROKEN)
async def test_it_finds_what_a_consumer_finds(changes: dict[str, str]) -> None:
    url = PROVIDER.with_params(changes)
    protocol = DubboProtocol(ProtocolSettings(), Host(name="test"))
    with pytest.raises(ConfigurationError) as real:
        await refer_filtered(descriptor(url, ["order"]), url, Host(name="test", protocol=lambda name: protocol))
    await protocol.close()
    with pytest.raises(ConfigurationError) as found:
        check_usable(url, ["order"], HOST)
    assert str(found.value) == str(real.value)


@pytest.mark.parametrize("changes", FINE)
async def test_it_finds_nothing_where_a_consumer_finds_nothing(changes: dict[str, str]) -> None:
    url = PROVIDER.with_params(changes)
    protocol = DubboProtocol(ProtocolSettings(), Host(name="test"))
    if "lazy" not in changes:  # it would connect
        await (await refer_filtered(descriptor(url, ["order"]), url, Host(name="test", protocol=lambda name: protocol))).close()
    await protocol.close()
    check_usable(url, ["order"], HOST)


def test_numbers_of_methods_that_are_called() -> None:
    url = PROVIDER.with_params({"pay.weight": "heavy"})
    check_usable(url, ["order"], HOST)
    with pytest.raises(ConfigurationError, match=r"pay\.weight|parameter weight"):
        check_usable(url, ["order", "pay"], HOST)


def test_a_filter_of_somebody_else_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("aiodubbo.operations.usable.consumer_filters", fails)
    with pytest.raises(AiodubboError, match="KeyError"):
        check_usable(PROVIDER, ["order"], HOST)


def test_a_protocol_of_somebody_else_reads_what_it_likes() -> None:
    check_usable(PROVIDER.with_protocol("tri").with_params({"connections": "abc"}), ["order"], HOST)
