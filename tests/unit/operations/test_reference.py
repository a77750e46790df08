"""Which reference of an application is looked through."""

from __future__ import annotations

from aiodubbo.operations.reference import choose
from aiodubbo.url.url import URL

OLD = URL.parse(
    "consumer://10.0.0.3/b.Shop?application=web&category=consumers&check=false&interface=b.Shop&pid=7&side=consumer&timestamp=1&version=1"
)
NEW = OLD.with_params({"version": "2", "group": "g", "pid": "8"})
SIMPLIFIED = URL.parse("consumer://10.0.0.3/b.Shop?application=web&category=consumers&check=false&dubbo=2.0.2&version=1")


def test_it_is_as_the_application_has_it() -> None:
    """What routes may ask for must be what a running consumer has."""
    assert choose([OLD], {}) == (OLD.without_params(("category", "check")), [])


def test_a_simplified_one_is_a_consumer_all_the_same() -> None:
    found, notes = choose([SIMPLIFIED], {})
    assert (found.param("side"), found.param("interface"), found.version) == ("consumer", "b.Shop", "1")
    assert notes == ["web registered with simplified=true: settings of its own, such as a timeout or a tag, are not known here"]


def test_the_one_that_fits_goes_first() -> None:
    assert [choose([NEW, OLD], wanted)[0].service_key for wanted in ({}, {"version": "2"}, {"group": ""}, {"version": "3"})] == [
        "b.Shop:1",
        "g/b.Shop:2",
        "b.Shop:1",
        "b.Shop:1",
    ]
    assert choose([NEW, OLD], {"version": "2"})[1] == [], "whoever chose knows that there are others"
    assert choose([NEW, OLD], {})[1] == [
        "web is shown as a consumer of b.Shop:1; it also is one of g/b.Shop:2: --group and --version choose, '' is none"
    ]


def test_many_others_are_counted() -> None:
    (told,) = choose([OLD.with_params({"version": str(number)}) for number in range(10, 25)], {})[1]
    assert "b.Shop:20 and 4 more: " in told


def test_other_settings_for_the_same_service_are_told() -> None:
    restarted, patient = OLD.with_params({"pid": "9", "timestamp": "5"}), OLD.with_params({"timeout": "9000"})
    assert choose([OLD, restarted], {})[1] == []
    (told,) = choose([OLD, restarted, patient], {})[1]
    assert told.startswith("web registered b.Shop:1 with other settings too, 2 in all; shown is consumer://10.0.0.3/b.Shop?")
