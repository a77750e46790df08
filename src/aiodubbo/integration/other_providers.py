"""Providers that a registry does not notify to a consumer: of another group or version, in another category, disabled; for error texts."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.governance.view import is_candidate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiodubbo.rpc.abc import Registry
    from aiodubbo.tasks import Tasks
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_EVERY = 1.0
_TIMEOUT = 1.0
_ANYTHING = {"group": "*", "version": "*", "classifier": "*", "enabled": "*", "category": "providers"}


class OtherProviders:
    """Looks up all providers of an interface, at most once in a second: many calls may fail at the same time.

    Args:
        tasks: of the reference.
        registry: where to look.
        subscription: the consumer's.
        explain: finds the address of each provider that is not called, and why.
    """

    def __init__(
        self, tasks: Tasks, registry: Registry, subscription: URL, explain: Callable[[Sequence[URL]], Awaitable[dict[str, str]]]
    ) -> None:
        self._tasks = tasks
        self._registry = registry
        self._subscription = subscription
        self._explain = explain
        self._last: tuple[float, dict[str, str]] = (-math.inf, {})
        self._lookup: asyncio.Task[None] | None = None
        self._closed = False

    async def reasons(self) -> Mapping[str, str]:
        """Address of each provider that is not called → why. Callers at the same time share one look-up, whoever of them gives up."""
        if self._lookup is None and not self._closed and self._tasks.clock.now() - self._last[0] > _EVERY:
            self._lookup = self._tasks.start(self._look_up(), f"look up {self._subscription.service_key}")
        if self._lookup is not None:
            await asyncio.wait([self._lookup])
        return self._last[1]

    def close(self) -> None:
        """Look up nothing any more."""
        self._closed = True
        if self._lookup is not None:
            self._lookup.cancel()

    async def _look_up(self) -> None:
        clock = self._tasks.clock
        now, reasons = clock.now(), {}
        try:
            async with clock.timeout(_TIMEOUT):
                urls = await self._registry.lookup(self._subscription.with_params(_ANYTHING))
            reasons = await self._explain([url for url in urls if url.protocol != "empty" and is_candidate(url)])
        except (AiodubboError, OSError, TimeoutError):
            pass  # the error that is being explained matters more than this one
        except Exception:  # and than any other
            logger.exception("%s: other providers cannot be looked up", self._subscription.service_key)
        finally:
            self._last, self._lookup = (now, reasons), None
