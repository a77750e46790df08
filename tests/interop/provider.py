"""A Python provider of GreetingService as a process of its own.

``python -m tests.interop.provider HOST PORT`` says "ready" when it serves, and ends by a signal.
"""

from __future__ import annotations

import asyncio
import sys

from aiodubbo import Application

from .contracts import GreetingService
from .services import Greeting


async def main(host: str, port: str) -> None:
    async with Application("python", protocol=f"dubbo://{host}:{port}", shutdown_wait=1.0) as app:
        await app.export(GreetingService, Greeting())
        print("ready", flush=True)
        await app.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
