"""Calls that go on while something else happens, and what became of each attempt."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from aiodubbo import Application
from aiodubbo.protocol.dubbo.invoker import DubboInvoker
from tests.integration.services import Shop, ShopImplementation
from tests.polling import until

from .conftest import FAST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aiodubbo.rpc.call import Invocation, Result

__all__ = ["SHORT", "Attempts", "Calls", "addresses", "attempts", "calling", "consumer", "newcomers_find_each_other", "provider"]

SHORT = f"{FAST}&session=2000&timeout=1000"
"""Sessions that end soon, so that tests need not wait for a minute."""


def provider(address: str, name: str = "provider", **options: Any) -> Application:
    return Application(name, registry=address, protocol="dubbo://127.0.0.1:0", shutdown_wait=1, **options)


def consumer(address: str, name: str = "consumer", **options: Any) -> Application:
    return Application(name, registry=address, shutdown_wait=1, **options)


def addresses(client: Application) -> set[str]:
    """Where the consumer would send calls."""
    return {invoker.url.address for directory in client.host.catalogue.references for invoker in directory.snapshot.invokers}


class Calls:
    """How many calls were answered; a call that fails ends the test."""

    def __init__(self) -> None:
        self.answered = 0

    async def go_on(self, number: int = 20) -> None:
        """Wait for further answers."""
        wanted = self.answered + number
        await until(lambda: self.answered >= wanted, 20)


@asynccontextmanager
async def calling(stub: Shop, callers: int = 2) -> AsyncIterator[Calls]:
    """Calls that go on while the block runs, none of which may fail."""
    calls = Calls()

    async def call() -> None:
        while True:
            await stub.find("x", limit=1)
            calls.answered += 1
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(call()) for _ in range(callers)]
    try:
        yield calls
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)]
        assert not failures, f"calls were lost: {failures}"


async def newcomers_find_each_other(address: str, client: Application, known: str, calls: Calls) -> None:
    """A new provider is told to an old consumer and to a new one, who know the old provider too; then it leaves."""
    async with provider(address, "newcomer", check=False) as second:
        exported = await second.export(Shop, ShopImplementation())
        both = {known, exported.url.address}
        await until(lambda: addresses(client) == both, 40)
        async with consumer(address, "late", check=False) as late:
            await late.refer(Shop)
            await until(lambda: addresses(late) == both, 40)
        await calls.go_on()
    await until(lambda: addresses(client) == {known}, 40)
    await calls.go_on()


class Attempts:
    """How often each address was asked.

    Attributes:
        made: attempts.
        failed: those without an answer.
        in_vain: those that were made although the connection to the address was known to be broken.
    """

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.in_vain: Counter[str] = Counter()


@contextmanager
def attempts() -> Iterator[Attempts]:
    """Count what consumers of this process, made inside the block, ask of whom."""
    counted = Attempts()
    ask = DubboInvoker.invoke

    async def invoke(self: DubboInvoker, invocation: Invocation) -> Result:
        address = self.url.address
        counted.made[address] += 1
        counted.in_vain[address] += not self.is_available()
        try:
            return await ask(self, invocation)
        except Exception:
            counted.failed[address] += 1
            raise

    with mock.patch.object(DubboInvoker, "invoke", invoke):
        yield counted
