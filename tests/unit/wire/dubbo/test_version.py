from __future__ import annotations

import pytest

from aiodubbo.wire.dubbo.version import PROTOCOL_VERSION, supports_attachments, version_number

NUMBERS = [
    ("2.0.2", 2000200),
    ("2.6.2", 2060200),
    ("2.0.10", 2001000),
    ("2.0.2.1", 2000201),
    ("2.7", 207),
    ("2.0.2-SNAPSHOT", 2000200),
    ("2.0.beta", 2000000),
    ("x", 0),
    ("2.0." + "9" * 5000, None),
]


@pytest.mark.spec("PRO-22", "a version as one integer, as Java 2.7 counts")
@pytest.mark.parametrize(("version", "number"), NUMBERS)
def test_numbers(version: str, number: int | None) -> None:
    assert version_number(version) == number


SUPPORT = [
    ("2.0.2", True),
    ("2.0.9", True),
    ("2.0.10", True),
    ("2.6.2", False),
    ("2.6.3", False),
    ("2.7.23", False),
    ("2.8.1", False),
    ("2.0.99", True),
    ("2.0.1", False),
    ("2.0.0", False),
    ("3.0.0", False),
    ("", False),
    ("nonsense", False),
    ("9" * 5000, False),
]


@pytest.mark.spec("PRO-22", "who gets attachments with an answer, by the rule of 2.7.8")
@pytest.mark.parametrize(("version", "supported"), SUPPORT)
def test_support(version: str, supported: bool) -> None:
    assert supports_attachments(version) == supported


def test_our_own_version_is_supported() -> None:
    assert supports_attachments(PROTOCOL_VERSION)
