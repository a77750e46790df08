"""Print the rooms of the package with their lines, and where it is longest.

``python tools/rooms.py``
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "aiodubbo"
NO_ROOM = "(no room)"


@dataclass(frozen=True, order=True)
class Piece:
    """A module, class or function and its length."""

    lines: int
    name: str
    file: str

    def __str__(self) -> str:
        return f"{self.lines:5} lines  {self.name}  ({self.file})"


def room_of(module: Path) -> str:
    """The package that a module stands in: ``wire/hessian2``; for a module at the top, `NO_ROOM`."""
    return module.parent.as_posix() if module.parent.name else NO_ROOM


def definitions(source: str, file: str) -> Iterator[tuple[str, Piece]]:
    """Kind (``class`` or ``function``) and length of each definition in a module; nested ones count by themselves as well."""

    def visit(node: ast.AST, scope: str) -> Iterator[tuple[str, Piece]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{scope}{child.name}"
                assert child.end_lineno is not None
                kind = "class" if isinstance(child, ast.ClassDef) else "function"
                yield kind, Piece(child.end_lineno - child.lineno + 1, name, f"{file}:{child.lineno}")
                yield from visit(child, f"{name}.")
            else:
                yield from visit(child, scope)

    yield from visit(ast.parse(source), "")


def report(package: Path = PACKAGE, most: int = 3) -> str:
    """The rooms with files and lines, then the longest file, classes and functions."""
    lines: Counter[str] = Counter()
    files: Counter[str] = Counter()
    longest: dict[str, list[Piece]] = {"file": [], "class": [], "function": []}
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package)
        source = path.read_text(encoding="utf-8")
        length = len(source.splitlines())
        lines[room_of(module)] += length
        files[room_of(module)] += 1
        longest["file"].append(Piece(length, module.stem, module.as_posix()))
        for kind, piece in definitions(source, module.as_posix()):
            longest[kind].append(piece)
    rows = [f"{'room':<28}{'files':>6}{'lines':>8}"]
    rows += [f"{room:<28}{files[room]:>6}{lines[room]:>8,}" for room in sorted(lines)]
    rows.append(f"{'all':<28}{files.total():>6}{lines.total():>8,}")
    for kind, pieces in longest.items():
        rows += ["", f"longest {'classes' if kind == 'class' else f'{kind}s'}", *map(str, sorted(pieces, reverse=True)[:most])]
    return "\n".join(rows)


if __name__ == "__main__":
    print(report())
