"""Every family of arguments and results through ``aiodubbo invoke``, as a generic call and as the method itself."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .processes import AIODUBBO, Background, command

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent
SERVICE = "org.aiodubbo.test.KindsService"
PART = {"class": "org.aiodubbo.test.kinds.Part", "colour": "RED", "weight": "1.20", "madeAt": "2026-01-15T09:30:00+00:00"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = f"dubbo://127.0.0.1:{probe.getsockname()[1]}"
    with Background(*AIODUBBO, "run", "kinds:app", cwd=HERE, more={"KINDS_ADDRESS": found}) as process:
        process.wait_for("kinds is serving")
        yield found
        assert process.end() == 0, process.output


@pytest.mark.spec("FIL-3", "a generic call gives the same answer as a call of the method itself")
@pytest.mark.parametrize("how", ["--generic", "--direct"])
@pytest.mark.parametrize(
    ("method", "types", "arguments", "expected"),
    [
        ("decimal", "BigDecimal", ['"12.50"'], "12.50"),
        ("moment", "Date", ['"2026-01-15T10:30:00+01:00"'], "2026-01-15T09:30:00+00:00"),
        ("raw", "byte[]", ['"aGk="'], "aWg="),
        ("names", "", [], {"1": "one", "2": "two"}),
        ("anyOf", "Object", ['{"a": [1, 2.5, null, true, "é"]}'], {"a": [1, 2.5, None, True, "é"]}),
        ("parts", "", [], ["a", "b"]),
        ("nothing", "", [], None),
        ("wide", "long", ["-5"], -5),
        ("wide", "long", ["9007199254740993"], 9007199254740993),
        ("twice", "int", ["4"], 8),
        ("twice", "String", ['"4"'], "44"),
    ],
)
def test_families(method: str, types: str, arguments: list[str], expected: object, how: str, address: str) -> None:
    outcome = command("invoke", "--url", address, how, f"{SERVICE}.{method}", "--types", types, *arguments)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == expected
    assert outcome.stderr == ""


@pytest.mark.parametrize("how", ["--generic", "--direct"])
def test_models_of_a_contract(how: str, address: str) -> None:
    outcome = command("invoke", "--url", address, how, "--contract", "kinds:KindsService", "part", json.dumps(PART), cwd=HERE)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == PART


def test_objects_without_contract_are_maps_with_their_class(address: str) -> None:
    sent = json.dumps({"colour": "RED", "weight": "1.20"})
    outcome = command("invoke", "--url", address, f"{SERVICE}.part", "--types", "org.aiodubbo.test.kinds.Part", sent)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == {**PART, "madeAt": None}


@pytest.mark.spec("PRO-98", "an overloaded method called without types is refused; what the JSON suggests is tried then")
@pytest.mark.parametrize(("argument", "expected"), [("4", 8), ('"4"', "44")])
def test_the_json_chooses_the_overload(argument: str, expected: object, address: str) -> None:
    outcome = command("invoke", "--url", address, f"{SERVICE}.twice", argument)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == expected
    assert "twice is overloaded; trying the types" in outcome.stderr


def test_attachments_are_sent(address: str) -> None:
    outcome = command("invoke", "--url", address, "--attachment", "trace=a=b", f"{SERVICE}.attachment", '"trace"')
    assert json.loads(outcome.stdout) == "a=b", outcome.stderr


def test_a_timeout(address: str) -> None:
    outcome = command("invoke", "--url", address, "--timeout", "0.2", f"{SERVICE}.sleep", "20")
    assert outcome.returncode == 4
    assert "hint: no answer came within --timeout" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("how", ["--generic", "--direct"])
def test_an_exception_that_java_does_not_know(how: str, address: str) -> None:
    outcome = command("invoke", "--url", address, how, f"{SERVICE}.fail")
    assert outcome.returncode == 1
    assert outcome.stderr == "the service threw java.lang.RuntimeException: LookupError: a Python exception that Java does not know\n"
