"""What rules of a registry say, for people."""

from __future__ import annotations

import pytest

from aiodubbo.cli.rule_view import methods_spoken_of
from aiodubbo.url.encoding import encode
from aiodubbo.url.url import URL


@pytest.mark.parametrize(
    ("rule", "methods"),
    [
        ("method = find*,get & host = 10.0.0.1 => host = 10.0.0.2", {"find*", "get"}),
        ("method != pay & application != web => ", {"pay"}),
        ("consumer.methods = pay =>", {"pay"}),
        ("true => method = x", set()),
        ("=> method = x", set()),
        ("host = 10.0.0.1", set()),
        ("method ,x =>", set()),
        ("", set()),
    ],
)
def test_methods_that_a_route_speaks_of(rule: str, methods: set[str]) -> None:
    assert methods_spoken_of(URL("route", "0.0.0.0", params={"rule": encode(rule)})) == methods
