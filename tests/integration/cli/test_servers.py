"""``aiodubbo registry`` and ``aiodubbo run`` as servers: they print their address, end cleanly, and report mistakes."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest

from .processes import AIODUBBO, REGISTRY_READY, Background, command, registry

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
    outcome = command("registry", "--host", "192.0.2.77", "--port", "0")
    assert outcome.returncode == 2, outcome.stderr
    assert "192.0.2.77" in outcome.stderr
    assert "no such address" in outcome.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "::1", "[::1]"])
def test_the_printed_address_can_be_used(host: str) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with Background(*AIODUBBO, "registry", "--host", host, "--port", "0") as server:
        address = server.wait_for(r"use it with: aiodubbo ls -r ([^,]+),")
        outcome = command("ls", "-r", address)
        assert outcome.returncode == 0, outcome.stderr


@pytest.mark.spec("REG-113", "the registry registers itself when it is told under which address clients reach it")
def test_a_registry_that_announces_itself() -> None:
    with Background(*AIODUBBO, "registry", "--port", "0", "--announce", "localhost") as server:
        address = server.wait_for(REGISTRY_READY)
        listed = command("ls", "-r", address).stdout
    port = address.rpartition(":")[2]
    assert f"com.alibaba.dubbo.registry.RegistryService\tlocalhost:{port}" in listed
    assert f"org.apache.dubbo.registry.RegistryService\tlocalhost:{port}" in listed


def test_an_announcement_that_is_no_address() -> None:
    outcome = command("registry", "--port", "0", "--announce", "localhost:many")
    assert outcome.returncode == 2, outcome.stderr
    assert "many" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_run_ends_with_the_error_of_the_application(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("from aiodubbo import Application\n\n\ndef app():\n    return Application('a b')\n")
    outcome = command("run", "wrong:app", cwd=tmp_path)
    assert outcome.returncode == 2
    assert "error: an application name has letters" in outcome.stderr
    assert "Traceback" not in outcome.stderr
