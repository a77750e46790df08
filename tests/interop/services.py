"""The services of the interop tests, served by Python."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiodubbo import JavaException, RpcContext
from aiodubbo.rpc.contract.reading import describe

from .contracts import TypesService
from .models import BizError, PlainError
from .samples import numbered_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .contracts import Listener
    from .models import Person

__all__ = ["Callbacks", "Greeting", "make_types"]


def make_types(seen: list[tuple[str, object]]) -> object:
    """A TypesService that returns its arguments and notes them in `seen` as (Java method without "echo", value)."""

    members: dict[str, object] = {}
    for method in describe(TypesService).methods:
        members[method.python_name] = _noting(method.name.removeprefix("echo"), seen)
    return type("Types", (), members)()


def _noting(family: str, seen: list[tuple[str, object]]) -> object:
    async def note(self: object, *values):  # type: ignore[no-untyped-def] # annotations would have to agree with every contract method
        seen.append((family, values[0]))
        return values[0]

    return note


class Greeting:
    """GreetingService; `text` is a plain function, so that it runs in the pool."""

    def __init__(self, where: str = "") -> None:
        self._where = where
        self.noted: list[str] = []

    async def say_hi(self, name: str) -> str:
        return f"hi, {name}"

    async def many(self, count: int, parts: Mapping[str, int]) -> list[str]:
        return [f"{i} {dict(sorted(parts.items()))}" for i in range(count)]

    async def greet(self, person: Person) -> Person:
        person.name = f"hi, {person.name}"
        return person

    async def over_int(self, value: int) -> str:
        return f"int {value}"

    async def over_long(self, value: int) -> str:
        return f"long {value}"

    async def over_boxed(self, value: int) -> str:
        return f"Integer {value}"

    async def over_text(self, value: str) -> str:
        return f"String {value}"

    async def over_object(self, value: object) -> str:
        return f"Object {value}"

    async def over_two(self, value: str, times: int) -> str:
        return f"String, int {value} {times}"

    async def over_list(self, values: Sequence[str]) -> str:
        return f"List {', '.join(values)}"

    async def nothing(self) -> None:
        return None

    async def null_text(self) -> str | None:
        return None

    async def fail(self, kind: str) -> str:
        match kind:
            case "biz":
                raise BizError("no stock", 42, ["sold", "out"])
            case "cause":
                raise BizError("outer", 7) from JavaException("java.lang.IllegalStateException", "inner")
            case "illegal":
                raise JavaException("java.lang.IllegalArgumentException", "bad")
            case "plain":
                raise PlainError("plain trouble", "a detail")
            case "python":
                raise ZeroDivisionError("a Python error")
        return f"no failure {kind}"

    async def sleep(self, milliseconds: int) -> str:
        await asyncio.sleep(milliseconds / 1000)
        return f"slept {milliseconds}"

    async def payload(self, data: bytes) -> bytes:
        return data

    def text(self, length: int) -> str:
        return numbered_text(length)

    async def note(self, text: str) -> None:
        self.noted.append(text)

    async def notes(self) -> list[str]:
        return self.noted

    async def attachments(self) -> dict[str, str]:
        return {key: str(value) for key, value in RpcContext.current().attachments.items()}

    async def respond(self, key: str, value: str) -> str:
        RpcContext.current().response_attachments[key] = value
        return f"{key}={value}"

    async def where(self) -> str:
        return self._where


class Callbacks:
    """CallbackService."""

    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}

    async def add(self, key: str, listener: Listener) -> str:
        self.listeners[key] = listener
        return await listener.changed(f"added {key}")

    async def remove(self, key: str, listener: Listener) -> None:
        del self.listeners[key]

    async def fire(self, message: str) -> str:
        answers = []
        for key, listener in sorted(self.listeners.items()):
            try:
                answers.append(f"{key}:{await listener.changed(message)}")
            except Exception as error:  # the listener's own, or its connection is gone
                answers.append(f"{key} fails: {type(error).__name__}")
        return ",".join(answers)
