"""``aiodubbo ls`` against the simple registry."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from .processes import command

if TYPE_CHECKING:
    from .conftest import Tutorial

pytestmark = pytest.mark.integration


@pytest.mark.spec("REG-15", "a lookup of every service answers once with what is registered")
def test_one_line_for_each_provider(tutorial: Tutorial) -> None:
    outcome = command("ls", "-r", tutorial.registry)
    assert outcome.returncode == 0, outcome.stderr
    address = tutorial.provider.removeprefix("dubbo://")
    assert f"provider\tcom.example.UserService:1.0.0\t{address}\tuser-provider" in outcome.stdout.splitlines()


def test_json_has_all_parts(tutorial: Tutorial) -> None:
    outcome = command("ls", "-r", tutorial.registry, "--json", "UserService")
    [entry] = [one for one in json.loads(outcome.stdout) if one["side"] == "provider"]
    assert (entry["interface"], entry["version"], entry["group"], entry["weight"]) == ("com.example.UserService", "1.0.0", "", 100)
    assert entry["methods"] == ["find", "getUser", "rename"]


def test_names_as_they_are_printed(tutorial: Tutorial) -> None:
    """What one command prints, the others take."""
    for line in command("ls", "-r", tutorial.registry).stdout.splitlines():
        name, address = line.split("\t")[1:3]
        for arguments in (("ls", name), ("describe", name, "--no-probe"), ("registry", "dump", name)):
            outcome = command(*arguments, "-r", tutorial.registry)
            assert outcome.returncode == 0, (arguments, outcome.stderr)
            assert address in outcome.stdout, arguments
    assert command("ls", "com.example.UserService:9", "-r", tutorial.registry).returncode == 4
    twice = command("describe", "com.example.UserService:1.0.0", "--version", "2", "-r", tutorial.registry)
    assert twice.returncode == 2
    assert "SERVICE says version '1.0.0', --version says '2'" in twice.stderr


def test_a_name_that_is_not_registered(tutorial: Tutorial) -> None:
    outcome = command("ls", "-r", tutorial.registry, "Nothing")
    assert outcome.returncode == 4
    assert outcome.stdout == ""
    assert "nothing like Nothing is registered at 127.0.0.1:" in outcome.stderr


def test_a_registry_that_is_away() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        outcome = command("ls", "-r", f"dubbo://127.0.0.1:{held.getsockname()[1]}")
    assert outcome.returncode == 3, outcome.stderr
    assert "aiodubbo registry" in outcome.stderr  # how to start one
    assert "Traceback" not in outcome.stderr


def test_another_kind_of_registry_is_named() -> None:
    outcome = command("ls", "-r", "nowhere://127.0.0.1:1")
    assert outcome.returncode == 2
    assert "nowhere" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_no_registry_given() -> None:
    outcome = command("ls")
    assert outcome.returncode == 2
    assert "say where the registry is: -r REGISTRY" in outcome.stderr
