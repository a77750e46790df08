"""``aiodubbo ls``: what is registered."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from aiodubbo.operations.entries import SIDES, ServiceName, list_entries
from aiodubbo.operations.lookup import look_up
from aiodubbo.url.redaction import one_line

from .failure import FAILED, CommandError
from .running import note, registry_option, registry_url, run, set_up_logging, show_json, verbose_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.operations.entries import Entry


@click.command("ls", short_help="List what is registered.")
@click.argument("service", required=False)
@registry_option
@click.option("--json", "as_json", is_flag=True, help="One JSON list of all entries.")
@verbose_option
def command(service: str | None, registry: str | None, as_json: bool, verbosity: int) -> None:
    """List what is registered: services, their providers and consumers.

    SERVICE is the name of an interface, or a part of it; [group/]interface[:version] narrows it down. With it, providers and consumers are
    listed one by one. On a terminal a table is shown, otherwise one line for each entry, tabs between its parts: side, service, address,
    application.
    """
    set_up_logging(verbosity if verbosity else -1)
    url = registry_url(registry)
    name = ServiceName.parse(service or "")
    entries = list_entries(filter(name.is_like, run(look_up(url, SIDES), verbose=verbosity > 0)))
    if as_json:
        show_json([asdict(entry) for entry in entries])
    elif sys.stdout.isatty():
        Console(markup=False, emoji=False).print(_details(entries) if service is not None else _overview(entries))
    else:
        for entry in entries:
            click.echo("\t".join(map(one_line, (entry.side, entry.service, entry.address, entry.application))))
    if not entries:
        where = f"nothing like {service}" if service is not None else "nothing"
        note(f"{where} is registered at {url.address}")
        if service is not None:
            raise CommandError("", FAILED)


def _overview(entries: Sequence[Entry]) -> Table:
    table = _table("service", "group", "version", "providers", "consumers")
    services: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        services.setdefault((entry.interface, entry.group, entry.version), []).append(entry)
    for (interface, group, version), members in services.items():
        providers = [one_line(entry.address) for entry in members if entry.side == "provider"]
        consumers = [one_line(entry.application or entry.address) for entry in members if entry.side == "consumer"]
        table.add_row(one_line(interface), one_line(group), one_line(version), "\n".join(providers) or "none", "\n".join(consumers))
    return table


def _details(entries: Sequence[Entry]) -> Table:
    table = _table("service", "side", "address", "application", "weight", "methods")
    for entry in entries:
        weight = "" if entry.weight is None else str(entry.weight)
        parts = (entry.service, entry.side, entry.address, entry.application, weight, ", ".join(entry.methods))
        table.add_row(*map(one_line, parts))
    return table


def _table(*columns: str) -> Table:
    table = Table(title="registered", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
