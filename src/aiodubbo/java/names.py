"""Names of Java: of fields and methods (``createdAt`` for ``created_at``), of classes, and of types in the JVM's descriptors (PRO-25)."""

from __future__ import annotations

import re

from aiodubbo.errors import ContractError, RemoteProtocolError

_CLASS_NAME = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*")
_WORD_START = re.compile(r"(?<=[^_])_+([^\W_])")


def camel_case(name: str) -> str:
    """The Java spelling of a Python attribute or method name.

    ``created_at`` → ``createdAt``; a trailing underscore, which keeps a name apart from a Python keyword, is dropped
    (``class_`` → ``class``); leading underscores and capitals stay (``_id``, ``userName``).
    """
    bare = name.rstrip("_") or name
    return _WORD_START.sub(lambda match: match[1].upper(), bare)


def check_class_name(name: object) -> str:
    """`name` itself.

    Raises:
        ContractError: `name` is not a Java class name such as ``com.example.User``.
    """
    if not isinstance(name, str) or _CLASS_NAME.fullmatch(name) is None:
        raise ContractError(f"{name!r} is not a Java class name; write it with its package, such as 'com.example.User'")
    return name


# Descriptors: ``Ljava/lang/String;[I`` for ``java.lang.String``, ``int[]``

MAX_PARAMETERS = 255  # the JVM's own limit for one method
MAX_DIMENSIONS = 255  # the JVM's own limit for one array type

_CODES = {"void": "V", "boolean": "Z", "byte": "B", "char": "C", "double": "D", "float": "F", "int": "I", "long": "J", "short": "S"}
_PRIMITIVES = {code: name for name, code in _CODES.items()}


def descriptor_of(java_name: str) -> str:
    """JVM descriptor of a Java type name as in source (``int[]`` → ``[I``)."""
    dimensions = 0
    while java_name.endswith("[]"):
        java_name = java_name[:-2]
        dimensions += 1
    return "[" * dimensions + (_CODES.get(java_name) or f"L{java_name.replace('.', '/')};")


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
        elif code in _PRIMITIVES:
            name = _PRIMITIVES[code]
            position += 1
        else:
            raise _malformed(descriptor, position, f"{code!r} is no type code")
        names.append(name + "[]" * dimensions)
        if len(names) > MAX_PARAMETERS:
            raise _malformed(descriptor, start, f"more than {MAX_PARAMETERS} parameters")
    return tuple(names)


def _malformed(descriptor: str, position: int, what: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"malformed parameter descriptor {descriptor[:200]!r} at character {position}: {what}")
