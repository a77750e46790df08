"""What provider and consumer share: the service, its models, its errors."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from aiodubbo import interface, java, method


@java.model("com.example.User")
@dataclass(slots=True)
class User:
    id: java.Long
    name: str
    balance: Decimal
    created_at: datetime  # the Java field createdAt, a java.util.Date
    tags: list[str] = field(default_factory=list)


@java.exception("com.example.UnknownUserException")
class UnknownUserError(Exception):
    pass


@interface("com.example.UserService", version="1.0.0")
class UserService(Protocol):
    async def get_user(self, user_id: java.long) -> User | None: ...

    async def find(self, name: str, limit: java.int = 10) -> list[User]: ...

    @method(throws=(UnknownUserError,))
    async def rename(self, user_id: java.long, name: str) -> User: ...
