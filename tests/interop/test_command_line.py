"""``aiodubbo invoke`` calls real Java providers, generically and directly."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Address

GREETING = "org.aiodubbo.interop.GreetingService"
CONTRACT = ("--contract", "tests.interop.contracts:GreetingService")


async def _invoke(url: str, *arguments: str) -> tuple[int, object, str]:
    """Exit code, result and standard error of one call."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aiodubbo", "invoke", "--url", url, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, json.loads(out) if out else None, err.decode()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((f"{GREETING}.sayHi", '"Ada"'), None),
        ((f"{GREETING}.many", "2", '{"a": 1}'), None),
        ((f"{GREETING}.nothing",), None),
        ((f"{GREETING}.nullText",), None),
        ((f"{GREETING}.payload", '"aGk="', "--types", "byte[]"), None),
        ((f"{GREETING}.over", "--types", "long", "5"), None),
        ((f"{GREETING}.over", "--types", "String,int", '"5"', "2"), None),
        ((f"{GREETING}.over", "--types", "String,int", "--direct", '"5"', "2"), None),
        ((f"{GREETING}.over", '"5"'), None),
        ((f"{GREETING}.where", "--group", "g1", "--version", "1.0"), None),
        ((f"{GREETING}.attachments", "--attachment", "k=v"), None),
        ((f"{GREETING}.fail", '"biz"'), None),
        ((f"{GREETING}.fail", '"illegal"', '--direct'), None),
        ((f"{GREETING}.nowhere",), None),
        ((f"{GREETING}.sayHi", '"Ada"', "--types", "int"), None),
        ((f"{GREETING}.sayHi", '5', "--types", "int"), None),
        ((f"{GREETING}.sayHi", '5', "--types", "int", "--direct"), None),
        ((f"{GREETING}.where", "--group", "g9", "--version", "1.0"), None),
        ((f"{GREETING}.sayHi", '"a"', '5'), None),
    ],
)
async def test_answers(arguments: tuple[str, ...], expected: object, java_address: Address) -> None:
    print(arguments, await _invoke(java_address.url, *arguments))
