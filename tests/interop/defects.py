"""What real Java Dubbo itself loses, damages or ignores, by version, as observed; Python can only be as right as its peer."""

from __future__ import annotations

__all__ = ["DAMAGED", "LOST", "NO_ROUTES", "WEIGHS_BY_THE_FIRST"]

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

NO_ROUTES = {"3.x"}
"""Versions whose consumers say "No such extension … RouterFactory by name condition" to a route in a registry, and go on without it."""

WEIGHS_BY_THE_FIRST = {("zookeeper", "3.x")}
"""Registries and versions whose consumers ask the first provider of their list alone whether weights count at all.

It says yes when it has a weight or a timestamp, and 3.x drops the timestamps of what it reads from ZooKeeper. The order of the list is that
of a hash table: whoever wants one weight to count has to give a weight to all.
"""
