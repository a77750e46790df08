from __future__ import annotations

from typing import cast

import pytest

from aiodubbo.errors import LocalProtocolError
from aiodubbo.rpc.host import Catalogue, CloseHooks, Export, Host, Reference


def test_a_host_of_no_application_has_no_protocols() -> None:
    with pytest.raises(LocalProtocolError, match="no protocol 'dubbo' here"):
        Host(name="test").protocol("dubbo")


def test_the_catalogue_forgets_what_is_gone() -> None:
    catalogue, export, reference = Catalogue(), cast("Export", object()), cast("Reference", object())
    catalogue.exports.append(export)
    catalogue.references.append(reference)
    catalogue.remove(export)
    catalogue.remove(export)
    assert (catalogue.exports, catalogue.references) == ([], [reference])
    catalogue.remove(reference)
    assert catalogue.references == []


async def test_hooks_run_from_the_last_to_the_first_whatever_fails() -> None:
    hooks = CloseHooks()
    log: list[str] = []

    async def first() -> None:
        log.append("first")

    async def second() -> None:
        log.append("second")
        raise ValueError("no")

    hooks.add(first)
    hooks.add(second)
    await hooks.run()
    await hooks.run()
    assert log == ["second", "first"]
