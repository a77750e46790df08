"""The frameworks that are compared. Each serves an echo of the three payloads, and calls it over one connection."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from benchmarks.load import Call

__all__ = ["PEERS", "Peer", "PeerModule", "Target"]


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


class PeerModule(Protocol):
    """What the module of a peer offers."""

    def serve(self) -> AbstractAsyncContextManager[int]:
        """Serve on a free port of loopback; gives the port."""
        ...

    def connect(self, port: int) -> AbstractAsyncContextManager[Targets]:
        """One connection to the server."""
        ...


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework.

    Attributes:
        name: as it is printed and chosen.
        module: where its `PeerModule` is.
        needs: top-level modules that must be installed.
        about: what is measured.
    """

    name: str
    module: str
    needs: tuple[str, ...]
    about: str

    def missing(self) -> list[str]:
        """What is not installed of what it needs."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    def load(self) -> PeerModule:
        """Its module."""
        return cast("PeerModule", importlib.import_module(self.module))


PEERS = {
    peer.name: peer
    for peer in (
        Peer("aiodubbo", "benchmarks.peers.aiodubbo_echo", (), "the whole stack: Application.export and refer, by address"),
        Peer("grpc.aio", "benchmarks.peers.grpc_echo", ("grpc", "grpc_tools"), "protobuf messages of the same content"),
        Peer("raw", "benchmarks.peers.raw_echo", (), "the limit: frames of the same size, nothing read or built"),
    )
}
