"""Links shared between the services of one provider (PRO-70)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.errors import ConfigurationError, LocalProtocolError
from aiodubbo.transport.address import format_address
from aiodubbo.url.keys import MAX_CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .client import Client

ClientFactory: TypeAlias = "Callable[[str, int], Client]"
"""Makes a link to a host and port that is not open yet."""


def check_connections(count: int, address: str) -> None:
    """Refuse more than `MAX_CONNECTIONS`; a provider's URL may say anything.

    Raises:
        ConfigurationError: there are more.
    """
    if count > MAX_CONNECTIONS:
        raise ConfigurationError(
            f"{count} connections to {address} are too many; connections and shareconnections may be {MAX_CONNECTIONS} at most"
        )


class ClientGroup:
    """The links that one user of a provider has; calls take turns between those that are available."""

    __slots__ = ("_next", "_release", "clients")

    def __init__(self, clients: Sequence[Client], release: Callable[[float], Awaitable[None]]) -> None:
        self.clients = tuple(clients)  # at least one
        self._next = 0
        self._release: Callable[[float], Awaitable[None]] | None = release

    def is_available(self) -> bool:
        """Return whether a call would be sent now."""
        return any(client.is_available() for client in self.clients)

    @property
    def cause(self) -> str:
        """Why no call would be sent now; see `Client.cause`."""
        return self.clients[0].cause

    def pick(self) -> Client:
        """The link whose turn it is. One that is not available is passed over, if there is another."""
        clients = self.clients
        count = len(clients)
        if count == 1:
            return clients[0]
        start = self._next
        self._next = (start + 1) % count
        for step in range(count):
            client = clients[(start + step) % count]
            if client.is_available():
                return client
        return clients[start]

    async def close(self, wait: float = 0.0) -> None:
        """Give the links back; links without another user are closed, see `Client.close`. May be called again."""
        release, self._release = self._release, None
        if release is not None:
            await release(wait)


class _Shared:
    """The links to one address, and how many groups use them."""

    __slots__ = ("clients", "opening", "users")

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.opening = asyncio.Lock()
        self.users = 0


class ClientPool:
    """All links of one application."""

    def __init__(self) -> None:
        self._shared: dict[tuple[str, int], _Shared] = {}
        self._private: set[Client] = set()
        self._closed = False

    async def acquire(
        self, host: str, port: int, make_client: ClientFactory, *, connections: int = 0, shared: int = 1, check: bool = True
    ) -> ClientGroup:
        """Links to a provider, opened.

        Args:
            make_client: makes each link that is needed. Shared ones keep the settings of their first user.
            connections: links for this user alone; 0: use the shared ones (KEY ``connections``).
            shared: how many are shared (2.7's ``shareconnections``); a user who wants more than there are adds some.
            check: see `Client.open`.

        Raises:
            ConfigurationError: more links than `MAX_CONNECTIONS`; a provider's URL may say anything.
            LocalProtocolError: the pool is closed.
            NetworkError: `check`, and the provider cannot be reached.
        """
        if self._closed:
            raise LocalProtocolError(f"no connection to {format_address((host, port))}: the application is closed")
        check_connections(max(connections, shared), format_address((host, port)))
        if connections > 0:
            private = [make_client(host, port) for _ in range(connections)]
            self._private.update(private)
            group = ClientGroup(private, lambda wait: self._close_private(private, wait))
            opening = asyncio.Lock()
        else:
            entry = self._shared.setdefault((host, port), _Shared())
            entry.users += 1
            entry.clients += [make_client(host, port) for _ in range(shared - len(entry.clients))]
            group = ClientGroup(entry.clients[:shared], lambda wait: self._release((host, port), entry, wait))
            opening = entry.opening
        try:
            async with opening:
                for client in group.clients:
                    if not client.is_available():
                        await client.open(check=check)
        except BaseException:
            await group.close()
            raise
        return group

    async def _release(self, address: tuple[str, int], entry: _Shared, wait: float) -> None:
        entry.users -= 1
        if not entry.users:
            if self._shared.get(address) is entry:
                del self._shared[address]
            await _close_all(entry.clients, wait)

    async def _close_private(self, clients: Sequence[Client], wait: float) -> None:
        self._private.difference_update(clients)
        await _close_all(clients, wait)

    async def close(self, wait: float = 0.0) -> None:
        """Close all links for good, those in use or being opened included; see `Client.close`."""
        self._closed = True
        clients = [*self._private, *(client for entry in self._shared.values() for client in entry.clients)]
        self._shared.clear()
        self._private.clear()
        await _close_all(clients, wait)


async def _close_all(clients: Sequence[Client], wait: float) -> None:
    await asyncio.gather(*(client.close(wait) for client in clients))
