"""What type checkers of our users see: no public symbol without a type.

pyright looks at installed packages only, so the package is installed into a folder of its own first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / ".cache" / "verify-types"


def main() -> int:
    shutil.rmtree(INSTALLED, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(INSTALLED), str(ROOT)]
    subprocess.run(pip, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--verifytypes", "aiodubbo", "--ignoreexternal", "--outputjson"],
        cwd=INSTALLED,
        env={**os.environ, "PYTHONPATH": str(INSTALLED)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)["typeCompleteness"]
    counts = report["exportedSymbolCounts"]
    known, ambiguous, unknown = counts["withKnownType"], counts["withAmbiguousType"], counts["withUnknownType"]
    print(
        f"{known + ambiguous + unknown} public symbols: {known} with a declared type, {ambiguous} with an inferred one, {unknown} without"
    )
    if not known:
        print("FAILED: pyright saw no symbol at all")
    for symbol in report["symbols"]:
        if symbol["isExported"] and not symbol["isTypeKnown"] and not symbol["isTypeAmbiguous"]:
            print(f"FAILED: no type: {symbol['name']}")
    return 0 if known and not unknown else 1


if __name__ == "__main__":
    sys.exit(main())
