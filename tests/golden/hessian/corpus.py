"""The recorded cases, and a description of values in which they can be compared.

A case holds the bytes that hessian-lite 3.2.13 (Dubbo 2.7, ``lite3``) or 4.0.4 (Dubbo 3, ``lite4``) wrote for a Java value, and what the
bytes mean; or a legal encoding that no Java writer chooses (``variant/``). The description is plain data: ``{"t": "int", "v": 1}``; lists,
maps and objects have an ``id``, their number among the references, and a second use of one is ``{"t": "ref", "id": 0}``.
"""

from __future__ import annotations

import gzip
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiodubbo import hessian2
from aiodubbo.hessian2 import Dialect, JavaDate, JavaList, JavaLong, JavaMap, JavaObject

CORPUS = Path(__file__).with_name("corpus.jsonl.gz")


@dataclass(frozen=True)
class Case:
    """One recorded value."""

    name: str
    group: str
    data: bytes
    expected: Any

    @property
    def dialect(self) -> Dialect:
        """The writer to sound like."""
        return Dialect.LITE4 if self.name.endswith("@lite4") else Dialect.LITE3

    def written_back(self) -> bytes:
        """What we write for the value, read without loss."""
        return hessian2.dumps(hessian2.loads(self.data, lossless=True), dialect=self.dialect)


def load() -> list[Case]:
    """All cases, in the order of the file."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Case(row["name"], row["group"], bytes.fromhex(row["hex"]), normal(row["expected"])) for row in rows]


_SAME_AS_UNTYPED = {"java.util.ArrayList", "java.util.HashMap"}


def normal(description: Any) -> Any:
    """A description without what carries no meaning: how a date was written, the text of a double, two class names that mean "usual"."""
    kind = description["t"]
    if kind == "double":
        (value,) = struct.unpack(">d", bytes.fromhex(description["bits"]))
        return {"t": "double", "bits": "nan" if value != value else description["bits"]}
    if kind == "date":
        return {"t": "date", "ms": description["ms"]}
    if kind == "string":
        return {"t": "string", "v": description["v"].encode("utf-16-be", "surrogatepass").hex()}
    java_type = description.get("type")
    java_type = None if java_type in _SAME_AS_UNTYPED else java_type
    if kind == "list":
        return {"t": "list", "id": description["id"], "type": java_type, "items": [normal(item) for item in description["items"]]}
    if kind == "map":
        entries = [[normal(key), normal(value)] for key, value in description["entries"]]
        return {"t": "map", "id": description["id"], "type": java_type, "entries": entries}
    if kind == "object":
        fields = [[name, normal(value)] for name, value in description["fields"]]
        return {"t": "object", "id": description["id"], "class": description["class"], "fields": fields}
    return description


def describe(value: object) -> Any:
    """The description of a value that was read without loss."""
    return normal(_describe(value, {}))


def _describe(value: object, seen: dict[int, int]) -> Any:
    match value:
        case None:
            return {"t": "null"}
        case bool():
            return {"t": "bool", "v": value}
        case JavaLong():
            return {"t": "long", "v": int(value)}
        case int():
            return {"t": "int", "v": value}
        case float():
            return {"t": "double", "bits": struct.pack(">d", value).hex()}
        case str():
            return {"t": "string", "v": value}
        case bytes():
            return {"t": "binary", "v": value.hex()}
        case JavaDate(ms):
            return {"t": "date", "ms": ms}
        case _:
            return _describe_container(value, seen)


def _describe_container(value: object, seen: dict[int, int]) -> Any:
    if id(value) in seen:
        return {"t": "ref", "id": seen[id(value)]}
    number = seen[id(value)] = len(seen)
    match value:
        case JavaList():
            return {"t": "list", "id": number, "type": value.java_type, "items": [_describe(item, seen) for item in value]}
        case JavaMap():
            entries = [[_describe(key, seen), _describe(item, seen)] for key, item in value.items()]
            return {"t": "map", "id": number, "type": value.java_type, "entries": entries}
        case JavaObject():
            fields = [[name, _describe(item, seen)] for name, item in value.fields]
            return {"t": "object", "id": number, "class": value.class_name, "fields": fields}
        case _:
            raise AssertionError(f"not part of a lossless reading: {value!r}")
