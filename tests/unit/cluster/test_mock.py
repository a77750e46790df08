from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest

from aiodubbo import java
from aiodubbo.cluster.mock import Mock, mocked
from aiodubbo.errors import BusinessError, JavaException, NetworkError, RpcError
from aiodubbo.rpc.call import Invocation, Result
from aiodubbo.rpc.contract.reading import describe, interface
from tests.unit.fakes import FakeDirectory, a_call


@java.model("com.example.mock.Item")
@dataclass
class Item:
    name: str = ""
    price: float = 0.0


@java.exception("com.example.mock.BusyException")
class BusyError(Exception):
    pass


@interface("com.example.Mocked")
class Mocked(Protocol):
    async def text(self) -> str | None: ...
    async def number(self) -> java.int: ...
    async def ratio(self) -> float: ...
    async def flag(self) -> bool: ...
    async def item(self) -> Item | None: ...
    async def items(self) -> list[Item]: ...
    async def table(self) -> dict[str, java.int]: ...
    async def nothing(self) -> None: ...


SERVICE = describe(Mocked)


def calling(method: str) -> Invocation:
    (found,) = [one for one in SERVICE.methods if one.name == method]
    return Invocation(SERVICE, found, ())


@pytest.mark.spec("CLU-61", "normalised as Java does")
@pytest.mark.spec("CLU-63", "decoded once; + is a space")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("false", None),
        ("FALSE", None),
        ("true", Mock(False, "default")),
        ("default", Mock(False, "default")),
        ("fail", Mock(False, "default")),
        ("force", Mock(True, "default")),
        ("return", Mock(False, "return null")),
        (" return 1 ", Mock(False, "return 1")),
        ("force:return+null", Mock(True, "return null")),
        ("force%3Areturn+null", Mock(True, "return null")),
        ("fail:return empty", Mock(False, "return empty")),
        ("force:throw", Mock(True, "throw")),
        ("fail:throw com.example.BusyException", Mock(False, "throw com.example.BusyException")),
        ("return {`name`: `pear`}", Mock(False, 'return {"name": "pear"}')),
        ("com.example.FooMock", Mock(False, "com.example.FooMock")),
    ],
)
def test_parse(text: str, expected: Mock | None) -> None:
    assert Mock.parse(text) == expected


@pytest.mark.spec("CLU-62", "return: the value in the method's own type")
@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [
        ("text", "null", None),
        ("text", "empty", ""),
        ("text", "hello there", "hello there"),
        ("text", "'quoted'", "quoted"),
        ("text", '"1"', "1"),
        ("text", "1", "1"),
        ("number", "5", 5),
        ("number", "empty", 0),
        ("ratio", "0.5", 0.5),
        ("flag", "true", True),
        ("flag", "empty", False),
        ("item", "null", None),
        ("item", "empty", Item()),
        ("item", "{`name`: `pear`, `price`: 2}", Item("pear", 2.0)),
        ("items", "empty", []),
        ("items", "[{`name`: `fig`}]", [Item("fig")]),
        ("table", "{`a`: 1}", {"a": 1}),
        ("table", "empty", {}),
        ("nothing", "5", None),
    ],
)
def test_return(method: str, value: str, expected: object) -> None:
    mock = Mock.parse(f"return {value}")
    assert mock is not None
    assert mock.answer(calling(method)) == Result(expected)


@pytest.mark.parametrize(("method", "value"), [("number", "many"), ("items", "{`a`: 1}"), ("items", "[1"), ("items", "[" * 100_000)])
def test_a_value_that_does_not_fit(method: str, value: str) -> None:
    mock = Mock.parse(f"return {value}")
    assert mock is not None
    with pytest.raises(RpcError, match=f"does not fit the result of {method}"):
        mock.answer(calling(method))


@pytest.mark.spec("CLU-62", "throw: an error of the call, or the exception of that class as if the service had thrown it")
def test_throw() -> None:
    with pytest.raises(RpcError, match=r"mocked exception for service degradation\."):
        Mock(True, "throw").answer(a_call())
    registered = Mock(True, "throw com.example.mock.BusyException").answer(a_call()).exception
    assert isinstance(registered, BusyError)
    assert registered.args == ("mocked exception for service degradation.",)
    unknown = Mock(True, "throw com.example.OtherException").answer(a_call()).exception
    assert isinstance(unknown, JavaException)
    assert unknown.class_name == "com.example.OtherException"


def test_the_name_of_a_java_class_is_refused_with_a_hint() -> None:
    with pytest.raises(RpcError, match="names a Java class; use 'return"):
        Mock(True, "com.example.FooMock").answer(a_call())


class Calls:
    """A cluster whose outcome the test sets."""

    def __init__(self, outcome: Result | Exception) -> None:
        self.outcome = outcome
        self.count = 0

    async def __call__(self, invocation: Invocation) -> Result:
        self.count += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.mark.spec("CLU-60", "which calls are made, and which outcomes are replaced")
@pytest.mark.parametrize(
    ("mock", "outcome", "calls", "expected"),
    [
        ("", Result("real"), 1, "real"),
        ("false", Result("real"), 1, "real"),
        ("force:return mock", Result("real"), 0, "mock"),
        ("return mock", Result("real"), 1, "real"),
        ("return mock", NetworkError("away"), 1, "mock"),
        ("fail:return mock", NetworkError("away"), 1, "mock"),
    ],
)
async def test_which_calls_are_made(mock: str, outcome: Result | Exception, calls: int, expected: str) -> None:
    call = Calls(outcome)
    assert (await mocked(FakeDirectory(mock=mock), call)(a_call())).value == expected
    assert call.count == calls


async def test_what_the_service_says_is_not_replaced() -> None:
    thrown = Result(exception=JavaException("com.example.NoSuchUser"))
    assert await mocked(FakeDirectory(mock="return mock"), Calls(thrown))(a_call()) is thrown
    with pytest.raises(BusinessError):
        await mocked(FakeDirectory(mock="return mock"), Calls(BusinessError("refused")))(a_call())


async def test_one_method_and_a_rule_that_comes_later() -> None:
    directory = FakeDirectory()
    directory.url = directory.url.with_params({"greet.mock": "force:return one"})
    call = mocked(directory, Calls(Result("real")))
    assert (await call(a_call())).value == "one"
    directory.url = directory.url.without_params(("greet.mock",))
    assert (await call(a_call())).value == "real"
    directory.url = directory.url.with_params({"other.mock": "force:return one"})
    assert (await call(a_call())).value == "real"


def test_a_long_mock_is_not_repeated_whole_in_logs_and_errors() -> None:
    mock = Mock(forced=True, action="return " + "[" * 100_000)
    assert len(mock.label) == 101
    assert Mock(forced=True, action="return null").label == "return null"
