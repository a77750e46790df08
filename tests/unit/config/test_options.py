from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

import aiodubbo
from aiodubbo import sync
from aiodubbo.config.options import MethodOptions, ReferenceOptions, ServiceOptions, options_of, to_params
from aiodubbo.errors import ConfigurationError
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Callable


def keywords(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters.values()
    return {parameter.name: parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("application", [aiodubbo.Application, sync.Application])
@pytest.mark.parametrize(("method", "options"), [("export", ServiceOptions), ("refer", ReferenceOptions)])
def test_signatures_are_the_fields(application: Any, method: str, options: type) -> None:
    """The same names in the same order, with the same annotations and defaults."""
    parameters = keywords(getattr(application, method))
    assert [(name, each.annotation, each.default) for name, each in parameters.items()] == [
        (each.name, each.type, None) for each in options_of(options)
    ]


@pytest.mark.parametrize("application", [aiodubbo.Application, sync.Application])
@pytest.mark.parametrize(("method", "options"), [("export_generic", ServiceOptions), ("refer_generic", ReferenceOptions)])
def test_generic_twins_take_some_of_them(application: Any, method: str, options: type) -> None:
    names = list(keywords(getattr(application, method)))
    assert names == [each.name for each in options_of(options) if each.name in names]


def test_every_option_is_described() -> None:
    for options in (ServiceOptions, ReferenceOptions, MethodOptions):
        assert all((each.meaning and each.meaning[0].islower()) or each.meaning[0] == '"' for each in options_of(options))
        assert [each.name for each in options_of(options)] == list(options.__dataclass_fields__)


def test_parameters_of_what_is_set() -> None:
    assert to_params(ServiceOptions()) == {}
    assert to_params(ServiceOptions(timeout=1.5, weight=0, token="t", path="p", group="g", protocol="dubbo")) == {
        "timeout": "1500",
        "weight": "0",
        "token": "t",
    }, "path, group and protocol are no parameters of their own"
    assert to_params(ReferenceOptions(lazy=False, load_balance="random", retries=0, parameters={"retries": "5", "owner": "ada"})) == {
        "lazy": "false",
        "loadbalance": "random",
        "retries": "5",
        "owner": "ada",
    }
    assert to_params(MethodOptions(timeout=0.0001, one_way=True), "log.") == {"log.timeout": "1", "log.return": "false"}
    assert to_params(MethodOptions(one_way=False)) == {}


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), "1"])
def test_a_time_is_a_positive_number(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="timeout is a positive number of seconds"):
        to_params(ReferenceOptions(timeout=timeout))


def test_unit_and_default_are_those_of_the_key() -> None:
    known = {each.name: each for each in options_of(ReferenceOptions)}
    timeout, retries, url = known["timeout"], known["retries"], known["url"]
    assert (timeout.key, timeout.unit, timeout.default) == (keys.TIMEOUT, "s (ms on the wire)", "1.0")
    assert (retries.unit, retries.default) == ("", "2")
    assert (url.key, url.unit, url.default) == (None, "", "")
