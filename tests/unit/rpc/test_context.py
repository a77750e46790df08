from __future__ import annotations

import asyncio

import pytest

from aiodubbo.errors import LocalProtocolError
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.context import RpcContext, call_options, current_options
from aiodubbo.rpc.contract.stubs import stub
from tests.unit.fakes import GREETER, FakeInvoker, provider_url


def test_outside_of_any_block_there_are_no_options() -> None:
    assert current_options().timeout is None
    assert current_options().attachments == {}


@pytest.mark.spec("CTX-3", "options hold inside the block only; inner blocks win, attachments add up")
def test_nesting() -> None:
    with call_options(timeout=1.0, retries=3, attachments={"a": "1", "b": "1"}):
        with call_options(timeout=2.0, attachments={"b": "2"}):
            options = current_options()
            assert (options.timeout, options.retries) == (2.0, 3)
            assert options.attachments == {"a": "1", "b": "2"}
        assert current_options().timeout == 1.0
    assert current_options().timeout is None


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_must_be_positive(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a positive number of seconds"):
        call_options(timeout=timeout)


def test_retries_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="retries must not be negative"):
        call_options(retries=-1)


async def test_options_do_not_leak_into_tasks_that_ran_before() -> None:
    seen: list[float | None] = []
    entered, look = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        entered.set()
        await look.wait()
        seen.append(current_options().timeout)

    task = asyncio.create_task(other())
    await entered.wait()
    with call_options(timeout=5.0):
        look.set()
        await task
    assert seen == [None]


@pytest.mark.spec("CTX-1", "attachments of the answer are there after the call")
async def test_response_attachments() -> None:
    greeter = stub(GREETER, FakeInvoker(provider_url(), Result("hi", attachments={"node": "a"})).invoke)
    with call_options() as call:
        assert await greeter.greet("Ada") == "hi"
    assert call.response_attachments == {"node": "a"}


def test_no_current_context_outside_of_an_implementation() -> None:
    with pytest.raises(LocalProtocolError, match="inside a service implementation only"):
        RpcContext.current()


def test_a_call_without_connection_cannot_watch_it() -> None:
    context = RpcContext(attachments={}, remote_address=("", 0), local_address=("", 0), interface="I", method="m")
    token = context.enter()
    try:
        assert RpcContext.current() is context
        with pytest.raises(LocalProtocolError, match="without a connection"):
            context.on_disconnect(lambda: None)
    finally:
        RpcContext.leave(token)
