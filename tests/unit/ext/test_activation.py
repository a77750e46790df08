"""Who takes part without being named, and in which order."""

from __future__ import annotations

import random

import pytest

from aiodubbo.errors import ConfigurationError
from aiodubbo.ext.activation import Activation, Selection, arrange


@pytest.mark.spec("SPI-8", "an extension may be for providers or consumers, and for URLs with certain keys")
@pytest.mark.parametrize(
    ("activation", "params", "group", "applies"),
    [
        (Activation(), {}, "", True),
        (Activation(), {}, "provider", True),
        (Activation(groups=("provider",)), {}, "provider", True),
        (Activation(groups=("provider",)), {}, "consumer", False),
        (Activation(groups=("provider",)), {}, "", True),
        (Activation(groups=("provider", "consumer")), {}, "consumer", True),
        (Activation(keys=("token",)), {}, "", False),
        (Activation(keys=("token",)), {"token": "x"}, "", True),
        (Activation(keys=("token",)), {"sayHello.token": "x"}, "", True),
        (Activation(keys=("token",)), {"default.token": "x"}, "", True),
        (Activation(keys=("token",)), {"mytoken": "x"}, "", False),
        (Activation(keys=("token",)), {"token": "false"}, "", False),
        (Activation(keys=("token",)), {"token": "0"}, "", False),
        (Activation(keys=("token",)), {"token": "N/A"}, "", False),
        (Activation(keys=("token",)), {"token": ""}, "", False),
        (Activation(keys=("token",)), {"token": "false", "m.token": "true"}, "", True),
        (Activation(keys=("cache", "validation")), {"validation": "true"}, "", True),
        (Activation(keys=("mode:fast",)), {"mode": "fast"}, "", True),
        (Activation(keys=("mode:fast",)), {"mode": "slow"}, "", False),
        (Activation(keys=("mode:fast",)), {"m.mode": "fast"}, "", True),
        (Activation(groups=("provider",), keys=("token",)), {"token": "x"}, "consumer", False),
    ],
)
def test_applies(activation: Activation, params: dict[str, str], group: str, applies: bool) -> None:
    assert activation.applies(params, group) is applies


@pytest.mark.spec("SPI-9", "default stands for those that take part by themselves, -x takes x away")
@pytest.mark.spec("SPI-10", "a,default,b; -monitor,c; -default,d")
@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("", ["echo", "monitor"]),
        ("a,default,b", ["a", "echo", "monitor", "b"]),
        ("-monitor,c", ["echo", "c"]),
        ("-default,d", ["d"]),
        ("a", ["echo", "monitor", "a"]),
        ("a, b", ["echo", "monitor", "a", "b"]),
        ("default,a", ["echo", "monitor", "a"]),
        ("a,default", ["a", "echo", "monitor"]),
        ("a,-a", ["echo", "monitor"]),
        ("-a,a", ["echo", "monitor"]),
        ("echo", ["monitor", "echo"]),
        ("monitor,default", ["monitor", "echo"]),
        ("a,a", ["echo", "monitor", "a"]),
        ("a,default,b,default,c", ["a", "echo", "monitor", "b", "c"]),
        ("-default,default,a", ["a"]),
        ("-echo,-monitor", []),
    ],
)
def test_selection(text: str, chain: list[str]) -> None:
    selection = Selection(text)
    assert selection.around(name for name in ("echo", "monitor") if selection.may_activate(name)) == chain


PROVIDER = {
    "echo": Activation(order=-110000),
    "classloader": Activation(order=-30000),
    "generic": Activation(order=-20000),
    "context": Activation(order=-10000),
    "trace": Activation(),
    "timeout": Activation(),
    "monitor": Activation(),
    "exception": Activation(),
}
CONSUMER = {"consumercontext": Activation(order=-10000), "future": Activation(), "monitor": Activation()}
OPTIONAL = {name: Activation() for name in ("activelimit", "executelimit", "accesslog", "token", "deprecated", "cache")}
LAST = {"validation": Activation(order=10000), "genericimpl": Activation(order=20000)}


@pytest.mark.spec("SPI-12", "the default chains of 2.6")
@pytest.mark.spec("SPI-11", "the sequence of Dubbo's own names of equal order; others follow by alphabet")
@pytest.mark.parametrize(
    ("activations", "names"),
    [
        (PROVIDER, "echo classloader generic context trace timeout monitor exception"),
        (CONSUMER, "consumercontext future monitor"),
        (
            PROVIDER | CONSUMER | OPTIONAL | LAST,
            "echo classloader generic consumercontext context activelimit future executelimit trace accesslog token timeout monitor "
            "deprecated cache exception validation genericimpl",
        ),
        (
            PROVIDER | {"zeta": Activation(), "alpha": Activation(), "first": Activation(order=-200000)},
            "first echo classloader generic context trace timeout monitor exception alpha zeta",
        ),
    ],
)
def test_order(activations: dict[str, Activation], names: str) -> None:
    shuffled = list(activations.items())
    for _ in range(20):
        random.shuffle(shuffled)
        assert arrange(dict(shuffled)) == names.split()


@pytest.mark.parametrize(
    ("activations", "names"),
    [
        ({"a": Activation(), "b": Activation(before=("a",))}, "b a"),
        ({"a": Activation(after=("b",)), "b": Activation()}, "b a"),
        ({"a": Activation(order=-5, after=("b",)), "b": Activation(order=5), "c": Activation()}, "c b a"),
        ({"a": Activation(order=5, before=("b",)), "b": Activation(order=-5), "c": Activation(order=9)}, "a b c"),
        ({"a": Activation(after=("absent",), before=("missing",)), "b": Activation(order=-1)}, "b a"),
        ({"a": Activation(after=("b",)), "b": Activation(after=("c",)), "c": Activation()}, "c b a"),
    ],
)
def test_before_and_after_hold_whatever_the_order(activations: dict[str, Activation], names: str) -> None:
    assert arrange(activations) == names.split()


@pytest.mark.parametrize(
    "activations",
    [
        {"a": Activation(before=("b",), after=("b",)), "b": Activation()},
        {"a": Activation(before=("b",)), "b": Activation(before=("a",))},
        {"a": Activation(before=("a",)), "b": Activation()},
    ],
)
def test_contradictions_are_told(activations: dict[str, Activation]) -> None:
    with pytest.raises(ConfigurationError, match="'before' and 'after' of these extensions contradict each other: a"):
        arrange(activations)


def test_nothing_to_arrange() -> None:
    assert arrange({}) == []
