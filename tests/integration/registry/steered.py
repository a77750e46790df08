"""One process with an application for each of several registries, steered by lines: ``python -m … NAME REGISTRY…``.

Each line in is done with every application at once; one line out for it: a JSON list with a value for each registry.

``export``  serve, and announce it: the address.
``refer``   begin to call, and never stop.
``report``  what came of the calls: see `Report`.
``found``   the addresses that the registry names now; null when it does not answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from typing import Any, TypedDict

from aiodubbo import AiodubboError, Application
from tests.integration.registry.calling import Attempts, addresses, attempts
from tests.integration.registry.member import Here, Where

CALLERS = 2


class Report(TypedDict):
    """What came of the calls of one consumer.

    Attributes:
        addresses: where calls would go now.
        answered: how often each provider answered.
        failed: the errors of calls that failed.
        made: attempts by address.
        in_vain: those of them that were made although the connection was known to be broken.
    """

    addresses: list[str]
    answered: dict[str, int]
    failed: list[str]
    made: dict[str, int]
    in_vain: dict[str, int]


class Steered:
    """One application; its methods are the commands."""

    def __init__(self, name: str, registry: str, counted: Attempts) -> None:
        self._name = name
        self._counted = counted
        parameters = {"heartbeat": "300"}
        self.app = Application(name, registry=registry, protocol="dubbo://:0", check=False, shutdown_wait=1, parameters=parameters)
        self._answered: Counter[str] = Counter()
        self._failed: list[str] = []
        self._callers: list[asyncio.Task[None]] = []

    async def export(self) -> str:
        return (await self.app.export(Where, Here(self._name))).url.address

    async def refer(self) -> None:
        where = await self.app.refer(Where, timeout=1.0)
        self._callers += [asyncio.create_task(self._call(where)) for _ in range(CALLERS)]

    async def report(self) -> Report:
        reached = sorted(addresses(self.app))
        return Report(
            addresses=reached,
            answered=self._answered,
            failed=self._failed,
            made={address: self._counted.made[address] for address in reached},
            in_vain={address: self._counted.in_vain[address] for address in reached},
        )

    async def found(self) -> list[str] | None:
        directory: Any = self.app.host.catalogue.references[0]
        registry: Any = self.app._registries.open()[0]
        try:
            async with asyncio.timeout(1):
                return sorted(url.address for url in await registry.lookup(directory._subscription) if url.port)
        except (AiodubboError, TimeoutError):
            return None

    async def _call(self, where: Where) -> None:
        while not self._failed:
            try:
                self._answered[await where.where()] += 1
            except AiodubboError as error:
                self._failed.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        await self.app.close()


async def main(name: str, *registries: str) -> None:
    """Obey until the end of the input."""
    with attempts() as counted:
        everybody = [Steered(name, registry, counted) for registry in registries]
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            commands = {"export": Steered.export, "refer": Steered.refer, "report": Steered.report, "found": Steered.found}
            print(json.dumps(await asyncio.gather(*(commands[line](one) for one in everybody))), flush=True)
        await asyncio.gather(*(one.close() for one in everybody))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
