"""The figures of the demo, and its contract."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aiodubbo.cli.scene import Figures, OutOfStockError, ShopService, Warehouse
from aiodubbo.rpc.contract.checking import check_implementation


def test_percentiles() -> None:
    figures = Figures()
    assert figures.percentile(0.5) == 0.0
    figures.latencies.extend([0.004, 0.001, 0.002, 0.003])
    assert figures.percentile(0.5) == 0.003
    assert figures.percentile(0.99) == 0.004
    assert figures.percentile(1.0) == 0.004


def test_answers_are_counted_by_provider() -> None:
    figures = Figures()
    figures.calls.update(["north", "south", "north"])
    assert figures.answered == 3


async def test_a_warehouse_sells_what_it_has() -> None:
    check_implementation(ShopService, Warehouse("north"))
    receipt = await Warehouse("north").order("apple", 3)
    assert (receipt.total, receipt.served_by) == (Decimal("1.35"), "north")
    with pytest.raises(OutOfStockError, match="no unicorn left"):
        await Warehouse("north").order("unicorn")
