"""Python processes find each other by multicast: on loopback, and on several hosts."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import pytest

from aiodubbo import Application, ForbiddenError, NoProviderError, RegistryError
from aiodubbo.registry.multicast import MulticastRegistry
from aiodubbo.wire.multicast import Reason
from tests.integration.registry import networks
from tests.integration.registry.member import Here, Where
from tests.polling import until, until_equal

from .processes import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from .processes import Process

pytestmark = pytest.mark.integration


@pytest.fixture
def group() -> str:
    """A group on loopback that no other test uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"multicast://224.5.6.7:{probe.getsockname()[1]}?network.interface=127.0.0.1"


@pytest.fixture
def network() -> Iterator[networks.Network]:
    """Three hosts."""
    reason = networks.missing()
    if reason is not None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"in CI multicast must be tried on several hosts: {reason}")
        pytest.skip(f"MULTICAST ON SEVERAL HOSTS LEFT OUT: {reason}")
    with networks.Network(3) as made:
        yield made


def application(name: str, registry: str) -> Application:
    return Application(name, registry=registry, protocol="dubbo://127.0.0.1:0", shutdown_wait=1)


def inner(app: Application) -> MulticastRegistry:
    found = app._registries.open()[0]._inner  # type: ignore[attr-defined] # behind FailbackRegistry
    assert isinstance(found, MulticastRegistry)
    return found


def processes(network: networks.Network, registry: str, *places: tuple[int, str]) -> AbstractAsyncContextManager[list[Process]]:
    """One member of the group for each host and name."""
    return started(network, *((host, "member", (name, registry)) for host, name in places))


async def answers(process: Process, *wanted: str) -> None:
    """Call until exactly these have answered, in a row of calls."""

    async def who_answers() -> set[str]:
        return {str(await process.ask("call")) for _ in range(8 * len(wanted))}

    await until_equal(who_answers, set(wanted), 15)


@pytest.mark.spec("REG-3", "no server: who is in the group is found")
@pytest.mark.spec("REG-80", "loopback, on the interface that the URL names")
@pytest.mark.spec("REG-85", "several members on one machine")
async def test_on_loopback(group: str) -> None:
    async with application("p1", group) as one, application("p2", group) as two, application("c", group) as consumer:
        await one.export(Where, Here("one"))
        where = await consumer.refer(Where)
        assert await where.where() == "one"
        second = await two.export(Where, Here("two"))
        await until(lambda: len(consumer.host.catalogue.references[0].snapshot.invokers) == 2)
        assert {await where.where() for _ in range(30)} == {"one", "two"}
        await second.close()
        await until(lambda: len(consumer.host.catalogue.references[0].snapshot.invokers) == 1)
        await one.close()
        with pytest.raises(ForbiddenError):
            await where.where()
        assert not inner(consumer).ignored


@pytest.mark.spec("REG-16", "no provider is an error when checked, with those that do not fit")
async def test_nobody(group: str) -> None:
    async with application("p", group) as provider, application("c", group) as consumer:
        await provider.export(Where, Here("one"), version="2.0")
        with pytest.raises(NoProviderError, match=r"version is '2\.0'"):
            await consumer.refer(Where, version="1.0", timeout=0.2)


@pytest.mark.spec("REG-31", "a second start finds in the cache file what the first heard")
async def test_a_start_from_the_cache(group: str, tmp_path: Path) -> None:
    kept = f"{group}&file={tmp_path}/x.cache"
    async with application("p", group) as provider:
        await provider.export(Where, Here("one"))
        async with application("c", kept) as consumer:
            await consumer.refer(Where)
        async with application("c", kept.replace("224.5.6.7", "224.5.6.8")) as consumer:  # nobody is there
            where = await consumer.refer(Where, timeout=0.2)
            assert await where.where() == "one"


