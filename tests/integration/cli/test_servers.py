"""``aiodubbo registry`` and ``aiodubbo run`` as servers: they say where they are, end cleanly, and tell what is wrong."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.registry import free_port
from aiodubbo.errors import ConfigurationError

from .processes import REGISTRY_READY, command, registry

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.mark.spec("REG-5", "the simple registry is one process, which ends by a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_registry(number: int) -> None:
    with registry() as server:
        address = server.wait_for(REGISTRY_READY)
        assert command("ls", "-r", address).returncode == 0
        assert server.end(number) == 0, server.output
        assert "registry ends" in server.output
        assert "Traceback" not in server.output


def test_a_port_in_use() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        outcome = command("registry", "--port", str(port))
    assert outcome.returncode == 2, outcome.stderr
    assert str(port) in outcome.stderr
    assert "in use" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_address_of_another_machine() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen at 192\.0\.2\.1"):
        free_port("192.0.2.1")


def test_run_ends_with_the_error_of_the_application(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("from aiodubbo import Application\n\n\ndef app():\n    return Application('a b')\n")
    outcome = command("run", "wrong:app", cwd=tmp_path)
    assert outcome.returncode == 2
    assert "error: an application name has letters" in outcome.stderr
    assert "Traceback" not in outcome.stderr
