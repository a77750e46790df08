"""``aiodubbo registry load``: what a dump or another registry holds, written into a registry."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import click

from aiodubbo.operations.bridge import Bridge
from aiodubbo.operations.entries import Selection, held
from aiodubbo.operations.lookup import answering, opened, registry_url, subscription
from aiodubbo.operations.plan import carry_out, keeps, make_plan, missing
from aiodubbo.operations.source import Source, selection_options

from .failure import UNREACHABLE, USAGE, CommandError
from .running import ended_by_signals, note, registry_option, run, set_up_logging, verbose_option
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.operations.plan import Plan
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL


@click.command("load", short_help="Write a dump, or what another registry holds, into a registry.")
@click.argument("source")
@registry_option
@click.option("--service", default="", metavar="TEXT", help="Only services with this in their names.")
@selection_options
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--hold", is_flag=True, help="Announce living providers and consumers too, and go on until Ctrl-C or SIGTERM.")
@click.option("--replace", is_flag=True, help="Also take away what lasts in the registry and SOURCE does not have.")
@verbose_option
def command(
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
    load = _Load(Source(source), registry_url(registry), Selection(categories, service), hold=hold, replace=replace)
    run(load.show() if dry_run else load.carry_out(), verbose=verbosity > 0)


class _Load:
    """One run of the command. A file is read, and refused, before anything is asked of a registry."""

    def __init__(self, source: Source, target: URL, selection: Selection, *, hold: bool, replace: bool) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._hold = hold
        self._replace = replace
        self._from_file = source.read_file(selection) if source.url is None else None

    async def show(self) -> None:
        """Say what would be done."""
        wanted = await self._wanted()
        async with opened(self._target) as target:
            plan = await self._plan(wanted, target)
        for line in plan.lines:
            click.echo(line)
        if self._hold:
            for url in plan.passing:
                click.echo(one_line(f"+ {url.redacted()}"))
        note(f"{self._counts(plan, done=False)}; nothing was done")

    async def carry_out(self) -> None:
        """Do it."""
        stop = asyncio.Event()
        wanted = await self._wanted()
        async with AsyncExitStack() as stack:
            if self._hold:
                stack.enter_context(ended_by_signals(stop.set))  # until everything is taken back
            target = await stack.enter_async_context(opened(self._target))
            plan = await self._plan(wanted, target)
            await carry_out(plan, target, click.echo)
            if plan.add or plan.remove:
                wrong = missing(plan, await held(target, self._selection))
                if wrong:
                    raise CommandError(f"error: the registry at {self._target.address} took everything, but{wrong}", UNREACHABLE)
            note(self._counts(plan, done=True))
            if self._hold:
                await self._bridge(plan, target, stop)

    async def _bridge(self, plan: Plan, target: Registry, stop: asyncio.Event) -> None:
        bridge = Bridge(target, self._selection, click.echo, note, replace=self._replace)
        url = self._source.url
        try:
            await bridge.announce(plan.passing, stop)
            async with AsyncExitStack() as stack:
                if url is not None and not stop.is_set():
                    bridge.follows(url)
                    # A subscription to everything makes an administrator of a member of a multicast group; this one only looks.
                    source = await stack.enter_async_context(opened(url.with_params_if_absent({"clean": "false"})))
                    wanted = await subscription(url, self._selection.categories)
                    async with answering(url):
                        await source.subscribe(wanted.without_params(("check",)), bridge)
                note(f"holding {len(bridge.announced)} entries at {self._target.address}; Ctrl-C ends, and takes them back")
                await _until(stop, bridge)
        finally:
            await bridge.close()
            note(f"taking back {len(bridge.announced)} entries")

    async def _wanted(self) -> Sequence[URL]:
        found = await self._source.read_registry(self._selection) if self._from_file is None else self._from_file
        if not found and self._replace:
            raise CommandError(
                f"error: {self._source.name} holds nothing of this; --replace with nothing would take everything away", USAGE
            )
        return found

    async def _plan(self, wanted: Sequence[URL], target: Registry) -> Plan:
        kept = keeps(self._target)
        plan = make_plan(wanted, await held(target, self._selection), replace=self._replace, kept=kept)
        if not kept and not self._hold:
            raise CommandError(
                f"error: {self._target.protocol} has no memory: what is announced there lives as long as who announces it. Add --hold",
                USAGE,
            )
        return plan

    def _counts(self, plan: Plan, *, done: bool) -> str:
        written, gone = ("written", "taken away") if done else ("to write", "to take away")
        told = f"{len(plan.add)} {written}, {len(plan.remove)} {gone}, {plan.there} there already"
        if self._hold:
            return f"{told}, {len(plan.passing)} to announce while this runs"
        if plan.passing:
            told += (
                f", {len(plan.passing)} left out: they are registered only while their owner lives (--hold announces them while it runs)"
            )
        return told


async def _until(stop: asyncio.Event, bridge: Bridge) -> None:
    """Follow until `stop` is set."""
    following = asyncio.create_task(bridge.follow(), name="bridge")
    try:
        await stop.wait()
    finally:
        following.cancel()
        await asyncio.wait([following])
