"""The rules of a configuration centre for one service at this moment, for people who ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aiodubbo.errors import ConfigurationError, MissingDependencyError, RegistryError
from aiodubbo.governance.documents import (
    GROUP,
    conditions_key,
    configurators_key,
    parse_conditions,
    parse_configurators,
    parse_tags,
    tags_key,
)
from aiodubbo.governance.view import remarks_on
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import CONFIG_CENTER
from aiodubbo.url.grammar import decode
from aiodubbo.url.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiodubbo.governance.tag import TagRule
    from aiodubbo.rpc.abc import ConfigCenter
    from aiodubbo.url.url import URL

T = TypeVar("T")

HOST = Host(name="aiodubbo-describe")
"""Given to factories of rules and filters; nothing is called here."""


def rule_line(rule: URL) -> str:
    """A rule for people: its URL, and in brackets why it is not followed, or without which of its parameters."""
    remarks = [remark.text.replace("left out", "not followed", 1) for remark in remarks_on(rule, HOST)]
    return f"{rule.redacted()}  ({'; '.join(remarks)})" if remarks else rule.redacted()


@dataclass(frozen=True, slots=True)
class CenterView:
    """Rules of a configuration centre.

    Attributes:
        configurators: settings, by application or colon key of a service. Those of an application that provides are followed by itself.
        conditions: routes, by application or colon key of a service.
        tags: by the application that provides.
        mistakes: key of a document that cannot be read → why.
    """

    configurators: dict[str, tuple[URL, ...]] = field(default_factory=dict)
    conditions: dict[str, tuple[URL, ...]] = field(default_factory=dict)
    tags: dict[str, TagRule] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Every rule in a line, secrets hidden."""
        lines = [f"{configurators_key(of)}: {rule_line(url)}" for of, urls in self.configurators.items() for url in urls]
        lines += [f"{conditions_key(of)}: {shown(decode(url.param('rule')))}" for of, urls in self.conditions.items() for url in urls]
        for application, rule in self.tags.items():
            lines += [
                f"{tags_key(application)}: {tag} = {', '.join(addresses) or 'whoever has it'}" for tag, addresses in rule.tags.items()
            ]
        return lines + [
            f"{key}: not followed: {why}; running applications keep what they read before" for key, why in self.mistakes.items()
        ]


async def look_into(url: URL, names: Iterable[str], providers: Iterable[str]) -> CenterView:
    """Read the configuration centre at `url`; its connection is closed afterwards.

    Args:
        url: its address.
        names: the consumer's application, and colon keys of services.
        providers: names of the applications that provide.

    Raises:
        AiodubboError: it is away, or refuses.
        MissingDependencyError: a package is not installed that it needs.
    """
    center = CONFIG_CENTER.load(url.protocol)(url, HOST)
    try:
        return await view_of(center, names, providers)
    finally:
        await center.close()


async def view_of(center: ConfigCenter, names: Iterable[str], providers: Iterable[str]) -> CenterView:
    """The rules of `center`; see `look_into`. A document that cannot be read hides no other; when none can be read, the centre is away."""
    view = CenterView()
    failures: list[RegistryError] = []

    async def read(key: str, of: str, parse: Callable[[str], T], rules: dict[str, T]) -> None:
        try:
            text = await center.get(key, GROUP)
            if text is not None and text.strip():
                rules[of] = parse(text)
        except RegistryError as error:  # no text, or a very long one
            failures.append(error)
            view.mistakes[key] = str(error)
        except MissingDependencyError:  # says nothing about the rule
            raise
        except ConfigurationError as error:
            view.mistakes[key] = str(error)

    tags: dict[str, TagRule | None] = {}
    names, providers = sorted(set(names)), sorted(set(providers))
    works = [
        *(read(configurators_key(of), of, parse_configurators, view.configurators) for of in sorted({*names, *providers})),
        *(read(conditions_key(of), of, parse_conditions, view.conditions) for of in names),
        *(read(tags_key(of), of, parse_tags, tags) for of in providers),
    ]
    await asyncio.gather(*works)
    if failures and len(failures) == len(works):
        raise failures[0]
    view.tags.update((of, rule) for of, rule in tags.items() if rule is not None)
    return view
