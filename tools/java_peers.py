"""Build the real Java Dubbo peers of tests/interop.

``python tools/java_peers.py build``                  all versions; does nothing when nothing changed
``python tools/java_peers.py build --version 2.7``    the same, and prints the command that starts this one
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.interop import java_build

if __name__ == "__main__":
    sys.exit(java_build.main(sys.argv[1:]))
