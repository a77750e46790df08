"""``aiodubbo invoke`` against a running provider: answers on standard output, the rest on standard error, exit codes."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from .processes import command

if TYPE_CHECKING:
    from .conftest import Tutorial

pytestmark = pytest.mark.integration

SERVICE = "com.example.UserService"
ADA = {
    "class": "com.example.User",
    "id": 1,
    "name": "Ada",
    "balance": "12.50",
    "createdAt": "2026-01-15T09:30:00+00:00",
    "tags": ["admin"],
}


@pytest.mark.parametrize(
    "arguments",
    [
        (f"{SERVICE}.getUser", "1", "--version", "1.0.0"),
        (f"{SERVICE}.getUser", "1", "--version", "1.0.0", "--types", "long"),
        ("--contract", "contract:UserService", "get_user", "1"),
        ("--contract", "contract:UserService", "--direct", "get_user", "1"),
        ("--contract", "blocking_contract:BlockingUserService", "--direct", "get_user", "1"),
    ],
)
@pytest.mark.parametrize("way", ["registry", "url"])
def test_an_answer(way: str, arguments: tuple[str, ...], tutorial: Tutorial) -> None:
    where = ("-r", tutorial.registry) if way == "registry" else ("--url", tutorial.provider)
    outcome = command("invoke", *where, *arguments, cwd=tutorial.directory)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == ADA


def test_the_method_itself_without_contract(tutorial: Tutorial) -> None:
    outcome = command("invoke", "--url", f"{tutorial.provider}?version=1.0.0", f"{SERVICE}.getUser", "--direct", "--types", "long", "1")
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == ADA


@pytest.mark.parametrize(("arguments", "expected"), [(("2",), "Alan"), (("99",), None)])
def test_null_is_an_answer_too(arguments: tuple[str, ...], expected: str | None, tutorial: Tutorial) -> None:
    outcome = command("invoke", "-r", tutorial.registry, "--version", "1.0.0", f"{SERVICE}.getUser", *arguments)
    assert outcome.returncode == 0, outcome.stderr
    answer = json.loads(outcome.stdout)
    assert (answer and answer["name"]) == expected


def test_inferred_types_are_shown_beside_the_answer(tutorial: Tutorial) -> None:
    outcome = command("invoke", "-r", tutorial.registry, "--version", "1.0.0", f"{SERVICE}.find", '"A"', "1")
    assert [user["name"] for user in json.loads(outcome.stdout)] == ["Ada"]
    assert "types inferred from the JSON: java.lang.String, int" in outcome.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version", "1.0.0", f"{SERVICE}.rename"),
        ("--contract", "contract:UserService", "rename"),
        ("--contract", "contract:UserService", "--direct", "rename"),
    ],
)
def test_an_exception_of_the_service(arguments: tuple[str, ...], tutorial: Tutorial) -> None:
    outcome = command("invoke", "-r", tutorial.registry, *arguments, "99", '"Grace"', cwd=tutorial.directory)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    last = outcome.stderr.splitlines()[-1]
    assert last.startswith("the service threw ")
    assert "UnknownUser" in last
    assert last.endswith(": there is no user 99")


def test_verbose_shows_the_stack(tutorial: Tutorial) -> None:
    outcome = command("invoke", "-v", "-r", tutorial.registry, "--version", "1.0.0", f"{SERVICE}.rename", "99", '"Grace"')
    assert outcome.returncode == 1
    assert "provider.py" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--version", "1.0.0", f"{SERVICE}.getUsr", "1"), 4, "No such method getUsr"),
        (("--version", "1.0.0", f"{SERVICE}.getUsr", "1"), 4, "hint: the provider has no such method: check the name"),
        (
            ("--version", "1.0.0", f"{SERVICE}.getUser", "--types", "int", "1"),
            4,
            f"{SERVICE}.getUser(int)\nhint: the provider has no such method",
        ),
        (("--version", "1.0.0", f"{SERVICE}.getUser", "--direct", "--types", "int", "1"), 4, "hint: the provider has no such method"),
        (("--version", "1.0.0", f"{SERVICE}.getUser", "1", "2"), 4, "hint: the method takes another number of arguments"),
        (("--version", "1.0.0", f"{SERVICE}.getUser", '"x"'), 4, "expected long"),
        (("--version", "9", f"{SERVICE}.getUser", "1"), 3, "version"),
        ((f"{SERVICE}.getUser", "1"), 3, "hint: say --version and --group"),
        (("com.example.Nothing.getUser", "1"), 3, "Nothing is registered under this name"),
    ],
)
def test_calls_that_reach_nobody(arguments: tuple[str, ...], code: int, expected: str, tutorial: Tutorial) -> None:
    outcome = command("invoke", "-r", tutorial.registry, *arguments)
    assert outcome.returncode == code, outcome.stderr
    assert expected in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""


def test_the_wrong_version_at_an_address(tutorial: Tutorial) -> None:
    outcome = command("invoke", "--url", tutorial.provider, "--version", "9", f"{SERVICE}.getUser", "1")
    assert outcome.returncode == 4
    assert "hint: the provider serves this interface with another --group or --version" in outcome.stderr


@pytest.mark.parametrize("option", ["--url", "-r"])
def test_an_address_where_nobody_listens(option: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        address = f"dubbo://127.0.0.1:{held.getsockname()[1]}"
        outcome = command("invoke", option, address, f"{SERVICE}.getUser", "1")
    assert outcome.returncode == 3, outcome.stderr
    assert address.removeprefix("dubbo://") in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_name_that_does_not_exist() -> None:
    outcome = command("invoke", "--url", "dubbo://no-such-host.invalid:20880", f"{SERVICE}.getUser", "1")
    assert outcome.returncode == 3, outcome.stderr
    assert "no-such-host.invalid" in outcome.stderr
