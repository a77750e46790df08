from __future__ import annotations

import pytest

from aiodubbo.cluster.failover import MOST_RETRIES, failover
from aiodubbo.errors import ArgumentError, ForbiddenError, NetworkError, NoProviderError, RpcError
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.call import Invocation, Result
from aiodubbo.rpc.context import CallOptions
from aiodubbo.rpc.host import Host
from tests.unit.fakes import GREETER, FakeDirectory, FakeInvoker, a_call, provider_url


def with_options(options: CallOptions) -> Invocation:
    call = a_call()
    return Invocation(call.service, call.method, call.arguments, options=options)


@pytest.mark.spec("CLU-11", "a failed call is tried at another provider; its answer is the call's")
async def test_another_provider_answers() -> None:
    bad, good = FakeInvoker(provider_url(1), NetworkError("gone")), FakeInvoker(provider_url(2), "hello")
    invoke = failover(FakeDirectory(bad, good), GREETER, Host(name="test"))
    for _ in range(20):  # whichever comes first
        assert (await invoke(a_call())).value == "hello"
    assert good.calls == 20


@pytest.mark.spec("CLU-11", "retries further attempts, then an error that tells of all of them and keeps class and code")
async def test_gives_up_after_retries() -> None:
    invokers = [FakeInvoker(provider_url(number), NetworkError(f"gone {number}")) for number in (1, 2, 3)]
    invoke = failover(FakeDirectory(*invokers, retries="2"), GREETER, Host(name="test"))
    with pytest.raises(NetworkError, match=r"Tried 3 times of the providers .*\(3/3\)\. Last error is: gone") as caught:
        await invoke(a_call())
    assert caught.value.code == 1
    assert [one.calls for one in invokers] == [1, 1, 1], "each provider once"


@pytest.mark.parametrize(("url", "options", "attempts"), [("5", None, 6), ("0", None, 1), ("-1", None, 1), ("5", 1, 2), ("5", 0, 1)])
@pytest.mark.spec("CLU-11", "the retries of one call go before those of the reference; never less than one attempt")
async def test_number_of_attempts(url: str, options: int | None, attempts: int) -> None:
    only = FakeInvoker(provider_url(1), NetworkError("gone"))
    invoke = failover(FakeDirectory(only, retries=url), GREETER, Host(name="test"))
    with pytest.raises(NetworkError):
        await invoke(with_options(CallOptions(retries=options)))
    assert only.calls == attempts


@pytest.mark.spec("CLU-11", "what the service itself threw is a result, and no reason to ask another provider")
async def test_exception_of_the_service_is_a_result() -> None:
    only = FakeInvoker(provider_url(1), Result(exception=ValueError("no such user")))
    result = await failover(FakeDirectory(only), GREETER, Host(name="test"))(a_call())
    assert isinstance(result.exception, ValueError)
    assert only.calls == 1


@pytest.mark.parametrize("error", [ArgumentError("too large"), RpcError("no", code=3)])
async def test_errors_that_would_be_the_same_everywhere_are_not_retried(error: RpcError) -> None:
    error.retriable = False
    one, two = FakeInvoker(provider_url(1), error), FakeInvoker(provider_url(2), error)
    with pytest.raises(type(error)):
        await failover(FakeDirectory(one, two), GREETER, Host(name="test"))(a_call())
    assert one.calls + two.calls == 1


async def test_a_retry_sees_providers_that_came_meanwhile() -> None:
    late = FakeInvoker(provider_url(2), "late")
    directory = FakeDirectory()

    class Dying(FakeInvoker):
        async def invoke(self, invocation: Invocation) -> Result:
            directory.snapshot = Snapshot(State.READY, (late,))
            raise NetworkError("gone")

    directory.snapshot = Snapshot(State.READY, (Dying(),))
    assert (await failover(directory, GREETER, Host(name="test"))(a_call())).value == "late"


@pytest.mark.spec("CLU-41", "without candidates the error lists each provider with the reason")
async def test_no_provider_lists_candidates() -> None:
    directory = FakeDirectory(rejected={"10.0.0.1:20880": "version is '1', wanted '2'", "10.0.0.2:20880": "disabled"})
    with pytest.raises(NoProviderError) as caught:
        await failover(directory, GREETER, Host(name="test"))(a_call())
    assert "10.0.0.1:20880: version is '1', wanted '2'" in str(caught.value)
    assert "10.1.1.1:9090" in str(caught.value)
    assert caught.value.candidates["10.0.0.2:20880"] == "disabled"


@pytest.mark.spec("CLU-40", "an empty list told by the registry is a refusal, code 4")
async def test_empty_is_forbidden() -> None:
    with pytest.raises(ForbiddenError, match=r"No provider available for the service com\.example\.Greeter") as caught:
        await failover(FakeDirectory(state=State.EMPTY), GREETER, Host(name="test"))(a_call())
    assert caught.value.code == 4


async def test_pending_says_that_the_registry_did_not_answer() -> None:
    with pytest.raises(NoProviderError, match="registry has not answered yet"):
        await failover(FakeDirectory(state=State.PENDING), GREETER, Host(name="test"))(a_call())


async def test_a_closed_reference_says_so() -> None:
    directory = FakeDirectory(FakeInvoker())
    await directory.close()
    with pytest.raises(NoProviderError, match="the application that made this reference is closed"):
        await failover(directory, GREETER, Host(name="test"))(a_call())


async def test_a_url_cannot_ask_for_attempts_without_end() -> None:
    only = FakeInvoker(provider_url(1), NetworkError("away"))
    directory = FakeDirectory(only)
    directory.url = directory.url.with_params({"retries": "2147483647"})
    with pytest.raises(NetworkError, match="Tried 101 times"):
        await failover(directory, GREETER, Host(name="test"))(a_call())
    assert only.calls == MOST_RETRIES + 1
