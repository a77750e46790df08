"""What must pass type checking, and what types come out. Never run: `assert_type` is read by the checkers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

import attrs
import msgspec
import pydantic

import aiodubbo.sync
from aiodubbo import Application, call_options, java

from .contract import BlockingUserService, Color, Listener, OrderError, User, Users, UserService


class Loud:
    async def heard(self, what: str) -> None: ...


async def consumer(app: Application) -> None:
    users = await app.refer(UserService, url="dubbo://127.0.0.1:20880", timeout=1.0)
    assert_type(users, UserService)
    assert_type(await users.get_user(42), User | None)
    assert_type(await users.find("Ada"), list[User])
    assert_type(await users.find(name="Ada", limit=3), list[User])
    assert_type(await users.find_by_age(3), list[User])
    assert_type(await users.sums([1, 2], {"a": 1.5, "b": None}), int)
    assert_type(await users.anything(3), object)
    await users.watch("key", Loud())
    with call_options(timeout=0.2, attachments={"trace": "42"}) as call:
        await users.get_user(user_id=1)
    assert_type(call.response_attachments["trace"], object)


async def provider(app: Application) -> None:
    await app.export(UserService, Users())
    await app.serve_forever()


def blocking(app: aiodubbo.sync.Application) -> None:
    users = app.refer(BlockingUserService)
    assert_type(users, BlockingUserService)
    assert_type(users.get_user(1), User | None)


def models() -> None:
    user = User(1, "Ada", Decimal(1), datetime.now(UTC), color=Color.RED, scores=[1, 2])
    assert_type(user.id, int)
    assert_type(user.scores, list[int])
    assert_type(user.url, str)
    assert_type(user.color, Color)
    error = OrderError("broken")
    error.code = 3


def listener() -> Listener:
    return Loud()


def types(
    boolean: java.boolean,
    short: java.short,
    single: java.float,
    char: java.char,
    boxed: java.Integer | None,
    moment: java.LocalDateTime,
    instant: java.Instant,
    big: java.BigInteger,
    names: java.TreeSet[str],
    grid: java.array[java.array[java.double]],
) -> None:
    assert_type(boolean, bool)
    assert_type(short, int)
    assert_type(single, float)
    assert_type(char, str)
    assert_type(boxed, int | None)
    assert_type(moment, datetime)
    assert_type(instant, datetime)
    assert_type(big, int)
    assert_type(names, set[str])
    assert_type(grid, list[list[float]])


@java.model("com.example.AttrsUser")
@attrs.define
class AttrsUser:
    user_id: java.long
    name: str = "?"


@java.model("com.example.PydanticUser")
class PydanticUser(pydantic.BaseModel):
    user_id: java.long
    name: str = "?"


@java.model("com.example.StructUser")
class StructUser(msgspec.Struct):
    user_id: java.long
    name: str = "?"


def other_models() -> None:
    assert_type(AttrsUser(5, name="a").user_id, int)
    assert_type(PydanticUser(user_id=5).name, str)
    assert_type(StructUser(5).user_id, int)
