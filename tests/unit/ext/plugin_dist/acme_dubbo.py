"""A user's plug-in: a load balance, two filters, a wrapper. Its package is no part of aiodubbo."""

from __future__ import annotations

from typing import ClassVar

from aiodubbo.ext.activation import Activation
from aiodubbo.ext.wrapping import Wrapper


def fastest() -> str:
    """A load balance factory; a text stands for what it makes."""
    return "the fastest"


class Stopwatch:
    """Takes part in every provider."""

    activation: ClassVar[Activation] = Activation(groups=("provider",), order=-5)


class _Audit:
    activation = Activation(keys=("audit",))

    def __call__(self) -> str:
        return "audited"


audit = _Audit()
counting: Wrapper[str] = Wrapper(lambda inside: f"counting({inside})", order=50)
