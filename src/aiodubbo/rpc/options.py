"""Settings of one method, read once from a URL (method key, then service key, then default; URL-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from aiodubbo.url.url import URL


@dataclass(frozen=True, slots=True)
class MethodOptions:
    """What a URL says about one method.

    Attributes:
        timeout: seconds.
        retries: further attempts after the first.
        weight: share of calls, 0 for none.
        load_balance: strategy name.
        one_way: no answer is wanted (``return=false``).
    """

    timeout: float
    retries: int
    weight: int
    load_balance: str
    one_way: bool

    @classmethod
    def of(cls, url: URL, method: str) -> MethodOptions:
        """Read the settings of `method` (its Java name) from `url`."""
        return cls(
            timeout=url.get(keys.TIMEOUT, method),
            retries=url.get(keys.RETRIES, method),
            weight=url.get(keys.WEIGHT, method),
            load_balance=url.get(keys.LOAD_BALANCE, method),
            one_way=not url.get(keys.RETURN, method),
        )


class MethodOptionsCache:
    """`MethodOptions` of one URL by method name; each is computed once."""

    __slots__ = ("_known", "_url")

    def __init__(self, url: URL) -> None:
        self._url = url
        self._known: dict[str, MethodOptions] = {}

    def __getitem__(self, method: str) -> MethodOptions:
        options = self._known.get(method)
        if options is None:
            options = self._known[method] = MethodOptions.of(self._url, method)
        return options
