"""``aiodubbo invoke`` calls real Java providers, generically and directly."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Address

GREETING = "org.aiodubbo.interop.GreetingService"
ROOT = Path(__file__).parents[2]


async def _invoke(url: str, method: str, *arguments: str) -> tuple[int, Any, str]:
    """Exit code, result and standard error of one call."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aiodubbo", "invoke", "--url", url, f"{GREETING}.{method}", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    out, err = await process.communicate()
    return process.returncode or 0, json.loads(out) if out else "no answer", err.decode()


@pytest.mark.spec("PRO-90", "Java takes the generic call of a method by name, type names and arguments, or without type names")
@pytest.mark.parametrize(
    ("method", "arguments", "expected"),
    [
        ("sayHi", ['"Ada"'], "hi, Ada"),
        ("many", ["2", '{"a": 1}'], ["0 {a=1}", "1 {a=1}"]),
        ("nothing", [], None),
        ("nullText", [], None),
        ("payload", ["--types", "byte[]", '"aGk="'], "aGk="),
        ("over", ["--types", "long", "5"], "long 5"),
        ("over", ["--types", "Integer", "5"], "Integer 5"),
        ("over", ["--types", "String,int", '"5"', "2"], "String, int 5 2"),
        ("over", ["--direct", "--types", "String,int", '"5"', "2"], "String, int 5 2"),
        ("where", ["--group", "g1", "--version", "1.0"], "g1:1.0"),
    ],
)
async def test_answers(method: str, arguments: list[str], expected: object, java_address: Address) -> None:
    code, answer, stderr = await _invoke(java_address.url, method, *arguments)
    assert (code, answer) == (0, expected), stderr


async def test_an_overload_chosen_by_the_json(java_address: Address) -> None:
    code, answer, stderr = await _invoke(java_address.url, "over", '"5"')
    assert (code, answer) == (0, "String 5"), stderr
    assert "over is overloaded; trying the types java.lang.String" in stderr


async def test_attachments(java_address: Address) -> None:
    _, answer, stderr = await _invoke(java_address.url, "attachments", "--attachment", "k=v")
    assert answer["k"] == "v", stderr


@pytest.mark.parametrize("how", ["--generic", "--direct"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [("biz", "org.aiodubbo.interop.model.BizException: no stock"), ("illegal", "java.lang.IllegalArgumentException: bad")],
)
async def test_exceptions(kind: str, expected: str, how: str, java_address: Address) -> None:
    code, answer, stderr = await _invoke(java_address.url, "fail", how, "--types", "String", f'"{kind}"')
    assert (code, answer) == (1, "no answer")
    assert stderr == f"the service threw {expected}\n"


@pytest.mark.parametrize(
    ("method", "arguments", "code", "expected"),
    [
        ("nowhere", [], 4, "hint: the provider has no such method"),
        ("sayHi", ["--types", "int", "5"], 4, "hint: the provider has no such method"),
        ("sayHi", ['"a"', "5"], 4, "hint: the method takes another number of arguments"),
        ("where", ["--group", "g9", "--version", "1.0"], 4, "hint: the provider serves this interface with another --group or --version"),
        ("sayHi", ["--types", "int", '"Ada"'], 2, 'argument 1: expected int, got the string "Ada"'),
        ("sleep", ["--timeout", "0.2", "2000"], 4, "hint: no answer came within --timeout"),
    ],
)
async def test_mistakes(method: str, arguments: list[str], code: int, expected: str, java_address: Address) -> None:
    found, answer, stderr = await _invoke(java_address.url, method, *arguments)
    assert (found, answer) == (code, "no answer")
    assert expected in stderr
    assert "\tat " not in stderr
