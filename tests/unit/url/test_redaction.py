"""What people see of a URL holds no secret."""

from __future__ import annotations

import json
import time

import pytest

from aiodubbo.url.grammar import encode
from aiodubbo.url.redaction import is_secret, json_safe, one_line, printable, redact, shown
from aiodubbo.url.url import URL


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "token",
        "sayHello.token",
        "default.token",
        "ssl.keyPassword",
        "accessKey",
        "access-key",
        "secret.key",
        "secretAccessKey",
        "TOKEN",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["timeout", "getToken.timeout", "key", "interface", "methods", "tokens.max", "accessKeyId"])
def test_other_names(name: str) -> None:
    assert not is_secret(name)


NESTED = "dubbo://u:s3cret@h:1/I?a=1&sayHello.token=s3cret&z=2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dubbo://h:1/I?a=b", "dubbo://h:1/I?a=b"),
        ("zookeeper://u:s3cret@h:2181", "zookeeper://u:***@h:2181"),
        ("u:s3cret@h:2181", "u:***@h:2181"),
        ("a://u:s3cret@h|b://v:s3cret@g", "a://u:***@h|b://v:***@g"),
        ("dubbo://u:s3c:r@et@h", "dubbo://u:***@h"),
        ("dubbo://u@h", "dubbo://u@h"),
        ('url missing protocol: "://u:s3cret@h"', 'url missing protocol: "://u:***@h"'),
        ("x?token=s3cret&a=b", "x?token=***&a=b"),
        ("x?token=s3cret;a=b", "x?token=***;a=b"),
        ("r?export=" + encode(NESTED), "r?export=" + encode("dubbo://u:###@h:1/I?a=1&sayHello.token=###&z=2").replace("%23%23%23", "***")),
        (
            "r?export=" + encode("dubbo://h?monitor=" + encode(NESTED) + "&k=v"),
            "r?export="
            + encode("dubbo://h?monitor=" + encode("dubbo://u:###@h:1/I?a=1&sayHello.token=###&z=2") + "&k=v")
            .replace("%252523%252523%252523", "***")
            .replace("%2523%2523%2523", "***"),
        ),
        ("r?export=" + encode("dubbo://h?token=" + encode("s3&cret s3cret")), "r?export=dubbo%3A%2F%2Fh%3Ftoken%3D***"),
    ],
)
def test_redact(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_url_hides_secrets_from_people_only() -> None:
    url = URL.parse("dubbo://u:s3cret@h:1/I?token=s3cret&timeout=5&export=" + encode(NESTED))

    assert "s3cret" in str(url)
    assert "s3cret" not in repr(url)
    assert "s3cret" not in url.redacted()
    assert url.redacted().startswith("dubbo://u:***@h:1/I?export=dubbo%3A%2F%2Fu%3A***%40h%3A1%2FI")
    assert url.redacted().endswith("&timeout=5&token=***")
    assert repr(url) == f"URL({url.redacted()!r})"


@pytest.mark.parametrize("piece", ["://a:", "%3A%2F%2Fa%3A", "token=", "token%3D", "%25", "token%25", "passw", "a,:", "token%2525253D%"])
def test_redacting_a_hostile_text_takes_little_time(piece: str) -> None:
    started = time.perf_counter()
    redact(piece * 20_000)
    assert time.perf_counter() - started < 2


def test_what_is_shown_is_short_and_on_one_line() -> None:
    assert shown("a\r\nb\x1b[2J\ud800") == "a\\r\\nb\\x1b[2J\\ud800"
    assert shown("dubbo://u:s3cret@h?token=s3cret") == "dubbo://u:***@h?token=***"
    assert len(shown("x" * 1_000_000)) == 501


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
