"""Reading the texts of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.url import params

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES: list[tuple[Callable[[str], object], str, object]] = [
    (params.boolean, "true", True),
    (params.boolean, "TRUE", True),
    (params.boolean, "1", False),
    (params.boolean, "yes", False),
    (params.int32, "+5", 5),
    (params.int32, "-2147483648", -(2**31)),
    (params.int64, "9223372036854775807", 2**63 - 1),
    (params.positive_int, "3", 3),
    (params.positive_int, "0", None),
    (params.positive_int, "-3", None),
    (params.bounded_int(1024, 16384), "1024", 1024),
    (params.bounded_int(1024, 16384), "1023", None),
    (params.bounded_int(1024, 16384), "16385", None),
    (params.integers, "0,2", (0, 2)),
    (params.milliseconds, "1500", 1.5),
    (params.milliseconds, "0", 0.0),
    (params.milliseconds, "1795228553404", 1795228553.404),
    (params.positive_milliseconds, "250", 0.25),
    (params.positive_milliseconds, "0", None),
    (params.reconnect_period, "true", None),
    (params.reconnect_period, "False", 0.0),
    (params.reconnect_period, "500", 0.5),
]


@pytest.mark.spec("URL-10", "typed values: true in any case, whole numbers, positive ones only where Dubbo asks for them")
@pytest.mark.parametrize(("parse", "text", "value"), VALUES)
def test_values(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", " 1", "1.5", "1e3", "0x10", "1_000", "١", "2147483648", "-2147483649", "9" * 5000, "true"])
def test_texts_that_are_no_int(text: str) -> None:
    with pytest.raises(ValueError, match="For input string") as caught:
        params.int32(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["-1", "often", "9223372036854775808"])
def test_texts_that_are_no_reconnect_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"reconnect param must be nonnegative integer or false/true\. input is:"):
        params.reconnect_period(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.0, "1000"), (0.25, "250"), (0, "0"), (0.0001, "1"), (-0.001, "-1"), (600, "600000"), (0.0015, "2")]
)
def test_seconds_are_written_as_milliseconds(seconds: float, text: str) -> None:
    assert params.milliseconds_text(seconds) == text


@pytest.mark.parametrize(
    ("text", "empty"), [("", True), ("False", True), ("0", True), ("NULL", True), ("n/a", True), ("True", False), ("x", False)]
)
def test_settings_that_mean_nothing(text: str, empty: bool) -> None:
    assert params.is_config_empty(text) is empty
