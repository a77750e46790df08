"""Form encoding as Java's URLEncoder and URLDecoder do it."""

from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.url.encoding import decode, encode, forbidden_character

pytestmark = pytest.mark.spec("URL-5", "letters, digits and . - * _ stay, a space becomes +, everything else %XX of its UTF-8 bytes")


@pytest.mark.parametrize(
    ("plain", "encoded"),
    [
        ("", ""),
        ("azAZ09.-*_", "azAZ09.-*_"),
        ("a b", "a+b"),
        ("~", "%7E"),
        ("+", "%2B"),
        ("%", "%25"),
        ("dubbo://1.2.3.4:20880/I?a=b&c=d", "dubbo%3A%2F%2F1.2.3.4%3A20880%2FI%3Fa%3Db%26c%3Dd"),
        ("名", "%E5%90%8D"),
        ("😀", "%F0%9F%98%80"),
        ("\n\x00", "%0A%00"),
        ("!'()", "%21%27%28%29"),
    ],
)
def test_encode_and_decode(plain: str, encoded: str) -> None:
    assert encode(plain) == encoded
    assert decode(encoded) == plain


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert encode("a\ud83d") == "a%3F"


@pytest.mark.parametrize(("encoded", "plain"), [("%e5%90%8d", "名"), ("%FF", "�"), ("%E5", "�"), ("a%20b", "a b"), ("名", "名")])
def test_decode_is_lenient_about_case_and_bytes(encoded: str, plain: str) -> None:
    assert decode(encoded) == plain


@pytest.mark.parametrize(("broken", "where"), [("%", 0), ("100%", 3), ("a%2", 1), ("%zz", 0), ("%41%4g", 3), ("%-1", 0)])
def test_decode_refuses_a_broken_escape(broken: str, where: int) -> None:
    with pytest.raises(InvalidURLError, match=rf"Illegal hex characters in escape \(%\) pattern.* at position {where};"):
        decode(broken)


@pytest.mark.parametrize(
    ("text", "character"),
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
def test_characters_that_no_url_may_hold(text: str, character: str) -> None:
    assert forbidden_character(text) == character
