"""Long-lived JVMs with real Java Dubbo, steered by JSON lines.

A `JavaPeer` is provider and consumer of one Dubbo version. Requests are blocking and may be made from any thread; the asyncio side calls
`JavaPeer.ask`, which waits in a thread. What a request may say is in the Java class ``org.aiodubbo.interop.peer.Peer``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING, Any, Self

from . import java_build

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["JavaError", "JavaPeer"]

START_TIMEOUT = 60.0
REQUEST_TIMEOUT = 40.0


class JavaError(Exception):
    """The Java side answered a request with an exception.

    Attributes:
        details: ``class``, ``message``, ``cause`` (the same again), ``frames`` (how many), and the fields of known exceptions.
    """

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(f"{details['class']}: {details['message']}")
        self.details = details

    @property
    def class_name(self) -> str:
        return str(self.details["class"])

    @property
    def message(self) -> str:
        return str(self.details["message"])

    def chain(self) -> list[dict[str, Any]]:
        """The exception and its causes, outermost first."""
        found: list[dict[str, Any]] = []
        one: dict[str, Any] | None = self.details
        while one is not None:
            found.append(one)
            one = one.get("cause")
        return found


class JavaPeer:
    """One JVM.

    Args:
        version: ``2.6``, ``2.7`` or ``3.x``.
        name: names the log file ``.cache/interop/logs/<name>.log``.
    """

    def __init__(self, version: str, name: str) -> None:
        self.version = version
        self.host = ""
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        logs = java_build.CACHE / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{name}.log"
        started = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                java_build.command(version),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=java_build.CACHE,
                env=_environment(),
            )
        self._reader = threading.Thread(target=self._read, name=f"interop-{name}", daemon=True)
        self._reader.start()
        try:
            hello = self.request("hello", within=START_TIMEOUT)
        except BaseException:
            self.kill()
            raise
        self.host = hello["host"]
        self.dubbo_version = hello["version"]
        self.start_seconds = time.monotonic() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def request(self, op: str, *, within: float = REQUEST_TIMEOUT, **parts: object) -> Any:
        """Make one request and wait for its result.

        Raises:
            JavaError: the Java side failed.
            RuntimeError: the JVM is gone or silent; the text ends with its log.
        """
        number = next(self._numbers)
        future: Future[Any] = Future()
        line = json.dumps({"id": number, "op": op, **parts}) + "\n"
        with self._lock:
            self._waiting[number] = future
            try:
                self._input.write(line.encode())
                self._input.flush()
            except (OSError, ValueError) as error:
                raise self._gone(op) from error
        try:
            return future.result(within)
        except FutureTimeoutError as error:
            raise RuntimeError(f"Java {self.version} did not answer {op} within {within} s; its log ends:\n{self.log_tail()}") from error

    async def ask(self, op: str, **parts: Any) -> Any:
        """`request` for code in an event loop."""
        return await asyncio.to_thread(lambda: self.request(op, **parts))

    @property
    def pid(self) -> int:
        """The JVM's process id."""
        return self._process.pid

    def kill(self) -> None:
        """End the JVM as a power cut would."""
        self._process.kill()
        self._finish()

    def exit(self, within: float = 30.0) -> None:
        """End the JVM by its shutdown hooks: Dubbo says goodbye to its consumers."""
        with self._lock:
            self._input.write(b'{"op": "exit"}\n')
            self._input.flush()
        self._process.wait(within)
        self._finish()

    def close(self) -> None:
        """End the JVM at once, without Dubbo's waits."""
        if self._process.poll() is None:
            self._input.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._finish()

    def log_tail(self, size: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-size:]

    @property
    def _input(self) -> Any:
        assert self._process.stdin is not None
        return self._process.stdin

    def _finish(self) -> None:
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass  # a request was still in the pipe's buffer

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            reply = json.loads(line)
            future = self._waiting.pop(reply["id"], None)
            if future is None:
                continue
            if "error" in reply:
                future.set_exception(JavaError(reply["error"]))
            else:
                future.set_result(reply.get("result"))
        for number in list(self._waiting):
            self._waiting.pop(number).set_exception(self._gone("request"))

    def _gone(self, op: str) -> RuntimeError:
        return RuntimeError(f"the JVM with Dubbo {self.version} is gone, nothing answers {op}; its log ends:\n{self.log_tail()}")


def _environment() -> dict[str, str]:
    """Without what would let the JVM print to its output or act as another program."""
    return {
        name: value for name, value in os.environ.items() if name not in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "DUBBO_REGISTRY_ADDRESS")
    }
