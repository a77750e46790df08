"""Extension points: names become objects through the metadata of installed packages."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.fakes import FakeProtocol

from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError, MissingDependencyError
from aiodubbo.ext.point import ExtensionPoint
from aiodubbo.ext.wrapping import Wrapper, compose
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.rpc.abc import LoadBalance
    from aiodubbo.rpc.host import Host

    from .conftest import Install

X = "aiodubbo.test"


@pytest.mark.spec("SPI-3", "a plug-in of another package is found by its entry point")
@pytest.mark.usefixtures("acme")
def test_a_plug_in_from_another_package() -> None:
    point: ExtensionPoint[Callable[[Host], LoadBalance]] = ExtensionPoint("aiodubbo.load_balance")

    assert "fastest" in point.names()
    assert "acme_dubbo" not in sys.modules  # asking for names imports nothing
    assert point.load("fastest") is sys.modules["acme_dubbo"].Fastest


@pytest.mark.usefixtures("acme")
def test_filters_of_another_package_take_part() -> None:
    point: ExtensionPoint[object] = ExtensionPoint("aiodubbo.filter")

    def chain(url: str, group: str) -> list[str]:
        return [name for name in point.active_names(URL.parse(url), "service.filter", group) if name in ("audit", "echo")]

    assert chain("dubbo://h", "provider") == ["echo"]
    assert chain("dubbo://h?audit=true", "provider") == ["echo", "audit"]
    assert chain("dubbo://h?sayHello.audit=x", "provider") == ["echo", "audit"]
    assert chain("dubbo://h?audit=true", "consumer") == []
    assert chain("dubbo://h?audit=true&service.filter=-audit", "provider") == ["echo"]
    assert chain("dubbo://h?service.filter=audit,default", "provider") == ["audit", "echo"]


@pytest.mark.spec("SPI-14", "wrappers surround the chosen extension")
@pytest.mark.usefixtures("acme")
def test_a_wrapper_of_another_package() -> None:
    wrappers: ExtensionPoint[Wrapper[Any]] = ExtensionPoint("aiodubbo.protocol.wrapper")
    assert list(wrappers.load_all()) == ["counting"]
    assert type(compose(FakeProtocol(), wrappers.load_all())).__name__ == "CountingProtocol"


@pytest.mark.spec("SPI-1", "one object for each name; true means the default; an unknown name is an error")
def test_names_and_default(install: Install) -> None:
    install("one", {X: {"b": "x_one:make", "a": "x_one:other"}}, x_one="made = []\ndef make(): ...\ndef other(): ...\n")
    point: ExtensionPoint[object] = ExtensionPoint(X, default="b")

    assert point.names() == ("a", "b")
    assert point.load("b") is point.load("b") is point.load("true") is point.load("") is point.load()
    assert point.load("a") is not point.load("b")
    assert list(point.load_all()) == ["a", "b"]
    assert repr(point) == "ExtensionPoint('aiodubbo.test', default='b')"


@pytest.mark.spec("SPI-1", "one object for each name; true means the default; an unknown name is an error")
def test_an_unknown_name_lists_those_that_exist(install: Install) -> None:
    install("one", {X: {"failover": "x:y", "random": "x:y"}})
    point: ExtensionPoint[object] = ExtensionPoint(X)

    with pytest.raises(ExtensionNotFoundError) as caught:
        point.load("failovr")
    assert str(caught.value) == "No such extension aiodubbo.test by name failovr; did you mean failover? Available: failover, random"
    with pytest.raises(ExtensionNotFoundError) as caught:
        point.load("z" * 5000)
    assert str(caught.value) == f"No such extension aiodubbo.test by name {'z' * 100}. Available: failover, random"
    with pytest.raises(ExtensionNotFoundError, match=r"by name true: it has no default\. Available: failover, random"):
        point.load("true")


@pytest.mark.spec("SPI-20", "a name that Java Dubbo has and that is not built is told apart from a wrong one")
def test_a_name_that_only_java_has(install: Install) -> None:
    install("one", {"aiodubbo.registry": {"dubbo": "x:y"}})
    with pytest.raises(ExtensionNotFoundError) as caught:
        ExtensionPoint[object]("aiodubbo.registry").load("sofa")
    assert str(caught.value).startswith(
        "No such extension aiodubbo.registry by name sofa: Dubbo for Java has it, this version of aiodubbo does not, "
        "and no installed package adds it. Available: "
    )


@pytest.mark.spec("SPI-20", "a name that Java Dubbo has and that is not built is told apart from a wrong one")
def test_a_package_may_add_a_name_that_only_java_has(install: Install) -> None:
    install("one", {"aiodubbo.registry": {"sofa": "x_sofa:registry"}}, x_sofa="registry = 'sofa'\n")
    assert ExtensionPoint[str]("aiodubbo.registry").load("sofa") == "sofa"


def test_nothing_installed_tells_what_to_look_at() -> None:
    point: ExtensionPoint[object] = ExtensionPoint("aiodubbo.nothing", default="x")
    assert point.names() == ()
    with pytest.raises(ExtensionNotFoundError, match=r"by name x\. None is installed at all: is aiodubbo installed as a package"):
        point.load()


def test_metadata_is_read_once_and_late(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = importlib.metadata.entry_points

    def entry_points(**params: Any) -> Any:
        asked.append(params["group"])
        return real(**params)

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    point: ExtensionPoint[object] = ExtensionPoint(X)
    assert asked == []
    for _ in range(3):
        point.names()
    assert asked == [X]


BROKEN = {
    "x_missing:f": "ModuleNotFoundError: No module named 'x_missing'",
    "x_bad:f": "ImportError: no such luck",
    "x_syntax:f": "SyntaxError",
    "x_good:absent": "AttributeError",
    "x_zero:f": "ZeroDivisionError",
}
SOURCES = {"x_bad": "raise ImportError('no such luck')\n", "x_syntax": "def (\n", "x_good": "value = 'good'\n", "x_zero": "1 / 0\n"}


@pytest.mark.parametrize(("value", "cause"), BROKEN.items(), ids=list(BROKEN))
def test_a_broken_plug_in_is_named_and_spares_the_others(install: Install, value: str, cause: str) -> None:
    install("broken-pack", {X: {"broken": value, "good": "x_good:value"}}, "2.1", **SOURCES)
    point: ExtensionPoint[str] = ExtensionPoint(X)

    with pytest.raises(ConfigurationError) as caught:
        point.load("broken")
    assert f'offered by broken-pack 2.1 (entry point "broken = {value}")' in str(caught.value)
    assert cause in str(caught.value)
    assert caught.value.__cause__ is not None
    assert point.load("good") == "good"
    assert point.names() == ("broken", "good")


def test_a_missing_optional_package_speaks_for_itself(install: Install) -> None:
    install(
        "one",
        {X: {"a": "x_extra:f"}},
        x_extra="from aiodubbo.errors import MissingDependencyError\nraise MissingDependencyError('pip install aiodubbo[redis]')\n",
    )
    with pytest.raises(MissingDependencyError, match=r"\Apip install aiodubbo\[redis\]\Z"):
        ExtensionPoint[object](X).load("a")


def test_a_broken_plug_in_is_not_left_out_of_a_chain_in_silence(install: Install) -> None:
    """It might be the one that guards the service."""
    install("guard", {X: {"guard": "x_missing:f", "ok": "x_ok:ok"}}, x_ok="def ok(): ...\n")
    point: ExtensionPoint[object] = ExtensionPoint(X)

    with pytest.raises(ConfigurationError, match=r"offered by guard 1\.0"):
        point.activate(URL.parse("dubbo://h"), "service.filter")
    ok = point.load("ok")
    assert point.activate(URL.parse("dubbo://h?service.filter=-guard,ok"), "service.filter") == [ok]
    assert point.activate(URL.parse("dubbo://h?service.filter=-default,ok"), "service.filter") == [ok]


@pytest.mark.spec("SPI-2", "a name that two packages give to different objects is an error")
def test_a_name_offered_twice(install: Install) -> None:
    install("first", {X: {"same": "x_a:one", "other": "x_a:one"}}, x_a="one = 1\n")
    install("second", {X: {"same": "x_b:two"}}, "3.0", x_b="two = 2\n")
    point: ExtensionPoint[int] = ExtensionPoint(X)

    with pytest.raises(ConfigurationError, match=r"Duplicate extension aiodubbo\.test by name same: offered by ") as caught:
        point.load("same")
    assert 'first 1.0 (entry point "same = x_a:one")' in str(caught.value)
    assert 'second 3.0 (entry point "same = x_b:two")' in str(caught.value)
    assert point.load("other") == 1


@pytest.mark.spec("SPI-2", "a name that two packages give to different objects is an error")
def test_the_same_object_offered_twice_is_one(install: Install) -> None:
    install("first", {X: {"same": "x_a:one"}}, x_a="one = 1\n")
    install("second", {X: {"same": "x_a:one"}})
    assert ExtensionPoint[int](X).load("same") == 1


def test_an_unknown_name_in_a_list_is_an_error(install: Install) -> None:
    install("one", {X: {"a": "x_a:one"}}, x_a="one = 1\n")
    with pytest.raises(ExtensionNotFoundError, match="by name b"):
        ExtensionPoint[int](X).activate(URL.parse("dubbo://h?service.filter=a,b"), "service.filter")
