"""The rules of its configuration centre that an application follows (REG-161, REG-166).

Each key is watched and read once, however many services and references follow it. They see the last rule that could be read: a mistake in
a new one is logged, and the old one stays.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from aiodubbo.errors import AiodubboError, ConfigurationError, MissingDependencyError, RegistryError
from aiodubbo.governance.documents import (
    GROUP,
    conditions_key,
    configurators_key,
    parse_conditions,
    parse_configurators,
    parse_tags,
    tags_key,
)
from aiodubbo.governance.fields import require_yaml
from aiodubbo.tasks import finish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodubbo.governance.tag import TagRule
    from aiodubbo.rpc.abc import ConfigCenter
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Followed(Generic[T]):
    """The rule of one key.

    Args:
        key: where it is.
        parse: reads the text; raises `ConfigurationError` for one that it cannot read.
        nothing: stands for no rule.
        notified: called whenever the centre said anything.

    Attributes:
        value: the last rule that could be read.
    """

    def __init__(self, key: str, parse: Callable[[str], T], nothing: T, notified: Callable[[], None]) -> None:
        self.key = key
        self.value = nothing
        self.listeners: list[Callable[[], Awaitable[None]]] = []
        self.opening = asyncio.Lock()
        self.is_watched = False
        self._parse = parse
        self._nothing = nothing
        self._notified = notified

    async def __call__(self, text: str | None) -> None:
        """Apply the text as the centre has it now."""
        self._notified()
        if text is None or not text.strip():
            self.value = self._nothing
            logger.debug("no rule %s", self.key)
        else:
            try:
                self.value = self._parse(text)
            except ConfigurationError as error:
                logger.error("the rule %s is not followed, what was there before stays: %s", self.key, error)  # noqa: TRY400 - no stack
                return
            logger.info("the rule %s is followed", self.key)
        for outcome in await asyncio.gather(*(listener() for listener in list(self.listeners)), return_exceptions=True):
            if isinstance(outcome, BaseException):
                logger.error("the rule %s could not be followed everywhere", self.key, exc_info=outcome)


class CenterRules:
    """Rules of one configuration centre.

    Args:
        center: where they are.
        check: whether a centre that is away, or refuses, is an error when a rule is first asked for; it is followed later otherwise.
    """

    def __init__(self, center: ConfigCenter, *, check: bool) -> None:
        self._center = center
        self._check = check
        self._followed: dict[str, Followed[object]] = {}
        self._has_notified = False
        self._is_ready = False

    @property
    def is_in_use(self) -> bool:
        """Tell whether the centre was ever read; until then the registry's copies of its rules count."""
        return self._has_notified

    async def configurators(self, of: str, listener: Callable[[], Awaitable[None]]) -> Followed[tuple[URL, ...]]:
        """Follow the rules for settings of an application, or of a service by its colon key.

        Raises:
            MissingDependencyError: the package for YAML is not installed, and that is to be checked.
            RegistryError: the centre is away or refuses, and that is to be checked.
        """
        return await self._follow(configurators_key(of), parse_configurators, (), listener)

    async def conditions(self, of: str, listener: Callable[[], Awaitable[None]]) -> Followed[tuple[URL, ...]]:
        """Follow the rules for routes of an application, or of a service by its colon key.

        Raises:
            RegistryError: the centre is away or refuses, and that is to be checked.
        """
        return await self._follow(conditions_key(of), parse_conditions, (), listener)

    async def tags(self, of: str, listener: Callable[[], Awaitable[None]]) -> Followed[TagRule | None]:
        """Follow the tag rule of an application that provides; when the centre is away, later."""
        return await self._follow(tags_key(of), parse_tags, None, listener, check=False)

    async def leave(self, followed: Followed[T], listener: Callable[[], Awaitable[None]]) -> None:
        """Stop following a rule."""
        if listener in followed.listeners:
            followed.listeners.remove(listener)
        if not followed.listeners and self._followed.get(followed.key) is followed:
            del self._followed[followed.key]
            await self._center.unwatch(followed.key, GROUP, followed)

    async def close(self) -> None:
        """Stop following all rules, and close the centre."""
        self._followed.clear()
        await self._center.close()

    async def _follow(
        self, key: str, parse: Callable[[str], T], nothing: T, listener: Callable[[], Awaitable[None]], *, check: bool = True
    ) -> Followed[T]:
        followed = cast(
            "Followed[T]", self._followed.setdefault(key, cast("Followed[object]", Followed(key, parse, nothing, self._on_notified)))
        )
        followed.listeners.append(listener)
        try:
            async with followed.opening:
                if not followed.is_watched:
                    await self._open(followed, check=check and self._check)
        except BaseException:
            await finish(self.leave(followed, listener))
            raise
        return followed

    async def _open(self, followed: Followed[T], *, check: bool) -> None:
        """Watch a rule. After a failure whoever waits for the same rule tries it in turn."""
        try:
            await self._get_ready()
            await self._center.watch(followed.key, GROUP, followed)
        except MissingDependencyError:
            raise
        except (AiodubboError, OSError) as error:
            if check:
                where = self._center.url.address
                raise RegistryError(f"the rule {followed.key} cannot be read from the configuration centre {where}: {error}") from error
            logger.warning("the rule %s is followed later, the configuration centre does not give it: %s", followed.key, error)
        followed.is_watched = True

    async def _get_ready(self) -> None:
        """Import what reads rules, in a thread since it takes a moment. When it is missing, the first rule that comes says so."""
        if self._is_ready:
            return
        try:
            await asyncio.to_thread(require_yaml)
        except MissingDependencyError:
            if self._check:
                raise
        self._is_ready = True

    def _on_notified(self) -> None:
        self._has_notified = True
