"""Dumps of registries, and sources of entries: a dump, standard input, or a registry.

A dump is a text file: one full URL a line, ``#`` before a comment.

A URL may hold characters that a line cannot, such as line ends: anybody may register it. Such a URL is written as a JSON string, which
begins with ``"`` as no URL does. So every line can be loaded again, and no entry can pass for two.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.url.redaction import one_line, redact
from aiodubbo.url.url import URL

from .entries import in_order, problem, read_entries
from .lookup import open_registry, registry_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from .entries import Selection

MAX_LINE: Final = 65_536
"""Bytes of one line. The longest URLs of real services have hundreds of methods, and some 10,000 bytes."""

MAX_LINES: Final = 100_000
MAX_SIZE: Final = 64 * 1024 * 1024
"""Bytes of one file."""

MAX_PARAMETERS: Final = 4_000_000
"""Parameters in one file: 40 in each of its lines. They are what takes memory, some 200 bytes for one of two letters."""

_LISTED = 100
"""Broken lines that an error lists."""


def line_of(url: URL) -> str:
    """`url` as a line of a dump, without the end of the line."""
    text = str(url)
    return text if text.isprintable() and text[0] not in '#" ' and text[-1] != " " else json.dumps(text)


def dump_lines(urls: Sequence[URL], registry: URL, selection: Selection, now: datetime) -> list[str]:
    """The lines of a dump.

    Args:
        urls: the entries, in order.
        registry: the registry that held them; its secrets are not written.
        selection: the entries that were asked for.
        now: the time that the head of the file names.
    """
    about = ", ".join(selection.categories) + (f" of services with {selection.service!r} in their names" if selection.service else "")
    head = [
        f"# {one_line(about)}",
        f"# from {one_line(registry.redacted())}",
        f"# {now.isoformat(timespec='seconds')}, {len(urls)} entries",
        "# each line is one URL; it may hold tokens and passwords",
    ]
    return head + [line_of(url) for url in urls]


def read_dump(stream: IO[bytes], name: str) -> list[URL]:
    """The URLs of a file, each once and in order.

    Args:
        stream: the file; no more of it is in memory than one line and what was read from it.
        name: what errors call it.

    Raises:
        ConfigurationError: lines that are no URLs, listed with their numbers; or the file exceeds a limit.
    """
    entries: dict[str, URL] = {}
    mistakes: list[str] = []
    size = parameters = 0
    for number, line in enumerate(_lines(stream), 1):
        size += len(line)
        parameters += line.count(b"&") + line.count(b";")
        if len(line) > MAX_LINE:
            raise ConfigurationError(f"{name}, line {number}: longer than {MAX_LINE} bytes, which is no URL of a service")
        if number > MAX_LINES or size > MAX_SIZE or parameters > MAX_PARAMETERS:
            limits = f"{MAX_LINES} lines, {MAX_SIZE} bytes or {MAX_PARAMETERS} parameters"
            raise ConfigurationError(f"{name}: more than {limits}; load it in parts")
        try:
            url = _read(line)
        except (InvalidURLError, ValueError) as error:
            mistakes.append(f"  line {number}: {one_line(redact(str(error)))}")
            continue
        if url is not None:
            entries[str(url)] = url
    if mistakes:
        more = [f"  and {len(mistakes) - _LISTED} more"] if len(mistakes) > _LISTED else []
        listed = "\n".join(mistakes[:_LISTED] + more)
        raise ConfigurationError(f"{name}: {len(mistakes)} line(s) that are no URL to register; nothing was done:\n{listed}")
    return in_order(entries.values())


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE + 2):  # room for the end of the line
        yield line.rstrip(b"\r\n")


def _read(line: bytes) -> URL | None:
    """The URL of a line; None for a comment or an empty line.

    Raises:
        ValueError: not UTF-8, no JSON string, no URL, or one that cannot be registered.
    """
    try:
        text = line.decode("utf-8").strip(" \t\ufeff")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if not text or text.startswith("#"):
        return None
    if text.startswith('"'):
        try:
            text = json.loads(text)
        except ValueError as error:
            raise ValueError(f"begins with a quotation mark and is no JSON string: {error}") from None
    if "://" not in text:
        raise ValueError(f"no URL: {text[:200]}")
    url = URL.parse(text)
    reason = problem(url)
    if reason:
        raise ValueError(f"{reason}: {text[:200]}")
    return url


def write_private(path: Path, lines: Iterable[str]) -> None:
    """Write a file that its owner alone can read; an older one stays until the last line of the new one is on the disk.

    Raises:
        ConfigurationError: it cannot be written, or is no file.
    """
    path = Path(os.path.realpath(path))  # a link stays, its target is written
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path} is no file; without -o the dump goes to standard output")
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)  # readable by the owner alone
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class Source:
    """A place with entries.

    Args:
        text: ``-`` for standard input, a file, or the address of a registry.
        standard_input: the stream that ``-`` stands for; it stays open.

    Attributes:
        url: the address; None when it is no registry.
        name: the place in errors and notes, without secrets.

    Raises:
        ConfigurationError: neither a file nor an address.
    """

    def __init__(self, text: str, standard_input: IO[bytes] | None = None) -> None:
        self.url: URL | None = None
        self.name = text
        self._path = Path(text)
        self._stream: IO[bytes] | None = None
        if text == "-" and standard_input is not None:
            self.name = "standard input"
            self._stream = standard_input
        elif "://" in text:
            self.url = registry_url(text)
            self.name = self.url.redacted()
        elif not self._path.exists():
            raise ConfigurationError(f"there is no file {text}; a registry is given as protocol://host:port")

    def read_file(self, selection: Selection) -> list[URL]:
        """The entries of the file or of standard input.

        Raises:
            ConfigurationError: it cannot be read, or has broken lines.
        """
        try:
            with nullcontext(self._stream) if self._stream is not None else self._path.open("rb") as stream:
                return [url for url in read_dump(stream, self.name) if selection.takes(url)]
        except OSError as error:
            raise ConfigurationError(f"cannot read {self.name}: {error.strerror or error}") from error

    async def read_registry(self, selection: Selection, warn: Callable[[str], object]) -> list[URL]:
        """The entries of the registry; `warn` takes a line for each unreadable entry.

        Raises:
            RegistryError: it does not answer.
        """
        assert self.url is not None
        async with open_registry(self.url) as registry:
            return await read_entries(registry, selection, warn=warn)
