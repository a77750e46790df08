"""The tutorial and the page of the command line: files are those of examples/, and commands print what the pages say."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import EXAMPLES
from .processes import AIODUBBO, SECONDS, Background, environment

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Tutorial

pytestmark = pytest.mark.integration

ROOT = EXAMPLES.parents[1]
PAGE = (ROOT / "docs" / "tutorial" / "index.md").read_text()
FILES = dict(re.findall(r'```python title="(\S+)"\n(.*?)```', PAGE, re.DOTALL))
REFERENCE = (ROOT / "docs" / "how-to" / "command-line.md").read_text()
COMMANDS = list(dict.fromkeys(re.findall(r"```console\n\$ (.*?)\n(.*?)```", PAGE + REFERENCE, re.DOTALL)))


@pytest.mark.parametrize("name", sorted(FILES))
def test_files_of_the_page(name: str) -> None:
    assert FILES[name] == (EXAMPLES / name).read_text(), f"docs/tutorial/index.md and examples/tutorial/{name} differ"


def test_the_page_shows_files_and_commands() -> None:
    assert len(FILES) >= 6
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize(("line", "expected"), COMMANDS, ids=[line.partition(" -")[0] for line, _ in COMMANDS])
def test_commands_of_the_page(line: str, expected: str, tutorial: Tutorial) -> None:
    program, pipe, grep = line.replace("dubbo://127.0.0.1:9090", tutorial.registry).partition(" | grep ")
    words = shlex.split(program)
    start = {"aiodubbo": list(AIODUBBO), "python": [sys.executable]}[words[0]]
    outcome = subprocess.run(
        [*start, *words[1:]],
        cwd=tutorial.directory,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    printed = outcome.stdout.replace(tutorial.provider.removeprefix("dubbo://"), "127.0.0.1:20880")
    if pipe:
        printed = "".join(part for part in printed.splitlines(keepends=True) if grep in part)
    assert printed == expected
    assert outcome.returncode == (1 if "the service threw" in expected else 2 if "error:" in expected else 0)


def test_the_written_twin_is_the_one_shown(tutorial: Tutorial) -> None:
    outcome = subprocess.run(
        [*AIODUBBO, "twin", "contract:UserService"],
        cwd=tutorial.directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    shown = (EXAMPLES / "blocking_contract.py").read_text()
    assert sorted(filter(None, outcome.stdout.splitlines())) == sorted(filter(None, shown.splitlines()))


def test_the_blocking_provider_serves(tutorial: Tutorial, tmp_path: Path) -> None:
    for source in tutorial.directory.glob("*.py"):
        text = source.read_text().replace(tutorial.provider, "dubbo://127.0.0.1:0")
        (tmp_path / source.name).write_text(text.replace('"user-provider"', '"blocking-provider"'))
    with Background(sys.executable, "blocking_provider.py", cwd=tmp_path) as process:
        process.wait_for("serving")
        listed = subprocess.run(
            [*AIODUBBO, "ls", "-r", tutorial.registry], env=environment(), capture_output=True, text=True, timeout=SECONDS, check=True
        )
        assert "blocking-provider" in listed.stdout
        assert process.end() == 0, process.output


def test_the_test_of_the_page_passes(tutorial: Tutorial) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".", "test_users.py"],
        cwd=tutorial.directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout
