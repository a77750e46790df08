"""``aiodubbo registry``: the simple registry as a server, and the group of commands that keep, move and compare what registries hold."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.operations.bridge import Bridge
from aiodubbo.operations.compare import difference
from aiodubbo.operations.dump import Source, dump_lines, write_private
from aiodubbo.operations.entries import Selection, read_entries
from aiodubbo.operations.lookup import open_registry
from aiodubbo.operations.plan import carry_out, keeps, line, make_plan, verify
from aiodubbo.transport.address import is_loopback, local_address
from aiodubbo.url.redaction import one_line

from .failure import DIFFERENT, USAGE, CommandError
from .running import (
    ended_by_signals,
    note,
    registry_option,
    registry_url,
    run,
    selection_options,
    set_up_logging,
    show_json,
    verbose_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.operations.compare import Change, Difference
    from aiodubbo.operations.plan import Plan
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL

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


@command.command("dump", short_help="Write down everything that is registered.")
@click.argument("service", required=False, default="")
@registry_option
@selection_options
@click.option("-o", "--output", metavar="FILE", help="File to write, readable by you alone; standard output without it.")
@verbose_option
def dump(service: str, registry: str | None, categories: tuple[str, ...], output: str | None, verbosity: int) -> None:
    """Write down everything that is registered: one URL a line, as `aiodubbo registry load` takes it.

    SERVICE is the name of an interface, or a part of it; [group/]interface[:version] narrows it down. Providers, consumers, settings and
    routes are written, tokens and passwords in their URLs too.
    """
    set_up_logging(verbosity)
    url = registry_url(registry)
    selection = Selection(categories, service)
    urls = run(Source(str(url)).read_registry(selection, note), verbose=verbosity > 0)
    lines = dump_lines(urls, url, selection, datetime.now().astimezone())
    if output is None or output == "-":
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
        return
    write_private(Path(output), lines)
    note(f"wrote {len(urls)} entries to {output}; it may hold tokens and passwords, and is readable by you alone")


@command.command("load", short_help="Write a dump, or what another registry holds, into a registry.")
@click.argument("source")
@registry_option
@click.option("--service", default="", metavar="TEXT", help="Only services with this in their names.")
@selection_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--hold", is_flag=True, help="Announce living providers and consumers too, and go on until Ctrl-C or SIGTERM.")
@click.option("--replace", is_flag=True, help="Also take away what lasts in the registry and SOURCE does not have.")
@verbose_option
def load(
    source: str,
    registry: str | None,
    service: str,
    categories: tuple[str, ...],
    dry_run: bool,
    hold: bool,
    replace: bool,
    verbosity: int,
) -> None:
    """Write what SOURCE holds into the registry -r. SOURCE is a file that `aiodubbo registry dump` wrote, - for standard input, or the
    address of another registry.

    What lasts (dynamic=false: rules, routes, providers written by hand) stays in the registry. Living providers and consumers are entries
    only as long as somebody announces them: they are left out, unless --hold announces them while it runs. With a registry as SOURCE,
    --hold follows its changes.
    """
    set_up_logging(verbosity)
    load = _Load(Source(source, sys.stdin.buffer), registry_url(registry), Selection(categories, service), hold=hold, replace=replace)
    run(load.preview() if dry_run else load.carry_out(), verbose=verbosity > 0)


class _Load:
    """Run of ``registry load``. A file is read, and refused, before anything is asked of a registry."""

    def __init__(self, source: Source, target: URL, selection: Selection, *, hold: bool, replace: bool) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._hold = hold
        self._replace = replace
        self._from_file = source.read_file(selection) if source.url is None else None

    async def preview(self) -> None:
        """Print the plan."""
        entries = await self._entries()
        async with open_registry(self._target) as target:
            plan = await self._plan(entries, target)
        for text in (*plan.lines, *(line("+", url) for url in (plan.passing if self._hold else ()))):
            click.echo(text)
        note(f"{self._counts(plan, done=False)}; nothing was done")

    async def carry_out(self) -> None:
        """Carry the plan out; with ``--hold`` until a signal comes and everything is taken back."""
        stop = asyncio.Event()
        entries = await self._entries()
        with ended_by_signals(stop.set) if self._hold else nullcontext():
            async with open_registry(self._target) as target:
                plan = await self._plan(entries, target)
                await carry_out(plan, target, click.echo)
                await verify(plan, target, self._selection)
                note(self._counts(plan, done=True))
                if self._hold:
                    await self._bridge(plan, target, stop)

    async def _bridge(self, plan: Plan, target: Registry, stop: asyncio.Event) -> None:
        bridge = Bridge(target, self._selection, click.echo, note, replace=self._replace)

        def began() -> None:
            note(f"holding {len(bridge.announced)} entries at {self._target.address}; Ctrl-C ends, and takes them back")

        try:
            await bridge.announce(plan.passing, stop)
            await bridge.hold(self._source.url, stop, began)
        finally:
            await bridge.close()
            note(f"taking back {len(bridge.announced)} entries")

    async def _entries(self) -> Sequence[URL]:
        entries = await self._source.read_registry(self._selection, note) if self._from_file is None else self._from_file
        if not entries and self._replace:
            raise CommandError(
                f"error: {self._source.name} holds nothing of this; --replace with nothing would take everything away", USAGE
            )
        return entries

    async def _plan(self, entries: Sequence[URL], target: Registry) -> Plan:
        kept = keeps(self._target)
        plan = make_plan(entries, await read_entries(target, self._selection, warn=note), replace=self._replace, kept=kept)
        if not kept and not self._hold:
            raise CommandError(
                f"error: {self._target.protocol} has no memory: what is announced there lives as long as who announces it. Add --hold",
                USAGE,
            )
        return plan

    def _counts(self, plan: Plan, *, done: bool) -> str:
        written, removed = ("written", "taken away") if done else ("to write", "to take away")
        counts = f"{len(plan.add)} {written}, {len(plan.remove)} {removed}, {plan.there} there already"
        if self._hold:
            return f"{counts}, {len(plan.passing)} to announce while this runs"
        if plan.passing:
            counts += (
                f", {len(plan.passing)} left out: they are registered only while their owner lives (--hold announces them while it runs)"
            )
        return counts


@command.command("diff", short_help="Compare two registries, or dumps of them.")
@click.argument("left")
@click.argument("right")
@click.option("--service", default="", metavar="TEXT", help="Only services with this in their names.")
@selection_options
@click.option(
    "--ignore", "ignored", multiple=True, metavar="KEY", help="A parameter that does not count, such as timestamp; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@verbose_option
def diff(left: str, right: str, service: str, categories: tuple[str, ...], ignored: tuple[str, ...], as_json: bool, verbosity: int) -> None:
    """Compare LEFT with RIGHT; each is the address of a registry, a file that `aiodubbo registry dump` wrote, or - for standard input.

    A line with - is only in LEFT, one with + only in RIGHT. One with ~ is in both, at the same address, with other parameters. Passwords
    and tokens are hidden. The exit code is 0 when nothing differs and 1 when something does.
    """
    set_up_logging(verbosity)
    if left == right == "-":
        raise CommandError("error: standard input can be one side only", USAGE)
    selection = Selection(categories, service)
    left_entries, right_entries = _read([Source(text, sys.stdin.buffer) for text in (left, right)], selection, verbose=verbosity > 0)
    differences = difference(left_entries, right_entries, ignored)
    if as_json:
        show_json(asdict(differences))
    else:
        for text in _lines(differences):
            click.echo(one_line(text))
    counts = f"{len(differences.left)} only left, {len(differences.right)} only right, {len(differences.changed)} not alike"
    note(f"{len(left_entries)} entries left, {len(right_entries)} right: {counts if differences else 'no difference'}")
    if differences:
        raise CommandError("", DIFFERENT)


def _read(sources: list[Source], selection: Selection, *, verbose: bool) -> list[list[URL]]:
    """The entries of each; files first, then registries, which are asked at the same time."""
    files = {source: source.read_file(selection) for source in sources if source.url is None}

    async def read(source: Source) -> list[URL]:
        return files[source] if source in files else await source.read_registry(selection, note)

    async def read_all() -> list[list[URL]]:
        return await asyncio.gather(*map(read, sources))

    return run(read_all(), verbose=verbose)


def _lines(differences: Difference) -> list[str]:
    lines = [f"- {url}" for url in differences.left] + [f"+ {url}" for url in differences.right]
    return lines + [f"~ {_place(change)}  {_parameters(change)}" for change in differences.changed]


def _place(change: Change) -> str:
    return f"{change.category}  {change.protocol}  {change.service}  {change.address}  {change.application}".rstrip()


def _parameters(change: Change) -> str:
    texts = {name: ["none" if text is None else text for text in sides] for name, sides in change.parameters.items()}
    return ", ".join(f"{name}: {before} -> {after}" for name, (before, after) in texts.items())
