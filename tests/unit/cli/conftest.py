"""What the tests of this folder do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture(autouse=True)
def _no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which address the machine has is asked of a socket; here it has one."""

    async def local_address(towards: Iterable[str] = ()) -> str:
        assert list(towards)
        return "10.0.0.99"

    monkeypatch.setattr("aiodubbo.operations.lookup.local_address", local_address)
