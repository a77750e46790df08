from __future__ import annotations

import pytest

from aiodubbo.transport.address import format_address


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("127.0.0.1", 20880), "127.0.0.1:20880"),
        (("provider.example", 1), "provider.example:1"),
        (("::1", 20880, 0, 0), "[::1]:20880"),
        (("", 0), ":0"),
        ("/run/dubbo.sock", "/run/dubbo.sock"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_addresses(address: object, text: str) -> None:
    assert format_address(address) == text
