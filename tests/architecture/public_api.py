"""The public names with their signatures, as text.

``python -m tests.architecture.public_api`` writes public_api.txt anew; do so when a change of the public API is meant.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOT = Path(__file__).with_name("public_api.txt")
COMMAND = "python -m tests.architecture.public_api"

MODULES = (
    "aiodubbo",
    "aiodubbo.sync",
    "aiodubbo.java",
    "aiodubbo.hessian2",
    "aiodubbo.rpc.abc",
    "aiodubbo.ext.activation",
    "aiodubbo.transport.tls",
)
"""What users import. ``rpc.abc`` and ``ext.activation`` are for plug-ins."""


def describe() -> str:
    """The whole public API, one line for each name."""
    return "".join(f"{line}\n" for module in MODULES for line in _module(module))


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"# {name}"
    for public in sorted(module.__all__):
        value = getattr(module, public)
        home = getattr(value, "__module__", None)
        if name != "aiodubbo" and public in importlib.import_module("aiodubbo").__all__:
            yield f"{public}  (aiodubbo.{public})"
        elif inspect.isclass(value) and isinstance(home, str) and home.startswith("aiodubbo"):
            yield from _class(public, value)
        elif inspect.isfunction(value):
            yield _function(public, value)
        elif inspect.ismodule(value):
            yield f"{public}: module"
        else:
            yield f"{public}: {type(value).__name__}"
    yield ""


def _class(name: str, cls: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base is not object)
    yield f"class {name}({bases})" if bases else f"class {name}"
    if issubclass(cls, enum.Enum):
        yield f"    members: {', '.join(cls.__members__)}"
        return
    init = cls.__dict__.get("__init__")
    if inspect.isfunction(init) and not getattr(cls, "_is_protocol", False):
        yield f"    {_function('__init__', init)}"
    for member, value in sorted(vars(cls).items()):
        if member.startswith("_") and member not in ("__call__", "__enter__", "__aenter__"):
            continue
        if isinstance(value, property):
            returns = inspect.signature(value.fget).return_annotation if value.fget else "object"
            yield f"    {member}: {returns}  (property)"
        elif isinstance(value, classmethod | staticmethod):
            yield f"    {type(value).__name__} {_function(member, value.__func__)}"
        elif inspect.isfunction(value):
            yield f"    {_function(member, value)}"
        elif not inspect.ismemberdescriptor(value):
            yield f"    {member} = {value!r}"
    for member in cls.__dict__.get("__slots__", ()):
        if not member.startswith("_"):
            yield f"    {member}: attribute"


def _function(name: str, function: object) -> str:
    assert callable(function)
    word = "async def" if inspect.iscoroutinefunction(function) else "def"
    return f"{word} {name}{inspect.signature(function)}"


if __name__ == "__main__":
    SNAPSHOT.write_text(describe(), encoding="utf-8")
    sys.stdout.write(f"wrote {SNAPSHOT.name}\n")
