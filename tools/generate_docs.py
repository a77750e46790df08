"""Write the parts of docs/ that come from the code.

``python tools/generate_docs.py``           write them anew
``python tools/generate_docs.py --check``   write nothing; fail when one is out of date

A generated part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; what is around it is written by hand.
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import key_readers

from aiodubbo import errors
from aiodubbo.config.options import MethodOptions, ReferenceOptions, ServiceOptions, options_of
from aiodubbo.url import keys
from aiodubbo.url.params import PLACES, Setter, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodubbo.url.params import ParamKey

DOCS = Path(__file__).resolve().parent.parent / "docs"


def errors_table() -> str:
    """Every exception with its place in the tree, Dubbo's code, whether a retry helps, and what it means."""
    lines = ["| exception | code | retry | also | meaning |", "|---|---|---|---|---|"]
    for depth, cls in _tree(errors.AiodubboError, 0):
        code, retry = (str(cls.code), "yes" if cls.retriable else "no") if issubclass(cls, errors.RpcError) else ("", "")
        also = ", ".join(f"`{base.__name__}`" for base in cls.__bases__ if base.__module__ == "builtins" and base is not Exception)
        lines.append(f"| {'&emsp;' * depth}`{cls.__name__}` | {code} | {retry} | {also} | {_meaning(cls)} |")
    return "\n".join(lines)


def _meaning(cls: type) -> str:
    """The first line of a docstring for readers who know no requirement ids and no reStructuredText."""
    line = (inspect.getdoc(cls) or "").partition("\n")[0]
    line = re.sub(r"(?:, )?\b[A-Z]{3}-\d+\b", "", line).replace(" ()", "")
    return re.sub(r" \(code \d\)", "", line).replace("``", "`").replace("|", "\\|")


def _tree(cls: type[errors.AiodubboError], depth: int) -> Iterator[tuple[int, type[errors.AiodubboError]]]:
    yield depth, cls
    for member in vars(errors).values():  # in the order of their definition
        if isinstance(member, type) and cls in member.__bases__:
            yield from _tree(member, depth + 1)


_ONLOOKERS = {"cli", "operations", "testing"}
"""Packages that show what others do with a parameter."""


def parameters_table() -> str:
    """Every parameter of Dubbo: places, meaning, default, what becomes of it, who else may set it."""
    lines = ["| parameter | places | meaning | default | here | read in | others |", "|---|---|---|---|---|---|---|"]
    readers = key_readers.readers()
    for constant, key in keys.DECLARED.items():
        names = ", ".join(f"`{name}`" for name in (key.name, *key.aliases))
        places = ", ".join(PLACES[letter] for letter in key.places)
        rooms = sorted({module.partition("/")[0] for module in readers.get(constant, ())} - _ONLOOKERS)
        rooms = rooms if key.use in (Use.READ, Use.CHECKED) else []
        meaning = key.meaning.replace("|", "\\|")
        lines.append(f"| {names} | {places} | {meaning} | {_default(key)} | {key.use.value} | {', '.join(rooms)} | {_others(key)} |")
    return "\n".join(lines)


def _default(key: ParamKey[Any]) -> str:
    value = key.default
    if value in ("", (), None) or (key.name == "iothreads"):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if key.unit == "ms":
        value = round(value * 1000)
    return f"{value} {key.unit}".strip()


def _others(key: ParamKey[Any]) -> str:
    setters = " and ".join(f"{setter.value}s" for setter in Setter if setter in key.grant.setters)
    return f"{setters}: {key.grant.values}" if key.grant.values else setters


def options_table(options: type) -> str:
    """The options of a class: name in Python, URL parameter, unit, default, meaning."""
    lines = ["| option | URL parameter | unit | default | meaning |", "|---|---|---|---|---|"]
    for each in options_of(options):
        parameter = f"`{each.key.name}`" if each.key is not None else ""
        default = f"`{each.default}`" if each.default else ""
        meaning = re.sub(r'"([^"]*)"', r"`\1`", each.meaning)
        lines.append(f"| `{each.name}` | {parameter} | {each.unit} | {default} | {meaning} |")
    return "\n".join(lines)


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "errors": ("how-to/errors.md", errors_table),
    "service options": ("reference/options.md", partial(options_table, ServiceOptions)),
    "reference options": ("reference/options.md", partial(options_table, ReferenceOptions)),
    "method options": ("reference/options.md", partial(options_table, MethodOptions)),
    "parameters": ("reference/parameters.md", parameters_table),
}
"""Name of a generated part → the page it stands in, and what makes it."""


def filled(page: str, name: str, text: str) -> str:
    """`page` with `text` between the marks of `name`.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"the page has no part {name!r}: write {begin.strip()} and {end} where it belongs")
    return f"{before}{begin}\n{text}\n\n{end}{after}"


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--check"}:
        print(__doc__, file=sys.stderr)
        return 2
    stale = []
    for name, (where, make) in PARTS.items():
        path = DOCS / where
        old = path.read_text(encoding="utf-8")
        new = filled(old, name, make())
        if old == new:
            continue
        if "--check" in arguments:
            stale.append(where)
        else:
            path.write_text(new, encoding="utf-8")
    for where in stale:
        print(f"docs/{where} is out of date: run `make docs` and commit it", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
