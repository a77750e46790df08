"""Directories that do not come from one registry: a fixed list, and several directories that look like one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiodubbo.rpc.abc import Snapshot, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiodubbo.rpc.abc import Directory, Invoker
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Registration
    from aiodubbo.url.url import URL


class StaticDirectory:
    """A fixed list of providers, such as those of a direct URL."""

    def __init__(self, url: URL, invokers: Iterable[Invoker]) -> None:
        self.url = url
        self.snapshot = Snapshot(State.READY, tuple(invokers))

    @property
    def registrations(self) -> Sequence[Registration]:
        """None: the addresses come from no registry."""
        return ()

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """All of the list: there are no rules."""
        return self.snapshot.invokers

    async def explain(self, invocation: Invocation | None = None) -> Mapping[str, str]:
        """Address of each provider that cannot be called now → why."""
        return {invoker.url.address: invoker.why_unavailable() for invoker in self.snapshot.invokers if not invoker.is_available()}

    async def close(self) -> None:
        """Close every invoker; afterwards there are none."""
        invokers, self.snapshot = self.snapshot.invokers, Snapshot(State.CLOSED)
        await asyncio.gather(*(invoker.close() for invoker in invokers))


class FirstAvailableDirectory:
    """The directories of several registries: calls go to the first that has a provider which can be called (CFG-154, ``available``).

    Args:
        directories: in order of preference; at least one.

    Attributes:
        parts: the directories.
    """

    def __init__(self, directories: Sequence[Directory]) -> None:
        self.parts = tuple(directories)

    @property
    def url(self) -> URL:
        """The consumer's URL, as the directory in use has it."""
        return self._chosen().url

    @property
    def snapshot(self) -> Snapshot:
        """The list of the directory in use."""
        return self._chosen().snapshot

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        """The providers that may be asked for this call, of the directory in use."""
        return self._chosen().candidates(invocation)

    def _chosen(self) -> Directory:
        for directory in self.parts:
            if any(invoker.is_available() for invoker in directory.snapshot.invokers):
                return directory
        return next((directory for directory in self.parts if directory.snapshot.invokers), self.parts[0])

    async def explain(self, invocation: Invocation | None = None) -> Mapping[str, str]:
        """Address of each provider that cannot be called now, or not for `invocation` → why, over all directories."""
        found: dict[str, str] = {}
        for reasons in await asyncio.gather(*(directory.explain(invocation) for directory in self.parts)):
            found.update(reasons)
        return found

    async def close(self) -> None:
        """Close every directory."""
        await asyncio.gather(*(directory.close() for directory in self.parts))
