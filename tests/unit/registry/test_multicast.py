from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo.errors import ConfigurationError, NetworkError, RegistryError
from aiodubbo.registry import multicast, multicast_cleaning, multicast_subscription
from aiodubbo.registry.cache import RegistryCache
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.registry.multicast import MAX_ANSWERS, MulticastRegistry, create
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL
from aiodubbo.wire.multicast import Command, Reason, encode
from tests.golden.registry.recorded import VERSIONS, datagrams
from tests.unit.fakes import provider_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiodubbo.tasks import Clock
    from aiodubbo.transport.multicast import Address, Received

CLOCK = ManualClock()
HOST = Host(name="test", clock=CLOCK)
REGISTRY = URL("multicast", "224.5.6.7", 1234, params={"retry.period": "20"})
CONSUMER = URL(
    "consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "providers,configurators,routers", "timeout": "50", "side": "consumer"}
)
RULE = URL("override", "0.0.0.0", 0, "com.example.Greeter", {"category": "configurators", "weight": "5"})


@pytest.fixture(autouse=True)
def _nobody_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no sockets; what would take connections is a test's own business."""

    async def accepts(url: URL, clock: Clock) -> bool:
        return False

    for module in (multicast, multicast_cleaning):
        monkeypatch.setattr(module, "accepts", accepts)


