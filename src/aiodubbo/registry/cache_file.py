"""The file that keeps what a registry told last, for a start without the registry (Java: ``AbstractRegistry``, REG-21…24).

The format and the place are Java's, so that Java reads what is written here and the reverse. All work on the file is done in threads. One
writer at a time: a lock file beside it keeps other processes away, those of Java too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import stat
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.tasks import Tasks, finish, wait_until_set
from aiodubbo.url import keys
from aiodubbo.url.match import is_match
from aiodubbo.url.params import is_config_empty
from aiodubbo.wire.properties import dump_properties, parse_properties

from .incoming import incoming_url

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aiodubbo.rpc.abc import Listener
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_GATHER: Final = 0.1
"""Seconds between a change and its writing: changes come in bursts, and each writing is of the whole file."""

_REST: Final = 10
"""How many times as long as a writing took there is none: a file with thousands of services must not keep the process busy."""

_ATTEMPTS: Final = 3
"""How often one state is tried to be written (REG-23)."""

_RETRY: Final = 0.5
"""Seconds between two attempts; the other process that holds the lock is done long before."""

MAX_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file that is read: a hundred thousand URLs. Something longer in its place is no cache, and is written anew."""

_BLANK: Final = re.compile(r"[ \t\n\x0b\f\r]+")
"""What separates URLs in a line: Java's ``\\s+``. A blank inside a URL is written as ``%20``, else two halves of it would be read."""

