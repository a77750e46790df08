"""Choice of the codec implementation."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pytest

from aiodubbo.errors import ConfigurationError, MissingDependencyError
from aiodubbo.wire._impl import CHOICE, HESSIAN2, REFERENCE, choose
from aiodubbo.wire.hessian2.abc import CONTRACT


def native(monkeypatch: pytest.MonkeyPatch, contract: int) -> str:
    module = ModuleType("another_native")
    vars(module)["HESSIAN2"] = SimpleNamespace(name="native", contract=contract)
    monkeypatch.setitem(sys.modules, "another_native", module)
    return "another_native"


def test_python_is_always_there() -> None:
    assert choose("python").codec is REFERENCE
    assert (REFERENCE.name, REFERENCE.contract) == ("python", CONTRACT)


def test_unset_takes_the_best() -> None:
    assert choose(None).codec.name == choose("").codec.name
    assert HESSIAN2.name in ("python", "native")
    assert CHOICE.tried[-1].startswith(f"{HESSIAN2.name}: taken")


def test_native_without_the_package_fails_loudly() -> None:
    if find_spec("aiodubbo_native") is None:
        with pytest.raises(MissingDependencyError, match="pip install aiodubbo-native"):
            choose("native")
        assert choose(None).tried == ("native: not installed", "python: taken")
    else:
        assert choose("native").codec.name == "native"


def test_other_words_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="AIODUBBO_IMPL is 'rust'"):
        choose("rust")


@pytest.mark.parametrize("wanted", [None, "native"])
def test_a_native_codec_of_this_contract_is_taken(monkeypatch: pytest.MonkeyPatch, wanted: str | None) -> None:
    choice = choose(wanted, native(monkeypatch, CONTRACT))
    assert choice.codec.name == "native"
    assert choice.tried == ("native: taken",)


def test_a_native_codec_of_another_contract_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module = native(monkeypatch, CONTRACT + 1)
    choice = choose(None, module)
    assert choice.codec is REFERENCE
    assert (
        choice.tried[0] == f"native: left out, it implements version {CONTRACT + 1} of the codec contract, this aiodubbo needs {CONTRACT}"
    )
    with pytest.raises(
        ConfigurationError, match=rf"AIODUBBO_IMPL=native, but aiodubbo-native implements version {CONTRACT + 1} .*--upgrade"
    ):
        choose("native", module)


def test_a_native_codec_that_cannot_be_loaded_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "another_native", ModuleType("another_native"))
    choice = choose(None, "another_native")
    assert choice.codec is REFERENCE
    assert choice.tried[0].startswith("native: left out, it cannot be loaded (AttributeError")
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        choose("native", "another_native")
