"""What the dubbo protocol knows about one connection beyond its bytes: both addresses, callback objects, who wants to know of its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .callbacks import Callbacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Exchange

logger = logging.getLogger(__name__)


class Link:
    """One connection, as either side sees it.

    Attributes:
        exchange: sends and receives.
        local_address: ``(host, port)`` of this end.
        remote_address: ``(host, port)`` of the peer.
        callbacks: objects given to the peer, stubs for objects of the peer.
    """

    __slots__ = ("_on_close", "callbacks", "exchange", "local_address", "remote_address")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.local_address = _split(exchange.local)
        self.remote_address = _split(exchange.peer)
        self.callbacks = Callbacks(self)
        self._on_close: list[Callable[[], None]] = []

    def add_close_callback(self, callback: Callable[[], None]) -> None:
        """Have `callback` run once when the connection is gone; at once when it is gone already."""
        if self.exchange.connected:
            self._on_close.append(callback)
        else:
            callback()

    def closed(self) -> None:
        """The connection is gone."""
        self.callbacks.close()
        callbacks, self._on_close = self._on_close, []
        for callback in callbacks:
            try:
                callback()
            except Exception:  # one observer's failure is not the others'
                logger.exception("a close callback of %s failed", self.exchange.peer)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdecimal() else (address, 0)
