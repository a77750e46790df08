"""What must fail type checking. Each ignored line is an error; a line that is none is told as an ignore without use."""

from __future__ import annotations

from decimal import Decimal

from aiodubbo import Application, call_options, interface, java, method

from .contract import Listener, User, UserService


class Quiet:
    async def heard(self, what: int) -> None: ...


async def calls(app: Application) -> None:
    users = await app.refer(UserService)
    await users.get_user("42")  # type: ignore[arg-type]
    await users.get_user()  # type: ignore[call-arg]
    await users.get_usr(42)  # type: ignore[attr-defined]
    await users.find("Ada", limit="3")  # type: ignore[arg-type]
    await users.sums([1.5], {})  # type: ignore[list-item]
    await users.sums([1], {1: 1.5})  # type: ignore[dict-item]
    await users.watch("key", Quiet())  # type: ignore[arg-type]
    found: User = await users.get_user(42)  # type: ignore[assignment]
    del found
    (await users.anything(1)).upper()  # type: ignore[attr-defined]
    await app.refer(UserService, timeout="1")  # type: ignore[arg-type]
    await app.refer(42)  # type: ignore[arg-type]
    with call_options(timout=1.0):  # type: ignore[call-arg]
        pass
    with call_options(timeout="1"):  # type: ignore[arg-type]
        pass


def models() -> None:
    User(1, "Ada", Decimal(1))  # type: ignore[call-arg]
    User("1", "Ada", Decimal(1), None)  # type: ignore[arg-type]


def listener() -> Listener:
    return Quiet()  # type: ignore[return-value]


@method(timeout="1")  # type: ignore[arg-type]
async def late() -> None: ...


@interface("com.example.Late", version=1)  # type: ignore[arg-type]
class Late:
    pass


def types(number: java.long, text: java.char) -> None:
    number.upper()  # type: ignore[attr-defined]
    text + 1  # type: ignore[operator]
