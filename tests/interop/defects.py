"""What real Java Dubbo itself loses or damages, by version, as observed; Python can only be as right as its peer."""

from __future__ import annotations

__all__ = ["DAMAGED", "LOST"]

_PRIVATE_LISTS = {
    "EnumMap": 'HashMap{Color.RED="r"}',
    "emptyList": "ArrayList[]",
    "asList": "ArrayList[Integer:1, Integer:2]",
}

LOST: dict[str, dict[str, str]] = {
    "2.6": {**_PRIVATE_LISTS, "BitSet": "BitSet:{}"},
    "2.7": _PRIVATE_LISTS,
    "3.x": {
        **_PRIVATE_LISTS,
        "ArrayDeque": 'ArrayList["a", "b"]',
        "Vector": "ArrayList[Integer:1, Integer:2]",
        "Stack": 'ArrayList["s"]',
    },
}
"""Version → kind of object → what arrives of it when Java talks to Java of the same version."""

DAMAGED: dict[str, set[tuple[str, int]]] = {
    "2.6": {("Labelled", 1)},  # references behind a UUID are counted wrongly
    "2.7": {("Labelled", 1)},
    "3.x": {("FloatFields", 0)},  # a primitive float field is not stored
}
"""Version → samples that do not survive when Java talks to Java of the same version."""
