"""A provider for `test_kinds`: overloads, results of every family, attachments, a slow method. Run as ``aiodubbo run kinds:app``."""

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from aiodubbo import Application, RpcContext, interface, java, method


@java.model("org.aiodubbo.test.kinds.Colour")
class Colour(Enum):
    RED = 1


@java.model("org.aiodubbo.test.kinds.Part")
@dataclass(slots=True)
class Part:
    colour: Colour | None
    weight: Decimal
    made_at: datetime | None = None


@interface("org.aiodubbo.test.KindsService")
class KindsService(Protocol):
    @method(name="twice")
    async def twice_text(self, value: str) -> str: ...

    @method(name="twice")
    async def twice_number(self, value: java.int) -> java.int: ...

    async def decimal(self, value: Decimal) -> Decimal: ...

    async def moment(self, value: datetime) -> datetime: ...

    async def raw(self, value: bytes) -> bytes: ...

    async def names(self) -> dict[java.Integer, str]: ...

    async def any_of(self, value: object) -> object: ...

    async def part(self, value: Part) -> Part: ...

    async def parts(self) -> set[str]: ...

    async def nothing(self) -> None: ...

    async def wide(self, value: java.long) -> java.long: ...

    async def attachment(self, key: str) -> str | None: ...

    async def sleep(self, seconds: java.double) -> None: ...

    async def fail(self) -> None: ...


class Kinds:
    async def twice_text(self, value: str) -> str:
        return value * 2

    async def twice_number(self, value: int) -> int:
        return value * 2

    async def decimal(self, value: Decimal) -> Decimal:
        return value

    async def moment(self, value: datetime) -> datetime:
        return value.astimezone(UTC)

    async def raw(self, value: bytes) -> bytes:
        return value[::-1]

    async def names(self) -> dict[int, str]:
        return {1: "one", 2: "two"}

    async def any_of(self, value: object) -> object:
        return value

    async def part(self, value: Part) -> Part:
        return value

    async def parts(self) -> set[str]:
        return {"b", "a"}

    async def nothing(self) -> None:
        return None

    async def wide(self, value: int) -> int:
        return value

    async def attachment(self, key: str) -> str | None:
        value = RpcContext.current().attachments.get(key)
        return None if value is None else str(value)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def fail(self) -> None:
        raise LookupError("a Python exception that Java does not know")


async def app() -> Application:
    application = Application("kinds", protocol=os.environ["KINDS_ADDRESS"], shutdown_wait=0.5)
    await application.export(KindsService, Kinds())
    return application
