"""``aiodubbo registry``: the simple registry as a server, and the group of commands that keep, move and compare what registries hold."""

from __future__ import annotations

import asyncio

import click
from click.core import ParameterSource

from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.transport.address import is_loopback, local_address

from . import registry_diff, registry_dump, registry_load
from .running import ended_by_signals, note, run, set_up_logging, verbose_option

DEFAULT_PORT = 9090


@click.group("registry", invoke_without_command=True, short_help="Run the simple registry; dump, load and compare registries.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all addresses of this machine.")
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any free one.")
@click.option(
    "--announce",
    metavar="HOST[:PORT]",
    default="",
    help="Register the registry itself under this address, as Java's server does. Clients of Java move to it, so it must be right.",
)
@verbose_option
@click.pass_context
def command(context: click.Context, host: str, port: int, announce: str, verbosity: int) -> None:
    """Run the simple registry, where providers and consumers find each other.

    It keeps everything in memory: after a restart, providers and consumers register again by themselves. It is meant for
    development and tests: one process, no cluster. Ends by Ctrl-C or SIGTERM.

    With a command, no server runs: the command works on any registry.
    """
    if context.invoked_subcommand is not None:
        for name in ("host", "port", "announce", "verbosity"):
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"options of {context.invoked_subcommand} stand behind it; those before it are the server's")
        return
    set_up_logging(max(verbosity, 1))
    run(_serve(host, port, announce), verbose=verbosity > 0)


for subcommand in (registry_dump.command, registry_load.command, registry_diff.command):
    command.add_command(subcommand)


async def _serve(host: str, port: int, announce: str) -> None:
    stop = asyncio.Event()
    async with RegistryServer(host.strip("[]"), port, announce=announce) as server:
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
