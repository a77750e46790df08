"""Redis servers."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from .process import ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RedisServer", "missing"]


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
    """

    def __init__(self, folder: Path, *, password: str = "") -> None:
        super().__init__(folder)
        self._password = password

    def command(self) -> list[str]:
        secret = ["--requirepass", self._password] if self._password else []
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *secret]

    def answers(self) -> bool:
        return self.ask(b"PING\r\n").startswith((b"+PONG", b"-NOAUTH"))

    def forget(self) -> None:
        """It keeps nothing on disk."""
