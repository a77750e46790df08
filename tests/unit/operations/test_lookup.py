"""Probing the ports of providers."""

from __future__ import annotations

import asyncio

from aiodubbo.operations.lookup import PROBE_TIMEOUT, PROBES_AT_ONCE, probe
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL


def at(host: str, port: int = 20880, path: str = "a.Shop") -> URL:
    return URL("dubbo", host, port, path)


async def test_who_takes_none_and_why() -> None:
    asked: list[tuple[str, int]] = []

    async def connect(host: str, port: int) -> None:
        asked.append((host, port))
        if host == "10.0.0.2":
            raise ConnectionRefusedError(111, "Connection refused")
        if host == "10.0.0.3":
            await asyncio.Event().wait()
        if host == "..":
            raise UnicodeError("label empty")

    urls = [at("10.0.0.1"), at("10.0.0.1", path="b.Cart"), at("10.0.0.2"), at("10.0.0.3"), at("[::1]"), at(".."), at("10.0.0.9", 0)]
    clock = ManualClock()
    probing = asyncio.create_task(probe(urls, connect, clock=clock))
    await clock.advance(PROBE_TIMEOUT)
    assert await probing == {
        "10.0.0.2:20880": "[Errno 111] Connection refused",
        "10.0.0.3:20880": "no answer within 1 s",
        "..:20880": "label empty",
    }
    assert sorted(asked) == [("..", 20880), ("10.0.0.1", 20880), ("10.0.0.2", 20880), ("10.0.0.3", 20880), ("::1", 20880)]


async def test_few_at_the_same_time() -> None:
    now, most = 0, 0

    async def connect(host: str, port: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    assert await probe([at("10.0.0.1", port) for port in range(1, 200)], connect) == {}
    assert most == PROBES_AT_ONCE
