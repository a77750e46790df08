"""The picture of the demo, drawn without a terminal."""

from __future__ import annotations

from rich.console import Console

from aiodubbo.cli import demo
from aiodubbo.cli.scene import Figures
from aiodubbo.operations.entries import list_entries
from aiodubbo.url.url import URL


def _drawn(part: object) -> str:
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(part)
    return captured.get()


def test_who_is_registered() -> None:
    urls = [URL.parse("dubbo://127.0.0.1:20880/a.Shop?application=demo-north&interface=a.Shop")]
    text = _drawn(demo._registered(list_entries(urls)))
    assert "north" in text
    assert "127.0.0.1:20880" in text


def test_calls_and_shares() -> None:
    figures = Figures()
    figures.calls.update({"north": 3, "south": 1})
    figures.latencies.extend([0.001, 0.002])
    text = _drawn(demo._calls(figures))
    assert "75%" in text
    assert "2.00 ms" in text


def test_summary_counts_what_was_lost() -> None:
    figures = Figures(lost=2)
    figures.calls.update({"north": 3})
    assert "3 calls answered (north 3), 2 lost" in demo._summary(figures)
