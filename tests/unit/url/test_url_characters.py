from __future__ import annotations

import pytest

from aiodubbo.url.url_characters import unfit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dubbo://h:1/I?owner=Ada Löwe, 測試 \U0001f600", ""),
        ("", ""),
        ("a\nb\0", "U+000A"),
        ("\0", "U+0000"),
        ("\x1b[2J", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u2028", "U+2028"),
        ("\ud800", "U+D800"),
    ],
)
def test_what_no_url_may_hold(text: str, found: str) -> None:
    assert unfit(text) == found
