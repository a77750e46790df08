"""Taking URL texts apart, and form encoding as Java's URLEncoder and URLDecoder do it."""

from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.url.grammar import Parts, decode, encode, forbidden_character, sorted_names, split_host_port, split_list, split_url

TABLE = [
    ("dubbo://u:p@h:20880/a/b?k=v", Parts("dubbo", "u", "p", "h", 20880, "a/b", {"k": "v"})),
    ("dubbo://h", Parts("dubbo", "", "", "h", 0, "", {})),
    ("dubbo://h/", Parts("dubbo", "", "", "h", 0, "", {})),
    ("dubbo://h?k=v", Parts("dubbo", "", "", "h", 0, "", {"k": "v"})),
    ("h:20880", Parts("", "", "", "h", 20880, "", {})),
    ("h", Parts("", "", "", "h", 0, "", {})),
    ("h/p", Parts("", "", "", "h", 0, "p", {})),
    ("  dubbo://h \n", Parts("dubbo", "", "", "h", 0, "", {})),
    ("file:/home/x.properties", Parts("file", "", "", "", 0, "home/x.properties", {})),
    ("file:///home/x.properties", Parts("file", "", "", "", 0, "home/x.properties", {})),
    ("file:///c:/x", Parts("file", "", "", "", 0, "c:/x", {})),
    ("dubbo:///p", Parts("dubbo", "", "", "", 0, "p", {})),
    ("dubbo://h////p//q", Parts("dubbo", "", "", "h", 0, "p//q", {})),
    ("dubbo://h/p#x?k=v#y", Parts("dubbo", "", "", "h", 0, "p", {"k": "v#y"})),
    ("dubbo://u@h", Parts("dubbo", "u", "", "h", 0, "", {})),
    ("dubbo://u:@h", Parts("dubbo", "u", "", "h", 0, "", {})),
    ("dubbo://u:p:q@h", Parts("dubbo", "u", "p:q", "h", 0, "", {})),
    ("dubbo://u:p@q@h", Parts("dubbo", "u", "p@q", "h", 0, "", {})),
    ("dubbo://h/a@b", Parts("dubbo", "", "", "h", 0, "a@b", {})),
    ("dubbo://h:0/p", Parts("dubbo", "", "", "h", 0, "p", {})),
    ("dubbo://h:-1/p", Parts("dubbo", "", "", "h", 0, "p", {})),
    ("dubbo://h:/p", Parts("dubbo", "", "", "h:", 0, "p", {})),
    ("?k=v", Parts("", "", "", "", 0, "", {"k": "v"})),
    ("empty://0.0.0.0/*?category=providers", Parts("empty", "", "", "0.0.0.0", 0, "*", {"category": "providers"})),
]


@pytest.mark.spec("URL-1", "every part of the text form is optional")
@pytest.mark.spec("URL-2", "where each part begins and ends, as Dubbo 2.6 reads it")
@pytest.mark.parametrize(("text", "parts"), TABLE, ids=[text for text, _ in TABLE])
def test_parts(text: str, parts: Parts) -> None:
    assert split_url(text) == parts


QUERIES = [
    ("a=1&b=2", {"a": "1", "b": "2"}),
    ("a", {"a": "a"}),
    ("a=", {"a": ""}),
    ("a==1", {"a": "=1"}),
    ("a=1=2", {"a": "1=2"}),
    ("&&a=1&&", {"a": "1"}),
    (" a=1 & b=2 ", {"a": "1", "b": "2"}),
    ("a=1&a=2", {"a": "2"}),
    ("a=1?b=2", {"a": "1?b=2"}),
    ("a=x%3Dy%26z+w", {"a": "x%3Dy%26z+w"}),
    ("a=%ZZ", {"a": "%ZZ"}),
    ("名=值", {"名": "值"}),
    (".hidden=1", {".hidden": "1"}),
    ("url=dubbo://h:1/p", {"url": "dubbo://h:1/p"}),
]


@pytest.mark.spec("URL-4", "values are held as written; nothing is decoded by parsing")
@pytest.mark.parametrize(("query", "params"), QUERIES, ids=[query for query, _ in QUERIES])
def test_parameters(query: str, params: dict[str, str]) -> None:
    assert split_url(f"dubbo://h?{query}").params == params


LATE = [
    ("dubbo://[::1]:20880/p", Parts("dubbo", "", "", "[::1]", 20880, "p", {})),
    ("dubbo://[::1]/p", Parts("dubbo", "", "", "[::1]", 0, "p", {})),
    ("dubbo://u:p@[2001:db8::1]:20880", Parts("dubbo", "u", "p", "[2001:db8::1]", 20880, "", {})),
    ("dubbo://2001:db8:0:0:0:0:0:1:20880/p", Parts("dubbo", "", "", "2001:db8:0:0:0:0:0:1", 20880, "p", {})),
    ("dubbo://fe80::1%eth0/p", Parts("dubbo", "", "", "fe80::1%eth0", 0, "p", {})),
    ("dubbo://[fe80::1%eth0]:20880", Parts("dubbo", "", "", "[fe80::1%eth0]", 20880, "", {})),
    ("dubbo://h?a=1;b=2&c=3", Parts("dubbo", "", "", "h", 0, "", {"a": "1", "b": "2", "c": "3"})),
    ("zookeeper://a:2181,b:2181", Parts("zookeeper", "", "", "a:2181,b", 2181, "", {})),
]


