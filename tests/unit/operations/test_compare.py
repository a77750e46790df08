"""What differs between two lists of entries."""

from __future__ import annotations

from aiodubbo.operations.compare import Change, difference
from aiodubbo.url.url import URL

from .entries import ALL, OTHER, PROVIDER, RULE, SECOND


def test_nothing() -> None:
    assert not difference(ALL, tuple(reversed(ALL)))


def test_what_is_on_one_side_alone() -> None:
    found = difference([PROVIDER, RULE], [RULE, OTHER])
    assert (found.left, found.right, found.changed) == ((PROVIDER.redacted(),), (str(OTHER),), ())
    assert "s3cret" not in found.left[0]


def test_other_parameters_at_the_same_place() -> None:
    after = PROVIDER.with_params({"timestamp": "9", "weight": "10", "token": "other"}).without_params("application").with_path("path")
    found = difference([PROVIDER], [after.with_params({"application": "shop"})])
    assert found.changed == (
        Change(
            "providers",
            "dubbo",
            "a.Shop",
            "10.0.0.1:20880",
            "shop",
            {"timestamp": ("1", "9"), "token": ("***", "***"), "url.path": ("a.Shop", "path"), "weight": (None, "10")},
        ),
    )


def test_another_password_of_the_address_is_told_hidden() -> None:
    with_user = URL.parse("dubbo://me:one@10.0.0.1:1/a.Shop")
    (change,) = difference([with_user], [with_user.with_user("me", "two")]).changed
    assert change.parameters == {"url.password": ("***", "***")}


def test_nested_secrets_are_hidden() -> None:
    one = PROVIDER.with_params({"monitor": "dubbo%3A%2F%2Fh%3Fpassword%3Ds3cret"})
    (change,) = difference([one], [PROVIDER]).changed
    assert change.parameters == {"monitor": ("dubbo%3A%2F%2Fh%3Fpassword%3D***", None)}


def test_parameters_that_do_not_count() -> None:
    restarted = PROVIDER.with_params({"timestamp": "9", "pid": "1"})
    assert not difference([PROVIDER, SECOND], [SECOND, restarted], ("timestamp", "pid"))
    found = difference([PROVIDER, restarted], [PROVIDER], ("timestamp", "pid"))
    assert (len(found.left), found.right, found.changed) == (1, (), ())


def test_of_several_at_one_place_the_closest_are_compared() -> None:
    def rule(**params: str) -> URL:
        return RULE.with_params(params)

    found = difference([rule(timeout="5"), rule(weight="1", retries="0")], [rule(weight="1", retries="2"), rule(timeout="5", a="b")])
    assert [change.parameters for change in found.changed] == [{"a": (None, "b")}, {"retries": ("0", "2")}]


def test_very_many_at_one_place_are_compared_in_order() -> None:
    left = [RULE.with_params({"timeout": str(number)}) for number in range(150)]
    right = [RULE.with_params({"timeout": str(number)}) for number in range(1000, 1150)]
    assert len(difference(left, right).changed) == 150
