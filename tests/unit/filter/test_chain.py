from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import CallTimeoutError, ExtensionNotFoundError, JavaException, NetworkError
from aiodubbo.filter.chain import FilteredProtocol, chain, consumer_filters, provider_filters
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.descriptor import ECHO
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.statistics import Failure, Side
from aiodubbo.testing.clock import ManualClock
from tests.unit.fakes import GREETER, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Filter, Invoke
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import CallEnded
    from aiodubbo.url.url import URL


def noting(name: str, log: list[str]) -> Filter:
    async def note(invocation: Invocation, call_next: Invoke) -> Result:
        log.append(f"{name} before")
        result = await call_next(invocation)
        log.append(f"{name} after")
        return result

    return note


@pytest.mark.spec("SPI-16", "the first filter is the outermost")
async def test_order() -> None:
    log: list[str] = []

    async def invoke(invocation: Invocation) -> Result:
        log.append("call")
        return Result(invocation.arguments[0])

    result = await chain([noting("a", log), noting("b", log)], invoke)(a_call())
    assert result.value == "Ada"
    assert log == ["a before", "b before", "call", "b after", "a after"]


async def test_without_filters_nothing_is_wrapped() -> None:
    async def invoke(invocation: Invocation) -> Result:
        return Result()

    assert chain([], invoke) is invoke


@pytest.mark.spec("SPI-12", "default chain of a provider: echo, generic, exception")
def test_default_chains() -> None:
    assert [type(one).__name__ for one in provider_filters(provider_url(), GREETER, Host(name="test"))] == [
        "EchoFilter",
        "GenericFilter",
        "ExceptionFilter",
    ]
    assert consumer_filters(provider_url(), GREETER, Host(name="test")) == []


@pytest.mark.spec("SPI-10", "-name takes a filter away, -default all that are there by default")
@pytest.mark.parametrize(("named", "left"), [("-generic", ["EchoFilter", "ExceptionFilter"]), ("-default,echo", ["EchoFilter"])])
def test_named_filters(named: str, left: list[str]) -> None:
    url = provider_url(1, **{"service.filter": named})
    assert [type(one).__name__ for one in provider_filters(url, GREETER, Host(name="test"))] == left


class Provider:
    """A protocol that keeps what it is given, and whose invoker calls what was exported."""

    default_port = 20880

    def __init__(self, clock: ManualClock, took: float = 0.0) -> None:
        self.clock = clock
        self.took = took
        self.invoke: Invoke | None = None
        self.url = provider_url()
        self.invoker: FakeInvoker | None = None
        self.closed = 0

    async def export(self, service: ServiceDescriptor, invoke: Invoke, url: URL, /) -> Provider:
        self.invoke, self.url = invoke, url.with_port(20999)
        return self

    def replace(self, invoke: Invoke, url: URL, /) -> None:
        self.invoke, self.url = invoke, url

    async def refer(self, service: ServiceDescriptor, url: URL, /) -> FakeInvoker:
        self.invoker = FakeInvoker(url, "hello", ValueError("thrown"), NetworkError("away"))
        return self.invoker

    async def close(self) -> None:
        self.closed += 1


async def test_a_served_call_is_counted() -> None:
    clock = ManualClock()
    host, inner = Host(name="test", clock=clock), Provider(clock)
    outcomes: list[object] = [Result("hello"), Result(exception=JavaException("x.Thrown", "no")), CallTimeoutError("late")]

    async def implementation(invocation: Invocation) -> Result:
        await clock.sleep(2.0)
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, Result)
        return outcome

    exporter = await FilteredProtocol(inner, host).export(GREETER, implementation, provider_url())
    assert exporter.url.port == 20999
    assert inner.invoke is not None
    calls = [asyncio.ensure_future(inner.invoke(a_call())) for _ in range(3)]
    await clock.advance(1.0)
    counts = host.statistics.counts(Side.PROVIDER, exporter.url, "greet")
    assert (counts.active, counts.total) == (3, 0)
    await clock.advance(1.0)
    await asyncio.gather(*calls, return_exceptions=True)
    assert (counts.active, counts.peak, counts.succeeded, counts.elapsed) == (0, 3, 1, 2.0)
    assert counts.failed == {Failure.SERVICE: 1, Failure.TIMEOUT: 1}
    await exporter.close()
    await exporter.close()
    assert inner.closed == 1
    assert list(host.statistics) == []


