"""Which modules read which of Dubbo's parameters, found in the source.

A parameter is read where ``keys.NAME`` is used outside the table, and where its text stands as an argument: of a look-up such as
``url.param("group")``, or, when the text has a dot or a dash and so can be nothing else, of any call.
"""

from __future__ import annotations

import ast
from pathlib import Path

from aiodubbo.url import keys

SOURCE = Path(__file__).resolve().parent.parent / "src" / "aiodubbo"

_TABLE = ("url/keys.py", "url/params.py")
_LOOKUPS = {"param", "has_param", "decoded_param", "raw_param", "get", "pop"}


def readers() -> dict[str, list[str]]:
    """Name of a constant in ``keys`` → modules that read that parameter, by their paths."""
    found: dict[str, list[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).as_posix()
        if module not in _TABLE:
            constants, texts = reads(path.read_text(encoding="utf-8"))
            for constant, key in keys.DECLARED.items():
                if constant in constants or key.name in texts:
                    found.setdefault(constant, []).append(module)
    return found


def reads(source: str) -> tuple[set[str], set[str]]:
    """The constants of ``keys`` that `source` uses, and the names of parameters that it looks up by their text."""
    tree = ast.parse(source)
    known = _constants(tree)
    constants: set[str] = set()
    texts: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "keys":
            constants.add(node.attr)
        elif isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            arguments = [_text(argument, known) for argument in node.args]
            texts.update(text for text in arguments if "." in text or "-" in text)
            if function in _LOOKUPS and arguments:
                texts.add(arguments[0])
    return constants, texts - {""}


def _constants(tree: ast.Module) -> dict[str, str]:
    """Names of a module's texts → these texts."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.JoinedStr) and node.values:  # f"{method}.{index}.callback"
        return _text(node.values[-1], known).rpartition(".")[2]
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return known.get(node.id, "") if isinstance(node, ast.Name) else ""
