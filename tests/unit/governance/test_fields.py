from __future__ import annotations

import sys

import pytest

from aiodubbo.errors import ConfigurationError, MissingDependencyError
from aiodubbo.governance.fields import read, require_yaml


@pytest.mark.spec("REG-162", "values are taken as they are written")
def test_values_are_texts() -> None:
    fields = read("version: 1.0\ncount: 010\nwhen: 2024-01-01\nnothing:\nempty: ''\nlong: |\n  a\n  b\n")
    assert [fields.text(name) for name in ("version", "count", "when", "nothing", "empty", "long", "missing")] == [
        *("1.0", "010", "2024-01-01", "", "", "a\nb\n", "")
    ]
    assert ("nothing" in fields, "empty" in fields, "missing" in fields) == (False, True, False)
    fields.finish()


def test_flags_numbers_and_lists() -> None:
    fields = read("on: yes\noff: FALSE\nn: -3\none: x\nmany: [a, 1, ~]\n")
    assert (fields.flag("on", False), fields.flag("off", True), fields.flag("missing", True)) == (True, False, True)
    assert (fields.number("n", 0), fields.number("missing", 5)) == (-3, 5)
    assert (fields.texts("one"), fields.texts("many"), fields.texts("missing")) == (["x"], ["a", "1", ""], [])
    fields.finish()


def test_maps_and_references() -> None:
    fields = read("items:\n- &a {p: {x: 1, y: two}, l: &l [h]}\n- {l: *l}\n- *a\n")
    items = fields.maps("items")
    assert [item.pairs("p") for item in items] == [{"x": "1", "y": "two"}, {}, {"x": "1", "y": "two"}]
    assert [item.texts("l") for item in items] == [["h"]] * 3
    fields.finish()


@pytest.mark.spec("REG-166", "all mistakes of a rule are told at once, each with its place")
def test_all_mistakes_at_once() -> None:
    fields = read("flag: maybe\nn: many\nlist: {a: b}\nitems:\n- x\n- p: [1]\n  t: {a: b}\nmap: 3\n")
    fields.flag("flag", False)
    fields.number("n", 0)
    fields.texts("list")
    (item,) = fields.maps("items")
    item.pairs("p")
    item.text("t")
    fields.maps("map")
    fields.pairs("map")
    with pytest.raises(ConfigurationError) as error:
        fields.finish()
    assert str(error.value) == (
        "the rule cannot be used: line 1: flag must be true or false, got 'maybe'; line 2: n must be a whole number, got 'many'; "
        "line 3: list must be a single value; line 5: items[0] must be a map of fields; line 6: items[1].p must be a map of fields; "
        "line 7: items[1].t must be a single value; line 8: map must be a list; line 8: map must be a map of fields"
    )


def test_a_long_list_of_mistakes_is_cut() -> None:
    fields = read("items: [" + "x, " * 30 + "]")
    fields.maps("items")
    with pytest.raises(ConfigurationError, match="and 20 more"):
        fields.finish()


LAUGHS = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.spec("REG-166", "size, depth and references are limited before anything is built from a rule")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 300_000, "300000 characters, more than the 262144 that are read"),
        (LAUGHS, "more than 50 references"),
        ("a: " + "[" * 50, "more than 10 levels"),
        ("- " * 5000, "more than 10 levels"),
        ("a: [" + "b, " * 30_000 + "]", "more than 20000 values"),
        ("a: [", "the rule is no YAML: "),
        ("a: \x07", "the rule is no YAML: "),
        ("a: \ud800", "the rule is no YAML: "),
        ("a: 1\n---\nb: 2\n", "the rule is no YAML: "),
        ("a: !!python/object/apply:os.system [x]\nb: [", "the rule is no YAML: "),
        ("just text", "no map of fields"),
        ("- a\n- b\n", "no map of fields"),
        ("", "no map of fields"),
    ],
)
def test_texts_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(text)
    assert reason in str(error.value)
    assert len(str(error.value)) < 600


def test_tags_build_nothing() -> None:
    fields = read("a: !!python/object/apply:os.system [echo]\nb: !secret x\n<<: {c: d}\n")
    assert (fields.texts("a"), fields.text("b"), "c" in fields) == (["echo"], "x", False)


def test_a_list_that_holds_itself() -> None:
    fields = read("a: &a [x, *a]\n")
    fields.texts("a")
    with pytest.raises(ConfigurationError, match=r"a\[1\] must be a single value"):
        fields.finish()


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'aiodubbo\[zookeeper\]'"):
        require_yaml()
