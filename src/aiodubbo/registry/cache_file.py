"""The file of a registry cache: its place, and reading and writing it.

Format, place and lock are Java's, so that Java reads what is written here and the reverse (Java: ``AbstractRegistry``). Everything here
blocks and runs in threads. One writer at a time: a lock file beside it keeps other processes away, those of Java too.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiodubbo.url import keys
from aiodubbo.url.params import is_config_empty
from aiodubbo.wire.properties import dump_properties, parse_properties

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

MAX_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file that is read: a hundred thousand URLs. A longer one is no cache, and is written anew."""

_NONBLOCKING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How files are opened: a pipe in the place of one, of which nobody knows when it ends, must not be waited for."""

_WRITING: Final = threading.Lock()
"""The lock file keeps other processes away; the registries of one process, which may share a file, take turns by this."""


def cache_path(registry: URL) -> Path | None:
    """Path of the cache of `registry`; None when there is to be none (REG-21).

    Parameter ``file`` names it; otherwise it is ``~/.dubbo/dubbo-registry-<application>-<address>.cache``, where a registry without
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


def open_file(path: Path) -> tuple[Path, dict[str, str]]:
    """Expand the user's home in `path`, create its folder, and read the file.

    Returns:
        The path, and the lines of the file by service.

    Raises:
        OSError: the folder cannot be created.
    """
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise OSError(f"{path}: {error}") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, _read(path)


def _read(path: Path) -> dict[str, str]:
    """The lines whose keys can be services; none when the file cannot be read."""
    try:
        values = parse_properties(_read_bytes(path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        logger.warning("Failed to load registry cache file %s: %s", path, error)
        return {}
    return {key: value for key, value in values.items() if key and (key[0].isalpha() or key[0] == "_")}


def _read_bytes(path: Path) -> bytes:
    """Read the file.

    Raises:
        OSError: it is no regular file, or far too long.
    """
    handle = os.open(path, os.O_RDONLY | _NONBLOCKING)
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


def write(path: Path, texts: dict[str, str], ours: frozenset[str]) -> None:
    """Write `texts`; lines that another process wrote meanwhile stay, except for services that are `ours`.

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
    with os.fdopen(os.open(f"{path}.lock", os.O_WRONLY | os.O_CREAT | _NONBLOCKING, 0o666), "wb") as file:
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
