"""A ZooKeeper client for asyncio, over kazoo.

Theory of operation: all state of this module is touched in the event loop alone; kazoo's threads stay behind `zookeeper_link`.

kazoo goes on connecting by itself after a loss. While there is no connection it would keep operations in a queue, and run them much later:
here, an operation without connection fails at once, and the caller decides what to repeat.

ZooKeeper turns away a client that has seen a later state than its own, without a word. So does a server that was restarted empty, for ever.
Hence a client that is away for the length of a session starts again as one that has seen nothing.

kazoo gives up for good when authentication fails, or when it cannot make sense of a message. The client begins a new session then, after a
pause, whether or not anybody asks for anything: ephemeral nodes and watches are gone, and an idle application would not notice.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.url.redaction import shown

# isort: split
from .zookeeper_link import Link  # says what to install when kazoo is missing

# isort: split
from kazoo.exceptions import (
    ConnectionLoss,
    KazooException,
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    OperationTimeoutError,
    RequestTimeoutError,
    SessionExpiredError,
    ZookeeperError,
)
from kazoo.security import CREATOR_ALL_ACL, OPEN_ACL_UNSAFE

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.tasks import Clock, TimerHandle

logger = logging.getLogger(__name__)

_IN_FLIGHT = 64
"""Operations that may wait for an answer at once. Each is one byte in kazoo's socket pair, which must not fill up."""

_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds before a new session when kazoo gave up: the first time, and at most when it gives up again and again."""

_UNANSWERED = (ConnectionLoss, OperationTimeoutError, RequestTimeoutError, SessionExpiredError)
"""kazoo's errors which say that no answer came: the server may have done what it was asked for."""


class SessionEvent(enum.Enum):
    """Change of the session."""

    NEW = "new"  #               connected, with a session that holds nothing of ours
    RECONNECTED = "reconnected"  # connected again with the same session; watches are gone, ephemeral nodes are not
    SUSPENDED = "suspended"  #   the connection is lost, the session may live on
    LOST = "lost"  #             the session is over: ephemeral nodes are gone or going


@dataclass(frozen=True, slots=True)
class Node:
    """State of a node.

    Attributes:
        data: its content.
        owner: the session that an ephemeral node belongs to, 0 for a persistent one.
    """

    data: bytes
    owner: int


