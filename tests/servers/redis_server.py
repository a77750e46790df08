"""Redis servers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any, Self

from redis import Redis

from tests.polling import until_blocking

from .process import ServerProcess, find_free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

__all__ = ["ClusterNode", "RedisCluster", "RedisServer", "SentinelServer", "missing"]

_PATIENCE = 30.0


def missing() -> str | None:
    """Why it cannot run here and what to do about it; None when it can."""
    if shutil.which("redis-server") is None:
        return "redis-server not found: install it (on Debian and Ubuntu: redis-server)"
    return None


class RedisServer(ServerProcess):
    """One server that keeps everything in memory, so that a restarted one is empty.

    Args:
        folder: for its log.
        password: what clients must send; empty for none.
        master: port of the server that it copies; 0 for none.
    """

    def __init__(self, folder: Path, *, password: str = "", master: int = 0) -> None:
        super().__init__(folder)
        self._password = password
        self._master = master

    def command(self) -> list[str]:
        secret = ["--requirepass", self._password] if self._password else []
        copy = ["--replicaof", "127.0.0.1", str(self._master)] if self._master else []
        fast = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"]
        listen = ["--port", str(self.port), "--bind", self.host, "--protected-mode", "no"]
        return ["redis-server", *listen, "--save", "", "--appendonly", "no", *secret, *copy, *fast]

    def answers(self) -> bool:
        return self.ask(b"PING\r\n").startswith((b"+PONG", b"-NOAUTH"))

    def is_replica(self) -> bool:
        """Whether it copies another server."""
        return b"role:slave" in self.ask(b"INFO replication\r\n")

    def forget(self) -> None:
        """It keeps nothing on disk."""


class ClusterNode(RedisServer):
    """One node of a Redis Cluster; what it knows of the others stays on disk."""

    def __init__(self, folder: Path, *, password: str = "") -> None:
        super().__init__(folder, password=password)
        self.bus = find_free_port()

    def command(self) -> list[str]:
        secret = ["--masterauth", self._password] if self._password else []
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(self.bus), "--cluster-node-timeout", "1500"]
        eager = ["--cluster-replica-validity-factor", "0", "--dir", str(self.folder)]
        return [*super().command(), *secret, *cluster, *eager]

    def client(self) -> Redis:
        return Redis(port=self.port, password=self._password or None, decode_responses=True, protocol=2, single_connection_client=True)

    def run(self, *command: str | int) -> Any:
        """Run a command there."""
        with self.client() as client:
            return client.execute_command(*command)

    def name(self) -> str:
        """Under which name the others know it."""
        return str(self.run("CLUSTER", "MYID"))

    def is_master(self) -> bool:
        return bool(self.run("ROLE")[0] == "master")

    def replicas(self) -> int:
        """How many replicas follow it."""
        return len(self.run("ROLE")[2])

    def forget(self) -> None:
        (self.folder / "nodes.conf").unlink(missing_ok=True)


class RedisCluster:
    """Three masters which share the slots, and perhaps a replica of each.

    Args:
        folder: of the nodes.
        password: what clients and nodes must send; empty for none.
        replicas: whether each master has one.
    """

    def __init__(self, folder: Path, *, password: str = "", replicas: bool = False) -> None:
        self.nodes = [ClusterNode(folder / f"node-{number}", password=password) for number in range(6 if replicas else 3)]
        self._user = f"any:{password}@" if password else ""

    def address(self, parameters: str) -> str:
        """A registry's address that names two nodes."""
        one, other = self.nodes[:2]
        return f"redis://{self._user}{one.address}?backup={other.address}&redis-client=cluster&{parameters}"

    def __enter__(self) -> Self:
        try:
            for node in self.nodes:
                node.start()
            self._join()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def living(self) -> list[ClusterNode]:
        """The nodes that run."""
        return [node for node in self.nodes if node.runs()]

    def master_of(self, key: str) -> ClusterNode:
        """The node that is in charge of a key, as the first living node sees it."""
        asked = self.living()[0]
        slot = asked.run("CLUSTER", "KEYSLOT", key)
        (port,) = (row[2][1] for row in asked.run("CLUSTER", "SLOTS") if row[0] <= slot <= row[1])
        return next(node for node in self.nodes if node.port == port)

    def move_slot(self, slot: int, to: ClusterNode, *, between: Callable[[], None]) -> None:
        """Give a slot with its keys to another master; `between` is called when half of it is done."""
        (port,) = (row[2][1] for row in to.run("CLUSTER", "SLOTS") if row[0] <= slot <= row[1])
        source = next(node for node in self.nodes if node.port == port)
        to.run("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name())
        source.run("CLUSTER", "SETSLOT", slot, "MIGRATING", to.name())
        for key in source.run("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            source.run("MIGRATE", to.host, to.port, key, 0, 5000)
        between()
        for node in (to, source):
            node.run("CLUSTER", "SETSLOT", slot, "NODE", to.name())

    def is_whole(self) -> bool:
        """Whether every living node sees a cluster that works, with all nodes."""
        return all(
            "cluster_state:ok" in (info := str(node.run("CLUSTER", "INFO"))) and f"cluster_known_nodes:{len(self.nodes)}\r\n" in info
            for node in self.living()
        )

    def _join(self) -> None:
        first = self.nodes[0]
        ranges = [(0, 5460), (5461, 10922), (10923, 16383)]
        for number, node in enumerate(self.nodes):
            node.run("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number < len(ranges):
                node.run("CLUSTER", "ADDSLOTSRANGE", *ranges[number])
            if node is not first:
                node.run("CLUSTER", "MEET", first.host, first.port, first.bus)
        until_blocking(self.is_whole, _PATIENCE)
        for master, replica in zip(self.nodes, self.nodes[3:], strict=False):
            replica.run("CLUSTER", "REPLICATE", master.name())
        if len(self.nodes) > 3:
            until_blocking(lambda: all(node.replicas() for node in self.nodes[:3]), _PATIENCE)


class SentinelServer(ServerProcess):
    """One sentinel.

    Args:
        folder: for its settings.
        master: port of the first master.
        name: under which name clients ask for the master.
        quorum: how many sentinels must agree that the master is gone.
    """

    def __init__(self, folder: Path, *, master: int, name: str, quorum: int = 1) -> None:
        super().__init__(folder)
        self._master = master
        self._name = name
        self._quorum = quorum

    def command(self) -> list[str]:
        settings = self.folder / "sentinel.conf"
        settings.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nsentinel monitor {self._name} 127.0.0.1 {self._master} {self._quorum}\n"
            f"sentinel down-after-milliseconds {self._name} 500\nsentinel failover-timeout {self._name} 2000\n"
        )
        return ["redis-server", str(settings), "--sentinel"]

    def answers(self) -> bool:
        return self.ask(b"PING\r\n").startswith(b"+PONG")

    def replicas(self) -> int:
        """How many replicas of the master it knows."""
        return self._number(rb"slaves=(\d+)")

    def sentinels(self) -> int:
        """How many sentinels it knows, with itself."""
        return self._number(rb"sentinels=(\d+)")

    def master(self) -> int:
        """The port of the server that is the master now."""
        return self._number(rb"address=127\.0\.0\.1:(\d+)")

    def fail_over(self) -> None:
        """Have a replica take the place of the master, although it lives."""
        answer = self.ask(f"SENTINEL FAILOVER {self._name}\r\n".encode())
        assert answer == b"+OK\r\n", answer

    def _number(self, pattern: bytes) -> int:
        found = re.search(pattern, self.ask(b"INFO sentinel\r\n"))
        return int(found[1]) if found else 0

    def forget(self) -> None:
        """Its settings are written anew at each start."""
