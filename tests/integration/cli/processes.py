"""The command line as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Self

from tests.polling import until_blocking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

AIODUBBO = (sys.executable, "-m", "aiodubbo")
SECONDS = 30.0
"""How long anything here may take before it counts as failed."""


def environment(**more: str) -> Mapping[str, str]:
    """Of a user who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIODUBBO_", "DUBBO_"))}
    return {**kept, "PYTHONWARNINGS": "error", "COLUMNS": "100", **more}


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command of ``aiodubbo`` to its end."""
    return subprocess.run([*AIODUBBO, *arguments], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False)


class Background:
    """A process that goes on until it is stopped; what it prints is collected."""

    def __init__(self, *arguments: str, cwd: Path | None = None, more: Mapping[str, str] | None = None) -> None:
        self.output = ""
        variables = environment(PYTHONUNBUFFERED="1", **(more or {}))
        self._process = subprocess.Popen(arguments, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait_for(self, pattern: str) -> str:
        """The first group of `pattern` as soon as it is printed."""

        def printed() -> re.Match[str] | None:
            if self._process.poll() is not None:
                self._reader.join(SECONDS)
                assert re.search(pattern, self.output), (
                    f"ended with {self._process.returncode} before {pattern!r} was printed:\n{self.output}"
                )
            return re.search(pattern, self.output)

        try:
            match = until_blocking(printed, SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{pattern!r}: {error}\n{self.output}") from None
        assert match is not None
        return match[1] if match.groups() else match[0]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self._process.send_signal(number)
        code = self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code


def registry() -> Background:
    """The simple registry at any free port."""
    return Background(*AIODUBBO, "registry", "--port", "0")


REGISTRY_READY = r"registry listens at (dubbo://127\.0\.0\.1:\d+)"
