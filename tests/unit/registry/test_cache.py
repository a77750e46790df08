from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from aiodubbo.errors import ConfigurationError, NetworkError, RegistryError
from aiodubbo.registry import cache_file
from aiodubbo.registry.cache import RegistryCache, _save
from aiodubbo.registry.cache_file import cache_path
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.rpc.host import Host
from aiodubbo.testing.clock import ManualClock
from aiodubbo.url.url import URL
from aiodubbo.wire.properties import parse_properties
from tests.golden.registry.recorded import CACHES
from tests.golden.registry.recorded import cache as recorded_cache
from tests.polling import until
from tests.unit.fakes import FakeRegistry, provider_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "providers,configurators,routers"})
AWAY = NetworkError("the registry is away")


def registry_url(path: object, **params: str) -> URL:
    return URL("fake", "10.1.1.1", 2181, params={"retry.period": "10", "file": str(path), **params})


def stored(path: Path) -> dict[str, str]:
    return parse_properties(path.read_bytes())


@pytest.mark.spec("REG-21", "Java's default place, with a dash before the port")
@pytest.mark.spec("REG-9", "file= names another one")
@pytest.mark.spec("KEY-112", "file=N/A: none")
@pytest.mark.spec("KEY-113", "file.cache=false: none")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("zookeeper://10.1.1.1:2181?application=shop", "~/.dubbo/dubbo-registry-shop-10.1.1.1-2181.cache"),
        ("zookeeper://127.0.0.1:2181?application=shop", "~/.dubbo/dubbo-registry-shop-127.0.0.1-2181.cache"),
        ("multicast://224.5.6.7:1234?application=shop", "~/.dubbo/dubbo-registry-shop-224.5.6.7-1234.cache"),
        ("dubbo://10.1.1.1:9090?application=shop", "~/.dubbo/dubbo-registry-shop-10.1.1.1-9090.cache"),
        ("dubbo://127.0.0.1:9090?application=shop", None),
        ("dubbo://127.0.0.1:9090?application=shop&file=/tmp/x", "/tmp/x"),
        ("zookeeper://10.1.1.1:2181", None),
        ("zookeeper://10.1.1.1:2181?application=shop&file=N/A", None),
        ("zookeeper://10.1.1.1:2181?application=shop&file=false", None),
        ("zookeeper://10.1.1.1:2181?application=shop&file.cache=false", None),
        ("zookeeper://10.1.1.1:2181?application=../shop", "~/.dubbo/dubbo-registry-..-shop-10.1.1.1-2181.cache"),
    ],
)
def test_path(url: str, expected: str | None) -> None:
    path = cache_path(URL.parse(url))
    assert (None if path is None else path.as_posix()) == expected


async def test_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = RegistryCache(URL.parse("zookeeper://10.1.1.1:2181?application=shop"), Host(name="test"))
    await kept.keep(CONSUMER, [provider_url(1)])
    await kept.close()
    assert stored(tmp_path / ".dubbo" / "dubbo-registry-shop-10.1.1.1-2181.cache") == {"com.example.Greeter": str(provider_url(1))}


@pytest.mark.spec("REG-22", "all categories of a service in one line; a category that is told anew replaces the old one")
@pytest.mark.spec("REG-185", "below two lines of comment; the lock file beside it")
async def test_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "x.cache"
    kept = RegistryCache(registry_url(path, **{"save.file": "true"}), Host(name="test"))
    rule = URL("override", "0.0.0.0", 0, "com.example.Greeter", {"category": "configurators", "weight": "5"})
    await kept.keep(CONSUMER, [provider_url(1), provider_url(2), rule])
    assert stored(path) == {"com.example.Greeter": f"{provider_url(1)} {provider_url(2)} {rule}"}
    await kept.keep(CONSUMER, [provider_url(3)])
    assert stored(path) == {"com.example.Greeter": f"{provider_url(3)} {rule}"}
    other = CONSUMER.with_params({"version": "1.0", "group": "a"})
    await kept.keep(other, [provider_url(4, version="1.0", group="a")])
    assert set(stored(path)) == {"com.example.Greeter", "a/com.example.Greeter:1.0"}
    assert path.read_bytes().startswith(b"#Dubbo Registry Cache\n#")
    assert b"dubbo\\://10.0.0.3\\:20880/com.example.Greeter?interface\\=com" in path.read_bytes()
    assert sorted(one.name for one in path.parent.iterdir()) == ["x.cache", "x.cache.lock"]
    assert path.stat().st_mode & 0o077 == 0, "URLs hold tokens"
    await kept.close()


