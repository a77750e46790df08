"""One process of a multicast group, steered by lines: ``python -m tests.integration.registry.member NAME REGISTRY``.

Lines in: ``export``, ``unexport``, ``refer``, ``call``, ``quit``. One line out for each: a JSON value.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Protocol

from aiodubbo import AiodubboError, Application, interface


@interface("org.aiodubbo.test.WhereService")
class Where(Protocol):
    """Who answers."""

    async def where(self) -> str: ...


class Here:
    """Answers with its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def where(self) -> str:
        return self._name


async def main(name: str, registry: str) -> None:
    """Obey until the end of the input."""
    exported = None
    where: Where | None = None
    async with Application(name, registry=registry, protocol="dubbo://:0", shutdown_wait=1) as app:
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            answer: object = None
            try:
                if line == "export":
                    exported = await app.export(Where, Here(name))
                    answer = exported.url.host
                elif line == "unexport":
                    assert exported is not None
                    await exported.close()
                elif line == "refer":
                    where = await app.refer(Where, check=False, retries=0, timeout=2.0)
                    answer = [url.address for url in await app._registries.open()[0].lookup(app._references._directories[0]._subscription)]  # type: ignore[attr-defined] # what the registry heard
                elif line == "call":
                    assert where is not None
                    answer = await where.where()
                else:
                    break
            except AiodubboError as error:
                answer = {"error": type(error).__name__}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
