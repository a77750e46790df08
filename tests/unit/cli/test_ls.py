"""Tables of entries."""

from __future__ import annotations

from rich.console import Console

from aiodubbo.cli import ls
from aiodubbo.operations.entries import list_entries
from aiodubbo.url.url import URL


def _drawn(part: object) -> str:
    console = Console(width=100, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(part)
    return captured.get()


def test_tables_show_names_as_they_are() -> None:
    entries = list_entries(
        [URL.parse("dubbo://10.0.0.2:20880/b.Shop?application=[red]x[/]&group=\x1b[31mg&interface=b.Shop&methods=order,pay")]
    )
    for table in (_drawn(ls._overview(entries)), _drawn(ls._details(entries))):
        assert "b.Shop" in table
        assert "10.0.0.2:20880" in table
        assert "\x1b[31mg" not in table
    assert "[red]x[/]" in _drawn(ls._details(entries))
    assert "order, pay" in _drawn(ls._details(entries))


def test_a_service_without_providers_says_so() -> None:
    entries = list_entries([URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&interface=b.Shop")])
    assert "none" in _drawn(ls._overview(entries))
