"""A consumer without any contract: names and plain data."""

from __future__ import annotations

import asyncio

from aiodubbo import Application


async def main() -> None:
    async with Application("explorer", registry="dubbo://127.0.0.1:9090") as app:
        users = await app.refer_generic("com.example.UserService", version="1.0.0")
        user = await users.invoke("getUser", types=["long"], args=[1])
        print(user["class"], user["name"], user["balance"])


if __name__ == "__main__":
    asyncio.run(main())
