from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from aiodubbo import java
from aiodubbo.errors import JavaException, RpcError
from aiodubbo.filter.echo import EchoFilter
from aiodubbo.filter.exception import ExceptionFilter
from aiodubbo.filter.generic import GenericFilter
from aiodubbo.rpc.call import Invocation, Result
from aiodubbo.rpc.context import RpcContext
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.rpc.descriptor import ECHO, GENERIC_INVOKE
from aiodubbo.rpc.generic.calls import GenericException
from aiodubbo.rpc.host import Host
from tests.unit.fakes import GREETER, a_call, provider_url

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Filter


@java.model("org.aiodubbo.test.FilterPoint")
@dataclass
class Point:
    x: java.int


@java.exception("org.aiodubbo.test.FilterException")
class KnownError(Exception):
    """Registered for Java."""


@interface("org.aiodubbo.test.PointService")
class PointService(Protocol):
    async def move(self, point: Point, by: java.int) -> Point: ...


POINTS = describe(PointService)


def make(kind: Any, service: Any = GREETER) -> Filter:
    made: Filter = kind(provider_url(), service, Host(name="test"))
    return made


def thrower(error: BaseException) -> Any:
    async def invoke(invocation: Invocation) -> Result:
        return Result(exception=error)

    return invoke


async def reply(invocation: Invocation) -> Result:
    return Result((invocation.method.name, invocation.arguments))


@pytest.mark.spec("FIL-1", "$echo is answered with its argument and goes no further; other calls pass")
async def test_echo() -> None:
    call = replace(a_call(), method=ECHO, arguments=("ping",))
    assert (await make(EchoFilter)(call, thrower(AssertionError()))).value == "ping"
    assert (await make(EchoFilter)(a_call(), reply)).value == ("greet", ("Ada",))


def generic_call(name: str, types: list[str] | None, args: list[object], mode: str = "true") -> Invocation:
    return Invocation(POINTS, GENERIC_INVOKE, (name, types, args), {"generic": mode})


@pytest.mark.spec("PRO-91", "a generic call reaches the method with models made of plain data, and its result is plain data")
async def test_generic() -> None:
    async def move(invocation: Invocation) -> Result:
        point, by = invocation.arguments
        assert isinstance(point, Point)
        assert isinstance(by, int)
        return Result(Point(point.x + by))

    types = ["org.aiodubbo.test.FilterPoint", "int"]
    result = await make(GenericFilter, POINTS)(generic_call("move", types, [{"class": types[0], "x": 1}, 2]), move)
    assert result.value == {"class": "org.aiodubbo.test.FilterPoint", "x": 3}


@pytest.mark.spec("PRO-92", "an exception reaches a generic caller as GenericException with class and message")
async def test_generic_exception() -> None:
    result = await make(GenericFilter, POINTS)(
        generic_call("move", None, [{"x": 1}, 2]), thrower(JavaException("com.example.OutOfSpace", "no room"))
    )
    assert isinstance(result.exception, GenericException)
    assert (result.exception.exception_class, result.exception.exception_message) == ("com.example.OutOfSpace", "no room")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (generic_call("move", ["int"], [1, 2]), "move"),
        (generic_call("move", None, [{"x": 1}]), "args.length != types.length"),
        (generic_call("stop", None, []), "stop"),
        (generic_call("move", None, [], "nativejava"), r"Generic serialization \[nativejava\] is not supported"),
    ],
)
async def test_generic_mistakes(call: Invocation, text: str) -> None:
    with pytest.raises(RpcError, match=text):
        await make(GenericFilter, POINTS)(call, reply)


@pytest.mark.parametrize("error", [JavaException("com.example.Own", "x"), KnownError("x")])
@pytest.mark.spec("FIL-6", "exceptions that have a Java class pass")
async def test_known_exceptions_pass(error: BaseException) -> None:
    assert (await make(ExceptionFilter)(a_call(), thrower(error))).exception is error


@pytest.mark.spec("FIL-6", "others become java.lang.RuntimeException with their text, and are logged")
async def test_unknown_exceptions(caplog: pytest.LogCaptureFixture) -> None:
    context = RpcContext(attachments={}, remote_address=("10.0.0.9", 1), local_address=("10.0.0.1", 2), interface="I", method="m")
    token = context.enter()
    try:
        result = await make(ExceptionFilter)(a_call(), thrower(ValueError("too blue")))
    finally:
        RpcContext.leave(token)
    assert isinstance(result.exception, JavaException)
    assert result.exception.class_name == "java.lang.RuntimeException"
    assert str(result.exception).startswith("java.lang.RuntimeException: ValueError: too blue")
    assert "called by 10.0.0.9. service: com.example.Greeter, method: greet, exception: ValueError: too blue" in caplog.text
