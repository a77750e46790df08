"""The ``random`` strategy (Dubbo's default): each call goes to a provider with a probability in proportion to its weight (CLU-33)."""

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING

from aiodubbo.rpc.call import MethodSettings

from .weight import effective_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Host

_REFRESH = 1.0
"""Seconds for which weights are kept: young providers gain weight slowly, and reading URLs for every call would cost more than the call."""


class RandomLoadBalance:
    """Weighted random choice.

    Args:
        host: the application.
        choice: source of randomness, ``random.Random`` or like it.
    """

    def __init__(self, host: Host, choice: random.Random | None = None) -> None:
        self._random = choice or random.Random()
        self._now = host.clock.unix_time
        self._weights: dict[str, tuple[Sequence[Invoker], float, list[int]]] = {}

    def __call__(self, invokers: Sequence[Invoker], invocation: Invocation) -> Invoker:
        """One of `invokers`; uniform when all weights are equal or zero."""
        cumulated = self._cumulated(invokers, invocation.method.name)
        if not cumulated:
            return invokers[int(self._random.random() * len(invokers))]
        return self._random.choices(invokers, cum_weights=cumulated)[0]

    def _cumulated(self, invokers: Sequence[Invoker], method: str) -> list[int]:
        now = self._now()
        known = self._weights.get(method)
        if known is not None and known[0] is invokers and 0 <= now - known[1] < _REFRESH:
            return known[2]
        weights = [effective_weight(invoker.url, MethodSettings.of(invoker.url, method), now) for invoker in invokers]
        unequal = any(weight != weights[0] for weight in weights)
        cumulated = list(accumulate(weights)) if unequal else []
        self._weights[method] = (invokers, now, cumulated)
        return cumulated
