"""The simple registry as a process of its own."""

from __future__ import annotations

import sys

from .process import ServerProcess

__all__ = ["SimpleRegistryServer"]


class SimpleRegistryServer(ServerProcess):
    """``aiodubbo registry``, which keeps everything in memory, so that a restarted one is empty."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "aiodubbo", "registry", "--host", self.host, "--port", str(self.port)]

    def answers(self) -> bool:
        return self.ask(b"status\r\n") != b""

    def forget(self) -> None:
        """It keeps nothing on disk."""
