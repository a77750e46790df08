"""``aiodubbo registry diff``: what two registries, or a registry and a dump of it, hold differently."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from aiodubbo.operations.compare import difference
from aiodubbo.operations.entries import Selection
from aiodubbo.operations.source import Source, selection_options

from .failure import DIFFERENT, USAGE, CommandError
from .running import note, run, set_up_logging, show_json, verbose_option
from .text import one_line

if TYPE_CHECKING:
    from aiodubbo.operations.compare import Change, Difference
    from aiodubbo.url.url import URL


@click.command("diff", short_help="Compare two registries, or dumps of them.")
@click.argument("left")
@click.argument("right")
@click.option("--service", default="", metavar="TEXT", help="Only services with this in their names.")
@selection_options
@click.option(
    "--ignore", "ignored", multiple=True, metavar="KEY", help="A parameter that does not count, such as timestamp; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@verbose_option
def command(
    left: str, right: str, service: str, categories: tuple[str, ...], ignored: tuple[str, ...], as_json: bool, verbosity: int
) -> None:
    """Compare LEFT with RIGHT; each is the address of a registry, a file that `aiodubbo registry dump` wrote, or - for standard input.

    A line with - is only in LEFT, one with + only in RIGHT. One with ~ is in both, at the same address, with other parameters. Passwords
    and tokens are hidden. The exit code is 0 when nothing differs and 1 when something does.
    """
    set_up_logging(verbosity)
    if left == right == "-":
        raise CommandError("error: standard input can be one side only", USAGE)
    selection = Selection(categories, service)
    both = _read([Source(left), Source(right)], selection, verbose=verbosity > 0)
    found = difference(both[0], both[1], ignored)
    if as_json:
        show_json(asdict(found))
    else:
        for line in lines(found):
            click.echo(one_line(line))
    note(f"{len(both[0])} entries left, {len(both[1])} right: " + (_counts(found) if found else "no difference"))
    if found:
        raise CommandError("", DIFFERENT)


def _read(sources: list[Source], selection: Selection, *, verbose: bool) -> list[list[URL]]:
    """The entries of each; files first, then registries, which are asked at the same time."""
    files = {source: source.read_file(selection) for source in sources if source.url is None}

    async def read(source: Source) -> list[URL]:
        return files[source] if source in files else await source.read_registry(selection)

    async def read_all() -> list[list[URL]]:
        return await asyncio.gather(*map(read, sources))

    return run(read_all(), verbose=verbose)


def lines(found: Difference) -> list[str]:
    """The differences as text, one a line."""
    told = [f"- {url}" for url in found.left] + [f"+ {url}" for url in found.right]
    return told + [f"~ {_place(change)}  {_parameters(change)}" for change in found.changed]


def _place(change: Change) -> str:
    return f"{change.category}  {change.protocol}  {change.service}  {change.address}  {change.application}".rstrip()


def _parameters(change: Change) -> str:
    def shown(text: str | None) -> str:
        return "none" if text is None else text

    return ", ".join(f"{name}: {shown(before)} -> {shown(after)}" for name, (before, after) in change.parameters.items())


def _counts(found: Difference) -> str:
    return f"{len(found.left)} only left, {len(found.right)} only right, {len(found.changed)} not alike"
