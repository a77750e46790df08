"""The JVMs of the interop suite, and the loud word when they cannot be had."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from . import java_build
from .peers import JavaPeer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSIONS = tuple(java_build.VERSIONS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is an interop test; starting the JVMs and building them counts into a test's time."""
    for item in items:
        if _is_ours(item.path):
            item.add_marker(pytest.mark.interop)
            item.add_marker(pytest.mark.timeout(300))


def _is_ours(path: Path) -> bool:
    return "interop" in path.parts


class Peers:
    """One JVM for each version, started when first asked for."""

    def __init__(self) -> None:
        self._running: dict[str, JavaPeer] = {}

    def __getitem__(self, version: str) -> JavaPeer:
        if version not in self._running:
            self._running[version] = JavaPeer(version, version)
        return self._running[version]

    def close(self) -> None:
        for peer in self._running.values():
            peer.close()


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    reason = java_build.missing()
    if reason is not None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"in CI the interop suite must run: {reason}")
        pytest.skip(f"INTEROP LEFT OUT: {reason}")
    java_build.build()
    running = Peers()
    yield running
    running.close()


@pytest.fixture(params=VERSIONS)
def java(request: pytest.FixtureRequest, peers: Peers) -> JavaPeer:
    """A peer of each version in turn."""
    return peers[request.param]


@pytest.fixture
def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
