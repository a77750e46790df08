"""Finding the end of a text, and its characters."""

from __future__ import annotations

import pytest

from aiodubbo.wire.hessian2.tokens import decode_units, join_surrogates, units_end


@pytest.mark.parametrize(
    ("data", "length", "end"),
    [
        (b"", 0, 0),
        (b"abc", 0, 0),
        (b"abc", 2, 2),
        (b"ab", 3, -1),
        ("é中a".encode(), 3, 6),
        ("é中a".encode(), 2, 5),
        ("中".encode()[:2], 1, -1),
        ("中" * 1000, 1000, 3000),
        (b"a\x91\x92", 1, 1),
        ("é".encode() + b"\x91", 1, 2),
        ("中".encode() + b"\x91\x92", 1, 3),
    ],
)
def test_the_end_of_a_text(data: bytes | str, length: int, end: int) -> None:
    raw = data.encode() if isinstance(data, str) else data
    assert units_end(b"#" + raw, 1, length) == (end if end < 0 else end + 1)


def test_units_are_decoded_one_by_one() -> None:
    assert decode_units(b"\xed\xa0\xbd\xed\xb8\x80") == "\ud83d\ude00"
    for bad in (b"\xf0\x9f\x98\x80", b"\xff", b"\xc0\x80", b"\x80", b"\xe4\xb8"):
        with pytest.raises(ValueError, match=r"byte|decode"):
            decode_units(bad)


def test_pairs_are_joined_and_lonely_ones_kept() -> None:
    assert join_surrogates("a\ud83d\ude00b") == "a\U0001f600b"
    assert join_surrogates("\ude00\ud83d") == "\ude00\ud83d"
    assert join_surrogates("plain") == "plain"
