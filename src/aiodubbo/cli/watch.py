"""``aiodubbo watch``: what changes in a registry, as lines, while it happens."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import click

from aiodubbo.governance.configurators import is_rule
from aiodubbo.governance.routes import is_route
from aiodubbo.operations.entries import CATEGORIES
from aiodubbo.operations.lookup import opened, registry_url, subscription
from aiodubbo.operations.service_name import ServiceName
from aiodubbo.url import keys
from aiodubbo.url.redaction import MASK, is_secret

from .running import ended_by_signals, note, registry_option, run, set_up_logging, verbose_option
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.url.url import URL

_OF_THE_PROCESS = ("pid", "timestamp", "remote.timestamp")
"""Parameters that every restart changes."""


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

    def tell(line: str) -> None:
        click.echo(f"{datetime.now().astimezone():%H:%M:%S} {one_line(line)}")

    name = ServiceName.parse(service)
    wanted = (await subscription(url, CATEGORIES, name.interface)).without_params(("check",))
    with ended_by_signals(stop.set):
        async with opened(url) as client:
            await client.subscribe(wanted, Watch(tell, name.fits))
            note(f"watching {service} at {url.address}; Ctrl-C ends")
            await stop.wait()


class Watch:
    """Compares each list that a registry tells with the one before.

    Args:
        tell: takes one line for each difference.
        takes: what counts; the rest is as if it were not there.
    """

    def __init__(self, tell: Callable[[str], None], takes: Callable[[URL], bool] = lambda _: True) -> None:
        self._tell = tell
        self._takes = takes
        self._known: dict[str, dict[str, URL]] = {}

    async def __call__(self, urls: Sequence[URL]) -> None:
        """Take the lists of those categories that `urls` mention."""
        lists: dict[str, dict[str, URL]] = {}
        for url in urls:
            members = lists.setdefault(_category(url), {})
            if url.protocol != "empty" and self._takes(url):
                members[_name(url)] = url
        for category, after in lists.items():
            before = self._known.get(category, {})
            self._known[category] = after
            for name in sorted({*before, *after}):
                if name not in before:
                    self._tell(f"+ {name}")
                elif name not in after:
                    self._tell(f"- {name}")
                else:
                    changed = _difference(before[name], after[name])
                    if changed:
                        self._tell(f"~ {name}  {changed}")


def _category(url: URL) -> str:
    if is_rule(url):
        return "configurators"
    if is_route(url):
        return "routers"
    return "consumers" if url.protocol == "consumer" else url.get(keys.CATEGORY)


def _name(url: URL) -> str:
    """What stays the same while settings change."""
    if is_rule(url) or is_route(url):
        return f"rule  {url.redacted()}"
    side = "consumer" if url.protocol == "consumer" else "provider"
    return f"{side}  {url.service_key}  {url.address}  {url.get(keys.APPLICATION)}"


def _difference(before: URL, after: URL) -> str:
    changed = []
    for name in sorted({*before.params, *after.params}):
        old, new = before.params.get(name, ""), after.params.get(name, "")
        if old != new and name not in _OF_THE_PROCESS:
            shown = (MASK, MASK) if is_secret(name) else (old or "none", new or "none")
            changed.append(f"{name}: {shown[0]} -> {shown[1]}")
    return ", ".join(changed)
