"""The benchmarks run: short, and with aiodubbo alone, so that the suite does not rot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from benchmarks.registries.stores import KINDS

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


@pytest.mark.parametrize(("limit", "code"), [("-99", 1), ("1000000", 0)])
def test_a_checkout_is_compared_with_itself(pytestconfig: pytest.Config, limit: str, code: int) -> None:
    root = str(pytestconfig.rootpath)
    quick = ("--rounds", "1", "--seconds", "0.04", "--payloads", "P1", "--concurrency", "16")

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.compare", root, root, *quick, "--limit", limit],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert "base / base" in done.stdout


_AT_REGISTRIES = {
    "list everything": 170,
    "watch everything": 170,
    "subscribe to 10 services": 30,
    "subscribe to 40 services": 120,
    "register 20 URLs": 20,
}


@pytest.mark.timeout(150)
@pytest.mark.parametrize("registry", ["redis", "zookeeper"])
def test_quick_measures_a_registry(registry: str, pytestconfig: pytest.Config, tmp_path: Path) -> None:
    if (reason := KINDS[registry].missing()) is not None:
        pytest.skip(reason)
    stored = tmp_path / "figures.json"

    command = [sys.executable, "-m", "benchmarks.registries", "--quick", "--registries", registry, "--json", str(stored)]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=140, check=False)

    assert done.returncode == 0, done.stderr
    figures = json.loads(stored.read_text(encoding="utf-8"))
    costs = figures[registry]["costs"]
    assert {name: cost["urls"] for name, (cost,) in costs.items()} == _AT_REGISTRIES
    assert all(cost["seconds"] > 0 and cost["loop"] > 0 for (cost,) in costs.values())
    changes = figures[registry]["changes"]
    assert [change["providers"] for change in changes] == [51, 50, 51, 50]
    assert [change["made"] for change in changes] == [1, 0, 1, 0], "only a provider that is new gets an invoker"
    assert not any(change["replaced"] for change in changes)


def test_unknown_registry_is_named(pytestconfig: pytest.Config) -> None:
    command = [sys.executable, "-m", "benchmarks.registries", "--registries", "redis,etcd"]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 2
    assert "there is no registry 'etcd' to measure; choose from zookeeper, redis" in done.stderr


def test_registry_that_cannot_be_had_is_named_and_left_out(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.registries", "--quick", "--registries", "redis"]
    nowhere = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, timeout=50, check=False, env=nowhere)

    assert done.returncode == 0, done.stderr
    assert "LEFT OUT: redis: redis-server not found" in done.stdout
    assert subprocess.run([*command, "--check"], cwd=pytestconfig.rootpath, capture_output=True, env=nowhere, check=False).returncode == 1


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
