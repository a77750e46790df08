from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.filter.chain import chain, consumer_filters, provider_filters
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.host import Host
from tests.unit.fakes import GREETER, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Filter, Invoke
    from aiodubbo.rpc.call import Invocation


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
