"""Dumps of registries, and sources of entries."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.operations import dump
from aiodubbo.operations.dump import MAX_LINE, Source, dump_lines, line_of, read_dump, write_private
from aiodubbo.operations.entries import Selection, canonical, in_order
from aiodubbo.url.url import URL

from .entries import ALL, CONSUMER, OTHER, PROVIDER, RULE

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


def test_all_broken_lines_are_listed_with_their_numbers() -> None:
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
    with pytest.raises(ConfigurationError) as caught:
        read(b"\n".join(lines))
    lines_of_error = str(caught.value).splitlines()
    assert lines_of_error[0] == "dump.txt: 6 line(s) that are no URL to register; nothing was done:"
    assert [line.split(":")[0] for line in lines_of_error[1:]] == [f"  line {number}" for number in (2, 4, 5, 6, 7, 8)]
    assert "s3cret" not in str(caught.value)


def test_many_broken_lines_are_listed_in_part() -> None:
    with pytest.raises(ConfigurationError, match="and 150 more"):
        read("x\n" * 250)


@pytest.mark.parametrize("text", ["x" * (MAX_LINE + 1), f"{PROVIDER}\n#" + "x" * 2 * MAX_LINE])
def test_a_line_has_a_limit(text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"line [12]: longer than {MAX_LINE} bytes"):
        read(text)


def test_the_longest_line_is_taken() -> None:
    url = PROVIDER.with_params({"methods": ""})
    url = url.with_params({"methods": "m" * (MAX_LINE - len(str(url)))})
    assert read(f"{url}\r\n{RULE}\r\n") == [url, RULE]


@pytest.mark.parametrize("limit", ["MAX_LINES", "MAX_SIZE", "MAX_PARAMETERS"])
def test_a_file_has_a_limit(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump, limit, 3)
    with pytest.raises(ConfigurationError, match="load it in parts"):
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
    with pytest.raises(ConfigurationError, match="is no file"):
        write_private(tmp_path, [])
    with pytest.raises(ConfigurationError, match=r"cannot write .*missing/dump.txt: No such file or directory"):
        write_private(tmp_path / "missing" / "dump.txt", [])


def test_it_says_what_it_is_and_can_be_read_again() -> None:
    registry = URL.parse("zookeeper://user:s3cret@10.0.0.1:2181?group=dubbo")
    lines = dump_lines(in_order(ALL), registry, Selection(), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert lines[:4] == [
        "# providers, consumers, configurators, routers",
        "# from zookeeper://user:***@10.0.0.1:2181?group=dubbo",
        "# 2026-01-02T03:04:05+00:00, 7 entries",
        "# each line is one URL; it may hold tokens and passwords",
    ]
    assert read_dump(io.BytesIO("\n".join(lines).encode()), "dump") == in_order(ALL)


def test_it_says_what_was_left_out() -> None:
    selection = Selection(("configurators",), "a.\nShop")
    lines = dump_lines([RULE], URL.parse("redis://10.0.0.1"), selection, datetime.now(UTC))
    assert lines[0] == "# configurators of services with 'a.\\nShop' in their names"
    assert lines[-1] == str(RULE)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(f"{PROVIDER}\n{OTHER}\n{CONSUMER}\n")
    source = Source(str(path))
    assert (source.url, source.name) == (None, str(path))
    assert source.read_file(Selection(("providers",), "shop")) == [PROVIDER]


def test_standard_input_stays_open() -> None:
    stream = io.BytesIO(f"{PROVIDER}\n".encode())
    assert Source("-", stream).read_file(Selection()) == [PROVIDER]
    assert not stream.closed


def test_a_registry_is_named_without_its_password() -> None:
    source = Source("zookeeper://user:s3cret@10.0.0.1:2181")
    assert source.url is not None
    assert source.name == "zookeeper://user:***@10.0.0.1:2181"


def test_what_is_neither(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file .*nothing; a registry is given as protocol://host:port"):
        Source(str(tmp_path / "nothing"))
    with pytest.raises(ConfigurationError, match="a registry is given as"):
        Source("zookeeper://")
    with pytest.raises(ConfigurationError, match=r"cannot read .*: Is a directory"):
        Source(str(tmp_path)).read_file(Selection())
