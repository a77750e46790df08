"""Feeds arbitrary bytes to the Hessian 2 reader.

Only `HessianDecodeError` may be raised; a lossless reading must be writable, and writing it must come to rest; a plain reading must be
writable too. The seeds are the bytes that Java wrote.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aiodubbo import hessian2

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["seeds", "test_one_input"]

_CORPUS = Path(__file__).resolve().parent.parent / "tests/golden/hessian/corpus.jsonl.gz"


def seeds() -> Iterator[bytes]:
    """The recorded values."""
    with gzip.open(_CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield bytes.fromhex(json.loads(line)["hex"])


def test_one_input(data: bytes) -> None:
    """Read one input; an exception is a defect."""
    try:
        lossless = hessian2.loads(data, lossless=True)
    except hessian2.HessianDecodeError:
        try:
            hessian2.loads(data)
        except hessian2.HessianDecodeError:
            return
        raise AssertionError("read plainly, refused without loss") from None
    written = hessian2.dumps(lossless)
    assert hessian2.dumps(hessian2.loads(written, lossless=True)) == written, "written twice, the bytes differ"
    try:
        plain = hessian2.loads(data)
    except hessian2.HessianDecodeError:
        return
    hessian2.dumps(plain)


if __name__ == "__main__":
    import atheris  # type: ignore[import-untyped]  # it has no types

    atheris.instrument_all()
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
