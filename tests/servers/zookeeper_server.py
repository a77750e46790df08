"""ZooKeeper servers, alone or as an ensemble. Java and Maven are needed: the server comes from Maven Central through plain ``mvn``."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from .process import ServerProcess, find_free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ZooKeeperServer", "ensemble", "missing"]

POM = Path(__file__).parent / "zookeeper" / "pom.xml"
CACHE = Path(__file__).resolve().parent.parent.parent / ".cache" / "zookeeper"

TICK = 0.2
"""Seconds; a session lasts 2 to 20 of them, so that sessions can be short in tests."""


def missing() -> str | None:
    """Why it cannot run here and what to do about it; None when it can."""
    absent = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if absent:
        return f"{', '.join(absent)} not found: install a JDK (17 or later) and Maven (on Debian and Ubuntu: openjdk-17-jdk-headless maven)"
    return None


def class_path() -> str:
    """The server's libraries, asked of Maven once for each content of the pom."""
    kept = CACHE / f"{hashlib.sha256(POM.read_bytes()).hexdigest()[:16]}.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes, and Maven's downloads must not meet
        if not kept.exists() or not all(Path(part).exists() for part in kept.read_text().strip().split(":")):
            _ask_maven(kept)
        return kept.read_text().strip()


def _ask_maven(answer: Path) -> None:
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={answer}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")


class ZooKeeperServer(ServerProcess):
    """One server.

    Args:
        folder: for its data.
        peers: lines ``server.N=…`` of its ensemble; none for a server of its own.
        number: its number in the ensemble.
    """

    def __init__(self, folder: Path, *, peers: Sequence[str] = (), number: int = 1) -> None:
        super().__init__(folder)
        self._peers = peers
        self._number = number

    def command(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        (data / "myid").write_text(str(self._number))
        settings = {
            "dataDir": data,
            "clientPort": self.port,
            "clientPortAddress": self.host,
            "tickTime": int(TICK * 1000),
            "minSessionTimeout": int(TICK * 2000),
            "maxSessionTimeout": 120_000,
            "initLimit": 50,
            "syncLimit": 25,
            "4lw.commands.whitelist": "*",
            "admin.enableServer": "false",
            "maxClientCnxns": 0,
        }
        lines = [f"{key}={value}" for key, value in settings.items()] + list(self._peers)
        (self.folder / "zoo.cfg").write_text("\n".join(lines) + "\n")
        main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
        options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", "-Dzookeeper.forceSync=no"]
        return ["java", *options, "-cp", class_path(), main, str(self.folder / "zoo.cfg")]

    def answers(self) -> bool:
        return b"imok" in self.ask(b"ruok") and b"Mode:" in self.ask(b"srvr")

    def forget(self) -> None:
        shutil.rmtree(self.folder / "data", ignore_errors=True)


def ensemble(folder: Path, size: int = 3) -> list[ZooKeeperServer]:
    """Servers that know each other; not started."""
    peers = [f"server.{n}=127.0.0.1:{find_free_port()}:{find_free_port()}" for n in range(1, size + 1)]
    return [ZooKeeperServer(folder / str(n), peers=peers, number=n) for n in range(1, size + 1)]
