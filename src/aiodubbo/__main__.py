"""``python -m aiodubbo``: the same as the command ``aiodubbo``."""

from __future__ import annotations

from aiodubbo.cli.main import main

if __name__ == "__main__":
    main()
