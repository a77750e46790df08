"""The nodes of a Redis Cluster: which of them is in charge of a key, and what happens when that changes.

Theory of operation. Keys fall into 16384 slots; each slot has a master, a master has replicas. Any node gives the whole map. A node that is
not in charge of a key answers with the node that is (MOVED, or ASK while a slot is on its way); a node that is dead does not answer. In
both cases the map is read again, from a node that answers, and the command is sent once more. The cluster itself makes a replica the
master of a dead master's slots; until then commands on these slots fail, and their senders try again later.

Messages that are published at one node reach the listeners at all nodes. So messages come over one connection to any node that lives and
sees the majority of the others.

redis-py's ``RedisCluster`` is not used: it hides which node gives messages and that a master was replaced, and a registry must know both.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    ClusterError,
    ConnectionError,
    MovedError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis.asyncio.client import PubSub

    from aiodubbo.tasks import Clock

    from .redis_servers import Address, Login, Server

logger = logging.getLogger(__name__)

SLOTS = 16384

_REDIRECTIONS = 5
"""How often one command is sent on; a slot that moves needs two."""

_NODES = 10_000
"""Nodes of a map that is believed; ten times what Redis is made for."""

_ASKED = 3
"""Times `Login.timeout` after which no further node is asked for the map."""


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """Cluster as one node sees it.

    Attributes:
        works: whether the node sees the majority of the masters, and a master for each slot when the cluster needs all of them.
        epoch: grows whenever a master is replaced.
        masters: for each slot its master, None where there is none.
        nodes: masters and their replicas.
    """

    works: bool
    epoch: int
    masters: tuple[Address | None, ...]
    nodes: frozenset[Address]


def parse_map(info: object, slots: object, asked: Address) -> ClusterMap:
    """The map from the answers to CLUSTER INFO and CLUSTER SLOTS.

    Args:
        info: lines ``name:value``.
        slots: rows of first slot, last slot, the master, its replicas; a node begins with host and port.
        asked: who answered; a node without a host has the same one.

    Raises:
        ClusterError: these are no such answers.
    """
    lines = dict(line.partition(":")[::2] for line in str(info).splitlines())
    epoch = lines.get("cluster_current_epoch", "0")
    masters: list[Address | None] = [None] * SLOTS
    nodes: set[Address] = set()
    given = 0
    try:
        if not isinstance(slots, list) or len(slots) > SLOTS:
            raise TypeError
        for first, last, *row in slots:
            if not 0 <= int(first) <= int(last) < SLOTS or not row:
                raise ValueError
            given += int(last) - int(first) + 1
            if given > SLOTS:
                raise ValueError
            found = [_address(node, asked) for node in row]
            nodes.update(node for node in found if node is not None)
            if len(nodes) > _NODES:
                raise ValueError
            masters[int(first) : int(last) + 1] = [found[0]] * (int(last) - int(first) + 1)
    except (TypeError, ValueError, IndexError) as error:
        raise ClusterError(f"{asked[0]}:{asked[1]} gave no map of a Redis Cluster: {str(slots)[:200]}") from error
    works = lines.get("cluster_state") == "ok"
    return ClusterMap(works, int(epoch) if epoch.isdecimal() else 0, tuple(masters), frozenset(nodes))


def _address(node: Any, asked: Address) -> Address | None:
    """Host and port of a node; None for one whose host the cluster does not know yet."""
    host, port = node[0] or asked[0], int(node[1])
    if not isinstance(host, str) or not 0 < port < 65536:
        raise ValueError
    return None if host == "?" else (host, port)


class ClusterNodes:
    """A Redis Cluster, as a registry needs it.

    Args:
        seeds: host and port of some nodes; one that answers is enough.
        login: for every node.
        on_new_masters: called when there are other masters than before. One that took the place of another may have missed the last
            writes; keys that moved to an unknown node were not found.
        clock: limits the search for a node that answers.
    """

    def __init__(self, seeds: Sequence[Address], login: Login, on_new_masters: Callable[[], None], clock: Clock) -> None:
        self._seeds = list(seeds)
        self._login = login
        self._on_new_masters = on_new_masters
        self._clock = clock
        self._servers: dict[Address, Server] = {}
        self._closed = False
        self._map: ClusterMap | None = None
        self._moved: dict[int, Address] = {}
        self._is_stale = True
        self._readings = 0
        self._source: Address | None = None
        self._reading = asyncio.Lock()
        self._listening: Address | None = None

    async def run(self, key: str, *command: str) -> Any:
        """Run a command at the master of the key's slot, wherever that is by now."""
        slot = key_slot(key.encode())
        if self._is_stale:
            await self._read_map()
        node, asking, was_away = self._master(slot), False, False
        for _ in range(_REDIRECTIONS):
            try:
                return await self._run_at(node, command, asking=asking)
            except MovedError as error:
                node, asking = (error.host or node[0], error.port), False
                self._moved[slot] = node
                self._is_stale = True
            except AskError as error:
                node, asking = (error.host or node[0], error.port), True
            except (ConnectionError, RedisTimeoutError, ClusterDownError) as error:
                self._is_stale = True
                if was_away or isinstance(error, AuthenticationError):
                    raise
                was_away = True
                await self._read_map(failed=node)
                successor = self._master(slot)
                if successor == node:
                    raise
                node, asking = successor, False
        raise ClusterError(f"{_text(node)} and others send each other the slot {slot}")

    async def keys(self, pattern: str) -> list[str]:
        """The keys of all masters; a part of them is never given as the whole."""
        if self._is_stale:
            await self._read_map()
        try:
            return await self._keys(pattern)
        except (ConnectionError, RedisTimeoutError, ClusterDownError):
            await self._read_map()
            return await self._keys(pattern)

    async def listen(self) -> PubSub:
        """Messages from a node that answered just now, another one each time."""
        self._listening = await self._read_map()
        return self._server(self._listening).pubsub()

    async def check(self) -> None:
        """See whether the node that gives messages still belongs to those that work, and whether the masters are the same."""
        listening = self._listening
        if listening is None:
            return
        found = await self._ask(listening)
        if found.works and self._map is not None and found.epoch == self._map.epoch and not self._is_stale:
            return
        other = await self._read_map(failed=listening)
        if not found.works and self._map is not None and self._map.works:
            raise ConnectionError(f"{_text(listening)} does not see the majority of the cluster any more, {_text(other)} does")

    async def close(self) -> None:
        """Let go of all nodes."""
        self._closed = True
        servers, self._servers = self._servers, {}
        for server in servers.values():
            await server.close()

    def _server(self, address: Address) -> Server:
        server = self._servers.get(address)
        if server is None:
            if self._closed:  # a late call must not open a connection that is never closed
                raise ConnectionError("the connection to the cluster is closed")
            server = self._servers[address] = self._login.server(address)
        return server

    def _master(self, slot: int) -> Address:
        assert self._map is not None
        master = self._moved.get(slot) or self._map.masters[slot]
        if master is None:
            raise ClusterDownError(f"no node is in charge of the slot {slot}")
        return master

    async def _run_at(self, node: Address, command: tuple[str, ...], *, asking: bool) -> Any:
        server = self._server(node)
        if not asking:
            return await server.execute(*command)
        return (await server.execute_all(("ASKING",), command))[1]

    async def _keys(self, pattern: str) -> list[str]:
        assert self._map is not None
        masters = _masters(self._map) | set(self._moved.values())
        found = await asyncio.gather(*(self._server(master).scan(pattern) for master in sorted(masters)))
        return sorted({key for keys in found for key in keys})

    # -- the map

    async def _read_map(self, failed: Address | None = None) -> Address:
        """Read the map from a node that answers, if possible one that works.

        Args:
            failed: a node that is asked last.

        Returns:
            The node.

        Raises:
            RedisError: none answers.
        """
        readings = self._readings
        async with self._reading:
            if readings != self._readings and self._source is not None and self._source != failed:
                return self._source  # another command has read it while we waited
            until = self._clock.now() + _ASKED * self._login.timeout
            answered: tuple[Address, ClusterMap] | None = None
            failure: RedisError | None = None
            for address in self._candidates(failed):
                if self._clock.now() > until:
                    break
                try:
                    found = await self._ask(address)
                except RedisError as error:
                    failure = error if failure is None or isinstance(error, ResponseError | AuthenticationError) else failure
                    continue
                if answered is None or found.works:
                    answered = address, found
                if found.works:
                    break
            if answered is None:
                raise failure or RedisTimeoutError("no node answers")
            self._source = answered[0]
            await self._take(answered[1])
            return answered[0]

    def _candidates(self, failed: Address | None) -> list[Address]:
        """Whom to ask for the map: those known last, then those that the user gave."""
        known = sorted(self._map.nodes) if self._map is not None else []
        seeds = [seed for seed in self._seeds if seed not in known]
        random.shuffle(known)
        random.shuffle(seeds)
        return sorted([*known, *seeds], key=lambda address: address == failed)

    async def _ask(self, address: Address) -> ClusterMap:
        info, slots = await self._server(address).execute_all(("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"))
        return parse_map(info, slots, address)

    async def _take(self, found: ClusterMap) -> None:
        before, self._map = self._map, found
        self._readings += 1
        self._is_stale = not found.works
        self._moved.clear()
        for address in self._servers.keys() - found.nodes - set(self._seeds):
            server = self._servers.pop(address, None)  # another one may have been closed in the meantime, and all with it
            if server is not None:
                await server.close()
        if before is not None and _masters(before) != _masters(found):
            logger.info("redis cluster: the masters are %s now", ", ".join(map(_text, sorted(_masters(found)))))
            self._on_new_masters()


def _masters(known: ClusterMap) -> set[Address]:
    return {master for master in known.masters if master is not None}


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
