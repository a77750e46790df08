"""The rules of a configuration centre that one reference follows (REG-66, REG-161)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiodubbo.governance.tag import TagRule
    from aiodubbo.url.url import URL

    from .center_rules import CenterRules, Followed

logger = logging.getLogger(__name__)


class ReferenceRules:
    """Rules for the consumer's application, for the service, and for tags of the application that provides it.

    Args:
        rules: of the configuration centre.
        consumer: the reference's URL.
        changed: called when a rule changed.

    Attributes:
        provider: the application whose rule for tags is followed; empty for none.
    """

    def __init__(self, rules: CenterRules, consumer: URL, changed: Callable[[], Awaitable[None]]) -> None:
        self._rules = rules
        self._application = consumer.param("application")
        self._service = consumer.colon_key
        self._changed = changed
        self._configurators: dict[str, Followed[tuple[URL, ...]]] = {}
        self._conditions: dict[str, Followed[tuple[URL, ...]]] = {}
        self._tags: Followed[TagRule | None] | None = None
        self.provider = ""
        self._turn = asyncio.Lock()
        self._closed = False

    @property
    def is_in_use(self) -> bool:
        """Tell whether the centre was ever read."""
        return self._rules.is_in_use

    @property
    def configurators(self) -> Sequence[tuple[URL, ...]]:
        """The rules for settings, those of the application before those of the service, which count more."""
        return [_value(self._configurators, of) for of in (self._application, self._service)]

    @property
    def conditions(self) -> tuple[tuple[URL, ...], tuple[URL, ...]]:
        """The rules for routes: of the service, and of the application."""
        return _value(self._conditions, self._service), _value(self._conditions, self._application)

    @property
    def tags(self) -> TagRule | None:
        """The rule for tags."""
        return self._tags.value if self._tags is not None else None

    async def start(self) -> None:
        """Follow what can be known before there are providers.

        Raises:
            RegistryError: the centre is away or refuses, and that is to be checked.
        """

        async def configurators(of: str) -> None:
            self._configurators[of] = await self._rules.configurators(of, self._changed)

        async def conditions(of: str) -> None:
            self._conditions[of] = await self._rules.conditions(of, self._changed)

        async with self._turn:
            works = [follow(of) for follow in (configurators, conditions) for of in (self._application, self._service)]
            for failure in await asyncio.gather(*works, return_exceptions=True):
                if failure is not None:
                    raise failure

    async def provided_by(self, application: str) -> None:
        """Follow the rule for tags of `application`, and no longer that of another.

        A rule that cannot be followed is logged and no error: its name is whatever a provider says that its application is.
        """
        async with self._turn:
            if self._closed or application == self.provider:
                return
            before, self._tags = self._tags, None
            self.provider = ""  # until it is followed: after a failure the next notification asks again
            try:
                if before is not None:
                    await self._rules.leave(before, self._changed)
                self._tags = await self._rules.tags(application, self._changed)
            except Exception:  # whatever it is, it must not keep the reference from its providers
                logger.exception("the rule for tags of the application %r is not followed", application)
            else:
                self.provider = application
        await self._changed()

    async def close(self) -> None:
        """Stop following all rules."""
        async with self._turn:
            self._closed = True
            for followed in [*self._configurators.values(), *self._conditions.values()]:
                await self._rules.leave(followed, self._changed)
            if self._tags is not None:
                await self._rules.leave(self._tags, self._changed)


def _value(followed: Mapping[str, Followed[tuple[URL, ...]]], of: str) -> tuple[URL, ...]:
    return followed[of].value if of in followed else ()
