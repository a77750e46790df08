"""The frameworks that are compared. Each serves an echo of the three payloads, and calls it over one connection."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from benchmarks.load import Call

__all__ = ["PEERS", "Peer", "Target", "Targets"]


@dataclass(frozen=True, slots=True)
class Target:
    """One payload at one server.

    Attributes:
        call: sends the payload and returns the answer.
        expected: what the answer must be.
    """

    call: Call
    expected: object


Targets: TypeAlias = "Callable[[str], Target]"
"""By payload."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework.

    Attributes:
        name: as it is printed and chosen.
        module: where its functions are.
        about: what is measured.
        needs: top-level modules that must be installed.
        suffix: what its functions in `module` have after ``serve`` and ``connect``.
    """

    name: str
    module: str
    about: str
    needs: tuple[str, ...] = ()
    suffix: str = ""

    def missing(self) -> list[str]:
        """What is not installed of what it needs."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    def serve(self) -> AbstractAsyncContextManager[int]:
        """Serve on a free port of loopback; gives the port."""
        function: Callable[[], AbstractAsyncContextManager[int]] = getattr(importlib.import_module(self.module), f"serve{self.suffix}")
        return function()

    def connect(self, port: int) -> AbstractAsyncContextManager[Targets]:
        """One connection to the server; gives what to call for each payload."""
        function: Callable[[int], AbstractAsyncContextManager[Targets]] = getattr(
            importlib.import_module(self.module), f"connect{self.suffix}"
        )
        return function(port)


_GRPC = ("grpc", "grpc_tools")

PEERS = {
    peer.name: peer
    for peer in (
        Peer("aiodubbo", "benchmarks.peers.aiodubbo_echo", "the whole stack: Application.export and refer, by address"),
        Peer("grpc.aio", "benchmarks.peers.grpc_echo", "protobuf messages of the same content, passed on as they are", _GRPC),
        Peer(
            "grpc.aio values",
            "benchmarks.peers.grpc_echo",
            "the same with dataclasses at both ends, as aiodubbo has them",
            _GRPC,
            "_values",
        ),
        Peer("raw", "benchmarks.peers.raw_echo", "the limit: frames of the same size, nothing read or built"),
    )
}
