"""A provider: an object with the contract's methods, exported by an Application."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from contract import UnknownUserError, User, UserService

from aiodubbo import Application


class Users:
    def __init__(self) -> None:
        since = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
        people = [User(1, "Ada", Decimal("12.50"), since, ["admin"]), User(2, "Alan", Decimal("0.00"), since)]
        self._users = {user.id: user for user in people}

    async def get_user(self, user_id: int) -> User | None:
        return self._users.get(user_id)

    def find(self, name: str, limit: int = 10) -> list[User]:  # a plain `def` runs in a thread
        return [user for user in self._users.values() if user.name.startswith(name)][:limit]

    async def rename(self, user_id: int, name: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise UnknownUserError(f"there is no user {user_id}")
        user.name = name
        return user


async def app() -> Application:
    application = Application("user-provider", registry="dubbo://127.0.0.1:9090", protocol="dubbo://127.0.0.1:20880")
    await application.export(UserService, Users())
    return application
