"""The text file of a registry's entries."""

from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo.cli.failure import CommandError
from aiodubbo.errors import InvalidURLError
from aiodubbo.operations import dump_file
from aiodubbo.operations.dump_file import MAX_LINE, line_of, read_dump, write_private
from aiodubbo.operations.entries import canonical
from aiodubbo.url.url import URL

from .entries import ALL, PROVIDER, RULE

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str | bytes) -> list[URL]:
    return read_dump(io.BytesIO(text.encode() if isinstance(text, str) else text), "dump.txt")


def test_comments_and_empty_lines_are_skipped_and_an_entry_counts_once() -> None:
    assert read(f"\ufeff# a comment\r\n\n  {RULE}  \r\n{PROVIDER}\n{PROVIDER}") == [PROVIDER, RULE]


@pytest.mark.parametrize(
    "note",
    ["größe 漢字", "50%", "%2F%zz", "a b", "a\tb", "a\nb", "a\r\nb", "a\u2028b\x85c", '"quoted"', "#", "\x1b[31m", "\u202eodd", "x=y"],
)
def test_odd_values_come_back_as_they_are(note: str) -> None:
    url = PROVIDER.with_params({"note": note})
    line = line_of(url)
    assert "\n" not in line
    assert "\x1b" not in line
    assert read(line + "\n") == [canonical(url)]


@given(st.text(), st.text())
def test_every_entry_is_one_line_that_can_be_loaded(name: str, value: str) -> None:
    try:
        url = canonical(URL("dubbo", "h", 1, "a.Shop", {name: value, "interface": "a.Shop"}))
    except InvalidURLError:
        return  # not an entry
    if str(canonical(url)) != str(url):
        return  # only what a registry gave back is written
    assert [str(one) for one in read(f"{line_of(url)}\n")] == [str(url)]


def test_all_broken_lines_are_told_with_their_numbers() -> None:
    lines = [
        b"# fine",
        b"nonsense",
        str(PROVIDER).encode(),
        b"dubbo://h:99999/a.Shop",
        b"dubbo://h:1/a.Shop?category=x&token=s3cret",
        b"\xff\xfe",
        b'"not closed',
        b'"dubbo://h:1"',
    ]
    with pytest.raises(CommandError) as caught:
        read(b"\n".join(lines))
    assert caught.value.exit_code == 2
    told = caught.value.text.splitlines()
    assert told[0] == "error: dump.txt: 6 line(s) that are no URL to register; nothing was done:"
    assert [line.split(":")[0] for line in told[1:]] == [f"  line {number}" for number in (2, 4, 5, 6, 7, 8)]
    assert "s3cret" not in caught.value.text


def test_a_file_of_nothing_but_nonsense_is_told_in_part() -> None:
    with pytest.raises(CommandError, match="and 150 more"):
        read("x\n" * 250)


@pytest.mark.parametrize("text", ["x" * (MAX_LINE + 1), f"{PROVIDER}\n#" + "x" * 2 * MAX_LINE])
def test_a_line_has_a_limit(text: str) -> None:
    with pytest.raises(CommandError, match=f"line [12]: longer than {MAX_LINE} bytes"):
        read(text)


def test_the_longest_line_is_taken() -> None:
    url = PROVIDER.with_params({"methods": ""})
    url = url.with_params({"methods": "m" * (MAX_LINE - len(str(url)))})
    assert read(f"{url}\r\n{RULE}\r\n") == [url, RULE]


@pytest.mark.parametrize("limit", ["MAX_LINES", "MAX_SIZE", "MAX_PARAMETERS"])
def test_a_file_has_a_limit(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_file, limit, 3)
    with pytest.raises(CommandError, match="load it in parts"):
        read("# a&b;c\n" * 5)


def test_a_file_is_its_owners_alone_and_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text("older")
    path.chmod(0o644)
    link = tmp_path / "link"
    link.symlink_to(path)

    def lines_that_end_badly() -> list[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_private(path, (line for _ in "x" for line in lines_that_end_badly()))
    assert path.read_text() == "older"
    write_private(link, map(str, ALL))
    assert path.read_text().splitlines() == list(map(str, ALL))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert link.is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dump.txt", "link"]


def test_a_place_that_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no file"):
        write_private(tmp_path, [])
    with pytest.raises(CommandError, match=r"cannot write .*missing/dump.txt: No such file or directory"):
        write_private(tmp_path / "missing" / "dump.txt", [])
