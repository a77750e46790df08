"""``aiodubbo demo``: registry, providers and a consumer on one screen."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from aiodubbo.operations.entries import list_entries

from .failure import FAILED, CommandError
from .running import ended_by_signals, run
from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.operations.entries import Entry

    from .scene import Figures

_FRAME = 0.1
"""Seconds between two pictures."""
_LINES = 9
"""Lines of the log that fit on a screen of 24 lines beside the tables."""


@click.command("demo", short_help="Registry, providers and a consumer at work, on one screen.")
@click.option("--seconds", type=click.FloatRange(0.5, 3600), default=10.0, show_default=True, help="How long to show it.")
def command(seconds: float) -> None:
    """Show a registry, two providers and a consumer at work, all in this process.

    They find each other through the registry and talk over TCP on loopback. A provider joins, an error with a type comes back, a provider
    leaves while calls flow, and no call is lost. Ends by itself; Ctrl-C ends it earlier. Exit code 0 when no call was lost.
    """
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    figures = run(_show(seconds))
    if figures.lost:
        raise CommandError(f"{figures.lost} call(s) were lost; the last one: {figures.last_failure}", FAILED)


async def _show(seconds: float) -> Figures:
    console = Console()
    lines = not console.is_terminal
    scene = Scene(seconds, _print_line if lines else lambda _at, _text: None)
    with ended_by_signals(scene.stop):
        await (_with_lines(scene) if lines else _with_screen(scene, console, seconds))
    console.print(_summary(scene.figures), highlight=False, soft_wrap=True)
    return scene.figures


async def _with_screen(scene: Scene, console: Console, seconds: float) -> None:
    with Live(_picture(scene, seconds), console=console, auto_refresh=False, vertical_overflow="crop") as live:

        def draw() -> None:
            live.update(_picture(scene, seconds), refresh=True)

        try:
            await _play(scene, _FRAME, draw)
        finally:
            draw()


async def _with_lines(scene: Scene) -> None:
    """Print a line for each event, and figures each second."""
    await _play(scene, 1, lambda: _print_line(scene.elapsed, f"{scene.figures.answered} calls answered, {_latency(scene.figures)}"))


async def _play(scene: Scene, interval: float, show: Callable[[], None]) -> None:
    async def repeat() -> None:
        while True:
            await asyncio.sleep(interval)
            show()

    showing = asyncio.create_task(repeat())
    try:
        await scene.play()
    finally:
        showing.cancel()


def _print_line(at: float, text: str) -> None:
    print(f"{at:5.1f}s  {text}", flush=True)


def _picture(scene: Scene, seconds: float) -> Group:
    figures = scene.figures
    tables = Table.grid(padding=(0, 2), expand=True)
    tables.add_column(ratio=4)
    tables.add_column(ratio=3)
    tables.add_row(_registered(list_entries(scene.registered)), _calls(figures))
    log = Text("\n", no_wrap=True, overflow="ellipsis").join(
        Text.assemble((f"{at:5.1f}s  ", "dim"), text) for at, text in figures.log[-_LINES:]
    )
    title = f"aiodubbo demo: {min(scene.elapsed, seconds):.0f} of {seconds:.0f} s"
    return Group(tables, Panel(log, title=title, title_align="left", height=_LINES + 2))


def _registered(entries: list[Entry]) -> Table:
    table = Table("who", "side", "address", title="in the registry", title_justify="left", expand=True)
    for entry in entries:
        table.add_row(entry.application.removeprefix("demo-"), entry.side, entry.address)
    return table


def _calls(figures: Figures) -> Table:
    table = Table("answered by", "calls", "share", title="calls", title_justify="left", caption=_latency(figures), expand=True)
    for name, calls in sorted(figures.calls.items()):
        table.add_row(name, str(calls), f"{calls / figures.answered:.0%}")
    table.add_row("lost", str(figures.lost), "", style="red" if figures.lost else "green")
    return table


def _latency(figures: Figures) -> str:
    return f"median {figures.percentile(0.5) * 1000:.2f} ms, 99 % < {figures.percentile(0.99) * 1000:.2f} ms"


def _summary(figures: Figures) -> str:
    shares = ", ".join(f"{name} {calls}" for name, calls in sorted(figures.calls.items()))
    return (
        f"{figures.answered} calls answered ({shares}), {figures.lost} lost; {_latency(figures)}.\n"
        f"Next: docs/tutorial shows how to write a provider and a consumer; aiodubbo --help lists the commands."
    )