async def test_a_sent_call_is_counted() -> None:
    host = Host(name="test", clock=ManualClock())
    inner = Provider(ManualClock())
    protocol = FilteredProtocol(inner, host)
    first = await protocol.refer(GREETER, provider_url())
    second = await protocol.refer(GREETER, provider_url(1, timeout="7"))
    assert (await first.invoke(a_call())).value == "hello"
    for error in (ValueError, NetworkError):
        with pytest.raises(error):
            await first.invoke(a_call())
    counts = host.statistics.counts(Side.CONSUMER, first.url, "greet")
    assert (counts.succeeded, counts.failed) == (1, {Failure.OTHER: 1, Failure.NETWORK: 1})
    await first.close()
    await first.close()
    assert host.statistics.counts(Side.CONSUMER, second.url, "greet") is counts, "another reference to the same provider goes on"
    await second.close()
    assert list(host.statistics) == []


@pytest.mark.spec("SPI-16", "filters are chosen anew when the settings of a service change")
async def test_filters_of_a_service_that_is_exported_anew() -> None:
    inner = Provider(ManualClock())

    async def implementation(invocation: Invocation) -> Result:
        return Result("called")

    exporter = await FilteredProtocol(inner, Host(name="test")).export(GREETER, implementation, provider_url())
    echo = replace(a_call(), method=ECHO, arguments=("x",))
    assert inner.invoke is not None
    assert (await inner.invoke(echo)).value == "x"
    exporter.replace(implementation, exporter.url.with_params({"service.filter": "-default"}))
    assert (await inner.invoke(echo)).value == "called"
    assert exporter.url.param("service.filter") == "-default"
    await exporter.close()


@pytest.mark.spec("SPI-16", "a filter that is not installed is an error before a connection is made")
async def test_a_filter_that_is_not_installed() -> None:
    inner = Provider(ManualClock())
    with pytest.raises(ExtensionNotFoundError):
        await FilteredProtocol(inner, Host(name="test")).refer(GREETER, provider_url(1, **{"reference.filter": "nonsense"}))
    assert inner.invoker is None


async def test_observers_see_calls_and_cannot_disturb_them(caplog: pytest.LogCaptureFixture) -> None:
    host = Host(name="test")
    invoker = await FilteredProtocol(Provider(ManualClock()), host).refer(GREETER, provider_url())
    seen: list[object] = []

    def observe(side: Side, url: URL, invocation: Invocation) -> CallEnded | None:
        seen.append((side, url.address, invocation.method.name))
        return lambda outcome, elapsed: seen.append(type(outcome).__name__)

    def fail(side: Side, url: URL, invocation: Invocation) -> None:
        raise LookupError("an observer's defect")

    def fail_at_the_end(side: Side, url: URL, invocation: Invocation) -> CallEnded:
        return lambda outcome, elapsed: fail(side, url, invocation)

    removes = [host.observers.add(observer) for observer in (fail, observe, fail_at_the_end)]
    assert (await invoker.invoke(a_call())).value == "hello"
    with pytest.raises(ValueError, match="thrown"):
        await invoker.invoke(a_call())
    begin = (Side.CONSUMER, invoker.url.address, "greet")
    assert seen == [begin, "Result", begin, "ValueError"]
    assert len([record for record in caplog.records if "an observer of calls fails" in record.message]) == 2
    for remove in removes:
        remove()
    with pytest.raises(NetworkError):
        await invoker.invoke(a_call())
    assert len(seen) == 4
    await invoker.close()
