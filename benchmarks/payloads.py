"""What is sent: three sizes, each as models and as plain data.

======  =====================================================================
``P1``  a string of 100 characters
``P2``  a record of 12 fields with a nested list and a nested map, about 1 KiB
``P3``  a list of 500 objects of 6 fields, about 64 KiB
======  =====================================================================
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from aiodubbo import java

__all__ = ["ITEMS", "PAYLOADS", "RECORD", "SIZES", "TEXT", "Item", "Record", "models", "plain"]

PAYLOADS = ("P1", "P2", "P3")

SIZES = {"P1": 102, "P2": 1024, "P3": 65536}
"""About how many bytes they are in a frame."""


@java.model("org.aiodubbo.benchmarks.Record")
@dataclass(slots=True)
class Record:
    """P2."""

    id: java.long
    name: str
    email: str
    phone: str
    active: java.boolean
    age: java.int
    score: java.double
    balance: java.double
    created: java.long
    description: str
    tags: list[str]
    attributes: dict[str, str]


@java.model("org.aiodubbo.benchmarks.Item")
@dataclass(slots=True)
class Item:
    """One of P3."""

    id: java.long
    sku: str
    name: str
    quantity: java.int
    price: java.double
    note: str


TEXT = "The quick brown fox jumps over the lazy dog, " * 2 + "then rests."[:10]
assert len(TEXT) == 100

RECORD = Record(
    id=1_234_567_890_123,
    name="Johann Wolfgang Tester",
    email="johann.tester@example.com",
    phone="+49 30 1234567",
    active=True,
    age=42,
    score=98.765,
    balance=123_456.78,
    created=1_760_000_000_123,
    description="A record that is about as large as what services usually send. " * 3,
    tags=[f"tag-{number:02}-of-the-record" for number in range(10)],
    attributes={f"attribute-{number:02}": f"value {number} of the record" for number in range(10)},
)

ITEMS = [
    Item(
        id=9_000_000_000 + number,
        sku=f"SKU-{number:08}",
        name=f"Article number {number} of the catalogue",
        quantity=number % 50,
        price=number * 1.25 + 0.1,
        note="delivered within three days of the order",
    )
    for number in range(500)
]


def plain(payload: str) -> object:
    """The payload as strings, numbers, lists and dicts."""
    match payload:
        case "P1":
            return TEXT
        case "P2":
            return asdict(RECORD)
        case _:
            return [asdict(item) for item in ITEMS]


def models(payload: str) -> object:
    """The payload as models."""
    match payload:
        case "P1":
            return TEXT
        case "P2":
            return RECORD
        case _:
            return ITEMS
