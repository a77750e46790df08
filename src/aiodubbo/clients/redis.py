"""One Redis server, over redis-py: commands, and a lasting connection over which published messages come.

redis-py connects again by itself and says nothing about it. A registry must know, since messages that were published meanwhile are lost and
a server that was restarted is empty; hence its retries are turned off, and each loss and each return of the lasting connection is reported.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiodubbo.errors import MissingDependencyError, NetworkError, RegistryError

from .ending import end

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.asyncio.sentinel import Sentinel
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError
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
    from collections.abc import Awaitable, Callable, Sequence

    from redis.asyncio.client import PubSub

__all__ = ["RedisServer"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_CONNECTIONS = 8
"""Commands that may wait for an answer at once; each needs a connection of its own."""

_STEP = 1000
"""Keys or fields that are read in one step, so that neither side is blocked by many."""

_QUIET = 3.0
"""Seconds without a message after which the lasting connection is asked whether it lives."""

_FIRST_WAIT = 0.1
"""Seconds before the first attempt to connect again; doubled up to the period that the user gave."""


class RedisServer:
    """Commands and messages of one server: of a known one, or of the one that sentinels say is the master now.

    Args:
        addresses: host and port of the server, or of each sentinel.
        master: under which name the sentinels know the master; empty when there are no sentinels.
        password: for its default user; empty for none.
        database: number of the database.
        timeout: seconds for connecting, and for each command.
        reconnect_period: seconds between attempts to connect again, at most.
        on_message: called with the channel and the text of each message on a watched pattern.
        on_link: called with True when the lasting connection is there and messages will come, with False when it is lost.
    """

    def __init__(
        self,
        addresses: Sequence[tuple[str, int]],
        *,
        master: str = "",
        password: str,
        database: int,
        timeout: float,
        reconnect_period: float,
        on_message: Callable[[str, str], None],
        on_link: Callable[[bool], None],
    ) -> None:
        self.address = ",".join(f"{host}:{port}" for host, port in addresses)
        self._timeout = timeout
        self._reconnect_period = reconnect_period
        self._on_message = on_message
        self._on_link = on_link
        connection: dict[str, Any] = {
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": True,
            "encoding_errors": "replace",
            "protocol": 2,
            **_IDENTITY,
        }
        login: dict[str, Any] = {"db": database, "password": password or None}
        if master:
            self._sentinel: Sentinel | None = Sentinel(list(addresses), sentinel_kwargs=connection)  # type: ignore[no-untyped-call] # redis-py leaves a type out
            self._redis: Redis = self._sentinel.master_for(master, **connection, **login)
        else:
            self._sentinel = None
            host, port = addresses[0]
            self._redis = Redis(host=host, port=port, **connection, **login)
        self._patterns: dict[str, asyncio.Future[None]] = {}
        self._pubsub: PubSub | None = None
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._reason: Exception | None = None
        self._room = asyncio.Semaphore(_CONNECTIONS)
        self._closed = False
        self.is_connected = False

    async def connect(self) -> None:
        """Have the lasting connection; later calls do not wait for a server that was away at the first attempt.

        Raises:
            NetworkError: the server does not answer, or this was closed.
            RegistryError: it does not let us in.
        """
        if self._closed:  # whoever comes late must not open a connection that nobody closes
            raise NetworkError(f"the connection to redis at {self.address} is closed")
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_link(), name=f"redis {self.address}")
        await self._settled.wait()
        if not self.is_connected:
            if isinstance(self._reason, ResponseError | AuthenticationError):
                raise self._error("the connection", self._reason)
            raise NetworkError(
                f"redis not connected: no server answers at {self.address} ({self._reason}): "
                "check that Redis is running and that the address is right"
            )

    # -- commands

    async def set_field(self, key: str, field: str, value: str) -> bool:
        """Set a field of a hash.

        Returns:
            Whether it is new.
        """
        return bool(await self._run("HSET", lambda: self._redis.hset(key, field, value)))

    async def delete_field(self, key: str, field: str) -> bool:
        """Delete a field of a hash.

        Returns:
            Whether it was there.
        """
        return bool(await self._run("HDEL", lambda: self._redis.hdel(key, field)))

    async def fields(self, key: str, most: int) -> dict[str, str]:
        """A hash; empty when there is none, or when the key holds something else. Of more than `most` fields some, read step by step."""

        async def read() -> dict[str, str]:
            if await self._redis.hlen(key) <= most:
                return cast("dict[str, str]", await self._redis.hgetall(key))  # as texts, since that is how they are decoded
            found: dict[str, str] = {}
            cursor = 0
            while True:
                part: Any  # a list where values are left out
                cursor, part = await self._redis.hscan(key, cursor, count=_STEP)
                found.update(part)
                if not cursor or len(found) > most:
                    return found

        try:
            return await self._run("HGETALL", read)
        except RegistryError as error:
            if isinstance(error.__cause__, ResponseError) and str(error.__cause__).startswith("WRONGTYPE"):
                logger.info("redis at %s: %r is no hash and holds nothing for a registry", self.address, key)
                return {}
            raise

    async def keys(self, pattern: str) -> list[str]:
        """The keys that fit `pattern`, read step by step so that a large database is not blocked."""

        async def scan() -> list[str]:
            return [str(key) async for key in self._redis.scan_iter(match=pattern, count=_STEP)]

        return await self._run("SCAN", scan)

    async def publish(self, channel: str, text: str) -> None:
        """Send a message to who watches `channel`."""
        await self._run("PUBLISH", lambda: self._redis.publish(channel, text))

    async def _run(self, name: str, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command.

        Raises:
            NetworkError: the server is away or does not answer in time.
            RegistryError: it refused.
        """
        await self.connect()
        try:
            async with self._room:
                return await command()
        except RedisError as error:
            raise self._error(name, error) from error

    def _error(self, name: str, error: RedisError) -> NetworkError | RegistryError:
        if isinstance(error, AuthenticationError) or (isinstance(error, ResponseError) and str(error).startswith("NOAUTH")):
            hint = "give the registry's address the right password, as in redis://any:password@host:6379"
            return RegistryError(f"redis at {self.address} refused {name}: {error}; {hint}")
        kind = NetworkError if isinstance(error, ConnectionError | RedisTimeoutError) else RegistryError
        return kind(f"redis at {self.address}: {name}: {error}")

    # -- messages

    async def watch(self, pattern: str) -> None:
        """Report messages on channels that fit `pattern`; what is published after this returned is not missed while the connection stands.

        Raises:
            NetworkError: the server is away; the pattern is watched when it is back.
        """
        confirmed = self._patterns.get(pattern)
        if confirmed is None:
            confirmed = self._patterns[pattern] = asyncio.get_running_loop().create_future()
            if self._pubsub is not None:
                try:
                    await self._pubsub.psubscribe(pattern)
                except RedisError as error:
                    raise self._error("PSUBSCRIBE", error) from error
        await self.connect()
        try:
            async with asyncio.timeout(self._timeout):
                await asyncio.shield(confirmed)
        except TimeoutError:
            raise NetworkError(f"redis at {self.address} did not answer within {self._timeout:g} s: PSUBSCRIBE") from None

    async def unwatch(self, pattern: str) -> None:
        """End a watch; unknown patterns are ignored."""
        confirmed = self._patterns.pop(pattern, None)
        if confirmed is None:
            return
        confirmed.cancel()
        if self._pubsub is not None and self.is_connected:
            try:
                await self._pubsub.punsubscribe(pattern)
            except RedisError as error:
                logger.debug("redis at %s: PUNSUBSCRIBE: %s", self.address, error)

    async def close(self) -> None:
        """Let go of all connections."""
        self._closed = True
        task, self._task = self._task, None
        if task is not None:
            await end(task)
        for confirmed in self._patterns.values():
            confirmed.cancel()
        await self._redis.aclose()
        for sentinel in self._sentinel.sentinels if self._sentinel is not None else ():
            await sentinel.aclose()

    async def _keep_link(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                self._reason = error
                logger.log(logging.INFO if self.is_connected else logging.DEBUG, "redis at %s: %s", self.address, error)
            if self.is_connected:
                wait = _FIRST_WAIT
                self.is_connected = False
                self._on_link(False)
            self._settled.set()
            await asyncio.sleep(wait)
            wait = min(2 * wait, self._reconnect_period)

    async def _listen(self) -> None:
        """One lasting connection, until it is lost.

        Raises:
            RedisError, OSError: it is.
        """
        pubsub = self._redis.pubsub()
        self._pubsub = pubsub
        try:
            await pubsub.ping()
            asked = True
            for pattern, confirmed in list(self._patterns.items()):
                if confirmed.done():
                    self._patterns[pattern] = asyncio.get_running_loop().create_future()
            if self._patterns:
                await pubsub.psubscribe(*self._patterns)
            while True:
                message = await pubsub.get_message(timeout=self._timeout if asked else _QUIET)
                if message is None:
                    if asked:
                        raise RedisTimeoutError(f"no answer within {self._timeout:g} s")
                    await pubsub.ping()
                    asked = True
                    continue
                asked = False
                self._take(message["type"], str(message["channel"]), str(message["data"]))
        finally:
            self._pubsub = None
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    def _take(self, kind: str, channel: str, text: str) -> None:
        if not self.is_connected:
            self.is_connected = True
            self._settled.set()
            self._on_link(True)
        if kind == "pmessage":
            self._on_message(channel, text)
        elif kind == "psubscribe":
            confirmed = self._patterns.get(channel)
            if confirmed is not None and not confirmed.done():
                confirmed.set_result(None)
