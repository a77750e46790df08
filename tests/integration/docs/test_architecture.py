"""docs/explanation/architecture.md is true: the functions that it names are executed, in its order."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

import aiodubbo
from aiodubbo import Application, RegistryServer

from .pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

pytestmark = pytest.mark.integration

PACKAGE = Path(aiodubbo.__file__).parent
PAGE = ROOT / "docs" / "explanation" / "architecture.md"

Step = tuple[str, str]
"""File and qualified name of a function."""


def ways() -> dict[str, list[Step]]:
    """The ways of the page by name: the ``file.py: function`` of its numbered steps."""
    parts = re.split(r"<!-- way: ([\w ]+) -->\n", PAGE.read_text(encoding="utf-8"))
    found = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        listed = re.match(r"\n(?:(?:\d+\.|  ) .*\n)+", text)
        assert listed is not None, name
        found[name] = [(file, function) for file, function in re.findall(r"`([\w/]+\.py): ([\w.]+)`", listed[0])]
    return found


@contextmanager
def traced() -> Iterator[list[Step]]:
    """Record every call of a function of the package."""
    calls: list[Step] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(str(PACKAGE)):
            calls.append((path[len(str(PACKAGE)) + 1 :], frame.f_code.co_qualname.replace("<locals>.", "")))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def assert_order(way: list[Step], calls: list[Step]) -> None:
    """Each step is executed after the one before; functions inside a step stand for it."""
    position = 0
    for file, function in way:
        for index in range(position, len(calls)):
            if calls[index][0] == file and f"{calls[index][1]}.".startswith(f"{function}."):
                position = index + 1
                break
        else:
            raise AssertionError(f"{file}: {function} is not executed, or not in this place")


async def test_the_ways_are_true() -> None:
    there = ways()
    assert list(there) == ["call out", "call in", "notification", "value"]
    async with (
        RegistryServer("127.0.0.1", 0) as registry,
        Application("provider", registry=registry.address, protocol="dubbo://127.0.0.1:0", shutdown_wait=0) as provider,
        Application("consumer", registry=registry.address, shutdown_wait=0) as consumer,
        Application("another", registry=registry.address, protocol="dubbo://127.0.0.1:0", shutdown_wait=0) as another,
    ):
        await provider.export(Shop, ShopImplementation())
        shop = await consumer.refer(Shop, timeout=5.0)
        await shop.find("apple", limit=1)
        with traced() as calls:
            await shop.find("apple", limit=1)
        assert_order(there["call out"] + there["call in"], calls)
        assert_order(there["value"], calls)

        (reference,) = consumer.host.catalogue.references
        with traced() as calls:
            await another.export(Shop, ShopImplementation())
            await until(lambda: len(reference.snapshot.invokers) == 2)
        assert_order(there["notification"], calls)


def test_every_file_and_room_that_the_page_names_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in re.findall(r"`([\w/]+\.py)\b", page):
        assert (PACKAGE / name).exists(), name
    for name, thing in re.findall(r"`([\w/]+\.py): (\w+)", page):
        assert re.search(rf"^\s*(?:async def|def|class) {thing}\b", (PACKAGE / name).read_text(encoding="utf-8"), re.MULTILINE), (
            name,
            thing,
        )
    table = page.partition("| room |")[2].partition("\n\n")[0]
    rooms = {room for line in table.splitlines()[2:] for room in re.findall(r"`(\w+)`", line.split("|")[1])}
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms == there - {"__init__", "__main__"}


def test_a_step_out_of_order_is_found() -> None:
    calls = [("a.py", "f"), ("b.py", "C.g.h")]
    assert_order([("a.py", "f"), ("b.py", "C.g")], calls)
    with pytest.raises(AssertionError, match=r"a\.py: f is not executed"):
        assert_order([("b.py", "C.g"), ("a.py", "f")], calls)