@pytest.mark.spec("REG-22", "provider and consumer of one service share its line")
async def test_two_subscriptions_of_one_service(tmp_path: Path) -> None:
    provider = provider_url(1, category="configurators").with_protocol("provider")
    kept = RegistryCache(registry_url(tmp_path / "x"), Host(name="test"))
    await kept.keep(CONSUMER, [provider_url(1)])
    nothing = provider.with_protocol("empty")
    await kept.keep(provider, [nothing])
    assert await kept.lookup(provider) == [nothing]
    assert await kept.lookup(CONSUMER) == [provider_url(1), nothing]
    await kept.close()


@pytest.mark.spec("REG-24", "what Java wrote is read")
@pytest.mark.parametrize("name", [name for name in CACHES if name.startswith("consumer")])
async def test_javas_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(recorded_cache(name))
    kept = RegistryCache(registry_url(path), Host(name="test"))
    wanted = {"category": "providers,configurators,routers", "group": "b", "version": "1.0.0"}
    found = await kept.lookup(URL("consumer", "10.0.0.9", 0, "org.capture.api.VersionedService", wanted))
    assert [(url.address, url.version) for url in found if url.protocol == "dubbo"] == [("192.0.2.2:24880", "1.0.0")]
    assert await kept.lookup(URL("consumer", "10.0.0.9", 0, "org.capture.api.Nosuch")) == []
    await kept.close()
    assert path.read_bytes() == recorded_cache(name), "nothing new, nothing written"


async def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe\nnonsense\n9=a\ncom.example.Greeter=://x " + str(provider_url(1)).encode() + b" dubbo://a:b:c")
    kept = RegistryCache(registry_url(path), Host(name="test"))
    assert await kept.lookup(CONSUMER) == [provider_url(1)]
    await kept.close()


@pytest.mark.spec("REG-23", "saved in the background, once for many changes; the lines of other processes stay")
async def test_saving_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, writes = tmp_path / "x", []
    write = cache_file.write

    def counting(*arguments: Any) -> None:
        writes.append(arguments)
        write(*arguments)

    monkeypatch.setattr("aiodubbo.registry.cache.write", counting)
    kept = RegistryCache(registry_url(path), Host(name="test"))
    for number in range(1, 21):
        await kept.keep(CONSUMER, [provider_url(number)])
    assert not path.exists()
    path.write_bytes(b"com.example.Other=dubbo\\://10.0.0.7/com.example.Other\n")
    await until(lambda: writes and len(stored(path)) == 2)
    assert stored(path) == {"com.example.Greeter": str(provider_url(20)), "com.example.Other": "dubbo://10.0.0.7/com.example.Other"}
    await kept.keep(CONSUMER, [provider_url(20)])
    await kept.close()
    assert len(writes) == 1, "what is known already is not written again"


