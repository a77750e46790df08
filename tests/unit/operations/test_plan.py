"""What is to be done so that one registry holds what another one does."""

from __future__ import annotations

import pytest

from aiodubbo.errors import RegistryError
from aiodubbo.operations.plan import carry_out, keeps, make_plan, missing
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL

from .entries import ALL, BY_HAND, CONSUMER, PROVIDER, ROUTE, RULE, SECOND, Held

OLD = RULE.with_params({"timeout": "6", "token": "s3cret"})


def test_what_lasts_is_written_and_what_passes_is_not() -> None:
    plan = make_plan(ALL, [RULE, PROVIDER], replace=False)
    assert (plan.add, plan.remove, plan.there) == ((ROUTE, BY_HAND), (), 2)
    assert plan.passing[:2] == (SECOND, CONSUMER)


def test_only_what_lasts_is_taken_away() -> None:
    plan = make_plan([RULE], [OLD, PROVIDER, RULE], replace=True)
    assert (plan.add, plan.remove, plan.passing) == ((), (OLD,), ())
    assert plan.lines == (f"- {OLD.redacted()}",)
    assert "s3cret" not in plan.lines[0]
    assert make_plan([RULE], [OLD], replace=False).remove == ()


def test_where_nothing_lasts_everything_passes() -> None:
    assert not keeps(URL.parse("multicast://224.5.6.7:1234"))
    assert keeps(URL.parse("redis://10.0.0.1"))
    plan = make_plan([RULE, PROVIDER], [OLD], replace=True, kept=False)
    assert (plan.add, plan.remove, plan.passing) == ((), (), (RULE, PROVIDER))


async def test_it_is_carried_out_and_nothing_is_left_to_do() -> None:
    """What lasts may be somebody else's: it is announced, which makes it ours, before it is taken back."""
    registry = Held(OLD, PROVIDER)
    lines: list[str] = []
    plan = make_plan([RULE, ROUTE], registry.urls, replace=True)
    await carry_out(plan, registry, lines.append)
    assert registry.urls == [PROVIDER, RULE, ROUTE]
    assert [what for what, _ in registry.log] == ["register", "register", "register", "unregister"]
    assert lines == [f"+ {RULE}", f"+ {ROUTE}", f"- {OLD.redacted()}"]
    again = make_plan([RULE, ROUTE], registry.urls, replace=True)
    assert (again.add, again.remove, again.there) == ((), (), 2)


async def test_a_failure_says_what_was_done_and_the_same_again_does_the_rest() -> None:
    registry = Held(OLD, fails_after=1)
    lines: list[str] = []
    plan = make_plan([RULE, ROUTE], registry.urls, replace=True)
    with pytest.raises(RegistryError) as caught:
        await carry_out(plan, registry, lines.append)
    assert str(caught.value).splitlines() == [
        "the registry at 10.1.1.1:4711 failed: out of order",
        "written: 1 of 2, taken away: 0 of 1; the same command again does the rest. Not done (the first one perhaps in part):",
        f"  + {ROUTE}",
        f"  - {OLD.redacted()}",
    ]
    assert lines == [f"+ {RULE}"]
    registry.fails_after = None
    await carry_out(make_plan([RULE, ROUTE], registry.urls, replace=True), registry, lines.append)
    assert registry.urls == [RULE, ROUTE]


async def test_many_failed_steps_are_listed_in_part() -> None:
    rules = [RULE.with_params({"timeout": str(number)}) for number in range(50)]
    with pytest.raises(RegistryError, match="and 30 more"):
        await carry_out(make_plan(rules, [], replace=False), Held(fails_after=0), lambda _: None)


async def test_a_failure_is_never_repeated_in_the_background() -> None:
    """A registry repeats what failed when an entry says ``check=false``; for a command that ends, that would be a lie."""
    inner = Held(fails_after=0)
    inner.on_new_session = lambda callback: None  # type: ignore[attr-defined] # what a registry without sessions does
    registry = FailbackRegistry(inner, Host(name="test"))  # type: ignore[arg-type] # it has the method now
    plan = make_plan([RULE.with_params({"check": "false"})], [], replace=False)
    with pytest.raises(RegistryError):
        await carry_out(plan, registry, lambda _: None)
    assert registry.registered == frozenset()
    await registry.close()


def test_what_a_registry_took_and_does_not_show() -> None:
    plan = make_plan([RULE, ROUTE], [OLD], replace=True)
    assert missing(plan, [RULE, ROUTE]) == ""
    assert missing(plan, [RULE, OLD]) == f"\n  is not there: {ROUTE}\n  is still there: {OLD.redacted()}"