class ZooKeeperClient:
    """A session with a ZooKeeper ensemble.

    Args:
        hosts: ``host:port`` of each server, comma-separated.
        clock: times operations and pauses.
        timeout: seconds for connecting, and for each operation.
        session: seconds after which the servers give up on a silent client.
        credentials: ``user:password`` for digest authentication, or empty. With credentials, what is created belongs to their owner
            alone; without, everybody may change it.
        on_session: called in the event loop whenever the state of the session changes.
        on_children: called in the event loop with a path whose children changed after `children` watched it.
        on_data: called in the event loop with a path whose content changed, or that came or went, after `content` watched it.
    """

    def __init__(
        self,
        hosts: str,
        *,
        clock: Clock,
        timeout: float,
        session: float,
        credentials: str = "",
        on_session: Callable[[SessionEvent], None],
        on_children: Callable[[str], None] | None = None,
        on_data: Callable[[str], None] | None = None,
    ) -> None:
        self.hosts = hosts
        self._clock = clock
        self._timeout = timeout
        self._session = session
        self._credentials = credentials
        self._on_session = on_session
        self._on_children = on_children or _ignore
        self._on_data = on_data or _ignore
        self._link: Link | None = None
        self._link_began = 0.0
        self._connecting = asyncio.Lock()
        self._room = asyncio.Semaphore(_IN_FLIGHT)
        self._session_id = 0
        self._connected = False
        self._waiting: asyncio.Future[None] | None = None
        self._gave_up = False
        self._start_again: TimerHandle | None = None
        self._pause = _SHORTEST_PAUSE
        self._gave_up_in = 0  # the process in which kazoo gave up; a new link begins there after the pause
        self._why = ""  # kazoo gave up
        self._closed = False

    @property
    def is_connected(self) -> bool:
        """Tell whether an operation would be sent now."""
        return self._connected

    @property
    def session_id(self) -> int:
        """The session's number; 0 before the first connection."""
        return self._session_id

    async def connect(self) -> None:
        """Be connected. Only the first call waits for an ensemble that is away: it is looked for in the background all the time.

        Raises:
            NetworkError: no server answers, or the client was closed.
        """
        if self._connected and self._link is not None and self._link.is_ours:
            return
        async with self._connecting:
            if self._closed:  # a late call must not begin a session that is never ended
                raise NetworkError(f"the connection to zookeeper at {self.hosts} is closed")
            if self._must_begin:
                self._cancel_start_again()  # in a forked process it would never come
                self._connected = False
                self._gave_up = False
                self._begin()
            if self._connected:
                return
            if not self._gave_up:
                self._waiting = asyncio.get_running_loop().create_future()
                try:
                    async with self._clock.timeout(self._timeout):
                        await self._waiting
                    return
                except TimeoutError:
                    self._gave_up = True
                finally:
                    self._waiting = None
        raise NetworkError(
            f"zookeeper not connected: the last session at {self.hosts} ended, {self._why}; another one is begun now and then"
            if self._why
            else f"zookeeper not connected: no server answers at {self.hosts} (waited {self._timeout:g} s): "
            "check that ZooKeeper is running and that the address is right"
        )

    @property
    def _must_begin(self) -> bool:
        """Tell whether nothing is on its way: the first time, or in a forked process."""
        if self._link is None:
            return self._gave_up_in != os.getpid()
        return not self._link.is_ours

    async def create(self, path: str, *, ephemeral: bool, data: bytes = b"") -> bool:
        """Create a node, and its missing parents as persistent nodes with the same data.

        Returns:
            False when the node is there already.

        Raises:
            NetworkError: not connected, or no answer in time.
            RegistryError: the server refused.
        """
        while True:
            try:
                await self._run("create", path, data, self._acl, ephemeral)
            except NodeExistsError:
                return False
            except NoNodeError:
                parent = path.rpartition("/")[0]
                if not parent:
                    raise RegistryError(
                        f"zookeeper at {self.hosts} refused to create {path}: the root itself is missing; check the path behind the address"
                    ) from None
                await self.create(parent, ephemeral=False, data=data)
            else:
                return True

    async def delete(self, path: str) -> None:
        """Delete a node; one that is gone is fine.

        Raises:
            NetworkError: not connected, or no answer in time.
            RegistryError: the server refused, or the node has children.
        """
        try:
            await self._run("delete", path)
        except NoNodeError:
            pass
        except NotEmptyError as error:
            raise RegistryError(f"zookeeper at {self.hosts}: {path} has children and is not deleted") from error

    async def get(self, path: str) -> Node | None:
        """A node's data and owner; None when there is no such node.

        Raises:
            NetworkError: not connected, or no answer in time.
            RegistryError: the server refused.
        """
        try:
            data, stat = await self._run("get", path)
        except NoNodeError:
            return None
        return Node(data, stat.ephemeralOwner)

    async def content(self, path: str, *, limit: int, watch: bool = False) -> bytes | None:
        """A node's data; None when there is no such node.

        Args:
            path: the node.
            limit: bytes; more is not read.
            watch: whether ``on_data`` is called at the next change, once; also when a node that is missing is created.

        Raises:
            NetworkError: not connected, or no answer in time.
            RegistryError: the server refused, or the data is larger than `limit`.
        """
        await self.connect()  # a watch belongs to one link
        link = self._link
        stat = await self._run("exists", path, link.watch_data if watch and link is not None else None)
        if stat is None:
            return None
        size = stat.dataLength
        if size <= limit:
            node = await self.get(path)  # a change since then is reported, since the watch came first
            if node is None:
                return None
            size = len(node.data)
            if size <= limit:
                return node.data
        raise RegistryError(f"zookeeper at {self.hosts}: {path} holds {size} bytes, more than the {limit} that are read")

    async def children(self, path: str, *, watch: bool = False) -> list[str] | None:
        """The names below a node, in no order; None when there is no such node.

        Args:
            path: the node.
            watch: whether ``on_children`` is called at the next change, once. Of a node that is missing nothing is watched.

        Raises:
            NetworkError: not connected, or no answer in time.
            RegistryError: the server refused.
        """
        await self.connect()  # a watch belongs to one link
        link = self._link
        try:
            return list(await self._run("get_children", path, link.watch if watch and link is not None else None))
        except NoNodeError:
            return None

    async def close(self) -> None:
        """End the session, so that its ephemeral nodes go; a server that does not answer is not waited for longer than ``timeout``."""
        self._closed = True
        link, self._link = self._link, None
        self._connected = False
        self._cancel_start_again()
        if link is not None:
            try:
                async with self._clock.timeout(self._timeout):
                    await link.stop()
            except TimeoutError:
                logger.info("zookeeper at %s did not take our goodbye within %g s; the session ends by itself", self.hosts, self._timeout)

    # -- one operation

    @property
    def _acl(self) -> Any:
        return CREATOR_ALL_ACL if self._credentials else OPEN_ACL_UNSAFE

    async def _run(self, operation: str, path: str, *arguments: object) -> Any:
        """Run an operation of kazoo; NoNode, NodeExists and NotEmpty are the caller's, everything else becomes an error of ours."""
        try:
            path.encode()  # kazoo would do it in its thread, which a failure there ends
        except UnicodeEncodeError as error:
            raise self._no_path(path, error) from error
        await self.connect()
        async with self._room:
            link = self._link
            if link is None or not self._connected:
                raise NetworkError(f"zookeeper not connected: the connection to {self.hosts} is lost")
            try:
                async with self._clock.timeout(self._timeout):
                    return await link.start(operation, path, *arguments)
            except TimeoutError:
                raise NetworkError(f"zookeeper at {self.hosts} did not answer within {self._timeout:g} s: {operation} {path}") from None
            except (NoNodeError, NodeExistsError, NotEmptyError):
                raise
            except ValueError as error:  # "." and "..", which kazoo finds before it asks the server
                raise self._no_path(path, error) from error
            except NoAuthError as error:
                raise RegistryError(
                    f"zookeeper at {self.hosts} refused to {operation} {path}: not permitted; "
                    "give the registry's address the right user and password, as in zookeeper://user:password@host:2181"
                ) from error
            except KazooException as error:
                answered = isinstance(error, ZookeeperError) and not isinstance(error, _UNANSWERED) and link.is_connected
                kind = RegistryError if answered else NetworkError
                raise kind(f"zookeeper at {self.hosts}: {operation} {path}: {type(error).__name__} {error}".rstrip()) from error

    def _no_path(self, path: str, error: ValueError) -> RegistryError:
        return RegistryError(f"zookeeper at {self.hosts} can have no node {shown(path)!r}: {error}")

    # -- called by the link

    def link_connected(self, link: Link, session_id: int) -> None:
        if link is not self._link:
            return
        self._cancel_start_again()
        same, self._session_id = session_id == self._session_id, session_id
        self._connected = True
        self._gave_up = False
        self._why = ""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        logger.info("connected to zookeeper at %s, session 0x%x%s", self.hosts, session_id, " (the same as before)" if same else "")
        self._on_session(SessionEvent.RECONNECTED if same else SessionEvent.NEW)

    def link_disconnected(self, link: Link, is_lost: bool, reason: str) -> None:
        if link is not self._link:
            return
        self._connected = False
        logger.info("%s zookeeper at %s", "the session is over with" if is_lost else "the connection is lost to", self.hosts)
        if reason:
            self._link = None
            self._gave_up_in = os.getpid()
            link.abandon()
            self._cancel_start_again()
            if self._clock.now() - self._link_began > _LONGEST_PAUSE:
                self._pause = _SHORTEST_PAUSE
            self._why = reason
            logger.warning("zookeeper at %s: the session ended, %s; a new one begins in %g s", self.hosts, reason, self._pause)
            self._start_again = self._clock.call_at(self._clock.now() + self._pause, self._begin)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif self._start_again is None:
            self._start_again = self._clock.call_at(self._clock.now() + self._session, self._forget_the_past)
        self._on_session(SessionEvent.LOST if is_lost else SessionEvent.SUSPENDED)

    def _forget_the_past(self) -> None:
        if self._link is not None:
            logger.info("zookeeper at %s was away for the length of a session: starting again", self.hosts)
            self._link.abandon()
            self._begin()

    def _begin(self) -> None:
        self._start_again = None
        self._link = Link(self, self.hosts, session=self._session, credentials=self._credentials)
        self._link_began = self._clock.now()

    def _cancel_start_again(self) -> None:
        if self._start_again is not None:
            self._start_again.cancel()
            self._start_again = None

    def link_children_changed(self, link: Link, path: str) -> None:
        if link is self._link:
            self._on_children(path)

    def link_data_changed(self, link: Link, path: str) -> None:
        if link is self._link:
            self._on_data(path)


def _ignore(path: str) -> None:
    """Nobody wants to know."""