_NOT_WAITING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How files are opened: a pipe in the place of one, of which nobody knows when it ends, must not be waited for."""

_WRITING: Final = threading.Lock()
"""The lock file keeps other processes away; the registries of one process, which may share a file, take turns by this."""


def cache_path(registry: URL) -> Path | None:
    """Where the cache of `registry` is; None when there is to be none (REG-21).

    Parameter ``file`` names it; else it is ``~/.dubbo/dubbo-registry-<application>-<address>.cache``, where a registry without
    ``application`` has none, and neither has a ``dubbo`` registry on loopback, which is the one that demos and tests embed.
    """
    if not registry.get(keys.FILE_CACHE):
        return None
    if registry.has_param("file"):
        name = registry.get(keys.FILE)
        return None if is_config_empty(name) else Path(name)
    application = registry.get(keys.APPLICATION)
    if not application or (registry.protocol == "dubbo" and registry.is_localhost):
        return None
    address = registry.address.replace(":", "-")
    return Path("~", ".dubbo", f"dubbo-registry-{application}-{address}.cache".replace("/", "-"))


class RegistryCache:
    """What one registry told, by service, in memory and in a file.

    Args:
        registry: the registry's URL: ``file``, ``file.cache``, ``save.file`` and ``application`` count.
        host: the application; its clock times the writing.
    """

    def __init__(self, registry: URL, host: Host) -> None:
        self._path = cache_path(registry)
        self._named = registry.has_param("file")
        self._save_at_once = registry.get(keys.SAVE_FILE)
        self._lists = _Lists()  # belongs to who holds `_saving`
        self._news: list[_Told] = []  # what is not in `_lists` yet
        self._version = 0  # of both
        self._saved = 0  # the version that is in the file
        self._took = 0.0  # seconds for the last writing
        self._opened = self._path is None
        self._opening = asyncio.Lock()
        self._saving = asyncio.Lock()
        self._hurry = asyncio.Event()
        self._tasks = Tasks(host.clock)
        self._will_save = False

    @property
    def path(self) -> Path | None:
        """The file; None when nothing is kept."""
        return self._path

    async def open(self) -> None:
        """Read the file, once; anything else of this class needs that first.

        Raises:
            ConfigurationError: the folder of a file that was asked for by name cannot be made.
        """
        async with self._opening:
            path = self._path
            if self._opened or path is None:
                return
            try:
                self._path, stored = await asyncio.to_thread(_open, path)
            except OSError as error:
                if self._named:
                    raise ConfigurationError(
                        f"Invalid registry cache file {path}, cause: Failed to create directory {path.parent}! ({error}) "
                        "Give another path as parameter 'file', or file.cache=false to do without."
                    ) from error
                logger.warning("no registry cache: %s", error)
                self._path = None
            else:
                self._lists.lines = stored
            self._opened = True

    def recording(self, subscription: URL, listener: Listener) -> Listener:
        """A listener that hands on to `listener`, then keeps what it was told (REG-23). Equal arguments give equal listeners."""
        return listener if self._path is None else _Recording(self, subscription, listener)

    async def keep(self, subscription: URL, urls: Sequence[URL]) -> None:
        """Remember what was told to `subscription`: complete lists of one or more categories."""
        await self.open()
        if self._path is None:
            return
        self._news.append((subscription, tuple(urls)))
        self._version += 1
        if self._save_at_once:
            await self._save()
        elif not self._will_save:
            self._will_save = True
            self._tasks.start(self._save_soon(), f"registry cache {self._path}")

    def forget(self, subscription: URL) -> None:
        """It is told nothing any more: what it was told last stays in the file until somebody else is told about the service."""
        if self._path is not None:
            self._news.append((subscription, None))

    async def lookup(self, subscription: URL) -> list[URL]:
        """What was told last to a subscription like this one, possibly to another process."""
        await self.open()
        async with self._saving:
            self._lists.take(self._news)
            self._news = []
            line = self._lists.lines.get(subscription.service_key, "")
        found = []
        for text in filter(None, _BLANK.split(line)):
            try:
                url = incoming_url(text)
            except InvalidURLError as error:
                logger.info("ignoring something in the registry cache %s: %s", self._path, error)
                continue
            if is_match(subscription, url):
                found.append(url)
        return found

    async def close(self) -> None:
        """Write what has not been written yet."""
        self._hurry.set()
        await self._tasks.wait()

    # -- saving

    async def _save_soon(self) -> None:
        try:
            while self._saved < self._version:
                await wait_until_set(self._hurry, self._tasks.clock, max(_GATHER, _REST * self._took))
                if not await self._save():
                    break
        finally:
            self._will_save = False

    async def _save(self) -> bool:
        """Write the newest state. Whether that was done; when not, the next change tries again (REG-23)."""
        path = self._path
        assert path is not None, "only what is kept is saved"
        for attempt in range(1, _ATTEMPTS + 1):
            async with self._saving:
                version = self._version
                if self._saved >= version:
                    return True
                news, self._news = self._news, []
                begun = self._tasks.clock.now()
                try:
                    await finish(asyncio.to_thread(_save, path, self._lists, news))  # the thread goes on: the lists are its own until then
                except OSError as error:
                    reason = str(error)
                else:
                    self._saved = version
                    self._took = self._tasks.clock.now() - begun
                    return True
            if attempt < _ATTEMPTS:
                logger.warning("Failed to save registry cache file, will retry, cause: %s", reason)
                await self._tasks.clock.sleep(_RETRY)
        logger.warning("Failed to save registry cache file after retrying %d times, cause: %s", _ATTEMPTS, reason)
        return False


@dataclass(frozen=True, slots=True)
class _Recording:
    """See `RegistryCache.recording`."""

    cache: RegistryCache
    subscription: URL
    listener: Listener

    async def __call__(self, urls: Sequence[URL], /) -> None:
        await self.listener(urls)
        await self.cache.keep(self.subscription, urls)


# -- in threads


def _open(path: Path) -> tuple[Path, dict[str, str]]:
    """The path with the user's home in it, its folder made, and what the file holds.

    Raises:
        OSError: the folder cannot be made.
    """
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise OSError(f"{path}: {error}") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, _read(path)


def _read(path: Path) -> dict[str, str]:
    """The lines of the file whose keys can be services; nothing when it cannot be read."""
    try:
        values = parse_properties(_read_bytes(path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        logger.warning("Failed to load registry cache file %s: %s", path, error)
        return {}
    return {key: value for key, value in values.items() if key and (key[0].isalpha() or key[0] == "_")}


_Told: TypeAlias = "tuple[URL, tuple[URL, ...] | None]"
"""A subscription, and complete lists of one or more of its categories; None at its end."""


class _Lists:
    """What was told, and the lines of the file that it makes.

    Attributes:
        lines: by service.
        ours: services that were told of here.
        written: whether the file holds these lines.
    """

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.ours: set[str] = set()
        self.written = True
        self._told: dict[str, dict[URL, dict[str, list[URL]]]] = {}

    def take(self, news: Sequence[_Told]) -> None:
        """Bring the lines up to date."""
        changed: dict[str, None] = {}
        for subscription, urls in news:
            service = subscription.service_key
            if urls is None:
                if service in changed:
                    del changed[service]
                    self._write_line(service)
                self._forget(service, subscription)
                continue
            told: dict[str, list[URL]] = {}
            for url in urls:
                told.setdefault(url.get(keys.CATEGORY), []).append(url)
            self._told.setdefault(service, {}).setdefault(subscription, {}).update(told)
            changed[service] = None
        for service in changed:
            self._write_line(service)

    def _write_line(self, service: str) -> None:
        """Provider and consumer of one service may live in one application: their subscriptions share a line."""
        lists = self._told[service].values()
        line = " ".join(dict.fromkeys(_BLANK.sub("%20", str(url)) for told in lists for found in told.values() for url in found))
        if self.lines.get(service) != line:
            self.lines[service] = line
            self.ours.add(service)
            self.written = False

    def _forget(self, service: str, subscription: URL) -> None:
        """What it was told last stays in its line until somebody else is told about the service."""
        told = self._told.get(service, {})
        told.pop(subscription, None)
        if not told:
            self._told.pop(service, None)


def _save(path: Path, lists: _Lists, news: Sequence[_Told]) -> None:
    """Write what `lists` and `news` say, unless the file says it already.

    Raises:
        OSError: the lock is taken, or the file cannot be written.
    """
    lists.take(news)
    if not lists.written:
        _write(path, lists.lines, frozenset(lists.ours))
        lists.written = True


def _read_bytes(path: Path) -> bytes:
    """What the file holds.

    Raises:
        OSError: it is no file, or far too long.
    """
    handle = os.open(path, os.O_RDONLY | _NOT_WAITING)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is no regular file")
        if status.st_size > MAX_FILE:
            raise OSError(f"it has {status.st_size} bytes, a cache has {MAX_FILE} at most")
        file = os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise
    with file:
        return file.read(MAX_FILE)


def _write(path: Path, texts: dict[str, str], ours: frozenset[str]) -> None:
    """Write `texts`; lines that another process wrote meanwhile stay unless they are `ours`.

    A reader sees the old file or the new one, never half of it.

    Raises:
        OSError: the lock is taken, or the file cannot be written.
    """
    with _WRITING, _locked(path):
        merged = {**texts, **{key: value for key, value in _read(path).items() if key not in ours}}
        data = dump_properties(merged, ["Dubbo Registry Cache", time.strftime("%a %b %d %H:%M:%S %Z %Y")])
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # readable by its owner alone: URLs hold tokens
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file. It is locked as Java's ``FileChannel.tryLock`` does it.

    Raises:
        OSError: another process holds it.
    """
    with os.fdopen(os.open(f"{path}.lock", os.O_WRONLY | os.O_CREAT | _NOT_WAITING, 0o666), "wb") as file:
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OSError(
                f"Can not lock the registry cache file {path}, ignore and retry later, maybe multi java process use the file, "
                "please config: dubbo.registry.file=xxx.properties"
            ) from error
        yield
