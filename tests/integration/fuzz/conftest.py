"""The fuzz targets are a package beside ``src`` and ``tests`` that is not installed; these tests import it from there."""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[3])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)
