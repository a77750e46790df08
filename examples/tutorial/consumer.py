"""A consumer: refers to the service by its contract, and calls it."""

from __future__ import annotations

import asyncio

from contract import UnknownUserError, UserService

from aiodubbo import Application


async def main() -> None:
    async with Application("user-consumer", registry="dubbo://127.0.0.1:9090") as app:
        users = await app.refer(UserService, timeout=2.0)
        print(await users.get_user(1))
        print([user.name for user in await users.find("A", limit=5)])
        try:
            await users.rename(99, "Grace")
        except UnknownUserError as error:
            print("refused:", error)


if __name__ == "__main__":
    asyncio.run(main())
