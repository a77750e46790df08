"""Errors become a text and an exit code."""

from __future__ import annotations

import pytest

from aiodubbo.cli.failure import FAILED, REMOTE, UNREACHABLE, USAGE, failure, remote_exception
from aiodubbo.errors import (
    AiodubboError,
    ArgumentError,
    CallTimeoutError,
    ConfigurationError,
    ForbiddenError,
    HessianEncodeError,
    JavaException,
    NetworkError,
    NoProviderError,
    RegistryError,
    RpcError,
    ServerError,
    StackFrame,
)
from aiodubbo.rpc.generic.calls import GenericException


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), USAGE),
        (ArgumentError("x"), USAGE),
        (HessianEncodeError("x"), USAGE),
        (NoProviderError("x"), UNREACHABLE),
        (ForbiddenError("x"), UNREACHABLE),
        (RegistryError("x"), UNREACHABLE),
        (NetworkError("x"), UNREACHABLE),
        (ServerError("x", status=70), FAILED),
        (CallTimeoutError("x"), FAILED),
        (RpcError("x"), FAILED),
        (JavaException("com.example.E", "x"), REMOTE),
        (GenericException("com.example.E", "x"), REMOTE),
    ],
)
def test_exit_codes(error: AiodubboError, code: int) -> None:
    found = failure(error)
    assert found.exit_code == code
    assert found.text.endswith("x")


STACK = (StackFrame("com.example.Shop", "order", "Shop.java", 12),)


def test_class_and_message_of_a_java_exception() -> None:
    error = JavaException("com.example.E", "no apples", stack=STACK)
    assert failure(error).text == "the service threw com.example.E: no apples"
    assert "at com.example.Shop.order(Shop.java:12)" in failure(error, verbose=True).text


def test_a_generic_exception_shows_the_one_behind_it() -> None:
    error = GenericException("com.example.E", "no apples", "com.example.E: no apples\n\tat com.example.Shop.order(Shop.java:12)")
    assert failure(error).text == "the service threw com.example.E: no apples"
    assert "Shop.java:12" in failure(error, verbose=True).text


def test_an_exception_without_message() -> None:
    assert failure(JavaException("com.example.E")).text == "the service threw com.example.E"


def test_a_registered_class_has_its_python_name() -> None:
    class NoApplesError(Exception):
        pass

    assert remote_exception(NoApplesError("none left")).text.endswith("NoApplesError: none left")


def test_tracebacks_of_python_providers_are_for_the_verbose() -> None:
    error = JavaException("java.lang.RuntimeException", 'KeyError: 5\nTraceback (most recent call last):\n  File "x.py"')
    assert failure(error).text == "the service threw java.lang.RuntimeException: KeyError: 5"


def test_verbose_shows_our_own_traceback() -> None:
    try:
        raise RpcError("broken")
    except RpcError as error:
        assert "test_failure.py" in failure(error, verbose=True).text


def test_stacks_of_java_providers_are_for_the_verbose() -> None:
    text = "answered with status 70: com.example.E: No such method\ncom.example.E: No such method\n\tat com.example.A.b(A.java:5)\n\tat x"
    error = ServerError(text, status=70)
    assert failure(error).text == "error: answered with status 70: com.example.E: No such method"
    assert "A.java:5" in failure(error, verbose=True).text


def test_other_lines_of_an_error_stay() -> None:
    assert failure(NoProviderError("nobody:\n  - a: disabled\n  - b: unreachable")).text.count("\n") == 2
