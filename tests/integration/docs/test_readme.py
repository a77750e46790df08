"""The programs of the README, typed into files and started as the README says."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.polling import until_blocking

from .pages import ROOT, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = re.compile(r"^<!-- file: (?P<name>[\w.]+) -->\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^aiodubbo ((?:ls|invoke) .*)$", re.MULTILINE)

pytestmark = pytest.mark.integration


class Readme:
    """The README with addresses of this machine, its files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry_port, self.provider_port = free_port(), free_port()
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        self.text = text.replace("127.0.0.1:9090", f"127.0.0.1:{self.registry_port}").replace(
            "127.0.0.1:20880", f"127.0.0.1:{self.provider_port}"
        )
        for match in _FILE.finditer(self.text):
            (folder / match["name"]).write_text(match["code"], encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """Standard output of a program that must succeed."""
        done = subprocess.run([sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A program that runs until it is told to end."""
        process = subprocess.Popen([sys.executable, *arguments], cwd=self.folder, stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)
            assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readme]:
    """The README with its registry and its provider running."""
    readme = Readme(tmp_path_factory.mktemp("readme"))
    with readme.running("-m", "aiodubbo", "registry", "--port", str(readme.registry_port)) as registry:
        _until_listening(readme.registry_port, registry)
        with readme.running("provider.py") as provider:
            _until_listening(readme.provider_port, provider)
            while "com.example.UserService" not in readme.run("-m", "aiodubbo", "ls", "-r", f"dubbo://127.0.0.1:{readme.registry_port}"):
                assert provider.poll() is None, "the provider ended by itself"
            yield readme


def _until_listening(port: int, process: subprocess.Popen[str]) -> None:
    def listens() -> bool:
        assert process.poll() is None, "it ended by itself"
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True

    until_blocking(listens, 20, ignoring=(OSError,))


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("consumer.py", "User(id=42, full_name='Ada Lovelace', tags=['admin'])\n"),
        ("blocking.py", "User(id=42, full_name='Ada Lovelace', tags=['admin'])\n"),
        ("generic.py", "Ada Lovelace\n"),
    ],
)
def test_programs(readme: Readme, program: str, printed: str) -> None:
    assert readme.run(program) == printed


def test_commands(readme: Readme) -> None:
    commands = _COMMAND.findall(readme.text)
    assert len(commands) >= 3
    for command in commands:
        arguments = [word.strip("'") for word in command.split()]
        assert "com.example" in readme.run("-m", "aiodubbo", *arguments), command


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
