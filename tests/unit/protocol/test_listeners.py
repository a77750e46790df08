from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.protocol.listeners import ListenedProtocol
from aiodubbo.rpc import points
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.host import Host
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.rpc.abc import Exporter, Invoke, Invoker
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.url.url import URL


class FakeExporter:
    def __init__(self, url: URL) -> None:
        self.url = url
        self.closed = False

    def replace(self, invoke: Invoke, url: URL, /) -> None:
        self.url = url

    async def close(self) -> None:
        self.closed = True


class Inner:
    default_port = 1

    def __init__(self) -> None:
        self.exporters: list[FakeExporter] = []
        self.invokers: list[FakeInvoker] = []

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> FakeExporter:
        self.exporters.append(FakeExporter(url))
        return self.exporters[-1]

    async def refer(self, service: ServiceDescriptor, url: URL, /) -> FakeInvoker:
        self.invokers.append(FakeInvoker(url))
        return self.invokers[-1]

    async def close(self) -> None: ...


class Noting:
    """A listener to both, which fails on demand."""

    def __init__(self, name: str, log: list[str], fails: str = "") -> None:
        self.name, self.log, self.fails = name, log, fails

    def _note(self, what: str) -> None:
        self.log.append(f"{self.name} {what}")
        if what == self.fails:
            raise LookupError(f"{self.name} cannot")

    def exported(self, exporter: Exporter, /) -> None:
        self._note("exported")

    def unexported(self, exporter: Exporter, /) -> None:
        self._note("unexported")

    def referred(self, invoker: Invoker, /) -> None:
        self._note("referred")

    def destroyed(self, invoker: Invoker, /) -> None:
        self._note("destroyed")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Installs the listeners a and b; what they fail at is given by name."""

    def install(**fails: str) -> list[str]:
        log: list[str] = []
        listeners = [lambda *_, name=name: Noting(name, log, fails.get(name, "")) for name in "ab"]
        for point in (points.EXPORTER_LISTENER, points.INVOKER_LISTENER):
            monkeypatch.setattr(type(point), "activate", lambda *_: listeners)
        return log

    return install


async def implementation(invocation: Invocation) -> Result:
    return Result("x")


@pytest.mark.spec("SPI-17", "listeners hear of exports and references, in order")
async def test_listeners(log: Callable[..., list[str]]) -> None:
    heard = log()
    inner = Inner()
    protocol = ListenedProtocol(inner, Host(name="test"))
    exporter = await protocol.export(GREETER, implementation, provider_url())
    exporter.replace(implementation, exporter.url.with_params({"timeout": "9"}))
    assert exporter.url.param("timeout") == "9"
    invoker = await protocol.refer(GREETER, provider_url())
    assert (await invoker.invoke(a_call())).value == invoker.url.address
    await exporter.close()
    await exporter.close()
    await invoker.close()
    await invoker.close()
    events = ["exported", "referred", "unexported", "destroyed"]
    assert heard == [f"{name} {event}" for event in events for name in "ab"]


@pytest.mark.spec("SPI-17", "all listeners to exports are called, and the last failure is raised")
async def test_an_export_that_a_listener_refuses(log: Callable[..., list[str]]) -> None:
    heard = log(a="exported")
    inner = Inner()
    with pytest.raises(LookupError, match="a cannot"):
        await ListenedProtocol(inner, Host(name="test")).export(GREETER, implementation, provider_url())
    assert heard == ["a exported", "b exported"]
    assert inner.exporters[0].closed


@pytest.mark.spec("SPI-17", "failures of listeners to references are logged")
async def test_a_reference_whose_listener_fails(log: Callable[..., list[str]], caplog: pytest.LogCaptureFixture) -> None:
    heard = log(a="referred", b="destroyed")
    invoker = await ListenedProtocol(Inner(), Host(name="test")).refer(GREETER, provider_url())
    await invoker.close()
    assert len(heard) == 4
    assert len([record for record in caplog.records if "a listener to the reference of" in record.message]) == 2


@pytest.mark.spec("SPI-17", "no listener is active by default, but for providers that say that they are deprecated")
async def test_the_default_listeners(caplog: pytest.LogCaptureFixture) -> None:
    inner = Inner()
    protocol = ListenedProtocol(inner, Host(name="test"))
    with caplog.at_level(logging.ERROR):
        assert await protocol.export(GREETER, implementation, provider_url()) is inner.exporters[0]
        assert await protocol.refer(GREETER, provider_url(1, deprecated="false")) is inner.invokers[0]
        assert caplog.records == []
        await protocol.refer(GREETER, provider_url(1, deprecated="true"))
    assert f"The service {GREETER.interface} is DEPRECATED! Declare from " in caplog.text


@pytest.mark.spec("SPI-14", "filter surrounds listener, which surrounds the protocol")
async def test_the_wrappers_of_a_protocol() -> None:
    host = Host(name="test")
    protocol = points.create_protocol("dubbo", ProtocolSettings(), host)
    layers = []
    layer: object = protocol
    while layer is not None:
        layers.append(type(layer).__name__)
        layer = getattr(layer, "_inner", None)
    assert layers == ["FilteredProtocol", "ListenedProtocol", "DubboProtocol"]
    assert protocol.default_port == 20880
    await protocol.close()
