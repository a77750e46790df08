"""Running the code of a documentation page.

The ``python`` blocks of a page run one after the other in one module, as if typed into one program; ``await`` may stand anywhere. Comments
of HTML say more, invisible to readers::

    <!-- not run: why -->        the next block is shown only
    <!-- background -->          the next block serves; the page goes on once it can be called
    <!-- code                    runs like a block: what the reader is supposed to have, or a check of what was shown
    ...
    -->

Addresses that pages show are replaced by free ones of this machine.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import re
import socket
import sys
import types
from dataclasses import dataclass
from pathlib import Path

from tests.polling import until

from aiodubbo import RegistryServer

ROOT = Path(__file__).resolve().parent.parent.parent.parent

_PIECE = re.compile(
    r"^<!-- code\n(?P<hidden>.*?)^-->$"
    r"|^(?:<!-- (?P<mark>background|not run: [^>]+?) -->\n+)?```(?P<language>\w+)[^\n]*\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """One stretch of code of a page.

    Attributes:
        code: Python text.
        line: of the page, for tracebacks.
        background: whether it serves until the page ends.
    """

    code: str
    line: int
    background: bool = False


def pieces(page: str) -> list[Piece]:
    """What of a page is to be run."""
    found = []
    for match in _PIECE.finditer(page):
        hidden, mark = match["hidden"], match["mark"] or ""
        if hidden is None and (match["language"] != "python" or mark.startswith("not run")):
            continue
        code = hidden if hidden is not None else match["shown"]
        found.append(Piece(code, page[: match.start("hidden" if hidden is not None else "shown")].count("\n"), mark == "background"))
    return found


def free_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def run_page(path: Path) -> None:
    """Run the pieces of a page from the top."""
    module = types.ModuleType(f"page_{path.stem.replace('-', '_')}")
    sys.modules[module.__name__] = module
    serving: list[asyncio.Task[None]] = []
    try:
        async with RegistryServer(port=0) as registry:
            port = free_port()
            page = _with_addresses(path.read_text(encoding="utf-8"), registry.address, port)
            for piece in pieces(page):
                if piece.background:
                    serving.append(asyncio.create_task(_run(piece, path, module)))
                    await _until_served(port, registry, serving[-1], wants_registry=registry.address in page)
                else:
                    await _run(piece, path, module)
            for task in serving:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    finally:
        del sys.modules[module.__name__]


def _with_addresses(page: str, registry: str, port: int) -> str:
    page = page.replace("dubbo://127.0.0.1:9090", registry)
    return re.sub(r"dubbo://(?:[\w.]+)?:20880", f"dubbo://127.0.0.1:{port}", page)


async def _run(piece: Piece, path: Path, module: types.ModuleType) -> None:
    code = compile("\n" * piece.line + piece.code, str(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(code, module.__dict__)
    if inspect.isawaitable(outcome):
        await outcome


async def _until_served(port: int, registry: RegistryServer, task: asyncio.Task[None], *, wants_registry: bool) -> None:
    async def is_served() -> bool:
        if task.done():
            task.result()
            raise AssertionError("a block that should serve has ended")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return bool(registry.urls) or not wants_registry

    await until(is_served, 10, ignoring=(OSError,))
