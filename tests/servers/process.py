"""A server process that tests start, freeze, kill and start again at the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Self

from tests.polling import until_blocking

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["ServerProcess", "find_free_port"]

_START = 30.0


def find_free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """Runs ``command()`` and knows when it answers; subclasses say how.

    Attributes:
        host: the address on which it listens.
        port: where it listens; stays over restarts.
        folder: its data, settings and log.
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._before: list[str] = []
        self.folder = folder
        self.port = port or find_free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def launch_at(self, host: str, *before: str) -> None:
        """Start it at another address, without waiting: behind a command such as ``ip netns exec`` nobody here can ask it."""
        self.host, self._before = host, list(before)
        self.launch()

    def command(self) -> list[str]:
        """The command line; may write settings into the folder."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it serves; `OSError` means that it does not yet."""
        raise NotImplementedError

    def forget(self) -> None:
        """Remove what it keeps on disk."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait_until_it_answers()

    def launch(self) -> None:
        """Start it, without waiting."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._before, *self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )

    def wait_until_it_answers(self) -> None:
        process = self._process
        assert process is not None

        def answers() -> bool:
            assert process.poll() is None, f"it ended with {process.returncode}"
            return self.answers()

        try:
            until_blocking(answers, _START, ignoring=(OSError,))
        except AssertionError as error:
            self.kill()
            raise RuntimeError(f"{self.command()[0]} does not serve at {self.address}: {error}; its log ends:\n{self.log_tail()}") from None

    def runs(self) -> bool:
        """Whether it was started and not killed since."""
        return self._process is not None

    def kill(self) -> None:
        """End it as a power cut would; what it kept stays on disk."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def restart_empty(self) -> None:
        """Kill it and start it without anything that it held."""
        self.kill()
        self.forget()
        self.start()

    def freeze(self) -> None:
        """Have it stop answering, without closing a connection."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitpid(self._process.pid, os.WUNTRACED)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def log_tail(self, size: int = 3000) -> str:
        return (self.folder / "log").read_text(errors="replace")[-size:]

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def ask(self, question: bytes, within: float = 2.0) -> bytes:
        """Send bytes, read the answer until the server closes or pauses."""
        with socket.create_connection(("127.0.0.1", self.port), within) as connection:
            connection.sendall(question)
            connection.settimeout(within)
            return connection.recv(65536)
