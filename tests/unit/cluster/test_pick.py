from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cluster import pick as pick_module
from aiodubbo.cluster.pick import Picker, select
from aiodubbo.errors import ForbiddenError, NoProviderError
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.host import Host
from tests.unit.fakes import FakeDirectory, FakeInvoker, a_call, provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker, Pick
    from aiodubbo.rpc.call import Invocation


def first(invokers: Sequence[Invoker], _: Invocation) -> Invoker:
    return invokers[0]


def last(invokers: Sequence[Invoker], _: Invocation) -> Invoker:
    return invokers[-1]


def picker(directory: FakeDirectory) -> Pick:
    return Picker(directory, Host(name="test"))


def make(*available: bool) -> list[FakeInvoker]:
    return [FakeInvoker(provider_url(number), available=one) for number, one in enumerate(available, 1)]


@pytest.mark.spec("CLU-31", "one candidate is taken without asking the load balance, available or not")
def test_single_candidate() -> None:
    (only,) = make(False)
    assert picker(FakeDirectory(only))(a_call(), [only]) is only


@pytest.mark.spec("CLU-10", "the load balance is the one that the first provider's URL names")
def test_the_load_balance_of_the_first_provider_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pick_module, "LOAD_BALANCE", SimpleNamespace(load=lambda name: lambda host: {"last": last, "first": first}[name]))
    of_methods = {"loadbalance": "first", "greet.loadbalance": "last"}
    invokers = FakeInvoker(provider_url(1, **of_methods)), FakeInvoker(provider_url(2, loadbalance="first"))
    directory = FakeDirectory(*invokers)
    pick = picker(directory)
    assert pick(a_call()) is invokers[1], "of the method"
    directory.snapshot = Snapshot(State.READY, invokers[::-1])
    assert pick(a_call()) is invokers[1], "another is the first now"


def test_a_load_balance_that_a_provider_names_and_nobody_has(caplog: pytest.LogCaptureFixture) -> None:
    directory = FakeDirectory(*(FakeInvoker(provider_url(number, loadbalance="nosuch")) for number in (1, 2)))
    pick = picker(directory)
    assert {pick(a_call()) for _ in range(50)} == set(directory.snapshot.invokers)
    (record,) = caplog.records
    assert "the default is used: No such extension aiodubbo.load_balance by name nosuch" in record.message


def test_a_rule_switches_the_availability_check_off() -> None:
    directory = FakeDirectory(*make(False, False, True))
    pick = picker(directory)
    assert {pick(a_call()) for _ in range(50)} == {directory.snapshot.invokers[2]}
    directory.url = directory.url.with_params({"cluster.availablecheck": "false"})
    assert {pick(a_call()) for _ in range(200)} == set(directory.snapshot.invokers)


CASES = [
    # available, tried, expected, why
    ((True, True, True), (), 0, "the load balance's choice"),
    ((True, True, True), (0,), 1, "a choice tried before gives way to one not tried"),
    ((False, True, True), (), 1, "a choice that is away gives way to one that is there"),
    ((False, False, True), (2,), 2, "when those not tried are away, one that was tried and is there"),
    ((False, False, False), (0,), 1, "when all are away, the next in the list"),
    ((True, True, False), (0, 1), 0, "when all that are there were tried, one of them again"),
]


@pytest.mark.spec("CLU-31", "a choice that was tried or is away is replaced: not tried, then tried, then the next in the list")
@pytest.mark.parametrize(("available", "tried", "expected", "why"), CASES)
def test_reselect(available: tuple[bool, ...], tried: tuple[int, ...], expected: int, why: str) -> None:
    invokers = make(*available)
    chosen = select(invokers, a_call(), first, [invokers[index] for index in tried])
    assert chosen is invokers[expected], why


@pytest.mark.spec("KEY-57", "without the availability check a provider that is away may be chosen")
def test_without_availability_check() -> None:
    invokers = make(False, True)
    assert select(invokers, a_call(), first, check_available=False) is invokers[0]


@pytest.mark.spec("CLU-41", "without candidates the error lists each provider with the reason")
async def test_no_provider_lists_candidates() -> None:
    directory = FakeDirectory(rejected={"10.0.0.1:20880": "version is '1', wanted '2'", "10.0.0.2:20880": "disabled"})
    with pytest.raises(NoProviderError) as caught:
        await picker(directory)(a_call()).invoke(a_call())
    assert "10.0.0.1:20880: version is '1', wanted '2'" in str(caught.value)
    assert "10.1.1.1:9090" in str(caught.value)
    assert caught.value.candidates["10.0.0.2:20880"] == "disabled"


@pytest.mark.spec("CLU-40", "an empty list told by the registry is a refusal, code 4")
async def test_empty_is_forbidden() -> None:
    with pytest.raises(ForbiddenError, match=r"No provider available for the service com\.example\.Greeter") as caught:
        await picker(FakeDirectory(state=State.EMPTY))(a_call()).invoke(a_call())
    assert caught.value.code == 4


async def test_pending_says_that_the_registry_did_not_answer() -> None:
    with pytest.raises(NoProviderError, match="registry has not answered yet"):
        await picker(FakeDirectory(state=State.PENDING))(a_call()).invoke(a_call())


async def test_a_closed_reference_says_so() -> None:
    directory = FakeDirectory(FakeInvoker())
    await directory.close()
    with pytest.raises(NoProviderError, match="the application that made this reference is closed"):
        await picker(directory)(a_call()).invoke(a_call())