@pytest.mark.spec("REG-81", "what is malformed, oversized, or not sent to the group is ignored and counted")
async def test_noise(group: str) -> None:
    port = int(group.partition("?")[0].rpartition(":")[2])
    async with application("p", group) as provider, application("c", group) as consumer:
        await provider.export(Where, Here("one"))
        where = await consumer.refer(Where)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            stranger.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            for data in (b"", b"\xff\xfe", b"GET / HTTP/1.1", b"register nonsense", b"x" * 60_000):
                stranger.sendto(data, ("224.5.6.7", port))
            stranger.sendto(b"register nonsense", ("224.5.6.9", port))  # another group, which nobody here is in
            stranger.sendto(b"unregister " + str(provider.host.catalogue.exports[0].url).encode(), ("127.0.0.1", port))
            await until(lambda: sum(inner(consumer).ignored.values()) + sum(inner(provider).ignored.values()) == 11)
        counted = dict(inner(consumer).ignored)
        elsewhere = counted.pop(Reason.ELSEWHERE, 0) + inner(provider).ignored.get(Reason.ELSEWHERE, 0)
        assert counted == {Reason.UNKNOWN_COMMAND: 2, Reason.NOT_TEXT: 1, Reason.BAD_URL: 1, Reason.OVERSIZED: 1}
        assert elsewhere == 1, "one of the two processes got what was sent to the machine"
        assert await where.where() == "one"


async def test_another_group_on_the_same_port(group: str) -> None:
    async with application("p", group) as provider, application("c", group.replace("224.5.6.7", "224.5.6.8")) as consumer:
        await provider.export(Where, Here("one"))
        with pytest.raises(NoProviderError):
            await consumer.refer(Where, timeout=0.2)


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        ("multicast://224.5.6.7:1234?network.interface=nosuch0", r"no network interface 'nosuch0' for multicast; this machine has lo"),
        ("multicast://224.5.6.7:1234?network.interface=192.0.2.77", r"cannot join the multicast group 224\.5\.6\.7:1234 on 192\.0\.2\.77"),
        ("multicast://[ff02::1]:1234?network.interface=127.0.0.1", r"an IPv6 group wants the interface by its name"),
    ],
)
async def test_an_interface_that_is_not_there(registry: str, message: str) -> None:
    async with application("p", registry) as provider:
        with pytest.raises(RegistryError, match=message):
            await provider.export(Where, Here("one"))


@pytest.mark.spec("REG-80", "IPv6")
async def test_ipv6(network: networks.Network) -> None:
    async with processes(network, "multicast://[ff02::4567]:1234?network.interface=eth0", (1, "a"), (2, "c1"), (2, "c2")) as (
        a,
        *consumers,
    ):
        await a.ask("export")
        for consumer in consumers:
            await consumer.ask("refer")
            await answers(consumer, "a")


@pytest.mark.spec("REG-85", "another host is answered alone, and all its processes hear it")
@pytest.mark.spec("REG-83", "changes reach all of them; a host that was cut off asks again")
@pytest.mark.timeout(120)
async def test_several_hosts(network: networks.Network) -> None:
    registry = "multicast://224.5.6.7:1234?retry.period=300"
    places = [(1, "a"), (2, "b"), (3, "c1"), (3, "c2")]
    async with processes(network, registry, *places) as (a, b, *consumers):
        assert await a.ask("export") == "10.77.0.1"
        for consumer in consumers:
            assert [address.partition(":")[0] for address in await consumer.ask("refer")] == ["10.77.0.1"]
            assert await consumer.ask("call") == "a"
        assert await b.ask("export") == "10.77.0.2"
        await asyncio.gather(*(answers(consumer, "a", "b") for consumer in consumers))
        await a.ask("unexport")
        await asyncio.gather(*(answers(consumer, "b") for consumer in consumers))
        await b.ask("unexport")
        for consumer in consumers:
            assert await consumer.ask("call") == {"error": "ForbiddenError"}
        # A provider that comes while the consumers' host is cut off: they missed its word, and ask again.
        await asyncio.to_thread(network.link, 3, up=False)
        await a.ask("export")
        await asyncio.to_thread(network.link, 3, up=True)
        await asyncio.gather(*(answers(consumer, "a") for consumer in consumers))
