"""``aiodubbo describe`` against the simple registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .processes import command

if TYPE_CHECKING:
    from .conftest import Tutorial

pytestmark = pytest.mark.integration


def test_a_service(tutorial: Tutorial) -> None:
    outcome = command("describe", "com.example.UserService", "-r", tutorial.registry)
    assert outcome.returncode == 0, outcome.stderr
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith("provider  com.example.UserService:1.0.0  127.0.0.1:")
    assert "  retries = 2  [default]" in lines
    as_json = json.loads(command("describe", "com.example.UserService", "-r", tutorial.registry, "--json").stdout)
    assert [one["application"] for one in as_json["providers"]] == ["user-provider"]


def test_what_is_not_there(tutorial: Tutorial) -> None:
    outcome = command("describe", "com.example.Nothing", "-r", tutorial.registry)
    assert outcome.returncode == 4
    assert "nothing is registered for com.example.Nothing" in outcome.stderr
    outcome = command("describe", "com.example.UserService", "-r", tutorial.registry, "--consumer", "nobody")
    assert outcome.returncode == 4
    assert "no consumer of com.example.UserService is registered by the application nobody" in outcome.stderr
