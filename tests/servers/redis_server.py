"""Redis servers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from .process import ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RedisServer", "SentinelServer", "missing"]


def missing() -> str | None:
    """Why it cannot run here and what to do about it; None when it can."""
    if shutil.which("redis-server") is None:
        return "redis-server not found: install it (on Debian and Ubuntu: redis-server)"
    return None


class RedisServer(ServerProcess):
    """One server that keeps everything in memory, so that a restarted one is empty.

    Args:
        folder: for its log.
        password: what clients must send; empty for none.
        master: port of the server that it copies; 0 for none.
    """

    def __init__(self, folder: Path, *, password: str = "", master: int = 0) -> None:
        super().__init__(folder)
        self._password = password
        self._master = master

    def command(self) -> list[str]:
        secret = ["--requirepass", self._password] if self._password else []
        copy = ["--replicaof", "127.0.0.1", str(self._master)] if self._master else []
        fast = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"]
        listen = ["--port", str(self.port), "--bind", self.host, "--protected-mode", "no"]
        return ["redis-server", *listen, "--save", "", "--appendonly", "no", *secret, *copy, *fast]

    def answers(self) -> bool:
        return self.ask(b"PING\r\n").startswith((b"+PONG", b"-NOAUTH"))

    def is_replica(self) -> bool:
        """Whether it copies another server."""
        return b"role:slave" in self.ask(b"INFO replication\r\n")

    def forget(self) -> None:
        """It keeps nothing on disk."""


class SentinelServer(ServerProcess):
    """One sentinel.

    Args:
        folder: for its settings.
        master: port of the first master.
        name: under which name clients ask for the master.
        quorum: how many sentinels must agree that the master is gone.
    """

    def __init__(self, folder: Path, *, master: int, name: str, quorum: int = 1) -> None:
        super().__init__(folder)
        self._master = master
        self._name = name
        self._quorum = quorum

    def command(self) -> list[str]:
        settings = self.folder / "sentinel.conf"
        settings.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nsentinel monitor {self._name} 127.0.0.1 {self._master} {self._quorum}\n"
            f"sentinel down-after-milliseconds {self._name} 500\nsentinel failover-timeout {self._name} 2000\n"
        )
        return ["redis-server", str(settings), "--sentinel"]

    def answers(self) -> bool:
        return self.ask(b"PING\r\n").startswith(b"+PONG")

    def replicas(self) -> int:
        """How many replicas of the master it knows."""
        return self._number(rb"slaves=(\d+)")

    def sentinels(self) -> int:
        """How many sentinels it knows, with itself."""
        return self._number(rb"sentinels=(\d+)")

    def master(self) -> int:
        """The port of the server that is the master now."""
        return self._number(rb"address=127\.0\.0\.1:(\d+)")

    def fail_over(self) -> None:
        """Have a replica take the place of the master, although it lives."""
        answer = self.ask(f"SENTINEL FAILOVER {self._name}\r\n".encode())
        assert answer == b"+OK\r\n", answer

    def _number(self, pattern: bytes) -> int:
        found = re.search(pattern, self.ask(b"INFO sentinel\r\n"))
        return int(found[1]) if found else 0

    def forget(self) -> None:
        """Its settings are written anew at each start."""
