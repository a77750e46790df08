from __future__ import annotations

import pytest

from aiodubbo.wire.dubbo.version import JAVA_2_6, JAVA_2_7_0, JAVA_2_7_2, JAVA_2_7_8, PROTOCOL_VERSION, supports_attachments

NUMBERS = [
    ("2.0.2", 20002, 2000200),
    ("2.6.2", 20602, 2060200),
    ("2.0.10", 20010, 2001000),
    ("2.0.2.1", 2000201, 2000201),
    ("2.7", 207, 207),
    ("2.0.2-SNAPSHOT", 20002, 2000200),
    ("2.0.beta", 20000, 2000000),
    ("x", 0, 0),
    ("2.0." + "9" * 5000, None, None),
]


@pytest.mark.spec("PRO-22", "a version as one integer, as 2.6 and as 2.7 count")
@pytest.mark.parametrize(("version", "old", "new"), NUMBERS)
def test_numbers(version: str, old: int | None, new: int | None) -> None:
    assert JAVA_2_6.number(version) == old
    assert JAVA_2_7_8.number(version) == new


# version → 2.6, 2.7.0–2.7.1, 2.7.2–2.7.7, 2.7.8 and later
SUPPORT = [
    ("2.0.2", True, True, True, True),
    ("2.0.9", True, True, True, True),
    ("2.0.10", False, False, False, True),
    ("2.6.2", False, False, False, False),
    ("2.6.3", True, True, True, False),
    ("2.7.23", True, True, True, False),
    ("2.8.1", True, True, False, False),
    ("2.0.99", False, False, False, True),
    ("2.0.1", False, False, False, False),
    ("2.0.0", False, False, False, False),
    ("3.0.0", True, True, True, False),
    ("", False, False, False, False),
    ("nonsense", False, False, False, False),
    ("9" * 5000, False, False, False, False),
]


@pytest.mark.spec("PRO-22", "who gets attachments with an answer, by the rule of each line; ours is that of 2.7.8")
@pytest.mark.parametrize(("version", "in_26", "in_270", "in_272", "in_278"), SUPPORT)
def test_support(version: str, in_26: bool, in_270: bool, in_272: bool, in_278: bool) -> None:
    rules = (JAVA_2_6, JAVA_2_7_0, JAVA_2_7_2, JAVA_2_7_8)
    assert [rule.supports(version) for rule in rules] == [in_26, in_270, in_272, in_278]
    assert supports_attachments(version) == in_278


def test_our_own_version_is_supported() -> None:
    assert supports_attachments(PROTOCOL_VERSION)
