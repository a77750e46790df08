"""The benchmarks run: short, and with aiodubbo alone, so that the suite does not rot."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

_CELLS = {(payload, concurrency) for payload in ("P1", "P2", "P3") for concurrency in (1, 16, 128)}


def _benchmarks(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], cwd=root, capture_output=True, text=True, timeout=50, check=False
    )


def test_quick_measures_every_codec_and_every_cell(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    stored = tmp_path / "figures.json"

    done = _benchmarks(pytestconfig.rootpath, "--quick", "--peers", "aiodubbo", "--json", str(stored))

    assert done.returncode == 0, done.stderr
    figures = json.loads(stored.read_text(encoding="utf-8"))
    assert {(cost["payload"], cost["concurrency"]) for cost in figures["echo"]} == _CELLS
    assert all(cost["calls_per_second"] > 0 and cost["server_cpu"] > 0 and cost["client_cpu"] > 0 for cost in figures["echo"])
    assert {cost["payload"] for cost in figures["codecs"]} == {"P1", "P2", "P3"}
    assert "not checked" in done.stdout, "without grpc.aio no goal can be judged"


def test_unchecked_goal_is_a_failure_where_goals_are_asked_for(pytestconfig: pytest.Config) -> None:
    done = _benchmarks(pytestconfig.rootpath, "--quick", "--part", "echo", "--seconds", "0.01", "--peers", "raw", "--check")

    assert done.returncode == 1, done.stderr


def test_unknown_peer_is_named(pytestconfig: pytest.Config) -> None:
    done = _benchmarks(pytestconfig.rootpath, "--part", "echo", "--peers", "aiodubbo,nobody")

    assert done.returncode == 2
    assert "there is no peer 'nobody'; choose from aiodubbo, grpc.aio, grpc.aio values, raw" in done.stderr


def test_soak_of_one_turn_fails_no_call_and_judges_nothing(pytestconfig: pytest.Config) -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--seconds", "0.1"]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 2, done.stdout + done.stderr
    assert "0 failed" in done.stdout
    assert "NOT JUDGED: 1 samples are too few" in done.stdout
