"""Mistakes on the command line of ``aiodubbo invoke`` end it before anything is opened."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from aiodubbo.cli.invoke import _hint
from aiodubbo.cli.root import root


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a.B.c", "1"], "say where the service is: -r REGISTRY or --url ADDRESS"),
        (["--url", "dubbo://h:1", "c"], "'c' names no method: write Interface.method, such as com.example.UserService.getUser"),
        (["--url", "h", "a.B.c"], "--url needs host and port, as in dubbo://10.0.0.5:20880, got h"),
        (["--url", "dubbo://h:port", "a.B.c"], "port"),
        (["--url", "dubbo://h:1", "a.B.c", "Ada"], "argument 1: Ada is not JSON; a string needs double quotes"),
        (["--url", "dubbo://h:1", "a.B.c", "--types", "long", '"x"'], 'argument 1: expected long, got the string "x"'),
        (["--url", "dubbo://h:1", "a.B.c", "--types", "long,int", "1"], "--types names 2 types (long, int), but there is 1 argument"),
        (["--url", "dubbo://h:1", "a.B.c", "--attachment", "x"], "--attachment is written KEY=VALUE, got x"),
        (["--url", "dubbo://h:1", "a.B.c", "--tpyes", "int"], "--tpyes is not JSON; if it is meant to be an option, it is an unknown one"),
        (["--url", "dubbo://h:1", "a.B.c", "--timeout", "0"], "--timeout"),
        (["--url", "dubbo://h:1", "--contract", "nowhere:X", "c"], "there is no module nowhere"),
    ],
)
def test_mistakes(arguments: list[str], expected: str) -> None:
    outcome = CliRunner().invoke(root, ["invoke", *arguments])
    assert outcome.exit_code == 2
    assert expected in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "status 40 (BAD_REQUEST): Fail to decode request due to: RpcInvocation [methodName=$invoke, parameterTypes=null]",
            "another --group",
        ),
        ("status 40 (BAD_REQUEST): Fail to decode request due to: RpcInvocation [methodName=get, parameterTypes=null]", "no such method"),
        ("Not found exported service: a.B:20880 in []", "another --group"),
        ("No such method get in class interface a.B", "no such method"),
    ],
)
def test_hints_for_what_providers_answer(answer: str, expected: str) -> None:
    assert expected in _hint(answer)
