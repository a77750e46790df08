"""Calls read from texts: target, types, arguments, identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest

from aiodubbo import interface, java, method
from aiodubbo.errors import AiodubboError, ArgumentError
from aiodubbo.operations.call import parse_arguments, read_call, read_contract_call, read_typed_call


@java.model("org.aiodubbo.test.cli.Item")
@dataclass(slots=True)
class Item:
    name: str


@interface("org.aiodubbo.test.cli.Listener")
class Listener(Protocol):
    async def told(self, text: str) -> None: ...


@interface("org.aiodubbo.test.cli.StoreService", version="1.0.0", group="north")
class StoreService(Protocol):
    async def get_item(self, item_id: java.long) -> Item | None: ...

    async def find(self, name: str, limit: java.int = 10) -> list[Item]: ...

    @method(name="put")
    async def put_item(self, item: Item) -> None: ...

    @method(name="put")
    async def put_number(self, number: java.int) -> None: ...

    async def count(self, step: int) -> int: ...

    async def listen(self, listener: Listener) -> None: ...


STORE = "org.aiodubbo.test.cli.StoreService"
CONTRACT = "cli_test_contract:StoreService"


def test_json_alone_leaves_the_types_to_the_provider() -> None:
    prepared = read_call("com.example.UserService.getUser", ["42", '"x"'])
    assert (prepared.interface, prepared.method) == ("com.example.UserService", "getUser")
    assert prepared.types is None
    assert prepared.inferred == ("int", "java.lang.String")
    assert "types inferred from the JSON: int, java.lang.String" in prepared.note


def test_no_arguments_need_no_note() -> None:
    assert read_call("a.B#c", []).note == ""


def test_given_types() -> None:
    prepared = read_typed_call("a.B.c", ["42", '"x"'], "long,String")
    assert prepared.types == ("long", "java.lang.String")
    assert prepared.arguments == (42, "x")
    assert prepared.note == ""


def test_a_call_of_the_method_itself_has_one_method() -> None:
    service = read_typed_call("a.B.c", ["42"], "long").with_identity("g", "1", None).descriptor()
    assert str(service) == "g/a.B:1"
    assert [str(one) for one in service.methods] == ["c(long)"]


@pytest.mark.parametrize(
    "target", ["get_item", "getItem", "org.aiodubbo.test.cli.StoreService.getItem", "org.aiodubbo.test.cli.StoreService#getItem"]
)
def test_a_contract_knows_the_method_by_both_names(target: str) -> None:
    prepared = read_contract_call(StoreService, CONTRACT, target, ["42"], None)
    assert (prepared.interface, prepared.method, prepared.types) == ("org.aiodubbo.test.cli.StoreService", "getItem", ("long",))
    assert (prepared.group, prepared.version) == ("north", "1.0.0")
    assert "long" in prepared.note


def test_defaults_fill_the_end() -> None:
    assert read_contract_call(StoreService, CONTRACT, "find", ['"A"'], None).arguments == ("A", 10)


def test_a_bare_int_takes_the_width_of_the_value() -> None:
    assert read_contract_call(StoreService, CONTRACT, "count", ["5"], None).types == ("java.lang.Integer",)
    assert read_contract_call(StoreService, CONTRACT, "count", ["5000000000"], None).types == ("java.lang.Long",)


def test_models_are_sent_as_maps_with_their_class() -> None:
    prepared = read_contract_call(StoreService, CONTRACT, "put_item", ['{"name": "nail"}'], None)
    assert prepared.arguments == (Item("nail"),)
    assert prepared.plain_arguments() == [{"class": "org.aiodubbo.test.cli.Item", "name": "nail"}]


def test_overloads_are_chosen_by_what_fits() -> None:
    assert read_contract_call(StoreService, CONTRACT, "put", ["5"], None).types == ("int",)
    assert read_contract_call(StoreService, CONTRACT, "put", ['{"name": "nail"}'], None).types == ("org.aiodubbo.test.cli.Item",)


def test_overloads_are_chosen_by_types() -> None:
    assert read_contract_call(StoreService, CONTRACT, "put", ["5"], "int").types == ("int",)


@pytest.mark.parametrize(
    ("group", "version", "url", "expected"),
    [
        (None, None, None, ("north", "1.0.0")),
        ("south", "2", None, ("south", "2")),
        (None, None, "dubbo://h:1?group=west&version=3", ("west", "3")),
        ("south", None, "dubbo://h:1?group=west&version=3", ("south", "3")),
    ],
)
def test_options_win_over_the_address_and_that_over_the_contract(
    group: str | None, version: str | None, url: str | None, expected: tuple[str, str]
) -> None:
    prepared = read_contract_call(StoreService, CONTRACT, "get_item", ["1"], None).with_identity(group, version, url)
    assert (prepared.group, prepared.version) == expected


@pytest.mark.parametrize(
    ("target", "texts", "types_", "expected"),
    [
        ("getItm", ["1"], None, "has no method getItm; did you mean getItem?"),
        ("xyz", ["1"], None, "has no method xyz; it has getItem(long), find(java.lang.String, int)"),
        ("com.example.Other.getItem", ["1"], None, "is the interface org.aiodubbo.test.cli.StoreService, not com.example.Other"),
        ("get_item", [], None, "getItem(long) takes 1 argument, but there are 0 arguments"),
        ("find", ['"a"', "1", "2"], None, "takes 1 to 2 arguments, but there are 3 arguments"),
        ("get_item", ['"x"'], None, 'argument 1 (item_id): expected long, got the string "x"'),
        ("put", ["1"], "long", "has no put(long); it has put(org.aiodubbo.test.cli.Item), put(int)"),
        (
            "put",
            ['"x"'],
            None,
            "fit none of the methods of that name:\n  - put(org.aiodubbo.test.cli.Item): argument 1 (item)",
        ),
        ("listen", ["{}"], None, "takes a callback, which cannot be given on the command line"),
        ("put", ["1"], "a,,b", "--types: there is an empty name"),
        ("get-item", ["1"], None, "'get-item' names no method"),
    ],
)
def test_mistakes_with_a_contract(target: str, texts: list[str], types_: str | None, expected: str) -> None:
    with pytest.raises(AiodubboError) as caught:
        read_contract_call(StoreService, CONTRACT, target, texts, types_)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("target", "texts", "types_", "expected"),
    [
        ("getUser", ["1"], "long", "'getUser' names no method: write Interface.method"),
        ("a.B.c", ["1"], "long,int", "--types names 2 types (long, int), but there is 1 argument"),
        ("a.B.c", ["1", "2"], "", "--types names 0 types (), but there are 2 arguments"),
        ("a.B.c", ["1"], "Map<a", "--types: the brackets < and > do not match"),
        ("a.B.c", ["x"], "long", "argument 1: x is not JSON"),
    ],
)
def test_mistakes_with_types(target: str, texts: list[str], types_: str, expected: str) -> None:
    with pytest.raises(AiodubboError) as caught:
        read_typed_call(target, texts, types_)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada", """argument 2: Ada is not JSON; a string needs double quotes, and the shell single quotes around them: '"Ada"'"""),
        ("'Ada'", "the shell single quotes around them: '\"Ada\"'"),
        ("{'a': 1}", "JSON has double quotes only"),
        ('{"a": }', "is not JSON: Expecting value"),
        ("--tpyes", "it is an unknown one: see aiodubbo invoke --help"),
        ("[" * 100_000, "nested too deeply"),
        ("", "is not JSON"),
    ],
)
def test_text_that_is_not_json(text: str, expected: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_arguments(["1", text])
    assert expected in str(caught.value)
    assert len(str(caught.value)) < 300
