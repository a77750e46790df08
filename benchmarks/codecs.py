"""Microseconds to encode and to decode each payload: aiodubbo's Hessian 2 beside what the standard library has.

``hessian2, declared`` is what a call does: the types of the contract are known at both ends. ``hessian2, models`` is
`aiodubbo.hessian2` with registered classes, ``hessian2, plain`` the same with dicts, so that the values decide. ``json`` handles the
plain form, ``pickle`` the models.
"""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from aiodubbo import hessian2
from aiodubbo.java.annotations import java_type

from .payloads import PAYLOADS, Item, Record, models, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.java.types import JavaType

__all__ = ["CodecCost", "encode", "measure"]

_BATCH = 0.002
"""Seconds of one batch; the best batch counts."""

_DECLARED: dict[str, object] = {"P1": str, "P2": Record, "P3": list[Item]}


@dataclass(frozen=True, slots=True)
class CodecCost:
    """One codec with one payload.

    Attributes:
        codec: which.
        payload: which.
        bytes: length of the encoded form.
        encode: microseconds, best batch.
        decode: microseconds, best batch.
    """

    codec: str
    payload: str
    bytes: int
    encode: float
    decode: float

    def to_json(self) -> dict[str, object]:
        """As it is stored."""
        return asdict(self)


def encode(value: object, declared: JavaType | None = None) -> bytes:
    """One value as Hessian 2."""
    encoder = hessian2.encoder()
    encoder.write(value, declared)
    return encoder.getvalue()


def measure(seconds: float, payloads: tuple[str, ...] = PAYLOADS) -> list[CodecCost]:
    """Time everything; `seconds` for each figure.

    Raises:
        AssertionError: a codec does not give back what it was given.
    """
    return [cost for payload in payloads for cost in _measure(payload, seconds)]


def _measure(payload: str, seconds: float) -> list[CodecCost]:
    model, data = models(payload), plain(payload)
    declared = java_type(_DECLARED[payload])
    return [
        _cost(
            "hessian2, declared",
            payload,
            seconds,
            model,
            lambda value: encode(value, declared),
            lambda raw: hessian2.decoder(raw).read(declared),
        ),
        _cost("hessian2, models", payload, seconds, model, hessian2.dumps, hessian2.loads),
        _cost("hessian2, plain", payload, seconds, data, hessian2.dumps, hessian2.loads),
        _cost("json", payload, seconds, data, lambda value: json.dumps(value).encode(), json.loads),
        _cost("pickle", payload, seconds, model, lambda value: pickle.dumps(value, protocol=5), pickle.loads),
    ]


def _cost(
    codec: str, payload: str, seconds: float, value: object, dump: Callable[[object], bytes], load: Callable[[bytes], object]
) -> CodecCost:
    raw = dump(value)
    if load(raw) != value:
        raise AssertionError(f"{codec} does not give {payload} back as it was")
    return CodecCost(codec, payload, len(raw), _best(lambda: dump(value), seconds), _best(lambda: load(raw), seconds))


def _best(function: Callable[[], object], seconds: float) -> float:
    """Microseconds of one call in the best of the batches that `seconds` have room for.

    Batches are short, so that some of them run undisturbed also on a busy machine.
    """
    clock = time.perf_counter
    started = clock()
    function()
    count = max(1, int(_BATCH / max(clock() - started, 1e-7)))
    best = float("inf")
    end = started + seconds
    while best == float("inf") or clock() < end:
        began = clock()
        for _ in range(count):
            function()
        best = min(best, (clock() - began) / count)
    return best * 1e6
