"""What rules of a registry say, for people: of which methods they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.cluster.router.condition import parse
from aiodubbo.errors import AiodubboError
from aiodubbo.url import keys

if TYPE_CHECKING:
    from aiodubbo.url.url import URL

__all__ = ["methods_spoken_of"]


def methods_spoken_of(route: URL) -> set[str]:
    """The methods that a condition names, as patterns where it has patterns; none for a rule that cannot be read."""
    try:
        when, arrow, _ = route.decoded_param(keys.RULE.name).replace("consumer.", "").partition("=>")
        conditions = parse(when) if arrow and when.strip() != "true" else {}
    except AiodubboError:
        return set()
    found = [values for key, values in conditions.items() if key in ("method", "methods")]
    return {method for values in found for method in (*values.matches, *values.mismatches)}
