from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from aiodubbo.config_center.watches import Watches
from aiodubbo.errors import NetworkError, RegistryError
from aiodubbo.testing.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Texts:
    """What a centre holds; `failure` is raised by every read while set."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, key: str, group: str) -> str | None:
        self.reads += 1
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.held.get((key, group))


class Notified:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.texts: list[str | None] = []

    async def __call__(self, text: str | None) -> None:
        self.texts.append(text)


CLOCK = ManualClock()
KEY = ("web.configurators", "dubbo")


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Texts, Watches]]:
    texts = Texts()
    watches = Watches(texts.read, CLOCK, name="10.1.1.3:2181", retry_period=0.01)
    try:
        yield texts, watches
    finally:
        await watches.close()


@pytest.mark.spec("REG-160", "a text is told when it is first asked for, and at each change; one that is missing as well")
async def test_told_at_first_and_at_each_change() -> None:
    async with opened() as (texts, watches):
        told = Notified()
        await watches.watch(*KEY, told)
        assert told.texts == [None]
        texts.held[KEY] = "a"
        watches.changed(*KEY)
        await CLOCK.advance_until(lambda: told.texts == [None, "a"])
        del texts.held[KEY]
        watches.changed(*KEY)
        await CLOCK.advance_until(lambda: told.texts == [None, "a", None])
        watches.changed("another.configurators", "dubbo")
        await watches.unwatch(*KEY, told)
        await watches.unwatch(*KEY, told)
        texts.held[KEY] = "b"
        watches.changed(*KEY)
        assert told.texts == [None, "a", None]


async def test_one_read_serves_all_who_want_to_know() -> None:
    async with opened() as (texts, watches):
        first, second = Notified(), Notified()
        await watches.watch(*KEY, first)
        await watches.watch(*KEY, second)
        assert texts.reads == 1
        texts.held[KEY] = "a"
        watches.changed(*KEY)
        await CLOCK.advance_until(lambda: second.texts == [None, "a"])
        assert (first.texts, texts.reads) == ([None, "a"], 2)


async def test_a_change_during_a_read_is_read_again() -> None:
    async with opened() as (texts, watches):
        told = Notified()
        texts.gate.clear()
        watching = asyncio.create_task(watches.watch(*KEY, told))
        await CLOCK.advance_until(lambda: texts.reads == 1)
        watches.changed(*KEY)
        texts.gate.set()
        await watching
        assert texts.reads == 2


async def test_what_stays_as_it_is_is_not_told_again() -> None:
    async with opened() as (texts, watches):
        told = Notified()
        texts.held[KEY] = "a"
        await watches.watch(*KEY, told)
        watches.disconnected()
        watches.connected()
        await CLOCK.advance_until(lambda: texts.reads == 2)
        texts.held[KEY] = "b"
        watches.disconnected()
        watches.connected()
        await CLOCK.advance_until(lambda: told.texts == ["a", "b"])


async def test_a_watch_that_fails_stands_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as (texts, watches):
        told = Notified()
        texts.failure = NetworkError("away")
        with pytest.raises(NetworkError):
            await watches.watch(*KEY, told)
        await CLOCK.advance_until(lambda: texts.reads > 3)
        assert told.texts == []
        complaints = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert [record.getMessage() for record in complaints] == [
            "configuration centre 10.1.1.3:2181: web.configurators cannot be read, trying again: away"
        ], "told once, however often it is tried"
        texts.failure = None
        await CLOCK.advance_until(lambda: told.texts == [None])


async def test_a_refusal_keeps_what_was_told() -> None:
    async with opened() as (texts, watches):
        told = Notified()
        texts.held[KEY] = "a"
        await watches.watch(*KEY, told)
        texts.failure = RegistryError("not permitted")
        watches.changed(*KEY)
        await CLOCK.advance_until(lambda: texts.reads > 2)
        assert told.texts == ["a"]


async def test_a_listener_that_fails_does_not_keep_the_others_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as (texts, watches):

        async def failing(text: str | None) -> None:
            raise KeyError(text)

        told = Notified()
        await watches.watch(*KEY, failing)
        await watches.watch(*KEY, told)
        texts.held[KEY] = "a"
        watches.changed(*KEY)
        await CLOCK.advance_until(lambda: told.texts == [None, "a"])
        assert "failed for web.configurators" in caplog.text


async def test_nobody_is_told_after_the_end() -> None:
    async with opened() as (texts, watches):
        told = Notified()
        await watches.watch(*KEY, told)
        texts.held[KEY] = "a"
        watches.changed(*KEY)
        await watches.close()
        watches.changed(*KEY)
        watches.connected()
        assert told.texts == [None]
