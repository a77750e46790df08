"""JVM type descriptors ↔ Java's type names (PRO-25): ``Ljava/lang/String;[I`` ↔ ``java.lang.String``, ``int[]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import RemoteProtocolError

from .types import descriptor_of

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PARAMETERS = 255
"""The JVM's own limit for one method."""
MAX_DIMENSIONS = 255
"""The JVM's own limit for one array type."""

_NAMES = {
    "V": "void",
    "Z": "boolean",
    "B": "byte",
    "C": "char",
    "D": "double",
    "F": "float",
    "I": "int",
    "J": "long",
    "S": "short",
}


def join_descriptors(names: Iterable[str]) -> str:
    """The descriptor of a parameter list, given Java's names as in source."""
    return "".join(map(descriptor_of, names))


def split_descriptors(descriptor: str) -> tuple[str, ...]:
    """Java's names of the types in a descriptor that came from the wire.

    Raises:
        RemoteProtocolError: it is no descriptor, or goes beyond the JVM's own limits.
    """
    names: list[str] = []
    position, size = 0, len(descriptor)
    while position < size:
        start = position
        while position < size and descriptor[position] == "[":
            position += 1
        dimensions = position - start
        if dimensions > MAX_DIMENSIONS:
            raise _malformed(descriptor, start, f"an array of {dimensions} dimensions, Java allows {MAX_DIMENSIONS}")
        if position == size:
            raise _malformed(descriptor, start, "an array without an item type")
        code = descriptor[position]
        if code == "L":
            end = descriptor.find(";", position)
            if end <= position + 1:
                raise _malformed(descriptor, start, "a class name without its ';'" if end < 0 else "an empty class name")
            name = descriptor[position + 1 : end].replace("/", ".")
            position = end + 1
        elif code in _NAMES:
            name = _NAMES[code]
            position += 1
        else:
            raise _malformed(descriptor, position, f"{code!r} is no type code")
        names.append(name + "[]" * dimensions)
        if len(names) > MAX_PARAMETERS:
            raise _malformed(descriptor, start, f"more than {MAX_PARAMETERS} parameters")
    return tuple(names)


def _malformed(descriptor: str, position: int, what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"malformed parameter descriptor {descriptor[:200]!r} at character {position}: {what}")
