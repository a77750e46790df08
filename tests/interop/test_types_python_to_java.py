"""A Python consumer sends every type family to Java Dubbo and gets it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo import Application, ServerError

from .contracts import TypesService
from .defects import DAMAGED, LOST
from .models import Floats
from .samples import COARSER, OBJECT_KINDS, samples, shape

if TYPE_CHECKING:
    from .conftest import Address
    from .peers import JavaPeer

FAMILIES = sorted(samples())


def method_of(family: str) -> str:
    return "echo_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", family).lower()


@pytest.mark.spec("PRO-26", "real Java reads every type family from Python, and Python reads it back")
@pytest.mark.parametrize("family", FAMILIES)
async def test_argument_and_result(java: JavaPeer, java_address: Address, family: str) -> None:
    wanted = java_address.samples[family]
    values = samples()[family]
    assert len(wanted) == len(values), "Samples.java and samples.py differ"
    async with Application("python") as app:
        types = await app.refer(TypesService, url=java_address.url, timeout=20.0)
        await java.ask("seen")
        for index, value in enumerate(values):
            if (family, index) in DAMAGED[java.version]:
                continue  # tests below say how
            got = await getattr(types, method_of(family))(value)
            [seen] = await java.ask("seen")
            assert seen == {"method": family, "text": wanted[index]}
            assert shape(got) == shape(value)


@pytest.mark.spec("PRO-39", "what real Java makes is held in Python and goes back")
@pytest.mark.spec("PRO-38", "real Java gets the documented class for untyped Python values")
@pytest.mark.parametrize("kind", OBJECT_KINDS)
async def test_what_java_makes_comes_back_to_it(java_address: Address, kind: str) -> None:
    async with Application("python") as app:
        types = await app.refer(TypesService, url=java_address.url, timeout=20.0)
        value = await types.make(kind)
        answer = await types.same(kind, value)
    got = answer.partition(", got ")[2] or "same"
    assert got in ("same", COARSER.get(kind), LOST[java_address.version].get(kind))


async def test_a_primitive_float_field(java: JavaPeer, java_address: Address) -> None:
    """Dubbo 3.3.6 does not store a primitive float field, whoever wrote it, and damages what lies beside it."""
    async with Application("python") as app:
        types = await app.refer(TypesService, url=java_address.url, timeout=20.0)
        await java.ask("seen")
        got: Any = await types.echo_float_fields(Floats(1.25, 2.5, 7.75))
        [seen] = await java.ask("seen")
    if java.version == "3.x":
        assert "single=Float:0.0, boxed=Float:2.5, wide=Double:7.75" in seen["text"]
        assert got.single == 0.0
        assert got.wide == pytest.approx(7.75, abs=1e-5)
    else:
        assert seen["text"] == "Floats(single=Float:1.25, boxed=Float:2.5, wide=Double:7.75)"
        assert shape(got) == shape(Floats(1.25, 2.5, 7.75))


async def test_references_behind_a_uuid(java_address: Address) -> None:
    """Dubbo 2.6 and 2.7 do not count a UUID when they read: a reference to anything that began behind one leads elsewhere."""
    value: Any = samples()["Labelled"][1]
    async with Application("python") as app:
        types = await app.refer(TypesService, url=java_address.url, timeout=20.0, retries=0)
        if java_address.version == "3.x":
            assert shape(await types.echo_labelled(value)) == shape(value)
        else:
            with pytest.raises(ServerError, match="Fail to decode request"):
                await types.echo_labelled(value)
        assert await types.describe("after") == '"after"'
