"""The text of a dump."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from aiodubbo.cli.registry_dump import dump
from aiodubbo.operations.dump_file import read_dump
from aiodubbo.operations.entries import Selection, in_order
from aiodubbo.url.url import URL
from tests.unit.operations.entries import ALL, RULE


def test_it_says_what_it_is_and_can_be_read_again() -> None:
    registry = URL.parse("zookeeper://user:s3cret@10.0.0.1:2181?group=dubbo")
    lines = dump(in_order(ALL), registry, Selection(), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert lines[:4] == [
        "# providers, consumers, configurators, routers",
        "# from zookeeper://user:***@10.0.0.1:2181?group=dubbo",
        "# 2026-01-02T03:04:05+00:00, 7 entries",
        "# each line is one URL; it may hold tokens and passwords",
    ]
    assert read_dump(io.BytesIO("\n".join(lines).encode()), "dump") == in_order(ALL)


def test_it_says_what_was_left_out() -> None:
    selection = Selection(("configurators",), "a.\nShop")
    lines = dump([RULE], URL.parse("redis://10.0.0.1"), selection, datetime.now(UTC))
    assert lines[0] == "# configurators of services with 'a.\\nShop' in their names"
    assert lines[-1] == str(RULE)
