"""``aiodubbo registry``: the simple registry as a server."""

from __future__ import annotations

import asyncio

import click

from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.transport.local_address import is_loopback, local_address

from .running import ended_by_signals, note, run, set_up_logging, verbose_option

__all__ = ["command"]

DEFAULT_PORT = 9090


@click.command("registry", short_help="Run the simple registry.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all addresses of this machine.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any free one.")
@verbose_option
def command(host: str, port: int, verbosity: int) -> None:
    """Run the simple registry, where providers and consumers find each other.

    It keeps everything in memory: after a restart, providers and consumers register again by themselves. It is meant for
    development and tests: one process, no cluster. Ends by Ctrl-C or SIGTERM.
    """
    set_up_logging(max(verbosity, 1))
    run(_serve(host, port), verbose=verbosity > 0)


async def _serve(host: str, port: int) -> None:
    stop = asyncio.Event()
    async with RegistryServer(host.strip("[]"), port) as server:
        with ended_by_signals(stop.set):
            listening = server.url.bare_host
            who = "this machine only; --host 0.0.0.0 serves others too" if is_loopback(listening) else "no password: for trusted networks"
            note(f"registry listens at {_address(listening, server.url.port)} ({who})")
            reached = _address(await local_address() if listening in ("0.0.0.0", "::") else listening, server.url.port)  # noqa: S104 - compared
            note(f"use it with: aiodubbo ls -r {reached}, or Application(..., registry={reached!r})")
            await stop.wait()
        note("registry ends")


def _address(host: str, port: int) -> str:
    return f"dubbo://[{host}]:{port}" if ":" in host else f"dubbo://{host}:{port}"
