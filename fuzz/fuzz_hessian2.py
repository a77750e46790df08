"""Feeds arbitrary bytes to the Hessian 2 reader (needs ``atheris``)::

    python fuzz/fuzz_hessian2.py --write-seeds .cache/hessian2
    python fuzz/fuzz_hessian2.py .cache/hessian2

Only `HessianDecodeError` may be raised; a lossless reading must be writable, and writing it must come to rest; a plain reading must be
writable too. The seeds are the bytes that Java wrote.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "tests/golden/hessian/corpus.jsonl.gz"


def write_seeds(directory: Path) -> None:
    """One file for each recorded value."""
    directory.mkdir(parents=True, exist_ok=True)
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            (directory / f"{number:04}").write_bytes(bytes.fromhex(json.loads(line)["hex"]))


def test_one_input(data: bytes) -> None:
    """What atheris calls."""
    from aiodubbo import hessian2

    try:
        lossless = hessian2.loads(data, lossless=True)
    except hessian2.HessianDecodeError:
        try:
            hessian2.loads(data)
        except hessian2.HessianDecodeError:
            return
        raise AssertionError("read plainly, refused without loss") from None
    written = hessian2.dumps(lossless)
    assert hessian2.dumps(hessian2.loads(written, lossless=True)) == written
    try:
        plain = hessian2.loads(data)
    except hessian2.HessianDecodeError:
        return
    hessian2.dumps(plain)


def main() -> None:
    """Run for ever, or as long as atheris' own options say."""
    if "--write-seeds" in sys.argv:
        write_seeds(Path(sys.argv[sys.argv.index("--write-seeds") + 1]))
        return
    import atheris

    with atheris.instrument_imports():
        import aiodubbo.hessian2  # noqa: F401 - instrumented here, used in `test_one_input`

    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
