from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.registry.untrusted import MAX_URL, untrusted_url
from tests.unit.fakes import provider_url


def test_what_others_register_is_taken() -> None:
    assert untrusted_url(str(provider_url(1, owner="Ada Löwe, 測試"))) == provider_url(1, owner="Ada Löwe, 測試")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("dubbo://h:1/I?a=b\ndubbo://evil:1/I", r"the character U\+000A: dubbo://h:1/I\?a=b\\n"),
        ("dubbo://h\0:1/I", r"U\+0000"),
        ("dubbo://h:1/I?a=\x1b[2J", r"U\+001B"),
        ("dubbo://h:1/I?a=\u2028", r"U\+2028"),
        ("dubbo://h:1/I?a=\ud800", r"U\+D800"),
        ("dubbo://h:70000/I", "port out of range"),
        ("dubbo://h:1/I?a=" + "x" * MAX_URL, "may have 262144 characters, this one has 262160"),
    ],
)
def test_what_cannot_be_written_down_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidURLError, match=why) as caught:
        untrusted_url(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
