"""A contract as users write it; imported by the other snippets."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Protocol

from aiodubbo import interface, java, method


@java.model("com.example.Color")
class Color(enum.Enum):
    RED = 1


@java.model("com.example.User")
@dataclass(slots=True)
class User:
    id: java.Long
    name: str
    balance: Decimal
    created_at: datetime
    birthday: date | None = None
    color: Color = Color.RED
    tags: list[str] = field(default_factory=list[str])
    scores: java.array[java.int] = field(default_factory=list[int])
    url: Annotated[str, java.field("URL")] = ""


@java.exception("com.example.OrderException")
class OrderError(Exception):
    code: java.int = 0


@interface("com.example.Listener")
class Listener(Protocol):
    async def heard(self, what: str) -> None: ...


@interface("com.example.UserService", version="1.0.0")
class UserService(Protocol):
    async def get_user(self, user_id: java.long) -> User | None: ...

    async def find(self, name: str, limit: java.int = 10) -> list[User]: ...

    @method(name="find", throws=(OrderError,))
    async def find_by_age(self, age: java.int) -> java.LinkedList[User]: ...

    async def watch(self, key: str, listener: Listener) -> None: ...

    async def sums(self, numbers: java.array[java.long], by_name: java.TreeMap[str, java.Double | None]) -> java.long: ...

    async def anything(self, value: java.Object) -> java.Object: ...


@interface("com.example.UserService")
class BlockingUserService(Protocol):
    def get_user(self, user_id: java.long) -> User | None: ...


class Users:
    """Implements `UserService`, without a base class."""

    def get_user(self, user_id: int) -> User | None:
        return None

    async def find(self, name: str, limit: int = 10) -> list[User]:
        return []
