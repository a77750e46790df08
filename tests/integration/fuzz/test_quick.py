"""The fuzz targets run: for a moment, so that they do not rot, and with a defect, so that one would be seen."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fuzz.__main__ import TARGETS, Target, run_mutations

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def _fuzz(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "fuzz", *arguments], cwd=root, capture_output=True, text=True, timeout=50, check=False)


def test_every_target_runs_and_finds_nothing(pytestconfig: pytest.Config) -> None:
    done = _fuzz(pytestconfig.rootpath, "--seconds", "1")

    assert done.returncode == 0, done.stdout + done.stderr


def test_unknown_target_is_named(pytestconfig: pytest.Config) -> None:
    done = _fuzz(pytestconfig.rootpath, "nothing")

    assert done.returncode == 2
    assert "no target nothing" in done.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_targets_have_seeds(name: str) -> None:
    assert all(TARGETS[name].seeds())
    assert len(list(TARGETS[name].seeds())) >= 10


def test_defect_is_reported_with_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)

    def fail_once_mutated(data: bytes) -> None:
        if data != b"seed":
            raise KeyError(data)

    sound = run_mutations("broken", Target("", fail_once_mutated, lambda: [b"seed"]), seconds=10, seed=1)

    assert not sound
    (kept,) = (tmp_path / ".cache/fuzz").iterdir()
    assert kept.read_bytes() != b"seed"
    assert str(kept.relative_to(tmp_path)) in capsys.readouterr().out


def test_same_seed_gives_the_same_inputs() -> None:
    def inputs(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def note(data: bytes) -> None:
            seen.append(data)
            if len(seen) == 200:
                raise StopAsyncIteration

        run_mutations("noted", Target("", note, lambda: [b"abcdefgh", b"\x60\x91"]), seconds=10, seed=seed)
        return seen

    first = inputs(5)

    assert first == inputs(5)
    assert first != inputs(6)
