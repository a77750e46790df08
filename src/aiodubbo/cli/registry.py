"""``aiodubbo registry``: the simple registry as a server."""

from __future__ import annotations

import asyncio
import socket

import click

from aiodubbo.bootstrap.address import is_loopback, local_address
from aiodubbo.errors import ConfigurationError
from aiodubbo.registry.simple import SimpleRegistry
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.points import PROTOCOL
from aiodubbo.url.url import URL

from .running import ended_by_signals, note, run, set_up_logging, verbose_option

__all__ = ["command", "free_port", "open_registry"]

DEFAULT_PORT = 9090


@click.command("registry", short_help="Run the simple registry.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all addresses of this machine.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any free one.")
@verbose_option
def command(host: str, port: int, verbosity: int) -> None:
    """Run the simple registry, where providers and consumers find each other.

    It keeps everything in memory: after a restart, providers and consumers register again by themselves. One process is enough for
    development and tests; use ZooKeeper for more. Ends by Ctrl-C or SIGTERM.
    """
    set_up_logging(max(verbosity, 1))
    run(_serve(host, port), verbose=verbosity > 0)


async def _serve(host: str, port: int) -> None:
    stop = asyncio.Event()
    async with open_registry(host, port) as server:
        with ended_by_signals(stop.set):
            alone = is_loopback(server.url.host)
            who = "this machine only; --host 0.0.0.0 serves others too" if alone else "no password: for trusted networks"
            note(f"registry listens at {server.address} ({who})")
            reached = f"dubbo://{await local_address()}:{server.url.port}" if server.url.is_anyhost else server.address
            note(f"use it with: aiodubbo ls -r {reached}, or Application(..., registry={reached!r})")
            await stop.wait()
        note("registry ends")


class open_registry:
    """A running simple registry: ``async with open_registry("127.0.0.1", 9090) as server``.

    Attributes:
        registry: what is registered.
        url: where it listens.
    """

    def __init__(self, host: str, port: int) -> None:
        self.registry = SimpleRegistry()
        self._port = port or free_port(host)
        self._protocol = PROTOCOL.load("dubbo")(ProtocolSettings("aiodubbo-registry", shutdown_wait=1.0))
        bare = host.strip("[]")
        params = {"bind.ip": bare, "bind.port": str(self._port), "application": "aiodubbo-registry"}
        self.url = URL("dubbo", f"[{bare}]" if ":" in bare else bare, self._port, "", params)

    @property
    def address(self) -> str:
        """What clients give as registry."""
        return f"dubbo://{self.url.address}"

    async def __aenter__(self) -> open_registry:
        await self.registry.export(self._protocol, self.url)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.registry.close()
        await self._protocol.close()


def free_port(host: str) -> int:
    """A port that nobody uses at this moment.

    Raises:
        ConfigurationError: this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((host.strip("[]"), 0))
        except OSError as error:
            raise ConfigurationError(f"cannot listen at {host}: {error.strerror or error}; is it an address of this machine?") from error
        return int(probe.getsockname()[1])
