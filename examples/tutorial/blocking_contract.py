"""The blocking twin of contract.UserService; written by: aiodubbo twin contract:UserService"""

from __future__ import annotations

from typing import Protocol

from contract import UnknownUserError, User

from aiodubbo import interface, java, method


@interface("com.example.UserService", version="1.0.0")
class BlockingUserService(Protocol):
    def get_user(self, user_id: java.long) -> User | None: ...

    def find(self, name: str, limit: java.int = 10) -> list[User]: ...

    @method(throws=(UnknownUserError,))
    def rename(self, user_id: java.long, name: str) -> User: ...
