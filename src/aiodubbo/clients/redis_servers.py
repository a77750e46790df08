"""The Redis server that takes a command, and the one from which messages come: a known server, or the master that sentinels name.

A Redis Cluster has a module of its own, `redis_cluster`. redis-py connects again by itself and says nothing about it. A registry must know,
since messages that were published meanwhile are lost and a server that was restarted is empty; hence redis-py's retries are turned off.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aiodubbo.errors import MissingDependencyError

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, ClusterDownError, ConnectionError, MovedError, RedisError, ResponseError
    from redis.exceptions import TimeoutError as RedisTimeoutError
except ImportError as error:
    raise MissingDependencyError(
        "Redis needs the package redis, which is not installed: pip install 'aiodubbo[redis]'", name="redis"
    ) from error

try:
    from redis.driver_info import DriverInfo
except ImportError:  # before redis-py 7
    _IDENTITY: dict[str, Any] = {}
else:
    # What a client calls itself. Made here, once: redis-py looks into the installed packages for it, which would block the event loop.
    _IDENTITY = {"driver_info": DriverInfo()}

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redis.asyncio.client import PubSub

__all__ = [
    "Address",
    "AuthenticationError",
    "ClusterDownError",
    "ConnectionError",
    "Login",
    "MovedError",
    "OneServer",
    "RedisError",
    "RedisServers",
    "RedisTimeoutError",
    "ResponseError",
    "Sentinels",
    "Server",
    "own_errors",
]

Address = tuple[str, int]

_AT_ONCE = 8
"""Commands that may wait for an answer of one server at once; each needs a connection of its own."""


@dataclass(frozen=True, slots=True)
class Login:
    """Address and credentials of a server.

    Attributes:
        password: for its default user; empty for none.
        database: number of the database.
        timeout: seconds for connecting, and for each command.
    """

    password: str
    database: int
    timeout: float

    def connection(self) -> dict[str, Any]:
        """Arguments of redis-py for a connection, without those that sentinels refuse."""
        return {
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": True,
            "encoding_errors": "replace",
            "protocol": 2,
            **_IDENTITY,
        }

    def server(self, address: Address) -> Server:
        """The server at `address`; connections are made when they are needed."""
        host, port = address
        return Server(Redis(host=host, port=port, db=self.database, password=self.password or None, **self.connection()))


class RedisServers(Protocol):
    """Target of commands and source of messages. Failures are raised as redis-py's errors."""

    async def run(self, key: str, *command: str) -> Any:
        """Run a command at the server that is in charge of `key`."""
        ...

    async def keys(self, pattern: str) -> list[str]:
        """The keys of all servers in charge that fit `pattern`."""
        ...

    async def listen(self) -> PubSub:
        """Source of published messages, not connected yet."""
        ...

    async def check(self) -> None:
        """See whether `listen` would choose another server now.

        Raises:
            RedisError: it would; messages do not come any more.
        """
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class Server:
    """A server, or the one that takes its place. Commands wait for each other when there are too many, and not for those to other servers.

    Args:
        redis: redis-py's client.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def execute(self, *command: str) -> Any:
        """Run a command."""
        async with self._room:
            with own_errors():
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py leaves a type out

    async def execute_all(self, *commands: tuple[str, ...]) -> list[Any]:
        """Run some commands over one connection, without waiting for room: who asks about the server wants to know now."""
        with own_errors():
            async with self._redis.pipeline(transaction=False) as together:
                for command in commands:
                    together.execute_command(*command)
                return await together.execute()

    async def scan(self, pattern: str) -> list[str]:
        """The keys that fit, read step by step so that a large database is not blocked."""
        async with self._room:
            with own_errors():
                return [str(key) async for key in self._redis.scan_iter(match=pattern, count=1000)]

    def pubsub(self) -> PubSub:
        """Messages, over a connection of their own."""
        return self._redis.pubsub()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._redis.aclose()


@contextlib.contextmanager
def own_errors() -> Iterator[None]:
    """Inside, an error that is none of redis-py's own counts as a lost connection: it fails so when it sends into one that was closed.

    Raises:
        ConnectionError: such an error came.
    """
    try:
        yield
    except (AttributeError, RuntimeError) as error:
        raise ConnectionError(f"the connection was closed: {error}") from error


class OneServer:
    """A server that is in charge of everything."""

    def __init__(self, address: Address, login: Login) -> None:
        self._server = login.server(address)

    async def run(self, key: str, *command: str) -> Any:
        """Run a command there."""
        return await self._server.execute(*command)

    async def keys(self, pattern: str) -> list[str]:
        """The keys that fit."""
        return await self._server.scan(pattern)

    async def listen(self) -> PubSub:
        """Messages from there."""
        return self._server.pubsub()

    async def check(self) -> None:
        """There is no other."""

    async def close(self) -> None:
        """Let go of it."""
        await self._server.close()


class Sentinels:
    """The server that is the master now, as sentinels say.

    Args:
        addresses: host and port of each sentinel.
        name: under which they know the master.
        login: for the master.
    """

    def __init__(self, addresses: Sequence[Address], name: str, login: Login) -> None:
        self._name = name
        self._sentinel = Sentinel(list(addresses), sentinel_kwargs=login.connection())  # type: ignore[no-untyped-call] # redis-py leaves a type out
        entry: dict[str, Any] = {"db": login.database, "password": login.password or None}
        self._server = Server(self._sentinel.master_for(name, **login.connection(), **entry))
        self._listening: Address | None = None

    async def run(self, key: str, *command: str) -> Any:
        """Run a command at the master."""
        return await self._server.execute(*command)

    async def keys(self, pattern: str) -> list[str]:
        """The keys that fit, from the master."""
        return await self._server.scan(pattern)

    async def listen(self) -> PubSub:
        """Messages from the master.

        Raises:
            ResponseError: the sentinels know no master of this name.
            ConnectionError: no sentinel answers, or they know of no master that lives.
        """
        self._listening = await self._master()
        return self._server.pubsub()

    async def check(self) -> None:
        """See whether the master is the same. Sentinels that are all away change nothing: the master serves without them."""
        try:
            master = await self._master()
        except RedisError:
            return
        if master != self._listening:
            raise ConnectionError(f"the master {self._name} is another server now")

    async def close(self) -> None:
        """Let go of the master and of the sentinels."""
        await self._server.close()
        for sentinel in self._sentinel.sentinels:
            await sentinel.aclose()

    async def _master(self) -> Address:
        try:
            host, port = await self._sentinel.discover_master(self._name)
        except MasterNotFoundError as error:
            known = await self._names()
            if known is not None and self._name not in known:
                raise ResponseError(
                    f"the sentinels know no master named {self._name!r}, but {', '.join(map(repr, sorted(known))) or 'none at all'}: "
                    "mend 'master.name' in the registry's address"
                ) from error
            if known is not None:
                raise ConnectionError(f"the sentinels know of no living server for the master {self._name!r} now") from error
            raise ConnectionError(f"no sentinel answers: {error}") from error
        return str(host), int(port)

    async def _names(self) -> set[str] | None:
        """The masters that the sentinels know; None when none of them answers."""
        found: set[str] | None = None
        for sentinel in self._sentinel.sentinels:
            try:
                found = (found or set()) | {str(name) for name in await sentinel.sentinel_masters()}
            except RedisError:
                continue
        return found