@pytest.mark.spec("URL-3", "the last colon begins the port, ; separates parameters, an encoded URL is decoded")
@pytest.mark.parametrize(("text", "parts"), LATE, ids=[text for text, _ in LATE])
def test_parts_as_late_2_7_reads_them(text: str, parts: Parts) -> None:
    assert split_url(text) == parts


@pytest.mark.spec("URL-3", "the last colon begins the port, ; separates parameters, an encoded URL is decoded")
def test_a_url_encoded_as_a_whole() -> None:
    plain = "dubbo://10.0.0.1:20880/com.x.I?application=a+b&monitor=dubbo%3A%2F%2Fh&methods=a,b"
    assert split_url(encode(plain)) == split_url(plain)
    assert split_url(encode(plain).replace("%3A", "%3a").replace("%2F", "%2f")) == split_url(plain)


def test_an_encoded_value_alone_does_not_count_as_an_encoded_url() -> None:
    assert split_url("h?export=dubbo%3A%2F%2Fx").params == {"export": "dubbo%3A%2F%2Fx"}


@pytest.mark.spec("URL-2", "where each part begins and ends, as Dubbo 2.6 reads it")
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "url == null"),
        (" \t\n", "url == null"),
        ("://h", 'url missing protocol: "://h"'),
        (":/h", 'url missing protocol: ":/h"'),
        ("dubbo://h:abc/p", 'For input string: "abc"'),
        ("dubbo://h:1_0", 'For input string: "1_0"'),
        ("dubbo://h: 1", 'For input string: " 1"'),
        ("dubbo://h:١", "For input string"),
        ("dubbo://h:99999", "port out of range:99999"),
        ("dubbo://h:99999999999999999999", "For input string"),
        ("dubbo%3A%2F%2Fh%2", "Illegal hex characters"),
    ],
)
def test_what_is_no_url(text: str, error: str) -> None:
    with pytest.raises(InvalidURLError, match=error.replace("(", r"\(")) as caught:
        split_url(text)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ConfigurationError)


def test_errors_hide_passwords() -> None:
    with pytest.raises(InvalidURLError) as caught:
        split_url("dubbo://user:s3cret@h:x?token=s3cret")
    assert "s3cret" not in str(caught.value)
    assert "dubbo://user:***@h:x?token=***" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("h:1", "h", 1), ("h", "h", 0), ("", "", 0), ("[::1]", "[::1]", 0), ("[::1]:9", "[::1]", 9), (":9", "", 9), ("h:", "h:", 0)],
)
def test_split_host_port(address: str, host: str, port: int) -> None:
    assert split_host_port(address) == (host, port)


@pytest.mark.spec("URL-7", "parameters are printed in the order of their UTF-16 code units")
def test_names_sort_as_java_sorts_them() -> None:
    names = ["b", "B", "_", "a.b", "a-b", "a", "1", "\uffee", "\U0001f600", "é"]
    # A character beyond 16 bits is two code units from D800 on, so it goes before U+FFEE.
    assert sorted_names(dict.fromkeys(names, "")) == ["1", "B", "_", "a", "a-b", "a.b", "b", "é", "\U0001f600", "\uffee"]


@pytest.mark.parametrize(
    ("text", "entries"), [("", ()), ("a", ("a",)), (" a , b,,c ,", ("a", "b", "c")), (",a", ("a",)), (" ", ()), ("a b,c", ("a b", "c"))]
)
def test_split_list(text: str, entries: tuple[str, ...]) -> None:
    assert split_list(text) == entries


def test_lists_of_others_take_no_time() -> None:
    assert split_list("a" + " " * 300_000 + "b,c" + "\t" * 300_000) == ("a" + " " * 300_000 + "b", "c")  # with a regular expression: a day


def test_errors_stay_on_one_line_of_the_log() -> None:
    with pytest.raises(InvalidURLError) as caught:
        split_url("dubbo://h:1\n2026-01-01 ERROR forged/x" + "y" * 10_000)
    assert "1\\n2026" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


@pytest.mark.spec("URL-5", "letters, digits and . - * _ stay, a space becomes +, everything else %XX of its UTF-8 bytes")
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


@pytest.mark.spec("URL-5", "letters, digits and . - * _ stay, a space becomes +, everything else %XX of its UTF-8 bytes")
def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert encode("a\ud83d") == "a%3F"


@pytest.mark.spec("URL-5", "letters, digits and . - * _ stay, a space becomes +, everything else %XX of its UTF-8 bytes")
@pytest.mark.parametrize(("encoded", "plain"), [("%e5%90%8d", "名"), ("%FF", "�"), ("%E5", "�"), ("a%20b", "a b"), ("名", "名")])
def test_decode_is_lenient_about_case_and_bytes(encoded: str, plain: str) -> None:
    assert decode(encoded) == plain


@pytest.mark.spec("URL-5", "letters, digits and . - * _ stay, a space becomes +, everything else %XX of its UTF-8 bytes")
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
