"""``aiodubbo registry dump``: everything that is registered, as a text that can be loaded again."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aiodubbo.operations.dump_file import line_of, write_private
from aiodubbo.operations.entries import Selection
from aiodubbo.operations.lookup import registry_url
from aiodubbo.operations.source import Source, selection_options

from .running import note, registry_option, run, set_up_logging, verbose_option
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.url.url import URL


@click.command("dump", short_help="Write down everything that is registered.")
@click.argument("service", required=False, default="")
@registry_option
@selection_options
@click.option("-o", "--output", metavar="FILE", help="File to write, readable by you alone; standard output without it.")
@verbose_option
def command(service: str, registry: str | None, categories: tuple[str, ...], output: str | None, verbosity: int) -> None:
    """Write down everything that is registered: one URL a line, as `aiodubbo registry load` takes it.

    SERVICE is the name of an interface, or a part of it; [group/]interface[:version] narrows it down. Providers, consumers, settings and
    routes are written, tokens and passwords in their URLs too.
    """
    set_up_logging(verbosity)
    url = registry_url(registry)
    selection = Selection(categories, service)
    urls = run(Source(str(url)).read_registry(selection), verbose=verbosity > 0)
    lines = dump(urls, url, selection, datetime.now().astimezone())
    if output is None or output == "-":
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
        return
    write_private(Path(output), lines)
    note(f"wrote {len(urls)} entries to {output}; it may hold tokens and passwords, and is readable by you alone")


def dump(urls: Sequence[URL], registry: URL, selection: Selection, now: datetime) -> list[str]:
    """The lines of the file.

    Args:
        urls: the entries, in order.
        registry: where they are from; its secrets are not written.
        selection: what was asked for.
        now: when.
    """
    about = ", ".join(selection.categories) + (f" of services with {selection.service!r} in their names" if selection.service else "")
    head = [
        f"# {one_line(about)}",
        f"# from {one_line(registry.redacted())}",
        f"# {now.isoformat(timespec='seconds')}, {len(urls)} entries",
        "# each line is one URL; it may hold tokens and passwords",
    ]
    return head + [line_of(url) for url in urls]
