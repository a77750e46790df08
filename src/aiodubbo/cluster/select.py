"""Choosing the next provider to try: shared by all cluster strategies (CLU-31)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoker, LoadBalance
    from aiodubbo.rpc.call import Invocation


def select(
    invokers: Sequence[Invoker],
    invocation: Invocation,
    load_balance: LoadBalance,
    tried: Sequence[Invoker] = (),
    *,
    check_available: bool = True,
) -> Invoker:
    """The provider to try next.

    The load balance chooses among all. A choice that was tried before in this call, or that is not available, is replaced by a choice
    among the available ones not tried yet; then among the available ones tried; then by the next in the list.

    Args:
        invokers: the candidates; at least one.
        invocation: the call.
        load_balance: chooses among several.
        tried: candidates that failed in this call.
        check_available: whether to look at `Invoker.is_available` (``cluster.availablecheck``).
    """
    if len(invokers) == 1:
        return invokers[0]
    chosen = load_balance(invokers, invocation)
    if chosen not in tried and (not check_available or chosen.is_available()):
        return chosen
    for wanted in (False, True):
        rest = [one for one in invokers if (one in tried) is wanted and (not check_available or one.is_available())]
        if rest:
            return rest[0] if len(rest) == 1 else load_balance(rest, invocation)
    return invokers[(invokers.index(chosen) + 1) % len(invokers)]
