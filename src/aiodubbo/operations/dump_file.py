"""The text file that ``aiodubbo registry dump`` writes: one full URL a line, ``#`` before a comment.

A URL may hold characters that a line cannot, such as line ends: anybody may register it. Such a URL is written as a JSON string, which
begins with ``"`` as no URL does. So every line can be loaded again, and nobody's entry can pass for two.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from aiodubbo.cli.failure import USAGE, CommandError
from aiodubbo.cli.text import one_line
from aiodubbo.errors import InvalidURLError
from aiodubbo.url.redaction import redact
from aiodubbo.url.url import URL

from .entries import in_order, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LINE: Final = 65_536
"""Bytes of one line. The longest URLs of real services have hundreds of methods, and some 10,000 bytes."""

MAX_LINES: Final = 100_000
MAX_SIZE: Final = 64 * 1024 * 1024
"""Bytes of one file."""

MAX_PARAMETERS: Final = 4_000_000
"""Parameters in one file: 40 in each of its lines. They are what takes memory, some 200 bytes for one of two letters."""

_SHOWN = 100
"""Broken lines that are told one by one."""


def line_of(url: URL) -> str:
    """The line, without its end, that `url` is written as."""
    text = str(url)
    return text if text.isprintable() and text[0] not in '#" ' and text[-1] != " " else json.dumps(text)


def read_dump(stream: IO[bytes], name: str) -> list[URL]:
    """The URLs of a file, each once and in order.

    Args:
        stream: the file; no more of it is in memory than one line and what was read from it.
        name: what errors call it.

    Raises:
        CommandError: lines that are no URLs, all of them told with their numbers; or the file exceeds a limit.
    """
    found: dict[str, URL] = {}
    wrong: list[str] = []
    size = parameters = 0
    for number, line in enumerate(_lines(stream), 1):
        size += len(line)
        parameters += line.count(b"&") + line.count(b";")
        if len(line) > MAX_LINE:
            raise CommandError(f"error: {name}, line {number}: longer than {MAX_LINE} bytes, which is no URL of a service", USAGE)
        if number > MAX_LINES or size > MAX_SIZE or parameters > MAX_PARAMETERS:
            limits = f"{MAX_LINES} lines, {MAX_SIZE} bytes or {MAX_PARAMETERS} parameters"
            raise CommandError(f"error: {name}: more than {limits}; load it in parts", USAGE)
        try:
            url = _read(line)
        except (InvalidURLError, ValueError) as error:
            wrong.append(f"  line {number}: {one_line(redact(str(error)))}")
            continue
        if url is not None:
            found[str(url)] = url
    if wrong:
        more = [f"  and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        told = "\n".join(wrong[:_SHOWN] + more)
        raise CommandError(f"error: {name}: {len(wrong)} line(s) that are no URL to register; nothing was done:\n{told}", USAGE)
    return in_order(found.values())


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE + 2):  # room for the end of the line
        yield line.rstrip(b"\r\n")


def _read(line: bytes) -> URL | None:
    """The URL of a line; None for a comment or an empty line.

    Raises:
        ValueError: there is none; not UTF-8, no JSON string, no URL, or one that cannot be registered.
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
    """Write a file that its owner alone can read, whole: until the last line is on the disk, an older one stays.

    Raises:
        CommandError: it cannot be written, or something else than a file has this name.
    """
    path = Path(os.path.realpath(path))  # of a link, the file is written that it stands for
    if path.exists() and not path.is_file():
        raise CommandError(f"error: {path} is no file; without -o the dump goes to standard output", USAGE)
    temporary: Path | None = None
    try:
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)  # readable by the owner alone
        temporary = Path(made)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CommandError(f"error: cannot write {path}: {error.strerror or error}", USAGE) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
