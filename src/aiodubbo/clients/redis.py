"""Redis over redis-py: commands, and a lasting connection over which published messages come.

`redis_servers` and `redis_cluster` know which server that is. Here stands what is the same for all: each loss and each return of the
lasting connection is reported, errors say what to do.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.tasks import Backoff, Repeater, Tasks

from .redis_servers import (
    AuthenticationError,
    ClusterDownError,
    ConnectionError,
    MovedError,
    RedisError,
    RedisTimeoutError,
    ResponseError,
    own_errors,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio.client import PubSub

    from aiodubbo.tasks import Clock

    from .redis_servers import RedisServers

logger = logging.getLogger(__name__)

T = TypeVar("T")

_QUIET = 3.0
"""Seconds without a message after which the lasting connection is asked whether it lives."""

_FIRST_WAIT = 0.1
"""Seconds before the first attempt to connect again; doubled up to the period that the user gave."""

_DELETE_UNCHANGED = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) else return 0 end"
"""What the server does in one step, so that nothing comes between comparing and deleting."""


class RedisClient:
    """Commands and messages.

    Args:
        servers: where they go and come from.
        address: of the servers, for errors.
        clock: times answers and attempts.
        timeout: seconds for each answer.
        reconnect_period: seconds between attempts to connect again, at most.
        on_message: called with the channel and the text of each message on a watched pattern.
        on_link: called with True when the lasting connection is there and messages will come, with False when it is lost.
    """

    def __init__(
        self,
        servers: RedisServers,
        address: str,
        *,
        clock: Clock,
        timeout: float,
        reconnect_period: float,
        on_message: Callable[[str, str], None],
        on_link: Callable[[bool], None],
    ) -> None:
        self.address = address
        self._servers = servers
        self._timeout = timeout
        self._clock = clock
        self._on_message = on_message
        self._on_link = on_link
        self._patterns: dict[str, asyncio.Future[None]] = {}
        self._pubsub: PubSub | None = None
        self._link = Repeater(
            Tasks(clock),
            self._listen,
            # One that ends at once, again and again, is no reason to hurry.
            Backoff(_FIRST_WAIT, reconnect_period, steady=_QUIET),
            failed=self._link_failed,
            name=f"redis {address}",
        )
        self._settled = asyncio.Event()
        self._reason: Exception | None = None
        self._closed = False
        self.is_connected = False

    async def connect(self) -> None:
        """Have the lasting connection; later calls do not wait for a server that was away at the first attempt.

        Raises:
            NetworkError: the server does not answer, or this was closed.
            RegistryError: it does not let us in.
        """
        if self._closed:  # a late call must not open a connection that is never closed
            raise NetworkError(f"the connection to redis at {self.address} is closed")
        if not self._link.is_running:
            self._link.wake()
        await self._settled.wait()
        if not self.is_connected:
            if isinstance(self._reason, ResponseError | AuthenticationError) and not isinstance(self._reason, ClusterDownError):
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
        return bool(await self._run("HSET", key, field, value))

    async def delete_field(self, key: str, field: str) -> None:
        """Delete a field of a hash; one that is gone is fine."""
        await self._run("HDEL", key, field)

    async def delete_unchanged_field(self, key: str, field: str, value: str) -> bool:
        """Delete a field of a hash, unless another client wrote a new value meanwhile.

        Returns:
            Whether it is gone by this.
        """
        return bool(await self._wait_for("EVAL", lambda: self._servers.run(key, "EVAL", _DELETE_UNCHANGED, "1", key, field, value)))

    async def fields(self, key: str, most: int) -> dict[str, str]:
        """A hash; empty when there is none, or when the key holds something else. Of more than `most` fields some."""

        async def read() -> dict[str, str]:  # in one step, unless there are more
            found: dict[str, str] = {}
            cursor = 0
            while True:
                cursor, part = await self._servers.run(key, "HSCAN", key, str(cursor), "COUNT", str(most))
                found.update(part)  # as texts, since that is how they are decoded
                if not cursor or len(found) > most:
                    return found

        try:
            return await self._wait_for("HSCAN", read)
        except RegistryError as error:
            if isinstance(error.__cause__, ResponseError) and str(error.__cause__).startswith("WRONGTYPE"):
                logger.info("redis at %s: %r is no hash and holds nothing for a registry", self.address, key)
                return {}
            raise

    async def keys(self, pattern: str) -> list[str]:
        """The keys that fit `pattern`."""
        return await self._wait_for("SCAN", lambda: self._servers.keys(pattern))

    async def publish(self, channel: str, text: str) -> None:
        """Send a message to who watches `channel`."""
        await self._run("PUBLISH", channel, text)

    async def _run(self, name: str, key: str, *arguments: str) -> Any:
        return await self._wait_for(name, lambda: self._servers.run(key, name, key, *arguments))

    async def _wait_for(self, name: str, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command.

        Raises:
            NetworkError: the server is away or does not answer in time.
            RegistryError: it refused.
        """
        await self.connect()
        try:
            return await command()
        except (RedisError, ValueError) as error:  # ValueError: redis-py cannot read the answer
            raise self._error(name, error) from error

    def _error(self, name: str, error: Exception) -> NetworkError | RegistryError:
        text = f"redis at {self.address}: {name}: {error}"
        if isinstance(error, AuthenticationError) or str(error).startswith("NOAUTH"):
            hint = "give the registry's address the right password, as in redis://any:password@host:6379"
            return RegistryError(f"redis at {self.address} refused {name}: {error}; {hint}")
        if isinstance(error, MovedError):
            return RegistryError(f"{text}; this is a node of a Redis Cluster: add redis-client=cluster to the registry's address")
        if "cluster support disabled" in str(error):
            return RegistryError(f"{text}; this is no Redis Cluster: take redis-client=cluster from the registry's address")
        is_away = isinstance(error, ConnectionError | RedisTimeoutError | ClusterDownError)
        return NetworkError(text) if is_away else RegistryError(text)

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
                    with own_errors():
                        await self._pubsub.psubscribe(pattern)
                except RedisError as error:
                    raise self._error("PSUBSCRIBE", error) from error
        await self.connect()
        try:
            async with self._clock.timeout(self._timeout):
                await asyncio.wait([confirmed])  # others may wait for it as well
        except TimeoutError:
            raise NetworkError(f"redis at {self.address} did not answer within {self._timeout:g} s: PSUBSCRIBE") from None
        confirmed.result()

    async def unwatch(self, pattern: str) -> None:
        """End a watch; unknown patterns are ignored."""
        confirmed = self._patterns.pop(pattern, None)
        if confirmed is None:
            return
        self._end_watch(confirmed)
        if self._pubsub is not None:
            try:
                with own_errors():
                    await self._pubsub.punsubscribe(pattern)
            except RedisError as error:
                logger.debug("redis at %s: PUNSUBSCRIBE: %s", self.address, error)

    async def close(self) -> None:
        """Let go of all connections."""
        self._closed = True
        await self._link.close()
        self._settled.set()  # those who wait for the connection go on without one
        for confirmed in self._patterns.values():
            self._end_watch(confirmed)
        await self._servers.close()

    def _end_watch(self, confirmed: asyncio.Future[None]) -> None:
        """Tell who waits for a watch that it is over; it was not cancelled."""
        if not confirmed.done():
            confirmed.set_exception(NetworkError(f"redis at {self.address}: the watch ended before it was confirmed"))
            confirmed.exception()  # retrieved, also when no call waits

    def _link_failed(self, error: Exception) -> None:
        self._reason = error
        if isinstance(error, RedisError | OSError | ValueError):
            logger.log(logging.INFO if self.is_connected else logging.DEBUG, "redis at %s: %s", self.address, error)
        else:
            logger.error("redis at %s: the lasting connection ended", self.address, exc_info=error)
        if self.is_connected:
            self.is_connected = False
            self._settled.clear()  # commands wait for what the next attempt says, which is made soon and perhaps at another server
            self._on_link(False)
        else:
            self._settled.set()

    async def _listen(self) -> None:
        """Listen on a lasting connection until it is lost.

        Raises:
            RedisError, OSError: it is.
        """
        pubsub = await self._servers.listen()
        try:
            await pubsub.ping()
            asked = True
            for pattern, confirmed in list(self._patterns.items()):
                if confirmed.done():
                    self._patterns[pattern] = asyncio.get_running_loop().create_future()
            watched: set[str] = set()
            while watched != self._patterns.keys():  # some may come or go meanwhile
                new, gone = self._patterns.keys() - watched, watched - self._patterns.keys()
                watched = set(self._patterns)
                if new:
                    await pubsub.psubscribe(*new)
                if gone:
                    await pubsub.punsubscribe(*gone)
            self._pubsub = pubsub
            check_at = self._clock.now() + _QUIET
            while True:
                message = await pubsub.get_message(timeout=self._timeout if asked else _QUIET)
                if message is not None:
                    asked = False
                    self._take(message["type"], str(message["channel"]), str(message["data"]))
                elif asked:
                    raise RedisTimeoutError(f"no answer within {self._timeout:g} s")
                else:
                    await pubsub.ping()
                    asked = True
                if self._clock.now() >= check_at:  # also where messages never cease
                    await self._servers.check()
                    check_at = self._clock.now() + _QUIET
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
