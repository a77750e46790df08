"""The story of ``aiodubbo demo``: a shop, two warehouses, a customer, and a registry. Nothing here prints.

Each of them is an `Application` of its own, and they talk over TCP on loopback as if they were on different machines.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from aiodubbo import java
from aiodubbo.bootstrap.application import Application
from aiodubbo.bootstrap.registry_server import RegistryServer
from aiodubbo.errors import AiodubboError
from aiodubbo.rpc.contract.reading import interface, method

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.url.url import URL

HOST: Final = "127.0.0.1"
_CUSTOMERS: Final = 4
"""Calls in flight at the same time."""
_PAUSE: Final = 0.01
"""Seconds between two calls of one customer."""
_MAX_LATENCIES: Final = 20_000


@java.exception("org.aiodubbo.demo.OutOfStockException")
class OutOfStockError(Exception):
    """The typed error of the demo: a Java exception class with a field."""

    article: str

    def __init__(self, article: str) -> None:
        super().__init__(f"no {article} left")
        self.article = article


@java.model("org.aiodubbo.demo.Receipt")
@dataclass(slots=True)
class Receipt:
    """The answer to an order."""

    article: str
    pieces: java.int
    total: Decimal
    served_by: str


@interface("org.aiodubbo.demo.ShopService", version="1.0.0")
class ShopService(Protocol):
    """The contract that providers and consumer share."""

    @method(throws=(OutOfStockError,))
    async def order(self, article: str, pieces: java.int = 1) -> Receipt:
        """Buy something."""
        ...


class Warehouse:
    """A provider's implementation: any object with the methods of the contract."""

    _PRICES: Final = {"apple": Decimal("0.45"), "pear": Decimal("0.60")}

    def __init__(self, name: str) -> None:
        self._name = name

    async def order(self, article: str, pieces: int = 1) -> Receipt:
        """Sell, or raise `OutOfStockError`."""
        price = self._PRICES.get(article)
        if price is None:
            raise OutOfStockError(article)
        return Receipt(article, pieces, price * pieces, self._name)


@dataclass(slots=True)
class Figures:
    """Counts and log of a run.

    Attributes:
        calls: answered calls by provider.
        lost: calls that failed, and why the last one did.
        latencies: seconds of the latest calls.
        log: (seconds since the start, text) of what happened.
    """

    calls: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    last_failure: str = ""
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_LATENCIES))
    log: list[tuple[float, str]] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """All answered calls."""
        return self.calls.total()

    def percentile(self, share: float) -> float:
        """The latency that `share` of the calls did not exceed, in seconds; 0.0 before the first call."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Scene:
    """Run of the demo.

    Args:
        seconds: how long it takes, without set-up and clean-up.
        report: called with each text that is added to the log.
    """

    def __init__(self, seconds: float, report: Callable[[float, str], None] = lambda _at, _text: None) -> None:
        self.figures = Figures()
        self._seconds = seconds
        self._report = report
        self._started = time.monotonic()
        self._server = RegistryServer(HOST, 0)
        self._stop = asyncio.Event()
        self._enough = False

    @property
    def registered(self) -> list[URL]:
        """The entries of the registry now."""
        return self._server.urls

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def stop(self) -> None:
        self._stop.set()

    def _say(self, text: str) -> None:
        at = self.elapsed
        self.figures.log.append((at, text))
        self._report(at, text)

    async def play(self) -> None:
        """The whole story, from the registry's start to its end."""
        async with (
            self._server as server,
            self._provider("north") as north,
            self._provider("south") as south,
            self._customer() as customer,  # leaves first, so that no call goes to a closed provider
        ):
            self._say(f"the registry listens at {server.address}, inside this process")
            await north.export(ShopService, Warehouse("north"))
            self._say("provider 'north' registered org.aiodubbo.demo.ShopService:1.0.0")
            shop = await customer.refer(ShopService, timeout=2.0)
            self._say("the consumer found it in the registry, and calls")
            async with asyncio.TaskGroup() as calls:
                for _ in range(_CUSTOMERS):
                    calls.create_task(self._call(shop))
                await self._acts(shop, north, south)
                self._enough = True
        self._say("all have closed their connections; the registry has ended")

    async def _acts(self, shop: ShopService, north: Application, south: Application) -> None:
        if await self._stopped_within(0.2):
            return
        await south.export(ShopService, Warehouse("south"))
        self._say("provider 'south' joined; the registry notified the consumer")
        if await self._stopped_within(0.25):
            return
        await self._order_a_unicorn(shop)
        if await self._stopped_within(0.25):
            return
        self._say("provider 'north' leaves: unregisters, ends its calls, closes")
        await north.close()
        self._say(f"provider 'north' is gone; calls lost: {self.figures.lost}")
        await self._stopped_within(0.3)

    async def _order_a_unicorn(self, shop: ShopService) -> None:
        try:
            await shop.order("unicorn")
        except OutOfStockError as error:
            self._say(f"a typed error came back: {type(error).__name__}({error.article!r}): {error}")

    async def _call(self, shop: ShopService) -> None:
        figures = self.figures
        while not self._enough:
            started = time.perf_counter()
            try:
                receipt = await shop.order("apple", 3)
            except AiodubboError as error:
                figures.lost += 1
                figures.last_failure = str(error)
            else:
                figures.latencies.append(time.perf_counter() - started)
                figures.calls[receipt.served_by] += 1
            await asyncio.sleep(_PAUSE)

    async def _stopped_within(self, share: float) -> bool:
        """Let a share of the time go by; true when `stop` was called meanwhile."""
        try:
            async with asyncio.timeout(self._seconds * share):
                return await self._stop.wait()
        except TimeoutError:
            return False

    def _provider(self, name: str) -> Application:
        return Application(f"demo-{name}", registry=self._server.address, protocol=f"dubbo://{HOST}:0", shutdown_wait=2.0)

    def _customer(self) -> Application:
        return Application("demo-consumer", registry=self._server.address, shutdown_wait=2.0)