class Network:
    """A network without sockets: members by machine; everything that was sent, in order."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.members: list[Member] = []
        self.failure: OSError | None = None

    def at(self, machine: str) -> Any:
        async def join(group: str, port: int, interface: str, received: Received) -> Member:
            if self.failure is not None:
                raise NetworkError("no network")
            member = Member(self, machine, received)
            self.members.append(member)
            return member

        return join

    def texts(self) -> list[str]:
        return [text for _, text in self.log]


class Member:
    """One process; the first of a machine gets what is sent to the machine alone, as with Linux."""

    def __init__(self, network: Network, machine: str, received: Received) -> None:
        self.network, self.machine, self.received = network, machine, received

    def send(self, data: bytes) -> None:
        self._deliver("all", data, self.network.members, to_group=True)

    def send_here(self, data: bytes) -> None:
        self._deliver("here", data, [one for one in self.network.members if one.machine == self.machine], to_group=True)

    def send_to(self, data: bytes, member: Address) -> None:
        self._deliver(member[0], data, [one for one in self.network.members if one.machine == member[0]][:1], to_group=False)

    def is_here(self, member: Address) -> bool:
        return bool(member[0] == self.machine)

    def close(self) -> None:
        self.network.members.remove(self)

    def _deliver(self, whom: str, data: bytes, members: Sequence[Member], *, to_group: bool) -> None:
        if self.network.failure is not None:
            raise self.network.failure
        self.network.log.append((whom, data.decode().strip()))
        for one in members:
            asyncio.get_running_loop().call_soon(one.received, data, (self.machine, 1234), to_group)


class Notified:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.lists: list[list[URL]] = []

    async def __call__(self, urls: Sequence[URL], /) -> None:
        self.lists.append(list(urls))


def registry(network: Network, machine: str = "10.0.0.1", url: URL = REGISTRY) -> MulticastRegistry:
    return MulticastRegistry(url, HOST, RegistryCache(url, HOST), network.at(machine))


@pytest.mark.spec("REG-80", "an address that is none of a group is refused")
@pytest.mark.spec("REG-3", "224.0.0.0 to 239.255.255.255")
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("10.0.0.1:1234", "Invalid multicast address 10.0.0.1, scope: 224.0.0.0 - 239.255.255.255"),
        ("223.255.255.255", "Invalid multicast address"),
        ("240.0.0.0", "Invalid multicast address"),
        ("example.com", "Invalid multicast address"),
        ("[fe80::1]:1234", "Invalid multicast address"),
        ("0.0.0.0:1234", "registry address == null"),
    ],
)
def test_no_group(address: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        create(URL.parse(f"multicast://{address}"), Host(name="test"))


@pytest.mark.parametrize("address", ["224.0.0.0", "239.255.255.255:1", "[ff02::1]:1234"])
async def test_a_group(address: str) -> None:
    made = create(URL.parse(f"multicast://{address}"), Host(name="test"))
    assert isinstance(made, FailbackRegistry)
    assert not made.is_available()
    await made.close()


@pytest.mark.spec("REG-82", "register is said to all")
@pytest.mark.spec("REG-83", "each subscription that matches is told the whole set")
@pytest.mark.spec("REG-86", "subscribing waits for the first answer, and returns when the listener has it")
@pytest.mark.spec("REG-87", "unsubscribing unregisters first")
@pytest.mark.spec("REG-88", "the words on start and stop, in Java's order")
async def test_the_words() -> None:
    network, told = Network(), Notified()
    provider, consumer = registry(network), registry(network)
    await provider.register(provider_url(1))
    registered = CONSUMER.with_params({"category": "consumers", "check": "false"})
    await consumer.register(registered)
    await CLOCK.advance_through(consumer.subscribe(CONSUMER, told))
    assert told.lists == [[provider_url(1)]]
    await provider.register(provider_url(2))
    await CLOCK.advance_until(lambda: len(told.lists) == 2)
    assert told.lists[-1] == [provider_url(1), provider_url(2)]
    await consumer.unregister(registered)
    await consumer.unsubscribe(CONSUMER, told)
    await provider.unregister(provider_url(1))
    assert network.texts() == [
        f"register {provider_url(1)}",
        f"register {registered}",
        f"subscribe {CONSUMER}",
        f"register {provider_url(1)}",
        f"register {provider_url(2)}",
        f"unregister {registered}",
        f"unregister {CONSUMER}",
        f"unsubscribe {CONSUMER}",
        f"unregister {provider_url(1)}",
    ]
    await provider.close()
    await consumer.close()
    assert network.members == []
    assert len(told.lists) == 2


@pytest.mark.spec("REG-87", "not with register=false, nor for all services")
@pytest.mark.parametrize("url", [CONSUMER.with_param("register", "false"), CONSUMER.with_path("*")])
async def test_unsubscribing_alone(url: URL) -> None:
    network, told = Network(), Notified()
    one = registry(network, url=REGISTRY.without_params(("retry.period",)))
    await CLOCK.advance_through(one.subscribe(url, told))
    await one.unsubscribe(url, told)
    assert network.texts() == [f"subscribe {url}", f"unsubscribe {url}"]
    await one.close()


@pytest.mark.spec("REG-84", "the last of a category that goes leaves an empty:// in its place")
async def test_the_last_one_goes() -> None:
    network, told = Network(), Notified()
    provider, consumer = registry(network), registry(network)
    await provider.register(provider_url(1))
    await CLOCK.advance_through(consumer.subscribe(CONSUMER, told))
    await provider.register(RULE)
    await CLOCK.advance_until(lambda: len(told.lists) == 2)
    for wanted in (
        [provider_url(1), RULE.with_protocol("empty")],
        [RULE.with_protocol("empty"), provider_url(1).with_protocol("empty")],
    ):
        await provider.unregister(RULE if provider_url(1) in wanted else provider_url(1))
        await CLOCK.advance_until(lambda: told.lists[-1] == wanted)  # noqa: B023 - called within this turn
    await provider.unregister(provider_url(1))
    await provider.register(provider_url(1))
    await CLOCK.advance_until(lambda: told.lists[-1] == [provider_url(1), RULE.with_protocol("empty")])
    await provider.close()
    await consumer.close()


@pytest.mark.spec("REG-85", "another machine is answered alone, this machine by multicast, and so is who says unicast=false")
@pytest.mark.parametrize(
    ("machine", "url", "whom"),
    [("10.0.0.2", CONSUMER, "10.0.0.2"), ("10.0.0.1", CONSUMER, "all"), ("10.0.0.2", CONSUMER.with_param("unicast", "false"), "all")],
)
async def test_who_is_answered(machine: str, url: URL, whom: str) -> None:
    network, told = Network(), Notified()
    provider, consumer = registry(network, "10.0.0.1"), registry(network, machine)
    await provider.register(provider_url(1))
    await provider.register(provider_url(2, version="2.0"))
    await CLOCK.advance_through(consumer.subscribe(url, told))
    assert (whom, f"register {provider_url(1)}") in network.log[2:]
    assert told.lists[0] == [provider_url(1)]
    await provider.close()
    await consumer.close()


@pytest.mark.spec("REG-85", "what was sent to one machine reaches all its processes")
async def test_neighbours() -> None:
    network = Network()
    provider, one, two = registry(network, "10.0.0.1"), registry(network, "10.0.0.2"), registry(network, "10.0.0.2")
    await provider.register(provider_url(1))
    await provider.register(provider_url(2))
    for consumer in (one, two):
        told = Notified()
        await CLOCK.advance_through(consumer.subscribe(CONSUMER.with_param("timeout", "1000"), told))
        await CLOCK.advance_until(lambda: told.lists[-1:] == [[provider_url(1), provider_url(2)]])  # noqa: B023 - called within this turn
    for member in (provider, one, two):
        await member.close()


@pytest.mark.spec("REG-86", "nobody answers: the subscription's timeout, then the cache file, then what we provide")
@pytest.mark.spec("REG-91", "in this order")
@pytest.mark.spec("REG-186", "and when there is nothing, nothing is told")
@pytest.mark.spec("REG-15", "looking up gives the same")
async def test_nobody_answers(tmp_path: Path) -> None:
    network, told = Network(), Notified()
    url = REGISTRY.with_param("file", str(tmp_path / "x"))
    one = registry(network, url=url)
    started = CLOCK.now()
    await CLOCK.advance_through(one.subscribe(CONSUMER, told))
    assert CLOCK.now() - started >= 0.04, "the registry's timeout; the cache file is read in a thread meanwhile"
    assert told.lists == []
    assert await CLOCK.advance_through(one.lookup(CONSUMER)) == []
    await one.unsubscribe(CONSUMER, told)
    one._registered[provider_url(1)] = None
    network.members.clear()  # a network that swallows everything
    await CLOCK.advance_through(one.subscribe(CONSUMER, told))
    assert told.lists == [[provider_url(1)]]
    await one.unsubscribe(CONSUMER, told)

    cache = RegistryCache(url, HOST)
    await cache.keep(CONSUMER, [provider_url(2)])
    await cache.close()
    two = registry(network, url=url)
    await CLOCK.advance_through(two.subscribe(CONSUMER, told))
    assert told.lists[1] == [provider_url(2)]
    two._received(encode(Command.REGISTER, str(provider_url(3))), ("10.0.0.3", 1234), True)
    await CLOCK.advance_until(lambda: told.lists[-1] == [provider_url(3)])
    assert await two.lookup(CONSUMER) == [provider_url(3)]
    for member in (one, two):
        member._group = None
        await member.close()


@pytest.mark.spec("REG-33", "as long as nobody answered, the question is repeated, for an answer to all")
async def test_asking_again() -> None:
    network, told = Network(), Notified()
    consumer, provider = registry(network, "10.0.0.2"), registry(network)
    await CLOCK.advance_through(consumer.subscribe(CONSUMER, told))
    again = f"subscribe {CONSUMER.with_param('unicast', 'false')}"
    await CLOCK.advance_until(lambda: again in network.texts())
    provider._registered[provider_url(1)] = None  # its datagram was lost
    await provider._send(Command.UNSUBSCRIBE, CONSUMER)
    await CLOCK.advance_until(lambda: told.lists == [[provider_url(1)]])
    asked = network.texts().count(again)
    await CLOCK.advance(0.06)
    assert network.texts().count(again) == asked
    await consumer.close()
    await provider.close()


@pytest.mark.spec("REG-91", "a look-up without subscription asks everybody, and leaves nothing behind")
@pytest.mark.spec("REG-13", "wildcards")
async def test_lookup() -> None:
    network = Network()
    provider, admin = registry(network), registry(network, "10.0.0.2")
    await provider.register(provider_url(1))
    await provider.register(provider_url(2, group="a", version="2.0"))
    everything = URL("admin", "10.0.0.2", 0, "*", {"interface": "*", "group": "*", "version": "*", "classifier": "*", "category": "*"})
    assert set(await CLOCK.advance_through(admin.lookup(everything))) == {provider_url(1), provider_url(2, group="a", version="2.0")}
    assert network.texts()[-1] == f"unsubscribe {everything}"
    assert await CLOCK.advance_through(provider.lookup(CONSUMER)) == [provider_url(1)]
    assert admin._subscriptions == []
    await provider.close()
    await admin.close()


@pytest.mark.spec("REG-81", "what makes no sense is ignored and counted")
async def test_hostile_datagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multicast_subscription, "MAX_URLS", 3)
    network, told = Network(), Notified()
    one = registry(network)
    await one.register(provider_url(9, version="9"))
    await CLOCK.advance_through(one.subscribe(CONSUMER, told))
    sent = len(network.log)
    for data in (
        b"",
        b"\xff",
        b"register",
        b"hello dubbo://a/b",
        b"register nonsense",
        b"register dubbo://a:b/c.D",
        b"register dubbo://a",
        b"register empty://a/c.D",
        b"x" * 9000,
    ):
        one._received(data, ("10.0.0.66", 1234), True)
    for command in (Command.SUBSCRIBE, Command.UNREGISTER, Command.UNSUBSCRIBE):
        one._received(encode(command, str(provider_url(9, version="9"))), ("10.0.0.66", 1234), False)
    for number in range(5):
        one._received(encode(Command.REGISTER, str(provider_url(number))), ("10.0.0.66", 1234), True)
    one._received(encode(Command.UNREGISTER, str(provider_url(77))), ("10.0.0.66", 1234), True)
    one._received(encode(Command.UNREGISTER, str(CONSUMER)), ("10.0.0.66", 1234), True)
    await CLOCK.advance_until(lambda: told.lists)
    assert told.lists == [[provider_url(number) for number in range(3)]]
    assert len(network.log) == sent, "none of it was answered"
    assert one.ignored == {
        Reason.UNKNOWN_COMMAND: 2,
        Reason.NOT_TEXT: 1,
        Reason.BAD_URL: 5,
        Reason.OVERSIZED: 1,
        Reason.ELSEWHERE: 3,
        Reason.FULL: 2,
    }
    await one.close()


@pytest.mark.spec("REG-82", "what Java said to the group while its provider and consumer came and went")
@pytest.mark.parametrize("version", VERSIONS)
async def test_javas_datagrams(version: str) -> None:
    network, told = Network(), Notified()
    one = registry(network)
    url = URL("consumer", "10.0.0.9", 0, "org.capture.api.TokenService", {"category": "providers,configurators,routers", "timeout": "10"})
    await CLOCK.advance_through(one.subscribe(url, told))
    for data in datagrams(version):
        one._received(data, ("192.0.2.2", 1234), True)
        await asyncio.sleep(0)
    await CLOCK.advance_until(lambda: len(told.lists) >= 2)
    up, down = told.lists
    assert [(url.protocol, url.address) for url in up] == [("dubbo", "192.0.2.2:24880")]
    assert [(url.protocol, url.address) for url in down] == [("empty", "192.0.2.2:24880")]
    await one.close()


@pytest.mark.spec("REG-32", "a listener that fails is told the next change all the same")
async def test_a_listener_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="aiodubbo")
    network, calls = Network(), []

    async def listener(urls: Sequence[URL]) -> None:
        calls.append(urls)
        raise ValueError("mine")

    one = registry(network)
    await one.register(provider_url(1))
    await CLOCK.advance_through(one.subscribe(CONSUMER, listener))
    await one.register(provider_url(2))
    await CLOCK.advance_until(lambda: len(calls) == 2)
    assert "Failed to notify addresses for subscribe" in caplog.text
    await one.close()


@pytest.mark.spec("REG-89", "an administrator removes providers that take no connection, twice; not what is persistent, nor rules")
async def test_cleaning(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def accepts(url: URL, clock: Clock) -> bool:
        asked.append(url.address)
        return url.host == "10.0.0.1"

    for module in (multicast, multicast_cleaning):
        monkeypatch.setattr(module, "accepts", accepts)
    monkeypatch.setattr(multicast_cleaning, "_PAUSE", 0)
    network, told = Network(), Notified()
    url = REGISTRY.with_param("session", "30")
    admin, other = registry(network, "10.0.0.2", url), registry(network, "10.0.0.3", url)
    idle = registry(network, "10.0.0.4", url.with_param("clean", "false"))
    everything = CONSUMER.with_params({"interface": "*", "category": "*"}).with_path("*")
    await CLOCK.advance_through(other.subscribe(CONSUMER, Notified()))
    for number, params in ((1, {}), (2, {}), (3, {"dynamic": "false"})):
        await other.register(provider_url(number, **params))
    await other.register(RULE)
    await CLOCK.advance_through(idle.subscribe(everything, Notified()))
    await CLOCK.advance_through(admin.subscribe(everything, told))
    await CLOCK.advance_until(lambda: f"unregister {provider_url(2)}" in network.texts())
    await CLOCK.advance_until(lambda: set(told.lists[-1]) == {provider_url(1), provider_url(3, dynamic="false"), RULE})
    await CLOCK.advance_until(lambda: asked.count("10.0.0.2:20880") == 3)  # twice by the administrator; then its owner sees for itself
    assert set(asked) == {"10.0.0.1:20880", "10.0.0.2:20880"}
    assert not [text for text in network.texts() if text.startswith("unregister") and "10.0.0.2" not in text]
    for member in (admin, other, idle):
        await member.close()


@pytest.mark.spec("REG-30", "no network: an error when checked, else repeated until it is there")
@pytest.mark.spec("REG-90", "available when the group is joined")
async def test_no_network() -> None:
    network, told = Network(), Notified()
    network.failure = OSError(101, "Network is unreachable")
    one = FailbackRegistry(registry(network), HOST)
    with pytest.raises(RegistryError, match=r"Failed to register .* to registry 224\.5\.6\.7:1234, cause: no network"):
        await one.register(provider_url(1))
    assert not one.is_available()
    await one.register(provider_url(1, check="false"))
    await CLOCK.advance_through(one.subscribe(CONSUMER.with_param("check", "false"), told))
    network.failure = None
    await CLOCK.advance_until(lambda: told.lists == [[provider_url(1, check="false")]])
    assert one.is_available()
    network.failure = OSError(101, "Network is unreachable")
    with pytest.raises(RegistryError, match=r"cannot send to the multicast group 224\.5\.6\.7:1234"):
        await one.register(provider_url(2))
    network.failure = None
    await one.close()
    assert f"unregister {provider_url(1, check='false')}" in network.texts()


@pytest.mark.spec("REG-84", "what somebody else takes back is announced again by its owner, if it lives")
async def test_a_lie_about_what_is_registered_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def accepts(url: URL, clock: Clock) -> bool:
        return url.host == "10.0.0.1"

    for module in (multicast, multicast_cleaning):
        monkeypatch.setattr(module, "accepts", accepts)
    network, told = Network(), Notified()
    provider, consumer = registry(network), registry(network, "10.0.0.3")
    both = [provider_url(1), provider_url(2)]
    for url in both:
        await provider.register(url)
    await CLOCK.advance_through(consumer.subscribe(CONSUMER, told))
    await CLOCK.advance_until(lambda: set(told.lists[-1]) == set(both))
    for url in both:
        for member in (provider, consumer):
            member._received(encode(Command.UNREGISTER, str(url)), ("10.0.0.66", 1234), True)
    await CLOCK.advance_until(lambda: told.lists[-1] == [provider_url(1)])
    await CLOCK.advance_until(lambda: len(provider._tasks) == 2)  # both URLs have been looked at; what asks again and what cleans goes on
    assert told.lists[-1] == [provider_url(1)], "the second takes no connections"
    await provider.unregister(provider_url(1))
    await CLOCK.advance_until(lambda: told.lists[-1][0].protocol == "empty")
    assert network.texts()[-1].startswith("unregister"), "what is taken back by its owner is gone"
    for one in (provider, consumer):
        await one.close()


@pytest.mark.spec("REG-85", "who asks without end is answered some times in a second")
async def test_questions_without_end_are_not_all_answered() -> None:
    network = Network()
    one = registry(network)
    await one.register(provider_url(1))
    before = len(network.log)
    for _ in range(1000):
        one._received(encode(Command.SUBSCRIBE, str(CONSUMER)), ("10.0.0.66", 1234), True)
    assert len(network.log) - before == MAX_ANSWERS
    assert one.ignored == {Reason.BUSY: 1000 - MAX_ANSWERS}
    one._next_second = 0.0
    one._received(encode(Command.SUBSCRIBE, str(CONSUMER)), ("10.0.0.66", 1234), True)
    assert len(network.log) - before == MAX_ANSWERS + 1
    await one.close()


async def test_a_storm_of_changes_is_told_in_few_lists() -> None:
    network = Network()
    one = registry(network)
    lists: list[int] = []

    async def slow(urls: Sequence[URL]) -> None:
        lists.append(len(urls))
        await CLOCK.sleep(0.02)

    await one.register(provider_url(0))
    await CLOCK.advance_through(one.subscribe(CONSUMER, slow))
    for number in range(1, 200):
        one._received(encode(Command.REGISTER, str(provider_url(number))), ("10.0.0.66", 1234), True)
        await CLOCK.advance(0.001)
    await CLOCK.advance_until(lambda: lists[-1] == 200)
    assert len(lists) < 40
    await CLOCK.advance_through(one.close())


async def test_nothing_is_joined_after_closing() -> None:
    network = Network()
    one = registry(network)
    await one.register(provider_url(1))
    await one.close()
    with pytest.raises(RegistryError, match="is closed"):
        await CLOCK.advance_through(one.lookup(CONSUMER))
    assert network.members == []


async def test_a_listener_that_hangs_does_not_keep_the_registry_from_closing() -> None:
    network = Network()
    one = registry(network)
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(urls: Sequence[URL]) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    await one.register(provider_url(1))
    subscribing = asyncio.create_task(one.subscribe(CONSUMER, hang))
    await began.wait()
    await CLOCK.advance_through(one.close())
    await CLOCK.advance_until(subscribing.done)
    assert cancelled.is_set()
