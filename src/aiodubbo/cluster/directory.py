"""Directories that do not come from a registry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiodubbo.rpc.abc import Snapshot, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.url.url import URL

__all__ = ["StaticDirectory"]


class StaticDirectory:
    """A fixed list of providers, such as those of a direct URL."""

    def __init__(self, url: URL, invokers: Iterable[Invoker]) -> None:
        self.url = url
        self.snapshot = Snapshot(State.READY, tuple(invokers))

    async def explain(self) -> Mapping[str, str]:
        """Address of each provider that cannot be called now → why."""
        return {invoker.url.address: "unreachable" for invoker in self.snapshot.invokers if not invoker.is_available()}

    async def close(self) -> None:
        """Close every invoker; afterwards there are none."""
        invokers, self.snapshot = self.snapshot.invokers, Snapshot(State.EMPTY)
        await asyncio.gather(*(invoker.close() for invoker in invokers))
