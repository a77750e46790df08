"""Text from the network cannot steer a terminal."""

from __future__ import annotations

import json

import pytest

from aiodubbo.cli.text import json_safe, one_line, printable


@pytest.mark.parametrize(
    ("text", "expected", "line"),
    [
        ("plain é 漢", "plain é 漢", "plain é 漢"),
        ("\x1b[31mred", r"\x1b[31mred", r"\x1b[31mred"),
        ("a\n\tb", "a\n\tb", r"a\x0a\x09b"),
        ("\x9b31m\x7f\r", r"\x9b31m\x7f\x0d", r"\x9b31m\x7f\x0d"),
    ],
)
def test_control_characters_are_shown(text: str, expected: str, line: str) -> None:
    assert printable(text) == expected
    assert one_line(text) == line


def test_json_stays_the_same_value() -> None:
    text = json.dumps("\x1b\x7f\x9b漢", ensure_ascii=False)
    assert json_safe(text) == r'"\u001b\u007f\u009b漢"'
    assert json.loads(json_safe(text)) == "\x1b\x7f\x9b漢"
