"""The group of commands."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest
from click.testing import CliRunner

from aiodubbo.cli.root import root
from aiodubbo.wire._impl import CHOICE

COMMANDS = ("demo", "run", "registry", "invoke", "ls", "twin")


def test_help_lists_every_command() -> None:
    outcome = CliRunner().invoke(root, ["--help"])
    assert outcome.exit_code == 0
    for command in COMMANDS:
        assert f"  {command} " in outcome.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    outcome = CliRunner().invoke(root, [command, "--help"])
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith(f"Usage: root {command}")


def test_an_unknown_command_is_a_usage_error() -> None:
    outcome = CliRunner().invoke(root, ["nosuch"])
    assert outcome.exit_code == 2
    assert "No such command 'nosuch'" in outcome.stderr


def test_an_address_that_cannot_be_read_is_no_traceback() -> None:
    outcome = CliRunner().invoke(root, ["ls", "-r", "dubbo://127.0.0.1:99999"])
    assert outcome.exit_code == 2
    assert "error: port out of range:99999" in outcome.stderr


def test_the_version_says_which_codec_runs() -> None:
    outcome = CliRunner().invoke(root, ["--version"])
    assert outcome.exit_code == 0
    assert outcome.stdout == f"aiodubbo {metadata.version('aiodubbo')} (codec: {'; '.join(CHOICE.tried)})\n"


def test_a_codec_that_is_not_there_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIODUBBO_IMPL", "other")
    monkeypatch.delitem(sys.modules, "aiodubbo.wire._impl")
    outcome = CliRunner().invoke(root, ["--version"])
    assert outcome.exit_code == 2
    assert "AIODUBBO_IMPL is 'other': write python or native" in outcome.stderr
