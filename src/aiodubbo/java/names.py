"""Names: Python's ``created_at`` is Java's ``createdAt``; what a Java class may be called."""

from __future__ import annotations

import re

from aiodubbo.errors import ContractError

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
