"""Entry point of the ``aiodubbo`` command. Imports nothing optional before it is known to be there."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        import click  # noqa: F401 - only looks whether the extra is installed
        import rich  # noqa: F401
    except ImportError as error:
        sys.stderr.write(f"the command line needs the package {error.name}, which is not installed: pip install 'aiodubbo[cli]'\n")
        raise SystemExit(2) from None
    from .root import root

    root(prog_name="aiodubbo")
