from __future__ import annotations

import pytest

from aiodubbo.wire.telnet import TelnetInterrupt, TelnetLine, TelnetReader, reply


def typed(*chunks: bytes, max_line: int = 100) -> list[str | None]:
    """The lines; None stands for Ctrl-C."""
    reader = TelnetReader(max_line)
    items = [item for chunk in chunks for item in reader.feed(chunk)]
    return [item.text if isinstance(item, TelnetLine) else None for item in items]


CASES: list[tuple[bytes, list[str | None]]] = [
    (b"ls\r\n", ["ls"]),
    (b"ls\n", ["ls"]),
    (b"\r\n\n", ["", ""]),
    (b"ls\r\nps\r\npw", ["ls", "ps"]),
    ('invoke sag("grüß Gott 你好")\r\n'.encode(), ['invoke sag("grüß Gott 你好")']),
    (b"lx\bs\r\n", ["ls"]),
    (b"\b\bls\n", ["ls"]),
    ("你\bls\n".encode(), ["ls"]),
    (b"\x1b[Aps\x1b[B\n", ["ps"]),
    (b"\x03", [None]),
    (b"half\x03ls\n", [None, "ls"]),
    (b"\xff\xf4\xff\xfd\x06ls\n", [None, "ls"]),
    (b"\xff\xed\xff\xfd\x06", [None]),
    (b"\xff\n", ["\ufffd"]),
    (b"x" * 100 + b"\n", ["x" * 100]),
    (b"x" * 101 + b"\nls\n", ["ls"]),
    (b"x" * 100_000 + b"\nls\n", ["ls"]),
    (b"x" * 1000 + b"\xff\xf4\xff\xfd\x06ls\n", [None, "ls"]),
]


@pytest.mark.spec("TEL-1", "lines end with CRLF or LF; backspace edits; the three forms of Ctrl-C are told apart")
@pytest.mark.parametrize(("data", "lines"), CASES)
def test_lines(data: bytes, lines: list[str | None]) -> None:
    assert typed(data) == lines
    assert typed(*(data[at : at + 1] for at in range(len(data)))) == lines
    assert typed(*(data[at : at + 3] for at in range(0, len(data), 3))) == lines


def test_an_endless_line_is_not_kept() -> None:
    reader = TelnetReader(100)
    for _ in range(1000):
        assert reader.feed(b"x" * 1000) == []
    assert reader.discard() == 1_000_000
    assert reader.feed(b"ls\n\x03") == [TelnetLine("ls"), TelnetInterrupt()]


def test_discard_forgets_the_unfinished_line() -> None:
    reader = TelnetReader()
    reader.feed(b"ls\nhalf")
    assert reader.discard() == 4
    assert reader.feed(b"ps\n") == [TelnetLine("ps")]


@pytest.mark.spec("TEL-2", "a command's output, CRLF, the prompt; an empty line gets the prompt only")
@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("", b"dubbo>"),
        ("OK", b"OK\r\ndubbo>"),
        ("a\nb", b"a\r\nb\r\ndubbo>"),
        ("a\r\nb", b"a\r\nb\r\ndubbo>"),
        ("ü", "ü\r\ndubbo>".encode()),
    ],
)
def test_reply(text: str, sent: bytes) -> None:
    assert reply(text) == sent
