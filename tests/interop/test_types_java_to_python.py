"""A Java consumer sends every type family to Python and gets it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application

from .contracts import TypesService
from .defects import DAMAGED, LOST
from .samples import COARSER, OBJECT_KINDS, samples, shape
from .services import make_types

if TYPE_CHECKING:
    from .peers import JavaPeer


@pytest.mark.spec("PRO-26", "Python reads every type family from real Java, and Java reads it back")
async def test_argument_and_result(java: JavaPeer) -> None:
    seen: list[tuple[str, object]] = []
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export(TypesService, make_types(seen))
        await java.ask("refer", name="py", service="types", url=f"dubbo://{exported.url.address}", timeout=20000)
        try:
            rows = await java.ask("check-types", name="py")
        finally:
            await java.ask("release", name="py")
    problems = []
    values = samples()
    arrived = iter(seen)
    for row in rows:
        family, index = row["method"], row["index"]
        label = f"{family}[{index}]"
        damaged = (family, index) in DAMAGED[java.version]  # by Java's reader: Python gets it whole, Java does not get it back
        if "error" in row and not damaged:
            problems.append(f"{label}: {row['error']['class']}: {str(row['error']['message'])[:600]}")
            continue
        name, value = next(arrived)
        wanted = values[family][index]
        if name != family or shape(value) != shape(wanted):
            problems.append(f"{label}: Python got {name} {shape(value)[:300]}, wanted {shape(wanted)[:300]}")
        if row.get("got") != row["sent"] and not damaged:
            problems.append(f"{label}: Java sent {row['sent'][:300]} and got back {row['got'][:300]}")
    assert not problems, "\n".join(problems)
    assert len(rows) == sum(map(len, values.values()))


@pytest.mark.spec("PRO-39", "what real Java sends into an Object slot comes back")
async def test_objects_of_every_kind_come_back(java: JavaPeer) -> None:
    async with Application("python", protocol=f"dubbo://{java.host}:0") as app:
        exported = await app.export(TypesService, make_types([]))
        await java.ask("refer", name="py", service="types", url=f"dubbo://{exported.url.address}", timeout=20000)
        try:
            outcome = await java.ask("check-objects", name="py", kinds=list(OBJECT_KINDS))
        finally:
            await java.ask("release", name="py")
    lost = {kind: text.partition(", got ")[2] for kind, text in outcome.items() if text != "same"}
    assert {kind: text for kind, text in lost.items() if text not in (COARSER.get(kind), LOST[java.version].get(kind))} == {}
