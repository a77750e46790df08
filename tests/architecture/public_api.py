"""The public names with their signatures, as text.

``python -m tests.architecture.public_api`` writes public_api.txt anew; do so when a change of the public API is meant.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiodubbo

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
    "aiodubbo.rpc.host",
    "aiodubbo.rpc.points",
    "aiodubbo.ext.activation",
    "aiodubbo.transport.tls",
)
"""What users import. ``rpc`` and ``ext.activation`` are for plug-ins."""


_MADE_BY_US = frozenset({"ExportedService", "GenericReference", "RpcContext"})
"""Classes that users get and never make; their constructors may change."""

_KINDS = {"_AnnotatedAlias": "annotation", "str": "alias"}


def describe() -> str:
    """The whole public API, one line for each name."""
    text = "".join(f"{line}\n" for module in MODULES for line in _module(module))
    return re.sub(r" at 0x[0-9a-f]+", "", text)  # of functions that are defaults


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"# {name}"
    for public in sorted(module.__all__):
        value = getattr(module, public)
        home = getattr(value, "__module__", None)
        if name != "aiodubbo" and value is getattr(aiodubbo, public, None):
            yield f"{public}: aiodubbo.{public}"
        elif inspect.isclass(value) and isinstance(home, str) and home.startswith("aiodubbo"):
            yield from _class(public, value)
        elif inspect.isfunction(value):
            yield _function(public, value)
        elif inspect.ismodule(value):
            yield f"{public}: module"
        else:
            yield f"{public}: {_KINDS.get(type(value).__name__, type(value).__name__)}"
    yield ""


def _class(name: str, cls: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base is not object)
    yield f"class {name}({bases})" if bases else f"class {name}"
    if issubclass(cls, enum.Enum):
        yield f"    members: {', '.join(cls.__members__)}"
        return
    init = cls.__dict__.get("__init__")
    if inspect.isfunction(init) and name not in _MADE_BY_US and not getattr(cls, "_is_protocol", False):
        yield f"    {_function('__init__', init)}"
    for member, value in sorted(vars(cls).items()):
        if member.startswith("_") and member not in ("__call__", "__enter__", "__aenter__"):
            continue
        if isinstance(value, property):
            assert value.fget is not None
            yield f"    {member}: {_annotation(inspect.signature(value.fget).return_annotation)}  (property)"
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
    """One line, the same under every version of Python."""
    assert callable(function)
    signature = inspect.signature(function)
    parts: list[str] = []
    before: inspect.Parameter | None = None
    for parameter in signature.parameters.values():
        if before is not None and before.kind is parameter.POSITIONAL_ONLY is not parameter.kind:
            parts.append("/")
        if parameter.kind is parameter.KEYWORD_ONLY and (
            before is None or before.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        ):
            parts.append("*")
        parts.append(_parameter(parameter))
        before = parameter
    if before is not None and before.kind is before.POSITIONAL_ONLY:
        parts.append("/")
    word = "async def" if inspect.iscoroutinefunction(function) else "def"
    return f"{word} {name}({', '.join(parts)}) -> {_annotation(signature.return_annotation)}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = "**" if parameter.kind is parameter.VAR_KEYWORD else "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    text = f"{stars}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        text += f": {_annotation(parameter.annotation)}"
    return text if parameter.default is parameter.empty else f"{text} = {parameter.default!r}"


def _annotation(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


if __name__ == "__main__":
    SNAPSHOT.write_text(describe(), encoding="utf-8")
    sys.stdout.write(f"wrote {SNAPSHOT.name}\n")
