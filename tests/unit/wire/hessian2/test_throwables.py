"""Exceptions, both ways."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from tests.unit.wire.hessian2.classes_for_tests import CLASSES, THROWABLE, OrderError, Point, decode, definition, encode

from aiodubbo.errors import CallTimeoutError, HessianDecodeError, JavaException, RpcError, StackFrame


def order_error(message: str, order_id: int) -> OrderError:
    error = OrderError.__new__(OrderError)
    error.args = (message,)
    error.order_id = order_id
    return error


def test_an_unregistered_class_becomes_a_java_exception() -> None:
    sent = JavaException(
        "com.example.Biz", "no stock", fields={"code": 42}, stack=[StackFrame("com.example.A", "run", "A.java", 7)], cause=ValueError("why")
    )
    read = decode(encode(sent))
    assert type(read) is JavaException
    assert (read.class_name, read.message, str(read)) == ("com.example.Biz", "no stock", "com.example.Biz: no stock")
    assert read.fields == {"code": 42}
    assert read.stack == (StackFrame("com.example.A", "run", "A.java", 7),)
    assert isinstance(read.java_cause, JavaException)
    assert str(read.java_cause) == "java.lang.RuntimeException: ValueError: why"
    assert "at com.example.A.run(A.java:7)" in read.java_stack_trace()
    assert decode(encode(sent), THROWABLE).fields == {"code": 42}


@pytest.mark.spec("PRO-48", "a Throwable has Java's four fields in Java's order; without a cause it is its own cause")
def test_what_java_sees() -> None:
    value: Any = decode(encode(JavaException("a.E", "m", fields={"x": 1})), lossless=True)
    assert value.class_name == "a.E"
    assert value.names == ("suppressedExceptions", "stackTrace", "cause", "detailMessage", "x")
    assert value["cause"] is value
    assert value["suppressedExceptions"].java_type == "java.util.Collections$EmptyList"
    assert value["stackTrace"].java_type == "[java.lang.StackTraceElement"


def test_a_registered_class_both_ways() -> None:
    try:
        raise order_error("no stock", 7) from KeyError("apple")
    except OrderError as error:
        sent = error
    read = decode(encode(sent))
    assert type(read) is OrderError
    assert str(read) == "no stock"
    assert read.args == ("no stock",)
    assert read.order_id == 7
    assert isinstance(read.__cause__, JavaException)
    raised = vars(read)["java_stack"][0]
    assert (raised.method_name, raised.file_name) == ("test_a_registered_class_both_ways", "test_throwables.py")
    assert decode(encode(sent), lossless=True)["orderId"] == 7


def test_fields_of_a_registered_class_are_checked() -> None:
    with pytest.raises(HessianDecodeError, match=r"OrderException\.order_id: expected long"):
        decode(definition("com.example.OrderException", "orderId", "detailMessage") + b"\x60\x01xN")
    read = decode(definition("com.example.OrderException", "extra") + b"\x60\x01x")
    assert (read.order_id, read.args) == (0, ())


def test_other_exceptions_are_runtime_exceptions_that_name_their_class() -> None:
    for error, message in ((ValueError("bad"), "ValueError: bad"), (KeyError(), "KeyError"), (SystemExit(1), "SystemExit: 1")):
        value: Any = decode(encode(error), lossless=True)
        assert (value.class_name, value["detailMessage"]) == ("java.lang.RuntimeException", message)


def test_our_errors_keep_javas_names() -> None:
    value: Any = decode(encode(RpcError("m", code=3)), lossless=True)
    assert (value.class_name, value["detailMessage"], value["code"]) == ("com.alibaba.dubbo.rpc.RpcException", "m", 3)
    value = decode(encode(CallTimeoutError("late")), lossless=True)
    assert (value.class_name, "code" in value) == ("com.alibaba.dubbo.remoting.TimeoutException", False)


def test_suppressed_exceptions_are_kept() -> None:
    sent = JavaException("a.E", fields={"suppressedExceptions": [JavaException("a.F", "inner")]})
    read = decode(encode(sent))
    (inner,) = read.fields["suppressedExceptions"]
    assert str(inner) == "a.F: inner"
    assert decode(encode(read)).fields["suppressedExceptions"][0].message == "inner"


def test_python_causes_in_a_ring_are_written_once() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__cause__, second.__cause__ = second, first
    read = decode(encode(first))
    assert read.__cause__.__cause__ is None
    assert "Caused by" in read.java_stack_trace()
    assert "ValueError: 1" in "".join(traceback.format_exception(read))


def test_the_least_that_java_takes_for_a_throwable() -> None:
    read = decode(definition("a.E", "detailMessage") + b"\x60\x01m", THROWABLE)
    assert (type(read), read.message) == (JavaException, "m")


def test_an_exception_that_is_shared() -> None:
    error = JavaException("a.E", "m")
    first, second = decode(encode([error, error]))
    assert first is second


def test_builtin_exceptions_with_state_of_their_own() -> None:
    class FileGoneError(FileNotFoundError):
        pass

    from aiodubbo.java.types import ExceptionLayout

    CLASSES.register(ExceptionLayout("java.io.FileNotFoundException", FileGoneError, lambda: ()))
    read = decode(encode(FileGoneError("gone")))
    assert (type(read), str(read)) == (FileGoneError, "gone")


def test_an_exception_with_a_model_as_field() -> None:
    read = decode(encode(JavaException("a.E", fields={"point": Point(1, 2)})))
    assert read.fields == {"point": Point(1, 2)}


def test_long_python_stacks_are_cut() -> None:
    def fall(depth: int) -> None:
        if depth:
            fall(depth - 1)
        raise ValueError("deep")

    try:
        fall(200)
    except ValueError as error:
        value: Any = decode(encode(error), lossless=True)
    assert len(value["stackTrace"]) == 64
    assert value["stackTrace"][0]["methodName"].endswith("fall")
