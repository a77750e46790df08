from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.cluster.failover import MOST_RETRIES, failover
from aiodubbo.cluster.pick import Picker
from aiodubbo.errors import ArgumentError, NetworkError, NoProviderError, RpcError
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.call import Invocation, Result
from aiodubbo.rpc.context import CallOptions
from aiodubbo.rpc.host import Host
from tests.unit.fakes import FakeDirectory, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Invoke


def calls_through(directory: FakeDirectory) -> Invoke:
    host = Host(name="test")
    return failover(directory, Picker(directory, host), host)


def with_options(options: CallOptions) -> Invocation:
    call = a_call()
    return Invocation(call.service, call.method, call.arguments, options=options)


@pytest.mark.spec("CLU-11", "a failed call is tried at another provider; its answer is the call's")
async def test_another_provider_answers() -> None:
    bad, good = FakeInvoker(provider_url(1), NetworkError("gone")), FakeInvoker(provider_url(2), "hello")
    invoke = calls_through(FakeDirectory(bad, good))
    for _ in range(20):  # whichever comes first
        assert (await invoke(a_call())).value == "hello"
    assert good.calls == 20


@pytest.mark.spec("CLU-11", "retries further attempts, then an error that tells of all of them and keeps class and code")
async def test_gives_up_after_retries() -> None:
    invokers = [FakeInvoker(provider_url(number), NetworkError(f"gone {number}")) for number in (1, 2, 3)]
    invoke = calls_through(FakeDirectory(*invokers, retries="2"))
    with pytest.raises(NetworkError, match=r"Tried 3 times of the providers .*\(3/3\)\. Last error is: gone") as caught:
        await invoke(a_call())
    assert caught.value.code == 1
    assert [one.calls for one in invokers] == [1, 1, 1], "each provider once"


@pytest.mark.parametrize(("url", "options", "attempts"), [("5", None, 6), ("0", None, 1), ("-1", None, 1), ("5", 1, 2), ("5", 0, 1)])
@pytest.mark.spec("CLU-11", "the retries of one call go before those of the reference; never less than one attempt")
async def test_number_of_attempts(url: str, options: int | None, attempts: int) -> None:
    only = FakeInvoker(provider_url(1), NetworkError("gone"))
    invoke = calls_through(FakeDirectory(only, retries=url))
    with pytest.raises(NetworkError):
        await invoke(with_options(CallOptions(retries=options)))
    assert only.calls == attempts


@pytest.mark.spec("CLU-11", "what the service itself threw is a result, and no reason to ask another provider")
async def test_exception_of_the_service_is_a_result() -> None:
    only = FakeInvoker(provider_url(1), Result(exception=ValueError("no such user")))
    result = await calls_through(FakeDirectory(only))(a_call())
    assert isinstance(result.exception, ValueError)
    assert only.calls == 1


@pytest.mark.parametrize("error", [ArgumentError("too large"), RpcError("no", code=3)])
async def test_errors_that_would_be_the_same_everywhere_are_not_retried(error: RpcError) -> None:
    error.retriable = False
    one, two = FakeInvoker(provider_url(1), error), FakeInvoker(provider_url(2), error)
    with pytest.raises(type(error)):
        await calls_through(FakeDirectory(one, two))(a_call())
    assert one.calls + two.calls == 1


async def test_a_retry_sees_providers_that_came_meanwhile() -> None:
    late = FakeInvoker(provider_url(2), "late")
    directory = FakeDirectory()

    class Dying(FakeInvoker):
        async def invoke(self, invocation: Invocation) -> Result:
            directory.snapshot = Snapshot(State.READY, (late,))
            raise NetworkError("gone")

    directory.snapshot = Snapshot(State.READY, (Dying(),))
    assert (await calls_through(directory)(a_call())).value == "late"


async def test_a_url_cannot_ask_for_attempts_without_end() -> None:
    only = FakeInvoker(provider_url(1), NetworkError("away"))
    directory = FakeDirectory(only)
    directory.url = directory.url.with_params({"retries": "2147483647"})
    with pytest.raises(NetworkError, match="Tried 101 times"):
        await calls_through(directory)(a_call())
    assert only.calls == MOST_RETRIES + 1


@pytest.mark.spec("CLU-40", "a retry that finds nobody any more says so, and keeps the first failure")
async def test_nobody_is_left_for_a_retry() -> None:
    directory = FakeDirectory()

    class Last(FakeInvoker):
        async def invoke(self, invocation: Invocation) -> Result:
            directory.snapshot = Snapshot(State.READY)
            raise NetworkError("gone")

    directory.snapshot = Snapshot(State.READY, (Last(),))
    with pytest.raises(NoProviderError) as caught:
        await calls_through(directory)(a_call())
    assert isinstance(caught.value.__cause__, NetworkError)
