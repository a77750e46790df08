"""A registry and a provider of the tutorial, shared by the tests of this folder."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.registry.conftest import own, own_dubbo, own_redis, own_zookeeper, redis_shared, zookeeper_shared  # noqa: F401 - fixtures

from .processes import AIODUBBO, REGISTRY_READY, Background, registry

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[3] / "examples" / "tutorial"


@dataclass(frozen=True, slots=True)
class Tutorial:
    """A running tutorial.

    Attributes:
        directory: its code, with free ports in place of 9090 and 20880.
        registry: address of the registry.
        provider: address of the provider.
    """

    directory: Path
    registry: str
    provider: str


@pytest.fixture(scope="package")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tutorial]:
    directory = tmp_path_factory.mktemp("tutorial")
    with registry() as server:
        address = server.wait_for(REGISTRY_READY)
        provider = f"dubbo://127.0.0.1:{_free_port()}"
        for source in EXAMPLES.glob("*.py"):
            text = source.read_text().replace("dubbo://127.0.0.1:9090", address).replace("dubbo://127.0.0.1:20880", provider)
            (directory / source.name).write_text(text)
        with Background(*AIODUBBO, "run", "provider:app", cwd=directory) as process:
            process.wait_for("user-provider is serving")
            yield Tutorial(directory, address, provider)
            assert process.end() == 0, process.output
            assert "user-provider ends" in process.output
        assert server.end() == 0, server.output
    shutil.rmtree(directory)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
