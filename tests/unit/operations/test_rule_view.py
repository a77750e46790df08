"""What rules of a registry say, for people."""

from __future__ import annotations

import logging

import pytest

from aiodubbo.operations.rule_view import followed, methods_spoken_of, remark, silent
from aiodubbo.url.encoding import encode
from aiodubbo.url.url import URL

TIMEOUT = URL.parse("override://0.0.0.0/b.Shop?category=configurators&timeout=500")
NOTHING = URL.parse("override://0.0.0.0/b.Shop?anyhost=true")
ROUTE = URL.parse("route://0.0.0.0/b.Shop?category=routers&router=condition&rule=%3D%3E")


@pytest.mark.parametrize("good", [TIMEOUT, NOTHING, ROUTE, ROUTE.with_params({"enabled": "false"})])
def test_rules_that_are_followed(good: URL) -> None:
    assert (remark(good), followed([good])) == ("", [good])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (TIMEOUT.with_params({"timeout": "abc"}), 'parameter timeout: For input string: "abc": not a whole number of 64 bits'),
        (TIMEOUT.with_params({"connections": "1000"}), "parameter connections: 1000 connections to each provider are too many"),
        (TIMEOUT.with_protocol("nosuch"), "nosuch"),
        (ROUTE.with_params({"router": "script"}), "script"),
        (ROUTE.with_params({"rule": "x+%3D%3E+,+y"}), "Illegal route rule"),
    ],
)
def test_rules_that_are_not_followed(bad: URL, why: str, caplog: pytest.LogCaptureFixture) -> None:
    text = remark(bad)
    assert text.startswith("  (not followed: ")
    assert why in text
    assert followed([TIMEOUT, bad, ROUTE]) == [TIMEOUT, ROUTE]
    assert caplog.records == []


def test_a_rule_that_is_followed_in_part() -> None:
    bad = TIMEOUT.with_params({"loadbalance": "nosuch"})
    assert remark(bad).startswith("  (followed without its parameter loadbalance: ")
    assert followed([bad]) == [TIMEOUT]


def test_extensions_of_somebody_else_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def load(self, name: str) -> object:
            raise KeyError(name)

    monkeypatch.setattr("aiodubbo.governance.routers.chain.ROUTER", Broken())
    assert remark(ROUTE) == "  (not followed: KeyError: 'condition')"


def test_silence(caplog: pytest.LogCaptureFixture) -> None:
    with silent("aiodubbo.governance.routers"):
        logging.getLogger("aiodubbo.governance.routers.condition").warning("unheard")
        logging.getLogger("aiodubbo.governance.routers.chain").error("heard")
    logging.getLogger("aiodubbo.governance.routers.condition").warning("heard again")
    assert [record.getMessage() for record in caplog.records] == ["heard", "heard again"]


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
