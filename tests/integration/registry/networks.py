"""Hosts without machines: network namespaces, joined by a bridge, each with an address of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Network", "missing"]

_NUMBERS = itertools.count(1)


def missing() -> str | None:
    """Why this machine cannot have namespaces; None when it can."""
    if shutil.which("ip") is None:
        return "no program ip (Debian: iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = f"dubbo{os.getpid()}probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"ip netns add: {made.stderr.strip()}"
    _ip("netns", "del", probe)
    return None


class Network:
    """Hosts 10.77.0.1, 10.77.0.2 and so on; `command` runs a program on one of them. Blocking."""

    def __init__(self, hosts: int) -> None:
        prefix = f"dubbo{os.getpid()}n{next(_NUMBERS)}"
        self._bridge = f"{prefix}br"
        self._hosts = [f"{prefix}h{number}" for number in range(1, hosts + 1)]

    def __enter__(self) -> Self:
        try:
            self._make(self._bridge)
            # Snooping would forward groups only where a querier asked for them, and there is none.
            self._in(self._bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
            self._in(self._bridge, "link", "set", "br0", "up")
            for number, host in enumerate(self._hosts, 1):
                self._make(host)
                self._in(host, "link", "add", "eth0", "type", "veth", "peer", "name", f"port{number}", "netns", self._bridge)
                self._in(self._bridge, "link", "set", f"port{number}", "master", "br0", "up")
                self._in(host, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
                self._in(host, "addr", "add", f"fd77::{number}/64", "dev", "eth0", "nodad")
                self._in(host, "link", "set", "eth0", "up")
                self._in(host, "route", "add", "default", "via", "10.77.0.254")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def command(self, host: int, *command: str) -> list[str]:
        """`command` as a program to be started on host `host`, which counts from 1."""
        return ["ip", "netns", "exec", self._hosts[host - 1], *command]

    def link(self, host: int, *, up: bool) -> None:
        """Plug the host in or pull its plug."""
        self._in(self._bridge, "link", "set", f"port{host}", "up" if up else "down")

    def path(self, one: int, other: int, *, open: bool) -> None:
        """Let two hosts reach each other or not, while both reach everybody else: what they send to each other gets lost."""
        for host, peer in ((one, other), (other, one)):
            neighbour = (f"10.77.0.{peer}", "dev", "eth0")
            if open:
                self._in(self._hosts[host - 1], "neigh", "del", *neighbour)
            else:
                nobody = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
                self._in(self._hosts[host - 1], "neigh", "replace", *neighbour[:1], *nobody, *neighbour[1:])

    def _make(self, name: str) -> None:
        _ip("netns", "add", name)
        self._in(name, "link", "set", "lo", "up")

    def _in(self, name: str, *arguments: str) -> None:
        _ip("-n", name, *arguments)

    def _remove(self) -> None:
        for name in (*self._hosts, self._bridge):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
