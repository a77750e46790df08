"""Where the commands read entries from."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.failure import CommandError
from aiodubbo.errors import ConfigurationError
from aiodubbo.operations.entries import Selection
from aiodubbo.operations.source import Source

from .entries import CONSUMER, OTHER, PROVIDER

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(f"{PROVIDER}\n{OTHER}\n{CONSUMER}\n")
    source = Source(str(path))
    assert (source.url, source.name) == (None, str(path))
    assert source.read_file(Selection(("providers",), "shop")) == [PROVIDER]


def test_standard_input_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(f"{PROVIDER}\n".encode()))
    monkeypatch.setattr("sys.stdin", stream)
    assert Source("-").read_file(Selection()) == [PROVIDER]
    assert not stream.closed


def test_a_registry_is_named_without_its_password() -> None:
    source = Source("zookeeper://user:s3cret@10.0.0.1:2181")
    assert source.url is not None
    assert source.name == "zookeeper://user:***@10.0.0.1:2181"


def test_what_is_neither(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"there is no file .*nothing; a registry is given as protocol://host:port"):
        Source(str(tmp_path / "nothing"))
    with pytest.raises(ConfigurationError, match="a registry is given as"):
        Source("zookeeper://")
    with pytest.raises(CommandError, match=r"cannot read .*: Is a directory"):
        Source(str(tmp_path)).read_file(Selection())
