"""The twin of a contract is source text that describes the same Java interface."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from aiodubbo.cli.root import root
from aiodubbo.cli.twin import twin_source
from aiodubbo.errors import ContractError
from aiodubbo.rpc.contract.reading import describe, interface

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
"""A contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional, Protocol

from aiodubbo import interface, java
from aiodubbo import method as dubbo_method

VERSION = "1.0.0"


@java.model("org.aiodubbo.test.twin.User")
@dataclass(slots=True)
class User:
    name: str


@interface(
    "org.aiodubbo.test.twin.UserService",
    version=VERSION,
)
class UserService(Protocol):
    """Users."""

    async def get_user(self, user_id: java.long) -> "Optional[User]":
        """One user; async def is only a word here."""
        ...

    @dubbo_method(name="find")
    async  def find_users(
        self,
        name: str,  # its beginning
        limit: java.int = 10,
    ) -> list[User]: ...

    async def seen(self, at: dt.datetime) -> None: ...
'''


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "twin_contract.py").write_text(SOURCE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)


def _signatures(contract: type) -> list[str]:
    return [f"{method} -> {method.returns}" for method in describe(contract).methods]


def test_there_and_back(tmp_path: Path) -> None:
    contract = importlib.import_module("twin_contract").UserService
    (tmp_path / "twin_blocking.py").write_text(twin_source(contract))
    blocking = importlib.import_module("twin_blocking").BlockingUserService
    assert not describe(blocking).is_async
    assert str(describe(blocking)) == str(describe(contract)) == "org.aiodubbo.test.twin.UserService:1.0.0"
    assert _signatures(blocking) == _signatures(contract)

    (tmp_path / "twin_again.py").write_text(twin_source(blocking))
    again = importlib.import_module("twin_again").UserService
    assert describe(again).is_async
    assert _signatures(again) == _signatures(contract)


def test_text_keeps_comments_and_docstrings() -> None:
    text = twin_source(importlib.import_module("twin_contract").UserService, "Users")
    assert "class Users(Protocol):" in text
    assert '"""One user; async def is only a word here."""' in text
    assert "name: str,  # its beginning" in text
    assert "    def find_users(" in text
    assert "from twin_contract import User, VERSION" in text
    assert "from aiodubbo import method as dubbo_method" in text
    assert "import datetime as dt" in text
    assert "dataclass" not in text


def test_a_contract_inside_a_function_is_refused() -> None:
    @interface("org.aiodubbo.test.twin.Local")
    class Local:
        async def ping(self) -> None: ...

    with pytest.raises(ContractError, match="stands inside a function or class"):
        twin_source(Local)


def test_command_writes_a_file_once(tmp_path: Path) -> None:
    target = tmp_path / "out.py"
    arguments = ["twin", "twin_contract:UserService", "-o", str(target)]
    assert CliRunner().invoke(root, arguments).exit_code == 0
    assert "class BlockingUserService" in target.read_text()
    refused = CliRunner().invoke(root, arguments)
    assert refused.exit_code == 2
    assert "is there already: --force replaces it" in refused.stderr
    assert CliRunner().invoke(root, [*arguments, "--force", "--name", "Sync"]).exit_code == 0
    assert "class Sync(Protocol)" in target.read_text()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["twin_contract:User"], 'User is not a contract: put @interface("com.example.User") on the class'),
        (["twin_contract:UserService", "--name", "a b"], "'a b' is not a name of a class"),
        (["twin_contract:UserService", "-o", "no/such/directory.py"], "cannot write no/such/directory.py: No such file or directory"),
    ],
)
def test_mistakes(arguments: list[str], expected: str) -> None:
    outcome = CliRunner().invoke(root, ["twin", *arguments])
    assert outcome.exit_code == 2
    assert expected in outcome.stderr
