"""How a value that does not fit its type is reported inside the codec; callers see a `HessianDecodeError` or `HessianEncodeError`."""

from __future__ import annotations

from aiodubbo.java.values import brief


class Misfit(Exception):
    """A value that does not fit its declared type."""


def misfit(expected: str, got: object) -> Misfit:
    """A `Misfit` that names what was due and what came."""
    return Misfit(f"expected {expected}, got {brief(got)} ({type(got).__name__})")
