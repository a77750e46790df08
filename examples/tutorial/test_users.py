"""How to test a service: provider and consumer in one process, no registry, any free port."""

from __future__ import annotations

import asyncio

from contract import UserService
from provider import Users

from aiodubbo import Application


async def check() -> None:
    async with Application("test-provider", protocol="dubbo://127.0.0.1:0") as provider, Application("test") as consumer:
        exported = await provider.export(UserService, Users())
        users = await consumer.refer(UserService, url=str(exported.url))
        user = await users.get_user(1)
        assert user is not None and user.name == "Ada"


def test_get_user() -> None:
    asyncio.run(check())
