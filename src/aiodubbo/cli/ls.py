"""``aiodubbo ls``: what is registered."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from aiodubbo.operations.lookup import look_up, registry_url
from aiodubbo.operations.service_name import ServiceName
from aiodubbo.url import keys

from .failure import FAILED, CommandError
from .running import note, registry_option, run, set_up_logging, show_json, verbose_option
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiodubbo.url.url import URL

_SIDES = ("providers", "consumers")


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One registered provider or consumer.

    Attributes:
        interface: Java's name of the service.
        group: its group, or empty.
        version: its version, or empty.
        side: ``provider`` or ``consumer``.
        address: ``host:port`` of a provider, host of a consumer.
        protocol: of a provider, such as ``dubbo``.
        application: who registered it.
        weight: share of calls; None for consumers.
        methods: Java names.
        url: as registered; passwords and tokens hidden.
    """

    interface: str
    group: str
    version: str
    side: str
    address: str
    protocol: str
    application: str
    weight: int | None
    methods: tuple[str, ...]
    url: str


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
    found = entries(filter(name.is_like, run(look_up(url, _SIDES), verbose=verbosity > 0)))
    if as_json:
        show_json([asdict(entry) for entry in found])
    elif sys.stdout.isatty():
        Console(markup=False, emoji=False).print(_details(found) if service is not None else _overview(found))
    else:
        for entry in found:
            click.echo("\t".join(map(one_line, (entry.side, _key(entry), entry.address, entry.application))))
    if not found:
        where = f"nothing like {service}" if service is not None else "nothing"
        note(f"{where} is registered at {url.address}")
        if service is not None:
            raise CommandError("", FAILED)


def entries(urls: Iterable[URL]) -> list[Entry]:
    """The providers and consumers among `urls`, sorted by service."""
    found: list[Entry] = []
    for url in urls:
        side = url.get(keys.CATEGORY)
        if url.protocol == "consumer":
            side = "consumers"
        if side not in _SIDES or url.protocol in ("empty", "admin"):
            continue
        provides = side == "providers"
        found.append(
            Entry(
                interface=url.service_interface,
                group=url.group,
                version=url.version,
                side="provider" if provides else "consumer",
                address=url.address,
                protocol=url.protocol if provides else "",
                application=url.get(keys.APPLICATION),
                weight=url.get(keys.WEIGHT) if provides else None,
                methods=url.get(keys.METHODS),
                url=url.redacted(),
            )
        )
    return sorted(found, key=lambda entry: (entry.interface, entry.group, entry.version, entry.side != "provider", entry.address))


def _key(entry: Entry) -> str:
    group = f"{entry.group}/" if entry.group else ""
    version = f":{entry.version}" if entry.version else ""
    return f"{group}{entry.interface}{version}"


def _overview(found: Sequence[Entry]) -> Table:
    table = _table("service", "group", "version", "providers", "consumers")
    services: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in found:
        services.setdefault((entry.interface, entry.group, entry.version), []).append(entry)
    for (interface, group, version), members in services.items():
        providers = [one_line(entry.address) for entry in members if entry.side == "provider"]
        consumers = [one_line(entry.application or entry.address) for entry in members if entry.side == "consumer"]
        table.add_row(one_line(interface), one_line(group), one_line(version), "\n".join(providers) or "none", "\n".join(consumers))
    return table


def _details(found: Sequence[Entry]) -> Table:
    table = _table("service", "side", "address", "application", "weight", "methods")
    for entry in found:
        weight = "" if entry.weight is None else str(entry.weight)
        parts = (_key(entry), entry.side, entry.address, entry.application, weight, ", ".join(entry.methods))
        table.add_row(*map(one_line, parts))
    return table


def _table(*columns: str) -> Table:
    table = Table(title="registered", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
