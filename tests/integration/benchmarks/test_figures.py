"""How figures are compared: ratios by round, goals, and what counts as growth in a soak."""

from __future__ import annotations

import pytest
from benchmarks import compare
from benchmarks.echo import Cell, EchoCost, ratios, summary
from benchmarks.goals import judge
from benchmarks.registries import goals as registry_goals
from benchmarks.registries.worker import Change
from benchmarks.vitals import LEAST_SAMPLES, Vitals, growth

pytestmark = pytest.mark.integration

_CELL = Cell("P1", 16)


def _cost(peer: str, server: float) -> EchoCost:
    return EchoCost(peer, _CELL, calls_per_second=1000.0 / server, server_cpu=server, client_cpu=2 * server)


def _rounds(*pairs: tuple[float, float]) -> list[list[EchoCost]]:
    return [[_cost("aiodubbo", ours), _cost("grpc.aio", theirs)] for ours, theirs in pairs]


def test_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # The second round ran on a busy machine: both cost ten times more, and the ratio of medians would be another.
    (ratio,) = ratios(_rounds((10, 70), (100, 800), (12, 72)), "aiodubbo")

    assert (ratio.server_cpu, ratio.client_cpu) == (7.0, 7.0)
    assert ratio.calls_per_second == pytest.approx(1 / 7)


def test_summary_has_medians() -> None:
    ours, theirs = summary(_rounds((10, 70), (100, 800), (12, 72)))

    assert (ours.server_cpu, theirs.server_cpu) == (12, 72)


def test_checkouts_are_compared_round_by_round() -> None:
    rounds = [
        {
            (compare.BASE, _CELL): compare.Cost(base, 1),
            (compare.AGAIN, _CELL): compare.Cost(again, 1),
            (compare.HEAD, _CELL): compare.Cost(head, 2),
        }
        for base, again, head in ((10, 11, 12), (100, 100, 110), (20, 18, 26))
    ]

    server, client = compare.ratios(rounds)

    assert (server.side, server.base, server.head) == ("server", 20, 26)
    assert (server.change, server.noise) == ([1.2, 1.1, 1.3], [1.1, 1.0, 0.9])
    assert client.change == [2, 2, 2]
    assert "1.200" in compare.report([server, client])


@pytest.mark.parametrize(("theirs", "met"), [(61, True), (59, False)])
def test_goal_is_met_from_its_figure_on(theirs: float, met: bool) -> None:
    string, record = judge(ratios(_rounds((10, theirs)), "aiodubbo"))

    assert string.met is met
    assert record.measured is None
    assert not record.met


@pytest.mark.parametrize(("loop", "met"), [(0.0049, True), (0.005, False)])
def test_cost_of_a_change_is_judged_by_the_median(loop: float, met: bool) -> None:
    cost, again = registry_goals.judge("redis", [Change(1000, one, 1, 0) for one in (0.001, loop, 0.9)])

    assert cost.met is met
    assert str(cost).startswith("met" if met else "NOT MET")
    assert again.met


def test_invoker_that_is_made_again_is_a_failure() -> None:
    _, again = registry_goals.judge("redis", [Change(1000, 0.001, 1, 0), Change(1000, 0.001, 2, 1)])

    assert not again.met


def _vitals(number: int, **changes: int) -> Vitals:
    figures = {"memory": 40_000_000 + 100 * (number % 3), "tasks": 20 + number % 2, "pending": 0, "connections": 9, "objects": 5000}
    return Vitals(**{**figures, **changes})


def test_ups_and_downs_are_no_growth() -> None:
    assert growth([_vitals(number) for number in range(20)]) == []


def test_filling_up_at_the_start_is_no_growth() -> None:
    assert growth([_vitals(number, memory=min(number, 2) * 30_000_000) for number in range(20)]) == []


@pytest.mark.parametrize(
    ("figure", "each"),
    [("memory", 1_000_000), ("tasks", 1), ("pending", 1), ("connections", 1), ("objects", 20)],
    ids=lambda value: str(value),
)
def test_steady_growth_is_found_and_named(figure: str, each: int) -> None:
    samples = [_vitals(number, **{figure: 100 + each * number}) for number in range(20)]

    (found,) = growth(samples)

    assert found.startswith(f"{figure} grew")


def test_too_few_samples_are_not_judged() -> None:
    with pytest.raises(ValueError, match="let it run longer"):
        growth([_vitals(number) for number in range(LEAST_SAMPLES - 1)])