async def test_who_is_cancelled_while_a_thread_saves_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told meanwhile is taken by the next thread, when the first one has ended."""
    path, begun, go_on, running = tmp_path / "x", threading.Event(), threading.Event(), 0
    save = _save

    def slowly(*arguments: Any) -> None:
        nonlocal running
        running += 1
        assert running == 1
        begun.set()
        go_on.wait(5)
        save(*arguments)
        running -= 1

    monkeypatch.setattr("aiodubbo.registry.cache._save", slowly)
    kept = RegistryCache(registry_url(path).with_params({"save.file": "true"}), Host(name="test"))
    first = asyncio.create_task(kept.keep(CONSUMER, [provider_url(1)]))
    await asyncio.to_thread(begun.wait, 5)
    first.cancel()
    second = asyncio.create_task(kept.keep(CONSUMER, [provider_url(2)]))
    await ManualClock().settle()
    assert not first.done()
    go_on.set()
    await asyncio.wait([first, second])
    assert (first.cancelled(), second.exception()) == (True, None)
    assert stored(path) == {"com.example.Greeter": str(provider_url(2))}
    await kept.close()


@pytest.mark.spec("REG-23", "a lock that another process holds: three attempts, then the next change")
async def test_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="aiodubbo")
    monkeypatch.setattr("aiodubbo.registry.cache._RETRY", 0.01)
    path = tmp_path / "x"
    hold = f"import fcntl, sys; f = open({str(path) + '.lock'!r}, 'ab'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    kept = RegistryCache(registry_url(path, **{"save.file": "true"}), Host(name="test"))
    with await asyncio.to_thread(
        lambda: subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ) as other:
        assert other.stdout is not None
        await asyncio.to_thread(other.stdout.readline)
        await kept.keep(CONSUMER, [provider_url(1)])
        assert not path.exists()
        await asyncio.to_thread(other.communicate)
    assert [record.message.split(",")[0] for record in caplog.records] == ["Failed to save registry cache file"] * 2 + [
        "Failed to save registry cache file after retrying 3 times"
    ]
    assert "Can not lock the registry cache file" in caplog.text
    await kept.keep(CONSUMER, [provider_url(2)])
    assert stored(path) == {"com.example.Greeter": str(provider_url(2))}
    await kept.close()


@pytest.mark.spec("REG-21", "a folder that cannot be made is an error when it was asked for, else a warning")
async def test_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="aiodubbo")
    (tmp_path / "file").touch()
    registry = FailbackRegistry(FakeRegistry(registry_url(tmp_path / "file" / "x")), Host(name="test"))
    with pytest.raises(ConfigurationError, match=r"Invalid registry cache file .*/file/x, cause: Failed to create directory .*/file!"):
        await registry.subscribe(CONSUMER, Notified([]))
    await registry.close()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    kept = RegistryCache(URL.parse("zookeeper://10.1.1.1:2181?application=shop"), Host(name="test"))
    await kept.keep(CONSUMER, [provider_url(1)])
    assert await kept.lookup(CONSUMER) == []
    await kept.close()
    assert "no registry cache" in caplog.text


class Notified:
    """A listener that keeps what it is told."""

    def __init__(self, told: list[Sequence[URL]]) -> None:
        self.told = told

    async def __call__(self, urls: Sequence[URL], /) -> None:
        self.told.append(urls)


@pytest.mark.spec("REG-31", "a registry that is away: the cached list, no error, and the registry's own when it is back")
@pytest.mark.spec("REG-24", "the cache is asked only then")
async def test_start_from_the_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="aiodubbo")
    path = tmp_path / "x"
    inner = FakeRegistry(registry_url(path))
    first = FailbackRegistry(inner, Host(name="test"))
    await first.subscribe(CONSUMER, Notified([]))
    await inner.notify(provider_url(1))
    await first.close()
    assert stored(path) == {"com.example.Greeter": str(provider_url(1))}

    inner = FakeRegistry(registry_url(path))
    inner.failure = AWAY
    told: list[Sequence[URL]] = []
    clock = ManualClock()
    second = FailbackRegistry(inner, Host(name="test", clock=clock))
    await second.subscribe(CONSUMER, Notified(told))
    assert told == [[provider_url(1)]]
    assert f"from cache file: {path}" in caplog.text
    with pytest.raises(RegistryError):
        await second.subscribe(CONSUMER.with_path("com.example.Unknown"), Notified([]))
    await clock.advance(0.03)
    assert len(told) == 1, "told once, not at each attempt"
    inner.failure = None
    await clock.advance_until(lambda: inner.listeners)
    await inner.notify(provider_url(2))
    assert told[1] == (provider_url(2),)
    await second.close()
    assert inner.listeners == []
    assert stored(path) == {"com.example.Greeter": str(provider_url(2))}


@pytest.mark.spec("REG-31", "a cache that knows only that there was nobody does not hide that the registry is away")
async def test_an_empty_cache_is_no_answer(tmp_path: Path) -> None:
    inner = FakeRegistry(registry_url(tmp_path / "x"))
    registry = FailbackRegistry(inner, Host(name="test"))
    await registry.subscribe(CONSUMER, Notified([]))
    await inner.notify(provider_url(1).with_protocol("empty"))
    await registry.close()
    inner = FakeRegistry(registry_url(tmp_path / "x"))
    inner.failure = AWAY
    registry = FailbackRegistry(inner, Host(name="test"))
    with pytest.raises(RegistryError, match="Failed to subscribe"):
        await registry.subscribe(CONSUMER, Notified([]))
    await registry.close()


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)  # takes no room on the disk


UNFIT: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a gigabyte": _huge,
    "unreadable": lambda path: path.touch(mode=0),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "endless lines": lambda path: path.write_bytes(b"a\\\n" * 300_000),
}
if sys.platform != "win32":
    UNFIT["a pipe"] = os.mkfifo


@pytest.mark.parametrize("kind", UNFIT)
@pytest.mark.parametrize("lock", [False, True], ids=["in place of the file", "in place of the lock"])
@pytest.mark.spec("REG-23", "a file that cannot be used keeps no application from starting, working and ending")
async def test_anything_in_place_of_the_file(kind: str, lock: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiodubbo.registry.cache._RETRY", 0.01)
    path = tmp_path / "x.cache"
    UNFIT[kind](path.with_name("x.cache.lock") if lock else path)
    async with asyncio.timeout(20):
        kept = RegistryCache(registry_url(path), Host(name="test"))
        assert await kept.lookup(CONSUMER) == []
        await kept.keep(CONSUMER, [provider_url(1)])
        assert await kept.lookup(CONSUMER) == [provider_url(1)]
        await kept.close()


async def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("aiodubbo.registry.cache._RETRY", 0.01)

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    kept = RegistryCache(registry_url(tmp_path / "x.cache"), Host(name="test"))
    await kept.keep(CONSUMER, [provider_url(1)])
    await kept.close()
    assert "after retrying 3 times, cause: [Errno 28] No space left on device" in caplog.text


@pytest.mark.spec("REG-22", "URLs are separated by blanks, so that none may hold one")
async def test_a_url_with_blanks_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.cache"
    kept = RegistryCache(registry_url(path), Host(name="test"))
    tricky = provider_url(1, owner="Ada Lovelace\tdubbo://10.9.9.9:1/com.example.Greeter?x=\xa0\u2003y")
    await kept.keep(CONSUMER, [tricky])
    await kept.close()
    again = RegistryCache(registry_url(path), Host(name="test"))
    (found,) = await again.lookup(CONSUMER)
    assert found.host == "10.0.0.1"
    assert found.param("owner").startswith("Ada%20Lovelace%20dubbo:")
    assert found.param("methods") == "greet", "the rest of it is there"


async def test_subscriptions_that_ended_are_forgotten(tmp_path: Path) -> None:
    """What they were told last would stay in the line of their service for ever: providers that are long gone."""
    path = tmp_path / "x.cache"
    inner = FakeRegistry(registry_url(path))
    registry = FailbackRegistry(inner, Host(name="test"))
    told: list[URL] = []

    async def listener(urls: Sequence[URL]) -> None:
        told.extend(urls)

    for number in range(1, 4):
        subscription = CONSUMER.with_params({"timestamp": str(number)})
        await registry.subscribe(subscription, listener)
        await inner.notify(provider_url(number))
        await registry.unsubscribe(subscription, listener)
    await registry.subscribe(CONSUMER, listener)
    await inner.notify(provider_url(9))
    await registry.close()
    assert stored(path) == {"com.example.Greeter": str(provider_url(9))}


async def test_the_last_list_stays_after_the_end_of_its_subscription(tmp_path: Path) -> None:
    path = tmp_path / "x.cache"
    path.write_text("com.example.Greeter=dubbo://10.9.9.9:1/com.example.Greeter\n")
    inner = FakeRegistry(registry_url(path))
    registry = FailbackRegistry(inner, Host(name="test"))

    async def listener(urls: Sequence[URL]) -> None:
        """Takes everything."""

    await registry.subscribe(CONSUMER, listener)
    await inner.notify(provider_url(1))
    await registry.unsubscribe(CONSUMER, listener)
    await registry.close()
    assert stored(path) == {"com.example.Greeter": str(provider_url(1))}


async def test_registries_of_one_process_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.cache"
    caches = [RegistryCache(registry_url(path, **{"save.file": "true"}), Host(name="test")) for _ in range(8)]
    subscriptions = [CONSUMER.with_path(f"I{index}") for index in range(8)]
    await asyncio.gather(
        *(shared.keep(one, [provider_url(1).with_path(one.path)]) for shared, one in zip(caches, subscriptions, strict=True))
    )
    assert set(stored(path)) == {f"I{index}" for index in range(8)}
