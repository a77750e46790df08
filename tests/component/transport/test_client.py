"""Links that come back by themselves, over memory, with time moved by hand."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.errors import ConfigurationError, LocalProtocolError, NetworkError
from aiodubbo.protocol.dubbo.client import Client, ClientSettings
from aiodubbo.protocol.dubbo.exchange import Exchange
from aiodubbo.protocol.dubbo.pool import ClientPool
from aiodubbo.tasks import Tasks
from aiodubbo.testing.clock import ManualClock
from aiodubbo.testing.memory import MemoryLink, join
from aiodubbo.transport.link import LinkSettings
from aiodubbo.transport.timer import TimerWheel
from aiodubbo.wire.dubbo.connection import Role
from aiodubbo.wire.dubbo.header import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.wire.dubbo.events import Request, Response


async def call(client: Client, body: bytes, timeout: float) -> Response:
    return await (await client.connected()).call(body, timeout=timeout)


def echo(exchange: Exchange, request: Request) -> None:
    if request.two_way:
        exchange.respond(request, Status.OK, request.body)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Provider:
    """Somebody to connect to, who may be away."""

    def __init__(self) -> None:
        self.clock = ManualClock(now=1000.0)
        self.wheel = TimerWheel(self.clock)
        self.tasks = Tasks(self.clock)
        self.is_up = True
        self.attempts = 0
        self.links: list[MemoryLink] = []
        self.servers: list[Exchange] = []

    async def connect(self, make_exchange: Callable[[], Exchange]) -> Exchange:
        self.attempts += 1
        await asyncio.sleep(0)
        if not self.is_up:
            raise NetworkError("Failed connect to server provider:1, cause: connection refused")
        client = make_exchange()
        self.servers.append(Exchange(Role.SERVER, self.wheel, on_request=echo))
        self.links.append(join(client, self.servers[-1]))
        return client

    def client(self, settings: ClientSettings | None = None) -> Client:
        return Client("provider", 1, self.tasks, self.wheel, settings=settings, connector=self.connect)

    def go_down(self) -> None:
        self.is_up = False
        for link in self.links:
            link.reset()

    async def pass_time(self, seconds: float, steps: int = 1) -> None:
        await settle()
        for _ in range(steps):
            await self.clock.advance(seconds / steps)
            await settle()


async def test_open_call_close() -> None:
    provider = Provider()
    client = provider.client()
    assert not client.is_available()
    assert client.exchange is None
    await client.open()
    assert client.is_available()
    assert (await call(client, b"x", timeout=1.0)).body == b"x"
    await (await client.connected()).call_one_way(b"x", timeout=1.0)
    await client.close()
    await client.close()
    assert not client.is_available()
    with pytest.raises(NetworkError, match=r"provider:1, cause: there is no connection \(it was closed\)"):
        await call(client, b"x", timeout=1.0)
    with pytest.raises(NetworkError, match="this client is closed"):
        await client.open()


@pytest.mark.spec("PRO-73", "a lost link is opened again every two seconds until it stands")
async def test_a_lost_link_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    provider = Provider()
    client = provider.client()
    await client.open()
    provider.go_down()
    await settle()
    assert not client.is_available()
    with pytest.raises(NetworkError, match=r"Connection reset by peer.*the next attempt comes within 2 s"):
        await call(client, b"x", timeout=1.0)
    with caplog.at_level(logging.WARNING):
        await provider.pass_time(20.2, steps=101)
    assert provider.attempts in (10, 11)
    assert len([record for record in caplog.records if "attempts go on" in record.message]) == 1
    provider.is_up = True
    await provider.pass_time(2.1)
    assert client.is_available()
    assert (await call(client, b"x", timeout=1.0)).body == b"x"
    await client.close()


@pytest.mark.spec("PRO-73", "reconnect=0 leaves a lost link alone; send.reconnect tries when somebody calls")
async def test_without_attempts_of_its_own() -> None:
    provider = Provider()
    client = provider.client(ClientSettings(link=LinkSettings(reconnect=0.0)))
    eager = provider.client(ClientSettings(link=LinkSettings(reconnect=0.0, send_reconnect=True)))
    await client.open()
    await eager.open()
    provider.go_down()
    provider.is_up = True
    await provider.pass_time(100.0)
    with pytest.raises(NetworkError, match="there is no connection"):
        await call(client, b"x", timeout=1.0)
    assert (await call(eager, b"x", timeout=1.0)).body == b"x"
    await client.close()
    await eager.close()


@pytest.mark.spec("PRO-72", "a provider that is away is an error with check, else a warning and further attempts")
async def test_check(caplog: pytest.LogCaptureFixture) -> None:
    provider = Provider()
    provider.is_up = False
    client = provider.client()
    with pytest.raises(NetworkError, match="connection refused"):
        await client.open()
    assert len(asyncio.all_tasks()) == 1
    await client.open(check=False)
    assert "connection refused" in caplog.text
    provider.is_up = True
    await provider.pass_time(2.1)
    assert client.is_available()
    await client.close()


@pytest.mark.spec("PRO-71", "a lazy link connects at its first call and counts as available before")
async def test_lazy() -> None:
    provider = Provider()
    client = provider.client(ClientSettings(link=LinkSettings(lazy=True)))
    shy = provider.client(ClientSettings(link=LinkSettings(lazy=True, lazy_initial_state=False)))
    await client.open()
    await shy.open()
    assert provider.attempts == 0
    assert client.is_available()
    assert not shy.is_available()
    responses = await asyncio.gather(*(call(client, b"x", timeout=1.0) for _ in range(5)))
    assert [response.body for response in responses] == [b"x"] * 5
    assert provider.attempts == 1
    provider.go_down()
    await settle()
    assert not client.is_available()
    provider.is_up = True
    await provider.pass_time(2.1)
    assert client.is_available()
    await client.close()
    await shy.close()


async def test_a_lazy_link_whose_provider_is_away() -> None:
    provider = Provider()
    provider.is_up = False
    client = provider.client(ClientSettings(link=LinkSettings(lazy=True)))
    await client.open()
    with pytest.raises(NetworkError, match="connection refused"):
        await call(client, b"x", timeout=1.0)
    await client.close()


@pytest.mark.spec("PRO-78", "a link with the read-only mark is not available; a new connection has no mark")
async def test_read_only_until_reconnected() -> None:
    provider = Provider()
    client = provider.client()
    await client.open()
    provider.servers[-1].announce_close()
    await settle()
    assert not client.is_available()
    assert (await call(client, b"x", timeout=1.0)).body == b"x"
    provider.links[-1].reset()
    await provider.pass_time(2.1)
    assert client.is_available()
    await client.close()


async def test_closing_while_connecting() -> None:
    provider = Provider()
    client = provider.client()
    opening = asyncio.ensure_future(client.open())
    await asyncio.sleep(0)
    await client.close()
    await opening
    await settle()
    assert not client.is_available()
    assert not provider.servers[-1].connected


# ------------------------------------------------------------------------------------------------------ pool


@pytest.mark.spec("PRO-70", "services of one address share a link until the last one lets go")
async def test_a_shared_link() -> None:
    provider = Provider()
    pool = ClientPool()
    groups = await asyncio.gather(*(pool.acquire("provider", 1, lambda host, port: provider.client()) for _ in range(3)))
    other = await pool.acquire("provider", 2, lambda host, port: provider.client())
    assert provider.attempts == 2
    assert len({group.clients for group in groups}) == 1
    assert other.clients != groups[0].clients
    await groups[0].close()
    await groups[0].close()
    await groups[1].close()
    assert groups[2].is_available()
    assert (await call(groups[2].pick(), b"x", timeout=1.0)).body == b"x"
    await groups[2].close()
    assert not groups[2].is_available()
    again = await pool.acquire("provider", 1, lambda host, port: provider.client())
    assert again.is_available()
    await pool.close()
    assert not again.is_available()
    assert not other.is_available()
    await again.close()


@pytest.mark.spec("PRO-70", "connections=n makes n links for one user, taken in turn")
async def test_links_of_ones_own() -> None:
    provider = Provider()
    pool = ClientPool()
    group = await pool.acquire("provider", 1, lambda host, port: provider.client(), connections=3)
    shared = await pool.acquire("provider", 1, lambda host, port: provider.client())
    assert provider.attempts == 4
    assert [group.clients.index(group.pick()) for _ in range(6)] == [0, 1, 2, 0, 1, 2]
    provider.links[1].reset()
    await settle()
    assert [group.clients.index(group.pick()) for _ in range(3)] == [0, 2, 2]
    await group.close()
    assert shared.is_available()
    await pool.close()
    await group.close()


async def test_several_shared_links() -> None:
    provider = Provider()
    pool = ClientPool()
    first = await pool.acquire("provider", 1, lambda host, port: provider.client())
    second = await pool.acquire("provider", 1, lambda host, port: provider.client(), shared=2)
    assert (len(first.clients), len(second.clients), provider.attempts) == (1, 2, 2)
    await call(second.pick(), b"x", timeout=1.0)
    await first.close()
    assert second.is_available()
    await second.close()


async def test_a_pool_keeps_nothing_of_a_provider_that_is_away() -> None:
    provider = Provider()
    provider.is_up = False
    pool = ClientPool()
    for connections in (0, 2):
        with pytest.raises(NetworkError, match="connection refused"):
            await pool.acquire("provider", 1, lambda host, port: provider.client(), connections=connections)
    group = await pool.acquire("provider", 1, lambda host, port: provider.client(), check=False)
    assert not group.is_available()
    assert group.pick() is group.clients[0]
    provider.is_up = True
    await provider.pass_time(2.1)
    assert group.is_available()
    await group.close()
    await settle()


async def test_who_gives_up_while_others_connect_leaves_nothing() -> None:
    provider = Provider()
    pool = ClientPool()
    first = asyncio.ensure_future(pool.acquire("provider", 1, lambda host, port: provider.client()))
    second = asyncio.ensure_future(pool.acquire("provider", 1, lambda host, port: provider.client()))
    await asyncio.sleep(0)
    second.cancel()
    group = await first
    await settle()
    assert second.cancelled()
    await group.close()
    await settle()
    assert not provider.servers[0].connected, "the one who is left was the last user"


@pytest.mark.parametrize("connections", [0, 2])
async def test_a_pool_that_closes_while_somebody_connects(connections: int) -> None:
    provider = Provider()
    pool = ClientPool()
    acquiring = asyncio.ensure_future(
        pool.acquire("provider", 1, lambda host, port: provider.client(), connections=connections, check=False)
    )
    await asyncio.sleep(0)
    await pool.close()
    group = await acquiring
    await settle()
    assert not group.is_available()
    assert not any(server.connected for server in provider.servers)
    with pytest.raises(LocalProtocolError, match="no connection to provider:1: the application is closed"):
        await pool.acquire("provider", 1, lambda host, port: provider.client())


@pytest.mark.parametrize("wanted", [{"connections": 100_000}, {"shared": 2**31 - 1}])
async def test_a_url_may_not_ask_for_any_number_of_connections(wanted: dict[str, int]) -> None:
    provider = Provider()
    with pytest.raises(ConfigurationError, match=r"connections to provider:1 are too many; .* may be 256 at most"):
        await ClientPool().acquire("provider", 1, lambda host, port: provider.client(), **wanted)  # type: ignore[arg-type] # one of the ints
    assert provider.attempts == 0
