"""Watched texts of a configuration centre.

The centre can read a text and says when it may have changed; the rest is the same for all centres and stands here. A text is read once for
all who want to know it, again after each report of a change, and again when the connection was lost. Each listener is notified of each
text once, in the order of the changes; while the centre is away it stays with the text that it has.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.tasks import Backoff, Repeater, Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.rpc.abc import ConfigListener
    from aiodubbo.tasks import Clock

logger = logging.getLogger(__name__)

_SLOWEST = 60.0
"""Seconds between attempts to read what is refused again and again: a person has to mend it, and that takes a while."""

_NOT_TOLD = object()


class _Text:
    """Text as read last.

    Attributes:
        current: whether `text` is what the centre holds: it was read, and no change was reported since.
        delivered: each listener → the text that it has.
    """

    def __init__(self, key: str, group: str) -> None:
        self.key = key
        self.group = group
        self.text: str | None = None
        self.current = False
        self.delivered: dict[ConfigListener, object] = {}
        self.busy = asyncio.Lock()
        self.reader: Repeater | None = None  # after the first change
        self.complaint = ""


class Watches:
    """Keeps listeners informed.

    Args:
        read: reads the text of a key and a group now, and sees to it that `changed` is called at the next change.
        clock: times the repetitions.
        name: of the centre, for the log.
        retry_period: seconds between attempts to read what could not be read; they become rarer.
    """

    def __init__(self, read: Callable[[str, str], Awaitable[str | None]], clock: Clock, *, name: str, retry_period: float) -> None:
        self._read = read
        self._name = name
        self._tasks = Tasks(clock)
        self._backoff = Backoff(retry_period, _SLOWEST)
        self._texts: dict[tuple[str, str], _Text] = {}

    async def watch(self, key: str, group: str, listener: ConfigListener) -> None:
        """Notify `listener` before returning, and at each change.

        Raises:
            AiodubboError: it could not be read now; it is tried again in the background.
        """
        text = self._texts.setdefault((key, group), _Text(key, group))
        text.delivered.setdefault(listener, _NOT_TOLD)
        try:
            await self._bring(text)
        except (AiodubboError, OSError):
            self._start(text)
            raise

    async def unwatch(self, key: str, group: str, listener: ConfigListener) -> None:
        """Stop notifying; unknown pairs are ignored."""
        text = self._texts.get((key, group))
        if text is None or listener not in text.delivered:
            return
        del text.delivered[listener]
        if not text.delivered:
            del self._texts[key, group]
            await _stop(text)

    async def close(self) -> None:
        """Drop all watches."""
        texts = list(self._texts.values())
        self._texts.clear()
        for text in texts:
            text.delivered.clear()
            await _stop(text)

    # -- what the centre reports

    def changed(self, key: str, group: str) -> None:
        """A text may have changed; those without watches are ignored."""
        text = self._texts.get((key, group))
        if text is not None:
            text.current = False
            self._start(text)

    def connected(self) -> None:
        """There is a connection, and no change is reported yet: everything is read again."""
        for text in self._texts.values():
            text.current = False
            self._start(text)

    def disconnected(self) -> None:
        """The connection is lost: changes are not reported any more."""
        for text in self._texts.values():
            text.current = False

    # -- one text

    async def _bring(self, text: _Text) -> None:
        """Read the text, unless what was read is still right, and notify the listeners that do not have it."""
        async with text.busy:
            while text.delivered and not text.current:
                text.current = True  # a change that is reported while we read takes it back
                try:
                    text.text = await self._read(text.key, text.group)
                except BaseException:
                    text.current = False
                    raise
            content = text.text
            for listener, delivered in list(text.delivered.items()):
                if delivered != content and listener in text.delivered:
                    text.delivered[listener] = content
                    await self._notify(text, listener, content)

    async def _notify(self, text: _Text, listener: ConfigListener, content: str | None) -> None:
        try:
            await listener(content)
        except Exception:  # it may be anybody's; the others are notified all the same
            logger.exception("configuration centre %s: the listener %r failed for %s", self._name, listener, text.key)

    def _start(self, text: _Text) -> None:
        if text.reader is None:
            text.reader = Repeater(
                self._tasks,
                functools.partial(self._catch_up, text),
                self._backoff,
                failed=functools.partial(self._complain, text),
                name=f"read {text.group}/{text.key}",
            )
        text.reader.wake()

    async def _catch_up(self, text: _Text) -> None:
        await self._bring(text)
        text.complaint = ""

    def _complain(self, text: _Text, error: Exception) -> None:
        """The first time loudly; what stays as it is does not fill the log."""
        complaint = str(error)
        level = logging.DEBUG if complaint == text.complaint else logging.WARNING
        text.complaint = complaint
        logger.log(level, "configuration centre %s: %s cannot be read, trying again: %s", self._name, text.key, complaint)


async def _stop(text: _Text) -> None:
    """End the reading of a text without watches."""
    if text.reader is not None:
        await text.reader.close()
