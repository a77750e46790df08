"""Doubt about an empty list of providers, while a connection to a provider stands (ADR 15).

A provider that lost its session with the registry lives, and announces itself again in a moment. One that leaves in good order says so over
the connection, or closes it: then the list is believed at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.tasks import Tasks
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_LOOK_EVERY = 0.1
"""Seconds between looks at the connections: one that is lost notifies nobody here."""


class Doubt:
    """Waits until no provider is connected, but not longer than a provider needs to announce itself again.

    Args:
        tasks: of the reference.
        registry: URL of the registry that has no providers any more.
        is_connected: whether a provider could be called now.
        believe: called when the wait is over.
    """

    def __init__(self, tasks: Tasks, registry: URL, is_connected: Callable[[], bool], believe: Callable[[], Awaitable[None]]) -> None:
        self._tasks = tasks
        self._patience = math.inf if registry.get(keys.ENABLE_EMPTY_PROTECTION) else registry.get(keys.RECONNECT_PERIOD)
        self._session = registry.get(keys.SESSION)
        self._is_connected = is_connected
        self._believe = believe
        self._task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether an empty list waits."""
        return self._task is not None

    def begin(self, service: str, *, from_cache: bool) -> None:
        """Wait, unless that is done already.

        Args:
            service: for the log.
            from_cache: whether the list before came while the registry was away. When it is back it may not know its providers yet: they
                get a session to announce themselves.
        """
        if self._task is None:
            logger.info("%s: the registry has no provider any more, but one is connected; waiting", service)
            patience = self._patience + (self._session if from_cache else 0.0)
            self._task = self._tasks.start(self._wait(patience), f"doubt about {service}")

    def end(self) -> None:
        """Wait no longer."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():  # it ends the doubt when it believes the list
            task.cancel()

    async def _wait(self, patience: float) -> None:
        clock = self._tasks.clock
        end = clock.now() + patience
        while clock.now() < end and self._is_connected():
            await clock.sleep(_LOOK_EVERY)
        await self._believe()
