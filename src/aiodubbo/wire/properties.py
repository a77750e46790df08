"""Java's properties format, as ``java.util.Properties`` reads and writes it: ``key=value`` lines in ISO-8859-1 with ``\\uXXXX``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

_ESCAPES: Final = str.maketrans({**{mark: f"\\{mark}" for mark in "\\=:#!"}, "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"})
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]")
_BLANK: Final = " \t\f"
_LINE: Final = re.compile(r"\r\n|\r|\n")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.|$)", re.DOTALL)
_LETTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def dump_properties(values: Mapping[str, str], comments: Iterable[str] = ()) -> bytes:
    """The file that holds `values`, below one comment line for each of `comments`."""
    lines = [f"#{comment}" for comment in comments]
    lines += [f"{_escape(key, every_space=True)}={_escape(value, every_space=False)}" for key, value in values.items()]
    return "".join(f"{line}\n" for line in lines).encode("latin-1", "replace")


def parse_properties(data: bytes) -> dict[str, str]:
    """Read a properties file. Nothing is an error: where Java refuses a malformed ``\\u``, its letters are taken as they are."""
    values: dict[str, str] = {}
    for line in _logical_lines(data.decode("latin-1")):
        end = _key_end(line)
        rest = line[end:].lstrip(_BLANK)
        if rest[:1] in ("=", ":"):
            rest = rest[1:].lstrip(_BLANK)
        values[_unescape(line[:end])] = _unescape(rest)
    return values


def _escape(text: str, *, every_space: bool) -> str:
    escaped = _UNPRINTABLE.sub(_escape_one, text.translate(_ESCAPES))
    if every_space:
        return escaped.replace(" ", "\\ ")
    return f"\\{escaped}" if escaped.startswith(" ") else escaped  # only the first of a value's leading spaces, as Java does


def _escape_one(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")  # Java counts in UTF-16
    return "".join(f"\\u{units[index] << 8 | units[index + 1]:04X}" for index in range(0, len(units), 2))


def _unescape(text: str) -> str:
    if "\\\\" not in text:  # then each backslash belongs to what follows it, nearly always a separator
        for separator in "=:#!":
            text = text.replace(f"\\{separator}", separator)
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_unescape_one, text)
    return plain.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")  # pairs of surrogates become one character


def _unescape_one(match: re.Match[str]) -> str:
    body = match[1]
    return chr(int(body[1:], 16)) if len(body) == 5 else _LETTERS.get(body, body)


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments and blank ones; a line that ends in an odd number of backslashes goes on in the next."""
    begun: list[str] = []
    for natural in _LINE.split(text):
        line = natural.lstrip(_BLANK)
        if not any(begun) and (not line or line[0] in "#!"):
            begun.clear()
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            begun.append(line[:-1])
            continue
        yield "".join([*begun, line])
        begun.clear()
    if any(begun):
        yield "".join(begun)


def _key_end(line: str) -> int:
    """End of the key: the first ``=``, ``:`` or blank without a backslash."""
    index = 0
    while index < len(line):
        if line[index] == "\\":
            index += 2
        elif line[index] in "=: \t\f":
            return index
        else:
            index += 1
    return len(line)
