"""Share of the load that a provider gets (CLU-32): its weight, ramped up while it is young."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from aiodubbo.rpc.call import MethodSettings
    from aiodubbo.url.url import URL


def ramped(weight: int, uptime: float, warmup: float) -> int:
    """The weight of a provider that has been up for `uptime` of `warmup` seconds: quadratic, at least 1, as in Java 2.7.15 and later."""
    if weight <= 0:
        return 0
    if uptime < 0:  # the provider's clock is ahead of ours
        return 1
    if uptime >= warmup or warmup <= 0:
        return weight
    return max(1, min(weight, round((uptime / warmup) ** 2 * weight)))


def effective_weight(url: URL, options: MethodSettings, now: float) -> int:
    """Weight of the provider at `url` for the method of `options`, at `now` (seconds since the epoch)."""
    weight = options.weight
    started = url.get(keys.REMOTE_TIMESTAMP) or url.get(keys.TIMESTAMP)
    if weight <= 0 or not started:
        return max(0, weight)
    return ramped(weight, now - started, url.get(keys.WARMUP))
