"""``aiodubbo watch``: what changes in a registry, as lines, while it happens."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import click

from aiodubbo.operations.compare import Watch
from aiodubbo.operations.entries import CATEGORIES, ServiceName
from aiodubbo.operations.lookup import open_registry, subscription
from aiodubbo.url.redaction import one_line

from .running import ended_by_signals, note, registry_option, registry_url, run, set_up_logging, verbose_option

if TYPE_CHECKING:
    from aiodubbo.url.url import URL


@click.command("watch", short_help="Show what changes, while it happens.")
@click.argument("service")
@registry_option
@verbose_option
def command(service: str, registry: str | None, verbosity: int) -> None:
    """Show providers, consumers and rules of SERVICE as they come (+), go (-) and change (~).

    SERVICE is [group/]interface[:version], the interface in full. What is there at the start comes first. Rules of a configuration centre
    are not watched. Ends with Ctrl-C.
    """
    set_up_logging(verbosity)
    run(_watch(registry_url(registry), service), verbose=verbosity > 0)


async def _watch(url: URL, service: str) -> None:
    stop = asyncio.Event()

    def report(line: str) -> None:
        click.echo(f"{datetime.now().astimezone():%H:%M:%S} {one_line(line)}")

    name = ServiceName.parse(service)
    subscribed = (await subscription(url, CATEGORIES, name.interface)).without_params(("check",))
    with ended_by_signals(stop.set):
        async with open_registry(url) as registry:
            await registry.subscribe(subscribed, Watch(report, name.fits))
            note(f"watching {service} at {url.address}; Ctrl-C ends")
            await stop.wait()
